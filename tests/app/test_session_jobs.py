"""Jobs that end sessions whose stations say no more about them, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ogniwo.app.duty import Duty
from ogniwo.app.jobs.close_waiting_sessions import CloseWaitingSessions
from ogniwo.app.jobs.end_lost_sessions import EndLostSessions
from ogniwo.app.mailbox import Mailboxes
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.limits import LATE_DATA_WAIT_OFFLINE_S, LATE_DATA_WAIT_S, LOST_SESSION_S
from ogniwo.base.tasks import Tasks
from ogniwo.base.units import Instant
from ogniwo.domain.access import IdToken, Verdict
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import (
    ChargingState,
    Connector,
    Registration,
    ReportedStatus,
    Station,
    Status,
)
from ogniwo.storage.opening import Storage, open_storage
from tests.app.desk import MovingClock

STATION = "CP1"
LONG_S = 4_000_000.0


@dataclass
class OneLink:
    since: Instant | None

    def connected_since(self, identity: str) -> Instant | None:
        return self.since if identity == STATION else None

    def last_seen_at(self, identity: str) -> Instant | None:
        return self.connected_since(identity)

    def connected_count(self) -> int:
        return int(self.since is not None)


@dataclass
class Scene:
    storage: Storage
    clock: MovingClock
    link: OneLink
    waiting: CloseWaitingSessions
    lost: EndLostSessions
    session: Session

    async def write(self, session: Session) -> None:
        self.session = session
        await self.storage.writer.write([session])

    async def now(self) -> Session:
        found = await self.storage.records.session_by_id(self.session.id)
        assert found is not None
        return found


@asynccontextmanager
async def a_session(tmp_path: Path, reported: ReportedStatus) -> AsyncIterator[Scene]:
    clock = MovingClock()
    now = clock.now_us()
    storage = await open_storage(f"sqlite:///{tmp_path / 'o.db'}", clock=clock, inline=True)
    tasks = Tasks()
    ids = TimeOrderedIds(clock.now_us)
    link = OneLink(since=now)
    station = Station(id=1, identity=STATION, registration=Registration.ACCEPTED, created_at=now)
    connector = Connector(
        station_id=1, evse=1, connector=1, status=Status.AVAILABLE, reported=reported,
        changed_at=now,
    )  # fmt: skip
    session = Session(
        id=ids.next(), station_id=1, transaction_id="7", evse=1, connector=1, stay_id=1,
        state=SessionState.CHARGING, charging_state=ChargingState.CHARGING,
        token=IdToken("04AA"), verdict=Verdict.ACCEPTED, started_at=now, received_at=now,
        meter_start_wh=1_000, first_wh=1_500, first_at=now, last_wh=1_500, last_at=now,
        sampled_at=now, samples=1, energy_wh=500,
    )  # fmt: skip
    await storage.writer.write([station, connector, session])
    mailboxes = Mailboxes(storage.records, storage.writer, tasks)
    duty = Duty(storage.nodes, 0, clock, alone=True)
    late = CloseWaitingSessions(
        mailboxes=mailboxes,
        records=storage.records,
        presence=link,
        duty=duty,
        clock=clock,
        ids=ids,
        spawn=tasks,
    )
    lost = EndLostSessions(
        mailboxes=mailboxes,
        records=storage.records,
        presence=link,
        duty=duty,
        clock=clock,
        ids=ids,
        spawn=tasks,
    )
    try:
        yield Scene(storage, clock, link, late, lost, session)
    finally:
        await tasks.stop()
        await storage.close()


async def test_a_session_whose_stop_was_lost_ends_when_its_connector_has_long_been_free(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path, ReportedStatus.AVAILABLE) as scene:
        scene.clock.advance(LOST_SESSION_S - 60)
        await scene.lost.run()
        assert (await scene.now()).running

        scene.clock.advance(120)
        await scene.lost.run()
        ended = await scene.now()

        assert ended.state is SessionState.WAITING_FOR_DATA
        assert Flag.ABANDONED in ended.flags
        assert ended.energy_wh == 500
        assert await scene.storage.records.tokens_in_use() == []


async def test_a_session_goes_on_while_its_connector_is_in_use_or_its_station_away(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path, ReportedStatus.SUSPENDED_EV) as scene:
        scene.clock.advance(LONG_S)
        await scene.lost.run()
        assert (await scene.now()).running
    async with a_session(tmp_path / "away", ReportedStatus.AVAILABLE) as scene:
        scene.link.since = None
        scene.clock.advance(LONG_S)
        await scene.lost.run()
        assert (await scene.now()).running


async def test_a_clock_that_was_set_ends_no_session_that_is_still_heard(tmp_path: Path) -> None:
    async with a_session(tmp_path, ReportedStatus.AVAILABLE) as scene:
        scene.link.since = scene.clock.now_us()
        scene.clock.set(24 * 3_600)
        await scene.lost.run()
        assert (await scene.now()).running

        scene.clock.advance(LOST_SESSION_S - 60)
        await scene.lost.run()
        assert (await scene.now()).running

        scene.clock.advance(120)
        await scene.lost.run()
        assert Flag.ABANDONED in (await scene.now()).flags


async def test_a_clock_that_was_set_shortens_no_wait_for_missing_events(tmp_path: Path) -> None:
    async with a_session(tmp_path, ReportedStatus.AVAILABLE) as scene:
        await scene.write(_with_a_gap(scene.session))
        scene.clock.set(24 * 3_600)
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.WAITING_FOR_DATA

        scene.clock.advance(LATE_DATA_WAIT_S + 60)
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.CLOSED


async def test_a_session_with_missing_events_is_closed_after_its_wait(tmp_path: Path) -> None:
    async with a_session(tmp_path, ReportedStatus.AVAILABLE) as scene:
        await scene.write(_with_a_gap(scene.session))
        scene.clock.advance(LATE_DATA_WAIT_S - 60)
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.WAITING_FOR_DATA

        scene.clock.advance(120)
        await scene.waiting.run()
        closed = await scene.now()

        assert closed.state is SessionState.CLOSED
        assert Flag.EVENTS_MISSING in closed.flags
        assert closed.energy_wh == 500


async def test_the_wait_counts_from_the_connecting_of_a_station_that_was_away(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path, ReportedStatus.AVAILABLE) as scene:
        await scene.write(_with_a_gap(scene.session))
        scene.clock.advance(3 * LATE_DATA_WAIT_S)
        scene.link.since = scene.clock.now_us()
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.WAITING_FOR_DATA

        scene.link.since = None
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.WAITING_FOR_DATA

        scene.clock.advance(LATE_DATA_WAIT_OFFLINE_S)
        await scene.waiting.run()
        assert (await scene.now()).state is SessionState.CLOSED


def _with_a_gap(session: Session) -> Session:
    return replace(
        session,
        state=SessionState.WAITING_FOR_DATA,
        charging_state=None,
        ended_at=session.started_at + 60_000_000,
        meter_stop_wh=1_500,
        seq=((0, 1), (3, 4)),
        seq_first=0,
        seq_last=4,
    )
