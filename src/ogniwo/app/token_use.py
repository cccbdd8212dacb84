"""Who charges with a token now, on whatever station: asked before every start.

One process alone knows it from memory; of many nodes none does, so they ask the database, where
a token is held for a moment while a start with it is decided: of two starts on two nodes at one
moment, one sees the other.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from ogniwo.app.batching import Batched
from ogniwo.app.ports import Records, Row, Spawn, TokenFreed
from ogniwo.domain.access import Verdict, normalise_uid
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.session import Session

HOLD_S: Final = 15.0  # the hold ends with the commit; this is for a node that dies before it


class TokenUse(Protocol):
    async def sessions(self, uid: str, station_id: int, *, starting: bool) -> Collection[int]:
        """The running sessions with this token; 0 stands for one that is being started."""
        ...

    def claim(self, rows: Sequence[DomainRow]) -> list[Session]:
        """Called with what was decided, before it is durable: two starts at one moment collide.

        Returns the sessions that now have a token they did not have, for ``disclaim``.
        """
        ...

    def disclaim(self, claimed: Sequence[Session]) -> None:
        """What was claimed did not become durable."""
        ...

    def freed(self, uids: Collection[str], station_id: int) -> Sequence[Row]:
        """What is to be stored with the decision, since it needs its tokens no more."""
        ...


class SharedTokenUse:
    """Many nodes: the database knows."""

    def __init__(self, records: Records, spawn: Spawn) -> None:
        self._records = records
        self._used = Batched(self._find_used, spawn, name="tokens in use")
        self._held = Batched(self._hold, spawn, name="hold tokens")

    async def sessions(self, uid: str, station_id: int, *, starting: bool) -> Collection[int]:
        if starting:
            return await self._held.get((uid, station_id)) or ()
        return await self._used.get(uid) or ()

    def claim(self, rows: Sequence[DomainRow]) -> list[Session]:  # noqa: ARG002 - the hold is the claim
        return []

    def disclaim(self, claimed: Sequence[Session]) -> None:
        """The hold ends by itself."""

    def freed(self, uids: Collection[str], station_id: int) -> Sequence[Row]:
        return [TokenFreed(uid, station_id) for uid in uids]

    async def _find_used(self, uids: Collection[str]) -> Mapping[str, Collection[int]]:
        return _by_uid(await self._records.tokens_used(uids))

    async def _hold(
        self, wanted: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Collection[int]]:
        found: dict[tuple[str, int], Collection[int]] = {}
        waiting = list(wanted)
        while waiting:  # each token for one station at a time: the second must see the first
            some = dict(reversed(waiting))
            told = _by_uid(await self._records.hold_tokens(list(some.items()), hold_s=HOLD_S))
            for pair in some.items():
                found[pair] = told.get(pair[0], ())
            waiting = [pair for pair in waiting if pair not in found]
        return found


def _by_uid(pairs: Sequence[tuple[str, int]]) -> dict[str, Collection[int]]:
    found: dict[str, set[int]] = {}
    for uid, session_id in pairs:
        found.setdefault(uid, set()).add(session_id)
    return dict(found)


class LocalTokenUse:
    """One process: it sees every start and every end."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[int]] = {}

    def restore(self, in_use: Sequence[tuple[str, int]]) -> None:
        for uid, session_id in in_use:
            self._sessions.setdefault(normalise_uid(uid), set()).add(session_id)

    async def sessions(self, uid: str, station_id: int, *, starting: bool) -> Collection[int]:  # noqa: ARG002 - all are known here
        return self.of(uid)

    def of(self, uid: str) -> Collection[int]:
        return self._sessions.get(uid, ())

    def claim(self, rows: Sequence[DomainRow]) -> list[Session]:
        return [row for row in rows if isinstance(row, Session) and self._take(row)]

    def disclaim(self, claimed: Sequence[Session]) -> None:
        for session in claimed:
            self._remove(session)

    def freed(self, uids: Collection[str], station_id: int) -> Sequence[Row]:  # noqa: ARG002 - the claim is the hold
        return ()

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
