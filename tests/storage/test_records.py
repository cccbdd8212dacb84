"""What decisions are made on: found completely, in batches, and without reading the tables."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event as sql_event

from ogniwo.app.keys import ApiToken, ApiTokenRemoved, ApiTokensPruned
from ogniwo.app.ports import Row, RowRefusedError, StationRemoved
from ogniwo.base.limits import RECENT_READINGS_MAX, RECENT_SESSIONS_MAX
from ogniwo.domain.access import IdToken, Token, TokenType, Verdict
from ogniwo.domain.commands import CommandState
from ogniwo.domain.configuration import MASTER_PASS_GROUP, REBOOT_REQUIRED
from ogniwo.domain.holdings import GONE, TX, Holding, Kind
from ogniwo.domain.session import Progress, Session, SessionState
from ogniwo.domain.station import Connector, ReportedStatus, Station
from ogniwo.domain.station_secret import StationSecret
from ogniwo.storage.batch import TransactionIdBlock
from tests.storage.engines import NODE, Engine, aggregates, on_every_engine, on_postgresql
from tests.storage.trade import (
    HOUR_US,
    a_charging_station,
    a_command,
    a_sample,
    a_session,
    a_station,
    an_event,
    ended,
)

A = a_station(1, "A")
B = a_station(2, "B")
TRANSACTION_WORDS = {"BEGIN", "COMMIT", "ROLLBACK"}
QUERIES_OF_AN_AGGREGATE_MAX = 8  # for one chunk of stations, however many are in it


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The text of every query that runs inside the block; BEGIN and COMMIT are none."""
    texts: list[str] = []

    def note(*given: object) -> None:
        text = str(given[2])
        if text.split(maxsplit=1)[0] not in TRANSACTION_WORDS:
            texts.append(text)

    sql_event.listen(SqlEngine, "before_cursor_execute", note)
    try:
        yield texts
    finally:
        sql_event.remove(SqlEngine, "before_cursor_execute", note)


@on_every_engine
async def test_an_aggregate_holds_all_that_is_open_and_the_last_that_ended(
    engine: Engine, tmp_path: Path
) -> None:
    old = [ended(a_session(10 + n, A, at=n * HOUR_US), at=n * HOUR_US + 5) for n in range(20)]
    waiting = replace(
        a_session(90, A, at=30 * HOUR_US), state=SessionState.WAITING_FOR_DATA, ended_at=31
    )
    charging = a_session(91, A, at=40 * HOUR_US)
    commands = [
        a_command(50, A),
        replace(a_command(51, A), state=CommandState.SENT),
        replace(a_command(52, A), state=CommandState.ACCEPTED, effect_by=99),
        replace(a_command(53, A), state=CommandState.ACCEPTED),
        replace(a_command(54, A), state=CommandState.REJECTED),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, *old, waiting, charging, *commands])

        (found,) = await aggregates(storage.records, ["A"])

    assert found.open_sessions == (waiting, charging)
    assert found.recent_sessions == tuple(old[-RECENT_SESSIONS_MAX:])
    assert found.open_commands == tuple(commands[:3])


@on_every_engine
async def test_digests_of_the_last_readings_come_back_oldest_first(
    engine: Engine, tmp_path: Path
) -> None:
    charging = a_charging_station(1, first_id=1_000)
    units = [charging.unit() for _ in range(RECENT_READINGS_MAX + 10)]
    first = a_sample(10, charging.station, digest=-7)
    second = a_sample(11, charging.station, prev=10, digest=8)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([charging.station, charging.session, first, second])
        for unit in units:
            await storage.writer.write(unit)

        (found,) = await aggregates(storage.records, [charging.station.identity])

    of_session = [digest for root, digest in found.recent_digests if root == charging.session.id]
    outside = [digest for root, digest in found.recent_digests if root == 0]
    assert of_session == [unit[0].digest for unit in units[-RECENT_READINGS_MAX:]]
    assert outside == [-7, 8]


@on_every_engine
async def test_a_thousand_aggregates_are_loaded_with_a_fixed_number_of_queries(
    engine: Engine, tmp_path: Path
) -> None:
    fleet = [a_charging_station(number, first_id=number * 10_000) for number in range(1, 1_001)]
    async with engine.opened(tmp_path) as storage:
        for one in fleet:
            await storage.writer.write([one.station, one.session, *one.unit(), *one.unit()])
        identities = [one.station.identity for one in fleet]
        with counted_queries() as texts:
            found = await aggregates(storage.records, [*identities, "nobody"])

    assert {it.station.identity for it in found} == set(identities)
    assert all(len(it.recent_digests) == 2 for it in found)
    assert all(it.open_sessions for it in found)
    assert len(texts) <= 2 * QUERIES_OF_AN_AGGREGATE_MAX  # they are read in two chunks


