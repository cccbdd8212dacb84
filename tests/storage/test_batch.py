from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import Cut
from ogniwo.app.ports import LastSeen, RowRefusedError, StationRemoved, TokenRemoved
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.session import Progress
from ogniwo.domain.station import Connector, Status
from ogniwo.domain.station_secret import StationSecret
from ogniwo.storage import schema
from tests.storage.engines import Engine, aggregates, on_every_engine
from tests.storage.trade import (
    HOUR_US,
    a_message,
    a_sample,
    a_session,
    a_station,
    an_event,
    ended,
)

A = a_station(1, "A")


@on_every_engine
async def test_the_later_of_two_rows_with_one_key_stands(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([replace(A, name="old"), replace(A, name="new")])

        (found,) = await aggregates(storage.records, ["A"])

        assert found.station.name == "new"


@on_every_engine
async def test_an_end_after_a_reading_is_not_undone_by_the_reading(
    engine: Engine, tmp_path: Path
) -> None:
    session = a_session(5, A)
    read = replace(session, energy_wh=500, samples=1)
    closed = replace(ended(session, at=2 * HOUR_US), energy_wh=700, samples=2)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session])
        await storage.writer.write([Progress(read), closed])

        assert await storage.records.session_by_id(5) == closed


@on_every_engine
async def test_a_reading_after_a_change_of_its_session_stands(
    engine: Engine, tmp_path: Path
) -> None:
    session = a_session(5, A)
    moved = replace(session, evse=2)
    read = replace(moved, energy_wh=500, samples=1, seq=((0, 4), (6, 6)))
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session])
        await storage.writer.write([moved, Progress(read)])

        assert await storage.records.session_by_id(5) == read


@on_every_engine
async def test_a_reading_changes_nothing_but_what_readings_change(
    engine: Engine, tmp_path: Path
) -> None:
    session = a_session(5, A)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session])
        await storage.writer.write([Progress(replace(ended(session, at=9), energy_wh=500))])

        assert await storage.records.session_by_id(5) == replace(session, energy_wh=500)


@on_every_engine
async def test_a_reading_for_a_session_that_is_not_on_file_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    session = a_session(5, A)
    async with engine.opened(tmp_path) as storage:
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_sample(9, A, session=session), Progress(session)])

    assert engine.rows(tmp_path, schema.sample) == []


@on_every_engine
async def test_a_token_removed_and_added_again_in_one_unit_is_on_file(
    engine: Engine, tmp_path: Path
) -> None:
    old = Token(uid="04AB", type=TokenType.RFID, status=TokenStatus.BLOCKED)
    new = Token(uid="04AB", type=TokenType.APP)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([old, TokenRemoved("04AB"), new])
        assert await storage.records.find_tokens(["04AB"]) == [new]

        await storage.writer.write([old, TokenRemoved("04AB")])
        assert await storage.records.find_tokens(["04AB"]) == []


@on_every_engine
async def test_a_removed_station_keeps_its_sessions_and_gives_up_its_name(
    engine: Engine, tmp_path: Path
) -> None:
    session = ended(a_session(5, A), at=2 * HOUR_US)
    secret = StationSecret(station_id=1, secret_hash=b"x")
    again = a_station(2, "A")
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, secret, Connector(station_id=1, evse=1, connector=1), session]
        )
        await storage.writer.write([StationRemoved(1), again])

        (credentials,) = await storage.records.find_credentials(["A"])
        assert (credentials.station_id, credentials.secret) == (2, None)
        (found,) = await aggregates(storage.records, ["A"])
        assert found.station == again
        assert found.connectors == ()
        shown = await storage.read_models.session("5")
        assert shown is not None
        assert shown.station_id == "A"


@on_every_engine
async def test_a_late_row_does_not_bring_a_removed_station_back(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A])
        await storage.writer.write([StationRemoved(1)])
        await storage.writer.write([replace(A, name="late")])

        assert await storage.records.find_credentials(["A"]) == []


@on_every_engine
async def test_two_stations_of_one_identity_are_refused(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_station(2, "A")])


@on_every_engine
async def test_heads_follow_the_newest_message_and_the_newest_reading_outside_sessions(
    engine: Engine, tmp_path: Path
) -> None:
    session = a_session(5, A)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                A,
                session,
                a_message(10, A),
                a_message(12, A, prev=10),
                a_sample(11, A),
                a_sample(13, A, session=session),
                LastSeen(station_id=1, at=99),
            ]
        )
        (found,) = await aggregates(storage.records, ["A"])

        assert (found.message_head, found.sample_head) == (12, 11)


@on_every_engine
async def test_refusals_of_one_peer_for_one_reason_are_counted_on_one_row(
    engine: Engine, tmp_path: Path
) -> None:
    first = ConnectionAttempt(
        id=1,
        identity="X",
        reason="unknown_station",
        detail="",
        http_status=404,
        peer="10.0.0.7:5000",
        path="/ocpp/X",
        subprotocols="ocpp1.6",
        user_agent=None,
        at=100,
    )
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([first, replace(first, id=2, peer="10.0.0.7:5001", at=200)])
        await storage.writer.write([replace(first, id=3, peer="10.0.0.7:5002", at=300)])
        await storage.writer.write([replace(first, id=4, peer="[::1]:5003", at=400)])

        page = await storage.read_models.attempts(Cut())

        assert [(it.count, it.peer) for it in page.items] == [
            (1, "[::1]:5003"),
            (3, "10.0.0.7:5002"),
        ]
        assert page.items[1].first_at.microsecond == 100
        assert page.items[1].last_at.microsecond == 300


@on_every_engine
async def test_rows_beyond_what_one_statement_takes_are_all_stored(
    engine: Engine, tmp_path: Path
) -> None:
    events = [an_event(number, A) for number in range(1, 64 + 16 + 4 + 3 + 1)]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, *events])

        stored = await storage.read_models.events(after=0, limit=1_000)

        assert [it.id for it in stored] == [str(it.id) for it in events]


@on_every_engine
async def test_a_unit_is_stored_whole_or_not_at_all(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, an_event(7)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_message(10, A), an_event(7)])

        (found,) = await aggregates(storage.records, ["A"])
        assert found.message_head is None

    assert engine.rows(tmp_path, schema.message) == []


@on_every_engine
async def test_a_status_of_every_kind_comes_back(engine: Engine, tmp_path: Path) -> None:
    connectors = tuple(
        Connector(station_id=1, evse=number, connector=1, status=status, ended_here=True)
        for number, status in enumerate(Status, 1)
    )
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, *connectors])
        (found,) = await aggregates(storage.records, ["A"])

    assert found.connectors == connectors
