"""The network in figures: counted now, delivered since midnight, and quarter by quarter."""

from pathlib import Path

from msgspec.structs import replace

from ogniwo.app.jobs.fill_quarters import FillQuarters
from ogniwo.app.overview import QUARTER_US, Overviews
from ogniwo.app.overview_views import Figures
from ogniwo.app.ports import LastSeen, Linked
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import Instant, from_instant, seconds
from ogniwo.domain.session import Session
from ogniwo.domain.site import QuartersPruned, SiteQuarter
from ogniwo.domain.station import Connector, Status
from ogniwo.storage.opening import Storage
from ogniwo.storage.schema import SCHEMA_VERSION
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import HOUR_US, a_sample, a_session, a_station, ended

DAY_US = 24 * HOUR_US
MIDNIGHT = 20_000 * DAY_US
MINUTE_US = seconds(60)
A = replace(a_station(1, "A"), site_id=7)
B = replace(a_station(2, "B"), site_id=8, status=Status.FAULTED)
C = a_station(3, "C")


class At(SystemClock):
    def __init__(self, at: Instant) -> None:
        self.at = at

    def now_us(self) -> Instant:
        return self.at


async def measured(
    storage: Storage, session: Session, station_number: int, *readings: tuple[Instant, int]
) -> Session:
    """A session with its trail: (when, Wh since its begin), the register having begun at 500."""
    station = a_station(station_number)
    head = None
    for number, (at, wh) in enumerate(readings):
        sample = a_sample(session.id * 100 + number, station, session=session)
        reading = replace(sample.reading, at=at, energy_wh=500 + wh)
        await storage.writer.write([replace(sample, prev=head, reading=reading)])
        head = sample.id
    at, wh = readings[-1]
    done = replace(session, sample_head=head, meter_start_wh=500, energy_wh=wh, last_at=at)
    await storage.writer.write([done])
    return done


async def fill(storage: Storage) -> None:
    await storage.writer.write([A, B, C])
    night = a_session(11, A, at=MIDNIGHT - HOUR_US)  # 1,000 Wh before midnight and 2,000 after
    await measured(
        storage,
        replace(night, power_w=11_000),
        1,
        (MIDNIGHT - 30 * MINUTE_US, 900),
        (MIDNIGHT - MINUTE_US, 950),
        (MIDNIGHT + MINUTE_US, 1_050),
        (MIDNIGHT + HOUR_US, 3_000),
    )
    morning = a_session(12, B, at=MIDNIGHT + HOUR_US)
    over = await measured(storage, morning, 2, (MIDNIGHT + 2 * HOUR_US, 4_000))
    await storage.writer.write([ended(over, at=MIDNIGHT + 2 * HOUR_US)])
    early = a_session(13, C, at=MIDNIGHT - 3 * HOUR_US)  # over before midnight
    done = await measured(storage, early, 3, (MIDNIGHT - 2 * HOUR_US, 9_000))
    await storage.writer.write([ended(done, at=MIDNIGHT - 2 * HOUR_US)])
    await storage.writer.write(
        [
            Connector(station_id=1, evse=1, connector=1, status=Status.CHARGING),
            Connector(station_id=2, evse=1, connector=1, status=Status.FAULTED),
            Connector(station_id=2, evse=2, connector=1, status=Status.AVAILABLE),
            LastSeen(station_id=1, at=MIDNIGHT),
            LastSeen(station_id=2, at=MIDNIGHT),
            Linked(station_id=1, since=MIDNIGHT),
        ]
    )


@on_every_engine
async def test_each_site_is_counted_and_a_session_across_midnight_is_cut_there(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        found = await storage.read_models.figures(MIDNIGHT, {})
        again = await storage.read_models.figures(MIDNIGHT, found.before)
        of_one = await storage.read_models.within(frozenset({8})).figures(MIDNIGHT, {})

    assert found.before == {11: 1_000}
    assert found.sites == again.sites
    assert found.sites == {
        7: Figures(
            stations=1,
            connected=1,
            connectors={"charging": 1},
            active_sessions=1,
            power_w=11_000,
            energy_today_wh=2_000,
        ),
        8: Figures(
            stations=1,
            connectors={"faulted": 1, "available": 1},
            faulted=2,
            energy_today_wh=4_000,
            sessions_today=1,
        ),
        None: Figures(stations=1, never_seen=1),
    }
    assert of_one.sites == {8: found.sites[8]}


@on_every_engine
async def test_today_begins_at_midnight_where_the_asker_says(
    engine: Engine, tmp_path: Path
) -> None:
    clock = At(MIDNIGHT + 3 * HOUR_US)
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        overviews = Overviews(clock)
        utc = await overviews.overview(storage.read_models, "UTC")
        # There it is still yesterday's evening, and its day has all of these sessions.
        over_there = await overviews.overview(storage.read_models, "America/New_York")
        site = await overviews.overview(storage.read_models, "UTC", 8)

    assert (utc.stations, utc.energy_today_wh, utc.sessions_today) == (3, 6_000, 1)
    assert (over_there.energy_today_wh, over_there.sessions_today) == (16_000, 3)
    assert utc.since == from_instant(MIDNIGHT)
    assert (site.stations, site.energy_today_wh) == (1, 4_000)


@on_every_engine
async def test_the_quarters_of_a_span_add_up_to_what_was_delivered_in_it(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        parts = [
            await storage.read_models.delivered(at, at + QUARTER_US)
            for at in range(MIDNIGHT - 3 * HOUR_US, MIDNIGHT + 3 * HOUR_US, QUARTER_US)
        ]

    assert sum(it.energy_wh for part in parts for it in part.values()) == 3_000 + 4_000 + 9_000


@on_every_engine
async def test_each_quarter_is_kept_once_for_each_site(engine: Engine, tmp_path: Path) -> None:
    clock = At(MIDNIGHT + HOUR_US + seconds(30))
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        job = FillQuarters(storage.read_models, storage.writer, clock)
        await job.run()
        await job.run()
        first = await storage.read_models.quarters(MIDNIGHT, None)
        clock.at += QUARTER_US
        await job.run()
        then = await storage.read_models.quarters(MIDNIGHT, 7)
        of_others = await storage.read_models.within(frozenset({9})).quarters(0, None)

    assert [it.at for it in first] == [from_instant(MIDNIGHT + n * QUARTER_US) for n in range(4)]
    assert sum(it.energy_wh for it in first) == 2_000
    assert all(it.power_w == 4 * it.energy_wh and it.sessions == 1 for it in first)
    assert then[:4] == first
    assert of_others == []


@on_every_engine
async def test_old_quarters_are_forgotten(engine: Engine, tmp_path: Path) -> None:
    def quarter(at: Instant) -> SiteQuarter:
        return SiteQuarter(at=at, site_id=0, energy_wh=1, sessions=1)

    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([quarter(1), quarter(2), quarter(3), QuartersPruned(3)])
        left = await storage.read_models.quarters(0, None)

    assert [it.at for it in left] == [from_instant(3)]


@on_every_engine
async def test_the_database_tells_its_kind_and_size(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        found = await storage.read_models.database()

    assert found.kind == engine.name.removesuffix("-inline")
    assert found.schema == SCHEMA_VERSION
    assert found.size_bytes > 100_000