@on_every_engine
async def test_an_aggregate_holds_what_decisions_read_of_what_the_station_holds(
    engine: Engine, tmp_path: Path
) -> None:
    profile = Holding(station_id=1, kind=Kind.PROFILE, key="5", at=1, value=TX, state="active")
    group = Holding(station_id=1, kind=Kind.VARIABLE, key=MASTER_PASS_GROUP, at=1, value="GUARDS")
    waits = replace(group, key="A", value="9", state=REBOOT_REQUIRED)
    others = [
        replace(profile, key="6", state=GONE),
        replace(profile, key="7", value="tx_default"),
        replace(waits, key="B", state="current"),
        replace(waits, station_id=2),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, profile, group, waits, *others])

        (found,) = await aggregates(storage.records, ["A"])

    assert {it.key: it for it in found.holdings} == {it.key: it for it in (profile, group, waits)}


@on_every_engine
async def test_credentials_name_the_station_and_its_secret_if_it_has_one(
    engine: Engine, tmp_path: Path
) -> None:
    secret = StationSecret(station_id=1, secret_hash=b"\x00\xff", security_profile=2, blocked=True)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, secret])

        found = await storage.records.find_credentials(["A", "B", "C"])

    assert {(it.identity, it.station_id, it.secret) for it in found} == {
        ("A", 1, secret),
        ("B", 2, None),
    }


@on_every_engine
async def test_of_sessions_with_one_transaction_id_the_newest_is_meant(
    engine: Engine, tmp_path: Path
) -> None:
    old = replace(a_session(10, A), transaction_id="7")
    new = replace(a_session(20, A), transaction_id="7")
    other = replace(a_session(30, B), transaction_id="7")
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, new, old, other])

        assert await storage.records.find_session(1, "7") == new
        assert await storage.records.find_session(1, "8") is None


@on_every_engine
async def test_tokens_in_use_are_those_accepted_in_running_sessions(
    engine: Engine, tmp_path: Path
) -> None:
    running = a_session(10, A)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                A,
                B,
                running,
                ended(a_session(11, A), at=9),
                replace(a_session(12, A), verdict=Verdict.BLOCKED),
                replace(a_session(13, A), token=None),
                replace(a_session(14, A), state=SessionState.WAITING_FOR_DATA),
                replace(a_session(15, B), token=IdToken("GONE")),
                StationRemoved(2),
            ]
        )

        assert await storage.records.tokens_in_use() == [("04AB", 10)]


@on_every_engine
async def test_stations_charge_while_they_have_a_session_that_runs(
    engine: Engine, tmp_path: Path
) -> None:
    gone = a_station(3)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                A,
                B,
                gone,
                replace(a_session(10, A), verdict=Verdict.BLOCKED),
                ended(a_session(11, B), at=9),
                replace(a_session(12, B), state=SessionState.WAITING_FOR_DATA),
                a_session(13, gone),
                StationRemoved(3),
            ]
        )

        assert await storage.records.charging_stations() == [A.identity]


@on_every_engine
async def test_open_commands_come_oldest_first_with_their_station(
    engine: Engine, tmp_path: Path
) -> None:
    late = replace(a_command(7, B), created_at=3 * HOUR_US)
    early = replace(a_command(9, A), state=CommandState.SENT, created_at=2 * HOUR_US)
    done = replace(a_command(8, A), state=CommandState.APPLIED)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, late, early, done])

        assert await storage.records.open_commands(node=NODE, unowned=True) == [
            ("A", early),
            ("B", late),
        ]


@on_every_engine
async def test_the_second_of_two_orders_under_one_key_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    first = a_command(7, A, key="k")
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, first, a_command(5, A), a_command(6, A)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_command(8, A, key="k")])
        moved = replace(first, state=CommandState.SENT, sent_at=5)
        await storage.writer.write([moved])

        assert await storage.records.find_command("operator", "k") == moved
        assert await storage.records.command_by_id(7) == moved
        assert await storage.records.command_by_id(99) is None
        assert await storage.records.find_command("another", "k") is None


@on_every_engine
async def test_sessions_that_waited_long_enough_are_told(engine: Engine, tmp_path: Path) -> None:
    waiting = [
        replace(a_session(10 + n, A), state=SessionState.WAITING_FOR_DATA, ended_at=n * HOUR_US)
        for n in (1, 2, 3)
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, *waiting, a_session(20, A), ended(a_session(21, A), at=1)])

        found = await storage.records.waiting_sessions(
            ended_before=3 * HOUR_US, node=NODE, unowned=True
        )

    assert found == [("A", 11), ("A", 12)]


@on_every_engine
async def test_blocks_of_transaction_ids_never_overlap_even_after_a_restart(
    engine: Engine, tmp_path: Path
) -> None:
    firsts = []
    for _ in range(2):
        async with engine.opened(tmp_path) as storage:
            firsts += [await storage.records.reserve_transaction_ids(100) for _ in range(2)]

    assert firsts == [1, 101, 201, 301]


