"""How people come in: by a password, or by a link that is good once for choosing one."""

import hashlib
import hmac
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.guessing import Guessing
from ogniwo.app.keyring import KeyRing, PeopleRecords
from ogniwo.app.keys import ApiTokenRemoved, KeysOfPersonRemoved
from ogniwo.app.passwords import Passwords, check_password
from ogniwo.app.people import People
from ogniwo.app.people_log import PeopleLog
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.app.requests import PersonInput, Principal
from ogniwo.base.clock import Clock
from ogniwo.base.errors import RefusedError
from ogniwo.base.ids import Ids
from ogniwo.domain.people import Person, PersonSignedIn, Role, is_login

_WRONG: Final = "the login or the password is wrong: check both and try again"


class SignedIn(Struct, frozen=True, kw_only=True):
    """``bearer`` for the browser; ``browser`` lets it be known again (see ``Guessing``)."""

    bearer: str
    browser: str


class Choose(Struct, frozen=True):
    """The password was right, and is to be replaced by another before anything else."""

    code: str


class Link(Struct, frozen=True, kw_only=True):
    """What a one-time link is for: this person's password, or (None) the first administrator."""

    login: str | None
    name: str = ""


class SignIn:
    def __init__(
        self,
        *,
        records: PeopleRecords,
        people: People,
        keys: KeyRing,
        passwords: Passwords,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        server_key: bytes,
    ) -> None:
        self._records = records
        self._people = people
        self._keys = keys
        self._passwords = passwords
        self._writer = writer
        self._clock = clock
        self._server_key = server_key
        self._log = PeopleLog(clock, ids)
        self._guessing = Guessing()

    async def by_password(
        self, login: str, password: str, *, peer: str, browser: str = ""
    ) -> SignedIn | Choose:
        """Errors: RefusedError ``wrong_password``, ``blocked``, ``too_many_tries``, ``busy``."""
        login = login.strip().lower()
        known = hmac.compare_digest(browser.encode(), self._browser(login).encode())
        person = await self._guessed(login, password, peer=peer, known=known)
        if person.blocked:
            raise RefusedError(
                "blocked", "this account is blocked: ask an administrator to let you in again"
            )
        if person.must_change:
            code, link = self._keys.invitation_of(person)
            await self._writer.write([link])
            return Choose(code)
        return await self._let_in(person)

    async def link(self, code: str) -> Link:
        """Errors: RefusedError ``link_used``."""
        token = await self._keys.link(code)
        if token.person_id is None:
            return Link(login=None)
        person = await self._of_link(token.person_id)
        return Link(login=person.login, name=person.name)

    async def choose_password(self, code: str, password: str) -> SignedIn:
        """By a link. Errors: RefusedError ``link_used``, UsageError."""
        token = await self._keys.link(code)
        if token.person_id is None:
            raise RefusedError("link_used", "this link is for making the first administrator")
        person = await self._of_link(token.person_id)
        check_password(password, person.login)
        used = ApiTokenRemoved(token.secret_hash)
        await self._set_password(person, password, used, KeysOfPersonRemoved(person.id))
        return await self._let_in(person)

    async def first_administrator(
        self, code: str, login: str, name: str, password: str
    ) -> SignedIn:
        """By the link of the first start. Errors: RefusedError, UsageError."""
        token = await self._keys.link(code)
        if token.person_id is not None:
            raise RefusedError("link_used", "this link is for choosing a password")
        wanted = PersonInput(
            login=login, name=name, role=Role.ADMIN, password=password, must_change=False
        )
        person = await self._people.drawn(wanted)
        used = ApiTokenRemoved(token.secret_hash)
        try:
            await self._people.store_new(person, used, author=person.login)
        except RowRefusedError:
            raise RefusedError("link_used", "this link was used at this moment") from None
        return await self._let_in(person)

    async def change_password(
        self, principal: Principal, current: str, password: str, *, bearer: str, peer: str
    ) -> None:
        """One's own; signed out everywhere else. Errors: RefusedError, UsageError."""
        person = None
        if principal.person_id is not None:
            person = await self._records.person(principal.person_id)
        if person is None:
            raise RefusedError("no_person", "this key is no person's, and has no password")
        person = await self._guessed(person.login, current, peer=peer, known=True)
        check_password(password, person.login)
        here = await self._keys.key_of(bearer)
        rows = (KeysOfPersonRemoved(person.id), *(() if here is None else (here,)))
        await self._set_password(person, password, *rows)

    async def _guessed(self, login: str, password: str, *, peer: str, known: bool) -> Person:
        now = self._clock.now_us()
        self._guessing.check(login, peer, known=known, now=now)
        self._guessing.tried(login, peer, known=known, now=now)
        person = await self._records.person_called(login) if is_login(login) else None
        kept = None if person is None else person.password_hash
        if not await self._passwords.fits(kept, password) or person is None:
            raise RefusedError("wrong_password", _WRONG)
        self._guessing.right(login, peer, known=known)
        return person

    async def _set_password(self, person: Person, password: str, *rows: Row) -> None:
        kept = await self._passwords.hash(password)

        def change(before: Person) -> Person:
            return replace(before, password_hash=kept, must_change=False)

        told = [self._log.chose_password(person)]
        await self._people.amend(person.id, change, *rows, told=lambda _before, _after: told)

    async def _let_in(self, person: Person) -> SignedIn:
        bearer, token = self._keys.session_of(person)
        seen = PersonSignedIn(person_id=person.id, at=self._clock.now_us())
        await self._writer.write([token, seen])
        return SignedIn(bearer=bearer, browser=self._browser(person.login))

    async def _of_link(self, person_id: int) -> Person:
        person = await self._records.person(person_id)
        if person is None or person.blocked:
            raise RefusedError("link_used", "this link leads to nobody any more")
        return person

    def _browser(self, login: str) -> str:
        said = f"browser of {login}".encode()
        return hmac.new(self._server_key, said, hashlib.sha256).hexdigest()[:32]
