"""What drivers report of a charging point: kept, told to operators, closed by one of them."""

from typing import Final

from msgspec.structs import replace

from ogniwo.app.driving.charges import Visitor
from ogniwo.app.driving.ports import DriverRecords, Place, ProblemReportView
from ogniwo.app.filters import Cut
from ogniwo.app.ports import Writer
from ogniwo.app.views import Page
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.base.ids import Ids
from ogniwo.domain.drivers import ProblemKind, ProblemReport
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.people import Sites

TEXT_LENGTH_MAX: Final = 1_000


class ProblemReports:
    def __init__(self, records: DriverRecords, writer: Writer, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def report(
        self,
        place: Place,
        visitor: Visitor,
        *,
        kind: ProblemKind,
        text: str,
        session_id: int | None,
    ) -> None:
        driver = visitor.driver
        report = ProblemReport(
            id=self._ids.next(),
            station_id=place.station_id,
            evse=place.evse,
            kind=kind,
            text=text.strip()[:TEXT_LENGTH_MAX],
            driver_id=None if driver is None else driver.id,
            session_id=session_id,
            created_at=self._clock.now_us(),
        )
        await self._writer.write([report, self._event(report, EventKind.PROBLEM_REPORTED)])

    async def reports(
        self, *, open_only: bool, sites: Sites | None, cut: Cut
    ) -> Page[ProblemReportView]:
        return await self._records.reports(open_only=open_only, sites=sites, cut=cut)

    async def close(
        self, report_id: int, *, note: str | None, sites: Sites | None, author: str
    ) -> None:
        """One that is closed stays as it was closed first. Errors: MissingError."""
        report = await self._records.report(report_id, sites=sites)
        if report is None:
            raise MissingError("problem report", str(report_id))
        if report.closed_at is not None:
            return
        closed = replace(report, closed_at=self._clock.now_us(), closed_by=author, note=note)
        await self._writer.write([closed, self._event(closed, EventKind.PROBLEM_CLOSED)])

    def _event(self, report: ProblemReport, kind: EventKind) -> Event:
        return Event(
            id=self._ids.next(),
            kind=kind,
            at=self._clock.now_us(),
            station_id=report.station_id,
            evse=report.evse,
            session_id=report.session_id,
            data={"report": str(report.id), "problem": report.kind.value},
        )
