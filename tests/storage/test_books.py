"""``db check`` on books that are sound, and on each way in which a database can spoil them."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from ogniwo.app.ports import Row
from ogniwo.base.errors import OgniwoError
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import to_instant
from ogniwo.domain.audit import Finding, FindingKind
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.repairs import SessionRepair
from ogniwo.domain.session import Progress
from ogniwo.storage.audit import examine_books
from tests.storage.engines import Engine, on_every_engine, on_postgresql
from tests.storage.trade import (
    HOUR_US,
    ChargingStation,
    a_charging_station,
    a_command,
    a_message,
    a_sample,
    an_event,
)
from tests.system.station import now

NOW: Final = to_instant(now())
FIRST: Final = first_id_at(NOW)
UNITS: Final = 5
CLOSED: Final = "state = 'closed', ended_at = started_at, meter_start_wh = 0, meter_stop_wh = 10"


async def fill(engine: Engine, folder: Path) -> ChargingStation:
    """One station that charges, at an hour long ago: the books know only that hour."""
    charging = a_charging_station(1, first_id=FIRST)
    station, session = charging.station, charging.session
    async with engine.opened(folder) as storage:
        event = an_event(FIRST - 9, station, session)
        await storage.writer.write([station, session, event, a_command(FIRST - 8, station)])
        for _ in range(UNITS):
            await storage.writer.write(list(charging.unit()))
    return charging


def filled(engine: Engine, folder: Path, *statements: str) -> Engine:
    asyncio.run(fill(engine, folder))
    for statement in statements:
        engine.run(folder, lambda connection, it=statement: connection.execute(text(it)))  # type: ignore[misc] # mypy does not take the default into account
    return engine


def found(engine: Engine, folder: Path, *, hours: float = 1.5) -> list[Finding]:
    return examine_books(engine.url(folder), now=round(hours * HOUR_US))


def kinds(findings: list[Finding]) -> set[FindingKind]:
    return {it.kind for it in findings}


@on_every_engine
def test_sound_books_are_silent(engine: Engine, tmp_path: Path) -> None:
    assert found(filled(engine, tmp_path), tmp_path) == []


@on_every_engine
@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (
            "DELETE FROM sample WHERE id = {first} + 4",
            {FindingKind.TRAIL_BROKEN, FindingKind.SAMPLES_DIFFER},
        ),
        ("DELETE FROM message WHERE id = {first} + 5", {FindingKind.TRAIL_BROKEN}),
        ("UPDATE sample SET prev = {first} WHERE prev IS NOT NULL", {FindingKind.TRAIL_BROKEN}),
        ("UPDATE station_head SET message_head = message_head - 1", {FindingKind.HEAD_LOST}),
        ("UPDATE session SET sample_head = NULL", {FindingKind.HEAD_LOST}),
        ("DELETE FROM station_head", {FindingKind.HEAD_LOST}),
        ("DELETE FROM session", {FindingKind.HEAD_LOST, FindingKind.EVENT_ORPHANED}),
        ("UPDATE session SET samples = samples + 1", {FindingKind.SAMPLES_DIFFER}),
        ("UPDATE sample SET digest = 5", {FindingKind.READING_TWICE}),
        (
            f"UPDATE session SET {CLOSED}, energy_wh = 11",
            {FindingKind.ENERGY_DIFFERS},
        ),
        ("UPDATE session SET state = 'waiting_for_data'", {FindingKind.SESSION_WITHOUT_END}),
        (
            "INSERT INTO transaction_id_block (first, count) VALUES (1, 1000), (501, 1000)",
            {FindingKind.NUMBERS_TWICE},
        ),
    ],
)
def test_each_thing_that_does_not_fit_is_found(
    engine: Engine, tmp_path: Path, broken: str, expected: set[FindingKind]
) -> None:
    # Not in its parameters: they name the test, and the processes of a run begin at other times.
    told = broken.format(first=FIRST)
    findings = found(filled(engine, tmp_path, told), tmp_path)

    assert kinds(findings) == expected
    assert all(it.where and it.what and it.advice for it in findings)


@on_every_engine
def test_a_session_booked_twice_is_found(engine: Engine, tmp_path: Path) -> None:
    charging = asyncio.run(fill(engine, tmp_path))

    async def book_again() -> None:
        async with engine.opened(tmp_path) as storage:
            again = replace(charging.session, id=FIRST + 900, evse=2, samples=0, sample_head=None)
            await storage.writer.write([again])

    asyncio.run(book_again())
    (finding,) = found(engine, tmp_path)
    assert finding.kind is FindingKind.SESSION_TWICE
    assert "CP0001" in finding.where


@on_every_engine
def test_stops_that_fit_no_session_are_found_until_they_are_decided_about(
    engine: Engine, tmp_path: Path
) -> None:
    charging = asyncio.run(fill(engine, tmp_path))
    told: list[dict[str, str | int]] = [
        {"what": "stop", "meter_stop_wh": 1},
        {"what": "stop", "meter_stop_wh": 1},  # said again: nobody had answered
        {"what": "stop", "meter_stop_wh": 2},
    ]

    async def store(*rows: Row) -> None:
        async with engine.opened(tmp_path) as storage:
            await storage.writer.write(rows)

    def an_orphan(number: int, data: dict[str, str | int]) -> Event:
        event = an_event(FIRST - 50 + number, charging.station)
        return replace(event, kind=EventKind.ORPHAN_STORED, data=data)

    def put_aside(number: int) -> SessionRepair:
        return SessionRepair(
            session_id=FIRST - 50 + number,
            number=1,
            station_id=charging.station.id,
            kind="put_aside",
            author="ania",
            note="a test of the installer",
            at=NOW,
            wanted={},
            before={},
            after={},
            orphan_id=FIRST - 50 + number,
        )

    asyncio.run(store(*(an_orphan(number, data) for number, data in enumerate(told))))
    (two,) = found(engine, tmp_path)
    asyncio.run(store(put_aside(0)))
    (one,) = found(engine, tmp_path)
    asyncio.run(store(put_aside(2)))
    none = found(engine, tmp_path)
    asyncio.run(store(an_orphan(3, {"what": "meter_values"})))
    (readings,) = found(engine, tmp_path)

    assert {two.kind, one.kind} == {FindingKind.STOP_ORPHANED}
    assert "CP0001" in two.where
    assert "2 stops that fit no session" in two.what
    assert "1 stop that fits no session" in one.what
    assert "`ogniwo session orphans`" in one.advice
    assert none == []
    assert readings.kind is FindingKind.READINGS_ORPHANED


@on_every_engine
def test_an_order_that_outlived_its_deadline_is_found(engine: Engine, tmp_path: Path) -> None:
    assert FindingKind.COMMAND_OVERDUE in kinds(found(filled(engine, tmp_path), tmp_path, hours=9))


@on_every_engine
def test_a_trail_that_a_node_with_a_slow_clock_went_on_with_is_sound(
    engine: Engine, tmp_path: Path
) -> None:
    """Its rows have lower numbers than those before them; each still names the right one."""
    charging = asyncio.run(fill(engine, tmp_path))
    before = charging.session.sample_head

    async def go_on() -> None:
        late = a_sample(
            FIRST - 5, charging.station, prev=before, session=charging.session, digest=77
        )
        session = replace(
            charging.session, sample_head=late.id, samples=charging.session.samples + 1
        )
        async with engine.opened(tmp_path) as storage:
            await storage.writer.write([late, Progress(session)])

    asyncio.run(go_on())
    assert found(engine, tmp_path) == []


@on_postgresql
def test_rows_outside_the_tables_of_their_days_are_found(engine: Engine, tmp_path: Path) -> None:
    charging = asyncio.run(fill(engine, tmp_path))

    async def from_another_year() -> None:
        far = a_message(first_id_at(NOW) * 2, charging.station, prev=charging.message_head)
        async with engine.opened(tmp_path) as storage:
            await storage.writer.write([far])

    asyncio.run(from_another_year())
    assert kinds(found(engine, tmp_path)) == {FindingKind.DAY_WITHOUT_TABLE}


@on_postgresql
def test_events_numbered_for_another_server_are_found(engine: Engine, tmp_path: Path) -> None:
    filled(engine, tmp_path, f"UPDATE event SET tx = {2**40}")

    (finding,) = found(engine, tmp_path)
    assert finding.kind is FindingKind.NUMBERED_AHEAD
    assert "event" in finding.where


@on_postgresql
@pytest.mark.parametrize(
    ("version", "words"), [("9999", "newer ogniwo"), ("0001", "`ogniwo db migrate`")]
)
def test_books_of_another_version_are_not_judged(
    engine: Engine, tmp_path: Path, version: str, words: str
) -> None:
    filled(engine, tmp_path, f"UPDATE alembic_version SET version_num = '{version}'")

    with pytest.raises(OgniwoError, match=words):
        found(engine, tmp_path)