@on_every_engine
async def test_a_block_that_another_took_first_is_not_given_twice(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([TransactionIdBlock(1, 50)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([TransactionIdBlock(1, 50)])

        assert await storage.records.reserve_transaction_ids(10) == 51


@on_postgresql
async def test_nodes_that_take_blocks_at_once_get_different_ones(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        firsts = await asyncio.gather(
            *(by.records.reserve_transaction_ids(10) for _ in range(5) for by in (one, other))
        )

    assert sorted(firsts) == list(range(1, 101, 10))


@on_every_engine
async def test_the_first_mark_stays(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        assert await storage.records.is_ours("server key", "first")
        assert not await storage.records.is_ours("server key", "second")
        assert await storage.records.is_ours("another", "second")
    async with engine.opened(tmp_path) as storage:
        assert await storage.records.is_ours("server key", "first")


@on_every_engine
async def test_sessions_whose_stop_was_lost_are_told(engine: Engine, tmp_path: Path) -> None:
    def plug(station: Station, evse: int, reported: ReportedStatus, at: int) -> Connector:
        return Connector(
            station_id=station.id, evse=evse, connector=1, reported=reported, changed_at=at
        )

    def charging(number: int, evse: int, *, sampled_at: int | None) -> Session:
        return replace(a_session(number, A), evse=evse, sampled_at=sampled_at, received_at=1)

    free, busy = ReportedStatus.AVAILABLE, ReportedStatus.OCCUPIED
    rows: list[Row] = [
        *(A, B, plug(A, 1, free, 5), plug(A, 2, busy, 5), plug(A, 3, free, 9), plug(B, 1, free, 5)),
        charging(10, 1, sampled_at=4),
        charging(11, 1, sampled_at=None),
        charging(12, 1, sampled_at=9),  # still metering
        charging(13, 2, sampled_at=4),  # the plug is not free
        charging(14, 3, sampled_at=4),  # only just free
        replace(charging(15, 1, sampled_at=4), state=SessionState.WAITING_FOR_DATA),
        ended(charging(16, 1, sampled_at=4), at=5),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(rows)

        found = await storage.records.lost_sessions(quiet_since=6, node=NODE, unowned=True)

    assert sorted(found) == [("A", 10), ("A", 11)]


@on_every_engine
async def test_the_highest_id_is_that_of_whatever_was_written_last(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        assert await storage.records.highest_id() == 0
        await storage.writer.write([A, a_session(40, A), a_sample(41, A), an_event(39)])

        assert await storage.records.highest_id() == 41


@on_every_engine
async def test_only_the_tokens_asked_for_are_found(engine: Engine, tmp_path: Path) -> None:
    tokens = [Token(uid=f"{number:04}", type=TokenType.RFID) for number in range(2_500)]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(tokens)

        found = await storage.records.find_tokens([*(it.uid for it in tokens[:2_100]), "none"])

    assert sorted(it.uid for it in found) == [it.uid for it in tokens[:2_100]]


@on_every_engine
async def test_tokens_that_a_reader_may_read_come_by_uid_up_to_a_limit(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([Token(uid=uid, type=TokenType.RFID) for uid in "CADBE"])
        await storage.writer.write([Token(uid="AA", type=TokenType.APP)])

        found = await storage.records.tokens_to_list(3)

    assert [it.uid for it in found] == ["A", "B", "C"]


@on_every_engine
async def test_an_api_token_is_found_by_the_hash_of_its_secret(
    engine: Engine, tmp_path: Path
) -> None:
    token = ApiToken(id=5, secret_hash=b"\x00hash", label="console", created_at=1)
    async with engine.opened(tmp_path) as storage:
        assert await storage.records.count_api_tokens() == 0
        await storage.writer.write([token])

        assert await storage.records.find_api_token(b"\x00hash") == token
        assert await storage.records.find_api_token(b"\x00") is None
        assert await storage.records.count_api_tokens() == 1


@on_every_engine
async def test_an_api_token_is_removed_once_and_those_that_expired_are_pruned(
    engine: Engine, tmp_path: Path
) -> None:
    code, old, new, lasting = (
        ApiToken(id=number, secret_hash=bytes([number]), label="", created_at=1, expires_at=until)
        for number, until in ((5, 90), (6, 10), (7, 30), (8, None))
    )
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([code, old, new, lasting])

        removals = [storage.writer.write([ApiTokenRemoved(code.secret_hash)]) for _ in range(3)]
        results = await asyncio.gather(*removals, return_exceptions=True)
        await storage.writer.write([ApiTokensPruned(before=20)])
        left = [
            it.id
            for it in (code, old, new, lasting)
            if await storage.records.find_api_token(it.secret_hash) is not None
        ]

    assert [type(it) for it in results if it is not None] == [RowRefusedError] * 2
    assert left == [7, 8]


@on_every_engine
async def test_one_load_sees_one_moment(engine: Engine, tmp_path: Path) -> None:
    """While units go in, a session's head always belongs to the samples that are there."""
    charging = a_charging_station(1, first_id=1_000)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([charging.station, charging.session])
        for _ in range(50):
            unit = charging.unit()
            assert storage.writer.submit(unit)
            (found,) = await aggregates(storage.records, [charging.station.identity])
            (session,) = found.open_sessions
            last = found.recent_digests[-1] if found.recent_digests else (session.id, None)
            assert last == (session.id, session.sample_head)
        await storage.writer.write([Progress(charging.session)])
