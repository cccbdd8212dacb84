"""A person decides about a session: in its station's turn, like everything that changes it."""

from typing import Protocol

from ogniwo.app.bus import RepairAsked, RepairTold, SetAsideAsked
from ogniwo.app.mailbox import Mailbox, Mailboxes
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import InvariantError, MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.events import Event
from ogniwo.domain.evidence import Case
from ogniwo.domain.orphans import OrphanCase, put_aside
from ogniwo.domain.repairs import (
    AnyRepair,
    Asked,
    AttachStop,
    Dismiss,
    OrphanStop,
    Repaired,
    SessionRepair,
    check_open,
    decide_repair,
)
from ogniwo.domain.session import Session
from ogniwo.domain.station import Station

_log = log.get("app.repairing")


class RepairFile(Protocol):
    async def case(self, session_id: int) -> Case | None:
        """A session with all that is on file around it."""
        ...

    async def repairs_of(self, session_id: int) -> list[SessionRepair]:
        """Oldest first."""
        ...

    async def orphan(self, orphan_id: int) -> OrphanStop | None:
        """With what was decided about it."""
        ...

    async def orphan_case(self, orphan_id: int) -> OrphanCase | None:
        """With the sessions that it may belong to."""
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

    async def set_aside(self, asked: SetAsideAsked) -> SessionRepair:
        """Errors: MissingError, RefusedError, ElsewhereError, MailboxSpoiltError."""
        async with self._mailboxes.turn(asked.identity) as mailbox:
            record, told = await self._put_aside(mailbox.state.station, asked)
            if not asked.dry_run:
                try:
                    await self._mailboxes.commit(mailbox, (told,), [record])
                except RowRefusedError as error:
                    raise _meanwhile() from error
            return record

    async def set_aside_of_removed(self, station: Station, asked: SetAsideAsked) -> SessionRepair:
        """Of a station that was removed, as above. Errors: MissingError, RefusedError."""
        record, told = await self._put_aside(station, asked)
        if not asked.dry_run:
            try:
                await self._writer.write((record, told))
            except RowRefusedError as error:
                raise _meanwhile() from error
        return record

    async def _put_aside(
        self, station: Station, asked: SetAsideAsked
    ) -> tuple[SessionRepair, Event]:
        orphan = await self._file.orphan(asked.orphan_id)
        if orphan is None or orphan.station_id != station.id:
            raise MissingError("stop without a session", str(asked.orphan_id))
        situation = Situation(now=self._clock.now_us(), ids=self._ids)
        return put_aside(orphan, station, author=asked.author, note=asked.note, situation=situation)

    async def _case(self, session_id: int) -> Case:
        case = await self._file.case(session_id)
        if case is None:
            raise MissingError("session", str(session_id))
        return case

    async def _decide(self, state: StationState, case: Case, asked: RepairAsked) -> Repaired:
        orphan = None
        if isinstance(asked.repair, AttachStop):
            orphan = await self._file.orphan(int(asked.repair.orphan_id))
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

    async def do(self, asked: RepairAsked | SetAsideAsked) -> tuple[object, int | None]: ...


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
        return await self._answered(asked)

    async def orphan_case(self, orphan_id: int) -> OrphanCase:
        """A stop without a session, and those it may belong to. Errors: MissingError."""
        case = await self._file.orphan_case(orphan_id)
        if case is None:
            raise MissingError("stop without a session", str(orphan_id))
        return case

    async def set_aside(
        self, orphan_id: int, note: str, *, author: str, dry_run: bool
    ) -> SessionRepair:
        """Of 2.x it is a session, which is dismissed. Errors: MissingError, RefusedError."""
        case = await self.orphan_case(orphan_id)
        check_open(case.orphan)
        if case.orphan.session is not None:
            repair = Dismiss(note=note)
            return await self.repair(orphan_id, repair, author=author, dry_run=dry_run)
        asked = SetAsideAsked(
            identity=case.station.identity,
            orphan_id=orphan_id,
            note=note,
            author=author,
            dry_run=dry_run,
        )
        if case.removed:
            return await self._repairing.set_aside_of_removed(case.station, asked)
        return await self._answered(asked)

    async def _answered(self, asked: RepairAsked | SetAsideAsked) -> SessionRepair:
        answer, _ = await self._desk.do(asked)
        if not isinstance(answer, RepairTold):
            raise InvariantError("a repair is answered with its record", {"answer": answer})
        return answer.repair


def _sessions(decided: Repaired) -> list[Session]:
    return [it for it in (decided.session, decided.orphan) if it is not None]


def _meanwhile() -> RefusedError:
    return RefusedError(
        "repaired_meanwhile", "somebody else repaired it at this moment: look at it again"
    )


def _tell(asked: RepairAsked, decided: Repaired) -> None:
    record = decided.records[0]
    _log.info("session_repaired", station=asked.identity, session=asked.session_id, by=record.kind)
