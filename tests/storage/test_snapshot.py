"""All stations at once, and some of them by what they are."""

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ogniwo.app.filters import Cut, StationFilter
from ogniwo.app.ports import LastSeen, Linked, StationRemoved
from ogniwo.app.snapshot import EvseLine, StationLine
from ogniwo.base.units import seconds
from ogniwo.domain.session import SessionState
from ogniwo.domain.station import ChargingState, Connector, Status
from ogniwo.storage.opening import Storage
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_session, a_station, an_event

A = replace(
    a_station(1, "A"),
    name="Żabka północ",
    site_id=7,
    vendor="Acme",
    model="Fast_50",
    serial_number="SN-1",
    firmware_version="1.2",
    protocol="ocpp1.6",
    error_code="GroundFailure",
)
B = replace(a_station(2, "B"), vendor="Acme", model="Slow 7", protocol="ocpp2.0.1", site_id=8)
C = replace(a_station(3, "C%"), vendor="Volt", status=Status.FAULTED)


def connector(
    station: int, evse: int, number: int, status: Status, error: str | None = None
) -> Connector:
    return Connector(
        station_id=station, evse=evse, connector=number, status=status, error_code=error
    )


async def fill(storage: Storage) -> None:
    await storage.writer.write([A, B, C, a_station(4, "D")])
    running = replace(a_session(11, A), evse=2, power_w=11_000)
    unheard = replace(a_session(12, A), evse=3, charging_state=ChargingState.SUSPENDED_EV)
    waiting = replace(a_session(13, B), evse=1, state=SessionState.WAITING_FOR_DATA, power_w=9)
    await storage.writer.write(
        [
            connector(1, 1, 1, Status.AVAILABLE),
            connector(1, 2, 1, Status.FAULTED, "OverVoltage"),
            connector(1, 2, 2, Status.CHARGING),
            replace(connector(2, 1, 1, Status.FAULTED, "OverVoltage"), changed_at=seconds(60) + 7),
            running,
            unheard,
            waiting,
            LastSeen(station_id=1, at=seconds(90) + 7),
            Linked(station_id=1, since=5),
            an_event(900, A),
            StationRemoved(4),
        ]
    )


@on_every_engine
async def test_a_snapshot_has_every_station_on_file(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        found = await storage.read_models.snapshot()

    assert [it.id for it in found.rows] == ["A", "B", "C%"]
    assert found.event_id == "900"
    assert found.rows[0] == StationLine(
        id="A",
        name="Żabka północ",
        site_id="7",
        vendor="Acme",
        model="Fast_50",
        serial_number="SN-1",
        firmware_version="1.2",
        protocol="ocpp1.6",
        registration="pending",
        status="unknown",
        error_code="GroundFailure",
        connected=True,
        last_seen_at=90,
        power_w=11_000,
        sessions=2,
        evses=[
            EvseLine(1, "available", None, None, None),
            EvseLine(2, "charging", None, 11_000, "11"),
            EvseLine(3, "suspended_ev", None, None, "12"),
        ],
    )
    assert found.rows[1].evses == [EvseLine(1, "faulted", "OverVoltage", None, None, 60)]
    assert (found.rows[2].connected, found.rows[2].last_seen_at) == (False, None)


@on_every_engine
async def test_a_snapshot_within_some_sites_shows_no_others(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        of_one = await storage.read_models.within(frozenset({8})).snapshot()
        of_none = await storage.read_models.within(frozenset()).snapshot()

    assert [it.id for it in of_one.rows] == ["B"]
    assert of_none.rows == []


FOUND: Final = [
    (StationFilter(), ["A", "B", "C%"]),
    (StationFilter(q="b"), ["A", "B"]),
    (StationFilter(q="żabka"), ["A"]),
    (StationFilter(q="ACME"), ["A", "B"]),
    (StationFilter(q="t_5"), ["A"]),
    (StationFilter(q="%"), ["C%"]),
    (StationFilter(q="sn-1"), ["A"]),
    (StationFilter(site_id="7"), ["A"]),
    (StationFilter(site_id="none"), ["C%"]),
    (StationFilter(site_id="Yard"), []),
    (StationFilter(status="faulted"), ["A", "B", "C%"]),
    (StationFilter(status="charging"), ["A"]),
    (StationFilter(connected=True), ["A"]),
    (StationFilter(connected=False), ["B", "C%"]),
    (StationFilter(vendor="Acme", model="Slow 7"), ["B"]),
    (StationFilter(firmware="1.2"), ["A"]),
    (StationFilter(protocol="ocpp2.0.1"), ["B"]),
    (StationFilter(registration="accepted"), []),
    (StationFilter(error="any"), ["A", "B"]),
    (StationFilter(error="GroundFailure"), ["A"]),
]


@on_every_engine
async def test_stations_are_found_by_what_they_are(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await fill(storage)
        for where, expected in FOUND:
            page = await storage.read_models.stations(where, Cut())

            assert [it.id for it in page.items] == expected, where
