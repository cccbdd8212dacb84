"""Who may use the HTTP API: long-lived keys of programs, sign-ins of people, one-time links.

Secrets are random and long, so a plain hash is kept of them. All three are keys alike: they hold
on every node and outlive a restart. What a key may is asked of its person, or of the key that
opened it, so that a change there counts for what is signed in already.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from msgspec.structs import replace

from ogniwo.app.keys import ApiToken, ApiTokenRemoved, ApiTokenUsed
from ogniwo.app.people_log import PeopleLog
from ogniwo.app.ports import Records, Row, RowRefusedError, Writer
from ogniwo.app.requests import ApiTokenInput, NewApiToken, Principal
from ogniwo.app.views import ApiTokenView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant, from_instant, seconds
from ogniwo.domain.people import RIGHTS, Person

BROWSER_SESSION_S: Final = 30 * 86_400  # after its last use: nobody is thrown out in a night shift
FIRST_LINK_S: Final = 15 * 60
INVITATION_S: Final = 7 * 86_400
CHECKED_MAX: Final = 1_000  # keys remembered as good
RECHECK_S: Final = 10  # a key withdrawn elsewhere works no longer than this, even untold
USE_NOTED_S: Final = 10 * 60  # that a key is in use is stored so often
ADMIN_TOKEN_ID: Final = 1  # never drawn: identifiers begin with the time
ADMIN_TOKEN_LENGTH_MIN: Final = 16  # shorter ones are warned about

_LINK_USED: Final = "this link was used before, or is too old: ask for a new one"


class PeopleRecords(Protocol):
    async def person_called(self, login: str) -> Person | None: ...

    async def person(self, person_id: int) -> Person | None: ...

    async def people(self) -> list[Person]:
        """By login."""
        ...

    async def api_token(self, token_id: int) -> ApiToken | None: ...

    async def api_tokens(self) -> list[ApiToken]:
        """Those of programs, oldest first."""
        ...


class KeyRing:
    def __init__(
        self,
        *,
        records: Records,
        people: PeopleRecords,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        draw_secret: Callable[[], str],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """``changed`` tells the other nodes to look."""
        self._records = records
        self._people = people
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._draw_secret = draw_secret
        self._changed = changed
        self._log = PeopleLog(clock, ids)
        self._checked: OrderedDict[bytes, tuple[Principal, Instant]] = OrderedDict()
        self._forgotten = 0

    async def check(self, bearer: str) -> Principal | None:
        digest = _digest(bearer)
        now = self._clock.now_us()
        known = self._checked.get(digest)
        if known is not None and known[1] > now:
            return known[0]
        forgotten = self._forgotten
        token = await self._records.find_api_token(digest)
        if token is None or token.kind == "code" or _expired(token, now):
            return None
        principal = await self._principal(token, now)
        if principal is not None and forgotten == self._forgotten:  # else it may be withdrawn
            self._note_use(token, now)
            self._checked[digest] = (principal, now + seconds(RECHECK_S))
            while len(self._checked) > CHECKED_MAX:
                self._checked.popitem(last=False)
        return principal

    def forget(self, _key: str = "") -> None:
        """A key, or what its owner may, was changed somewhere."""
        self._forgotten += 1
        self._checked.clear()

    async def store(self, *rows: Row) -> None:
        """Rows after which somebody may no longer what a key says now. Errors: RowRefusedError."""
        await self._writer.write(rows)
        self.forget()
        self._changed()

    # -- keys of programs

    async def put_admin_token(self, secret: str, label: str) -> None:
        """The one that the operator sets from outside: a new secret ends the one before."""
        digest = _digest(secret)
        if await self._records.find_api_token(digest) is not None:
            return
        now = self._clock.now_us()
        await self._writer.write(
            [ApiToken(id=ADMIN_TOKEN_ID, secret_hash=digest, label=label, created_at=now)]
        )

    async def api_tokens(self) -> list[ApiTokenView]:
        return [_view(it) for it in await self._people.api_tokens()]

    async def add_api_token(self, wanted: ApiTokenInput, *, author: str) -> NewApiToken:
        secret, token = self._drawn("api", wanted.label, None)
        token = replace(
            token,
            role=wanted.role,
            scopes=wanted.rights,
            sites=wanted.sites,
            expires_at=wanted.expires_at,
        )
        await self._writer.write([token, self._log.key_made(token, author)])
        return NewApiToken(token=secret, key=_view(token))

    async def remove_api_token(self, token_id: str, *, author: str) -> None:
        """Errors: MissingError."""
        token = await self._people.api_token(int(token_id))
        if token is None or token.kind != "api":
            raise MissingError("API token", token_id)
        with suppress(RowRefusedError):  # another was quicker
            told = self._log.key_withdrawn(token, author)
            await self.store(ApiTokenRemoved(token.secret_hash), told)

    # -- sign-ins of people

    async def open_session(self, principal: Principal) -> str:
        """For a browser, so that the API token itself is not kept there."""
        secret, token = self._drawn("browser", principal.label, BROWSER_SESSION_S)
        await self._writer.write([replace(token, opened_by=int(principal.token_id))])
        return secret

    def session_of(self, person: Person) -> tuple[str, ApiToken]:
        """A browser's bearer, and the row that makes it good once it is stored."""
        secret, token = self._drawn("browser", person.login, BROWSER_SESSION_S)
        return secret, replace(token, person_id=person.id, role=person.role)

    async def close_session(self, bearer: str) -> None:
        with suppress(RowRefusedError):  # it had expired
            await self.store(ApiTokenRemoved(_digest(bearer)))

    async def key_of(self, bearer: str) -> ApiToken | None:
        return await self._records.find_api_token(_digest(bearer))

    # -- one-time links

    async def issue_code(self) -> str:
        """For the link that is shown at the first start."""
        secret, token = self._drawn("code", "one-time link", FIRST_LINK_S)
        await self._writer.write([token])
        return secret

    def invitation_of(self, person: Person) -> tuple[str, ApiToken]:
        secret, token = self._drawn("code", person.login, INVITATION_S)
        return secret, replace(token, person_id=person.id, role=person.role)

    async def link(self, code: str) -> ApiToken:
        """What a link is good for. Errors: RefusedError."""
        token = await self._records.find_api_token(_digest(code))
        if token is None or token.kind != "code" or _expired(token, self._clock.now_us()):
            raise RefusedError("link_used", _LINK_USED)
        return token

    def _drawn(self, kind: str, label: str, span_s: int | None) -> tuple[str, ApiToken]:
        secret = self._draw_secret()
        now = self._clock.now_us()
        token = ApiToken(
            id=self._ids.next(),
            secret_hash=_digest(secret),
            label=label,
            kind=kind,
            created_at=now,
            expires_at=None if span_s is None else now + seconds(span_s),
        )
        return secret, token

    async def _principal(self, token: ApiToken, now: Instant) -> Principal | None:
        if token.person_id is not None:
            person = await self._people.person(token.person_id)
            return None if person is None or person.blocked else principal_of(person, token)
        said = token
        if token.opened_by is not None:
            opener = await self._people.api_token(token.opened_by)
            if opener is None or _expired(opener, now) or opener.created_at > token.created_at:
                return None  # withdrawn, or given another secret
            said = opener
        return Principal(
            token_id=str(token.id),
            label=token.label,
            rights=RIGHTS[said.role] if said.scopes is None else said.scopes,
            role=said.role if said.scopes is None else None,
            sites=said.sites,
            owner=f"key-{said.id}",
        )

    def _note_use(self, token: ApiToken, now: Instant) -> None:
        if token.last_used_at is not None and now - token.last_used_at < seconds(USE_NOTED_S):
            return
        browser = token.kind == "browser"
        until = now + seconds(BROWSER_SESSION_S) if browser else token.expires_at
        self._writer.submit([ApiTokenUsed(token_id=token.id, at=now, expires_at=until)])


def principal_of(person: Person, token: ApiToken) -> Principal:
    return Principal(
        token_id=str(token.id),
        label=person.login,
        rights=RIGHTS[person.role],
        role=person.role,
        sites=person.sites,
        owner=f"person-{person.id}",
        person_id=person.id,
        name=person.name,
        language=person.language,
    )


def _view(token: ApiToken) -> ApiTokenView:
    rights = RIGHTS[token.role] if token.scopes is None else token.scopes
    return ApiTokenView(
        id=str(token.id),
        label=token.label,
        role=token.role if token.scopes is None else None,
        rights=sorted(rights),
        sites=None if token.sites is None else [str(it) for it in sorted(token.sites)],
        created_at=from_instant(token.created_at),
        expires_at=None if token.expires_at is None else from_instant(token.expires_at),
        last_used_at=None if token.last_used_at is None else from_instant(token.last_used_at),
    )


def _expired(token: ApiToken, now: Instant) -> bool:
    return token.expires_at is not None and token.expires_at <= now


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
