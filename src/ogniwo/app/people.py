"""The people who sign in, as an administrator looks after them."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from ogniwo.app.keyring import KeyRing, PeopleRecords
from ogniwo.app.keys import KeysOfPersonRemoved
from ogniwo.app.passwords import Passwords, check_password
from ogniwo.app.people_log import PeopleLog
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.app.requests import PersonChanges, PersonInput
from ogniwo.app.views import PersonView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.base.units import from_instant
from ogniwo.domain.people import AdminKept, Person, PersonChanged, PersonRemoved, check_login

Told = Callable[[Person, Person], Sequence[Row]]
"""What goes on record of somebody, as he was and as he is from now on."""

ATTEMPTS_MAX: Final = 5  # two administrators change one person at a moment: the later looks again


class Invitation(Struct, frozen=True, kw_only=True):
    """``code`` is good once: for choosing a password."""

    code: str
    expires_at: int


class People:
    def __init__(
        self,
        *,
        records: PeopleRecords,
        writer: Writer,
        keys: KeyRing,
        passwords: Passwords,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._records = records
        self._writer = writer
        self._keys = keys
        self._passwords = passwords
        self._clock = clock
        self._ids = ids
        self._log = PeopleLog(clock, ids)

    async def people(self) -> list[PersonView]:
        return [view_of(it) for it in await self._records.people()]

    async def person(self, person_id: int) -> PersonView:
        """Errors: MissingError."""
        return view_of(await self._known(person_id))

    async def has_admin(self) -> bool:
        return any(it.rules for it in await self._records.people())

    async def add(self, wanted: PersonInput, *, author: str) -> PersonView:
        """Errors: RefusedError ``login_taken``, UsageError."""
        person = await self.drawn(wanted)
        await self.store_new(person, author=author)
        return view_of(person)

    async def drawn(self, wanted: PersonInput) -> Person:
        """Not stored yet. Errors: UsageError."""
        check_login(wanted.login)
        kept = None
        if wanted.password is not None:
            check_password(wanted.password, wanted.login)
            kept = await self._passwords.hash(wanted.password)
        return Person(
            id=self._ids.next(),
            login=wanted.login,
            name=wanted.name,
            role=wanted.role,
            sites=wanted.sites,
            language=wanted.language,
            password_hash=kept,
            must_change=wanted.must_change and kept is not None,
            created_at=self._clock.now_us(),
        )

    async def store_new(self, person: Person, *rows: Row, author: str) -> None:
        """Errors: RefusedError ``login_taken``; RowRefusedError for the rows beside."""
        try:
            await self._keys.store(person, *rows, self._log.added(person, author))
        except RowRefusedError:
            if await self._records.person_called(person.login) is None:
                raise
            raise RefusedError(
                "login_taken", f"somebody has the login {person.login!r}: choose another one"
            ) from None

    async def change(self, person_id: int, changes: PersonChanges, *, author: str) -> PersonView:
        """Errors: MissingError, RefusedError ``last_admin``, UsageError."""
        given = {name: it for name, it in asdict(changes).items() if it is not UNSET}
        password = given.pop("password", None)
        if password is not None:
            login = (await self._known(person_id)).login
            check_password(str(password), login)
            given["password_hash"] = await self._passwords.hash(str(password))
            given["must_change"] = True
        out = password is not None or given.get("blocked") is True
        rows = (KeysOfPersonRemoved(person_id),) if out else ()
        after = await self.amend(
            person_id,
            lambda before: replace(before, **given),
            *rows,
            told=lambda before, after: self._log.changed(before, after, author),
        )
        return view_of(after)

    async def amend(
        self,
        person_id: int,
        change: Callable[[Person], Person],
        *rows: Row,
        told: Told,
    ) -> Person:
        """Change somebody as he is by then. ``rows`` and what is ``told`` are stored after it.

        Errors: MissingError, RefusedError ``last_admin``.
        """
        for _ in range(ATTEMPTS_MAX):
            before = await self._known(person_id)
            after = replace(change(before), version=before.version + 1)
            kept = await self._kept(before, after)
            try:
                await self._keys.store(PersonChanged(after), *kept, *rows, *told(before, after))
            except RowRefusedError:
                continue  # changed by another, or the other administrator is none any more
            return after
        raise RefusedError(
            "changed_meanwhile", "somebody else changed this just now: look at it and try again"
        )

    async def remove(self, person_id: int, *, author: str) -> None:
        """Errors: MissingError, RefusedError ``last_admin``."""
        for _ in range(ATTEMPTS_MAX):
            before = await self._known(person_id)
            kept = await self._kept(before, None)
            try:
                told = self._log.removed(before, author)
                await self._keys.store(PersonRemoved(person_id), *kept, told)
            except RowRefusedError:
                continue
            return
        raise MissingError("user", str(person_id))

    async def invite(self, person_id: int, *, author: str) -> Invitation:
        """Errors: MissingError."""
        person = await self._known(person_id)
        code, token = self._keys.invitation_of(person)
        await self._writer.write([token, self._log.invited(person, author)])
        return Invitation(code=code, expires_at=token.expires_at or 0)

    async def _kept(self, before: Person, after: Person | None) -> tuple[AdminKept, ...]:
        """Who still can let people in, if this one no longer could."""
        if not before.rules or (after is not None and after.rules):
            return ()
        others = [it for it in await self._records.people() if it.rules and it.id != before.id]
        if not others:
            raise RefusedError(
                "last_admin",
                "nobody else could let people in any more: make another administrator first",
            )
        return (AdminKept(others[0].id),)

    async def _known(self, person_id: int) -> Person:
        person = await self._records.person(person_id)
        if person is None:
            raise MissingError("user", str(person_id))
        return person


def view_of(person: Person) -> PersonView:
    signed_in = person.signed_in_at
    return PersonView(
        id=str(person.id),
        login=person.login,
        name=person.name,
        role=person.role,
        sites=None if person.sites is None else [str(it) for it in sorted(person.sites)],
        language=person.language,
        invited=person.password_hash is None,
        must_change=person.must_change,
        blocked=person.blocked,
        created_at=from_instant(person.created_at),
        signed_in_at=None if signed_in is None else from_instant(signed_in),
    )
