"""Tokens as decisions need them: a bounded cache of the file, and who charges with what now."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from ogniwo.app.batching import Batched
from ogniwo.app.ports import Records, Spawn, TokenRemoved, Writer
from ogniwo.base.errors import MissingError
from ogniwo.domain.access import Token, Verdict, normalise_uid
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.session import Session

CACHED_MAX = 200_000  # about 60 MB; a large operator's active cards


class TokenFile:
    """What is on file, looked up in batches; also remembers that a token is *not* on file."""

    def __init__(self, records: Records, writer: Writer, spawn: Spawn) -> None:
        self._records = records
        self._writer = writer
        self._cached: OrderedDict[str, Token | None] = OrderedDict()
        self._loader = Batched(self._load, spawn, name="load tokens")

    async def find(self, uid: str) -> Token | None:
        if uid in self._cached:
            return self._cached[uid]
        token = await self._loader.get(uid)
        if uid in self._cached:  # changed while it was looked up: what was put is newer
            return self._cached[uid]
        self._keep(uid, token)
        return token

    async def put(self, token: Token) -> None:
        """Blocked here is blocked everywhere, from the next decision on."""
        await self._writer.write([token])
        self._keep(token.uid, token)

    async def remove(self, uid: str) -> None:
        uid = normalise_uid(uid)
        if await self._loader.get(uid) is None:
            raise MissingError("token", uid)
        await self._writer.write([TokenRemoved(uid)])
        self._keep(uid, None)

    def _keep(self, uid: str, token: Token | None) -> None:
        self._cached[uid] = token
        self._cached.move_to_end(uid)
        if len(self._cached) > CACHED_MAX:
            self._cached.popitem(last=False)

    async def _load(self, uids: Collection[str]) -> Mapping[str, Token]:
        return {token.uid: token for token in await self._records.find_tokens(uids)}


class TokenUse:
    """Which running sessions a token has, on whatever station: the owner of that question."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[int]] = {}

    def restore(self, in_use: Sequence[tuple[str, int]]) -> None:
        for uid, session_id in in_use:
            self._sessions.setdefault(normalise_uid(uid), set()).add(session_id)

    def of(self, uid: str) -> Collection[int]:
        return self._sessions.get(uid, ())

    def claim(self, rows: Sequence[DomainRow]) -> list[Session]:
        """Called with what was decided, before it is durable: two starts at one moment collide.

        Returns the sessions that now have a token they did not have, for ``disclaim``.
        """
        return [row for row in rows if isinstance(row, Session) and self._take(row)]

    def disclaim(self, claimed: Sequence[Session]) -> None:
        """What was claimed did not become durable."""
        for session in claimed:
            self._remove(session)

    def session_written(self, _state: StationState, row: DomainRow) -> None:
        """An observer of sessions: those that ended use their token no more."""
        if isinstance(row, Session) and not row.running:
            self._remove(row)

    def _take(self, session: Session) -> bool:
        if session.token is None or not session.running:
            return False
        if session.verdict is not Verdict.ACCEPTED:
            return False
        users = self._sessions.setdefault(normalise_uid(session.token.uid), set())
        if session.id in users:
            return False
        users.add(session.id)
        return True

    def _remove(self, session: Session) -> None:
        uid = "" if session.token is None else normalise_uid(session.token.uid)
        users = self._sessions.get(uid)
        if users is not None:
            users.discard(session.id)
            if not users:
                del self._sessions[uid]
