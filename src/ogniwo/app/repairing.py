"""A person decides about a session: in its station's turn, like everything that changes it."""

from typing import Protocol

from ogniwo.app.bus import RepairAsked, RepairTold
from ogniwo.app.mailbox import Mailbox, Mailboxes
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import InvariantError, MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.evidence import Case
from ogniwo.domain.repairs import (
    AnyRepair,
    Asked,
    AttachStop,
    OrphanStop,
    Repaired,
    SessionRepair,
    decide_repair,
)
from ogniwo.domain.session import Session

_log = log.get("app.repairing")


class RepairFile(Protocol):
    async def case(self, session_id: int) -> Case | None:
        """A session with all that is on file around it."""
        ...

    async def repairs_of(self, session_id: int) -> list[SessionRepair]:
        """Oldest first."""
        ...


class Repairing:
    def __init__(
        self, *, mailboxes: Mailboxes, file: RepairFile, writer: Writer, clock: Clock, ids: Ids
    ) -> None:
        self._mailboxes = mailboxes
        self._file = file
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def repair(self, asked: RepairAsked) -> SessionRepair:
        """Errors: MissingError, RefusedError, UsageError, ElsewhereError, MailboxSpoiltError."""
        async with self._mailboxes.turn(asked.identity) as mailbox:
            # Within the turn what is on file is what is in memory, and nobody else writes it.
            case = await self._case(asked.session_id)
            if case.station.id != mailbox.state.station.id:
                raise MissingError("session", str(asked.session_id))
            decided = await self._decide(mailbox.state, case, asked)
            if not asked.dry_run:
                await self._commit(mailbox, decided)
                _tell(asked, decided)
            return decided.records[0]

    async def repair_of_removed(self, asked: RepairAsked) -> SessionRepair:
        """Of a station that was removed: nobody has its mailbox, the repair's number orders them.

        Errors: MissingError, RefusedError, UsageError.
        """
        case = await self._case(asked.session_id)
        decided = await self._decide(StationState(case.station), case, asked)
        if not asked.dry_run:
            rows = (*decided.records, *_sessions(decided), *decided.events)
            try:
                await self._writer.write(rows)
            except RowRefusedError as error:
                raise _meanwhile() from error
            _tell(asked, decided)
        return decided.records[0]

    async def _case(self, session_id: int) -> Case:
        case = await self._file.case(session_id)
        if case is None:
            raise MissingError("session", str(session_id))
        return case

    async def _decide(self, state: StationState, case: Case, asked: RepairAsked) -> Repaired:
        orphan = _orphan(case, asked.repair)
        orphan_number = 1
        if orphan is not None and orphan.session is not None:
            orphan_number += len(await self._file.repairs_of(orphan.session.id))
        wanted = Asked(
            repair=asked.repair,
            author=asked.author,
            number=len(case.repairs) + 1,
            orphan=orphan,
            orphan_number=orphan_number,
        )
        situation = Situation(now=self._clock.now_us(), ids=self._ids)
        return decide_repair(state, case.session, wanted, situation)

    async def _commit(self, mailbox: Mailbox, decided: Repaired) -> None:
        """Sessions that are too old to be in memory are only written, never taken into it:

        a newer one may bear the number of the same transaction.
        """
        known = {it.id for it in mailbox.state.known_sessions()}
        rows: list[DomainRow] = []
        others: list[Row] = [*decided.records]
        for session in _sessions(decided):
            if session.id in known:
                rows.append(session)
            else:
                others.append(session)
        try:
            await self._mailboxes.commit(mailbox, (*rows, *decided.events), others)
        except RowRefusedError as error:
            raise _meanwhile() from error


class RepairDesk(Protocol):
    """``Routing`` as a person's repair needs it."""

    async def do(self, asked: RepairAsked) -> tuple[object, int | None]: ...


class Repairs:
    """What people ask about sessions that need one, whichever node has the station."""

    def __init__(
        self, *, desk: RepairDesk, repairing: Repairing, file: RepairFile, clock: Clock
    ) -> None:
        self._desk = desk
        self._repairing = repairing
        self._file = file
        self._clock = clock

    async def case(self, session_id: int) -> tuple[Case, int]:
        """And the moment at which it is judged. Errors: MissingError."""
        case = await self._file.case(session_id)
        if case is None:
            raise MissingError("session", str(session_id))
        return case, self._clock.now_us()

    async def repairs(self, session_id: int) -> list[SessionRepair]:
        return await self._file.repairs_of(session_id)

    async def repair(
        self, session_id: int, repair: AnyRepair, *, author: str, dry_run: bool
    ) -> SessionRepair:
        """Errors: MissingError, RefusedError, UsageError."""
        case, _ = await self.case(session_id)
        asked = RepairAsked(
            identity=case.station.identity,
            session_id=session_id,
            repair=repair,
            author=author,
            dry_run=dry_run,
        )
        if case.removed:
            return await self._repairing.repair_of_removed(asked)
        answer, _ = await self._desk.do(asked)
        if not isinstance(answer, RepairTold):
            raise InvariantError("a repair is answered with its record", {"answer": answer})
        return answer.repair


def _orphan(case: Case, repair: AnyRepair) -> OrphanStop | None:
    if not isinstance(repair, AttachStop):
        return None
    wanted = int(repair.orphan_id)
    return next((it for it in case.orphans if it.id == wanted), None)


def _sessions(decided: Repaired) -> list[Session]:
    return [it for it in (decided.session, decided.orphan) if it is not None]


def _meanwhile() -> RefusedError:
    return RefusedError(
        "repaired_meanwhile", "somebody else repaired it at this moment: look at it again"
    )


def _tell(asked: RepairAsked, decided: Repaired) -> None:
    record = decided.records[0]
    _log.info("session_repaired", station=asked.identity, session=asked.session_id, by=record.kind)
