"""No question of the product reads a whole hot table: each engine says how it would answer."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event as sql_event

from ogniwo.app.filters import (
    CommandFilter,
    Cut,
    HoldingFilter,
    MessageFilter,
    OrphanFilter,
    SessionFilter,
    StationFilter,
    TokenFilter,
)
from ogniwo.domain.holdings import Kind
from ogniwo.storage.opening import Storage
from tests.storage.engines import SQLITE_INLINE, Engine, aggregates, on_postgresql
from tests.storage.pg_world import other_on
from tests.storage.trade import a_charging_station

INLINE = SQLITE_INLINE
# A scan by an index ends with the page; a bare one reads the table.
WHOLE_TABLE = re.compile(r"^SCAN (message|sample|session|event|command|token)$")

SERVER_READS = re.compile(r"Seq Scan on (message|sample|session|event|command|token)\w*\b")

Ask = Callable[[Storage], Awaitable[object]]

QUESTIONS: list[Ask] = [
    lambda it: it.read_models.stations(StationFilter(), Cut()),
    lambda it: it.read_models.station("CP0001"),
    lambda it: it.read_models.stations(StationFilter(q="CP", site_id="7", status="faulted"), Cut()),
    lambda it: it.read_models.snapshot(),
    lambda it: it.read_models.sites(Cut()),
    lambda it: it.read_models.sessions(SessionFilter(), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(), Cut(cursor="5.5")),
    lambda it: it.read_models.sessions(SessionFilter(station_id="CP0001"), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(running=True), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(flagged=True), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(token="04AB"), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(state="ended"), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(since=1, until=5), Cut()),
    lambda it: it.read_models.sessions(SessionFilter(exception=True, as_of=9), Cut()),
    lambda it: it.read_models.session("1"),
    lambda it: it.read_models.samples("1", Cut()),
    lambda it: it.read_models.messages(MessageFilter(), Cut()),
    lambda it: it.read_models.messages(MessageFilter(action="Heartbeat"), Cut()),
    lambda it: it.read_models.messages(MessageFilter(station_id="CP0001"), Cut()),
    lambda it: it.read_models.messages(MessageFilter(station_id="CP0001"), Cut(cursor="1001")),
    lambda it: it.read_models.messages(MessageFilter(session_id="1"), Cut()),
    lambda it: it.read_models.message("1001", around=5),
    lambda it: it.read_models.commands(CommandFilter(job_id="5"), Cut()),
    lambda it: it.records.repairs.case(1),
    lambda it: it.records.repairs.repairs_of(1),
    lambda it: it.records.repairs.orphan(1),
    lambda it: it.records.repairs.orphan_case(1),
    lambda it: it.read_models.orphan_stops(OrphanFilter(), Cut()),
    lambda it: it.read_models.orphan_stops(OrphanFilter(station_id="CP0001"), Cut()),
    lambda it: it.read_models.orphan_stops(OrphanFilter(settled=True), Cut()),
    lambda it: it.read_models.orphan_stop("1"),
    lambda it: it.records.jobs.running(),
    lambda it: it.records.jobs.ordered(5),
    lambda it: it.records.jobs.waiting(5, 2),
    lambda it: it.records.jobs.last_ordered_at(5),
    lambda it: it.records.jobs.counts(5),
    lambda it: it.read_models.notes.notes_of("CP0001", Cut()),
    lambda it: it.read_models.tokens(TokenFilter(), Cut()),
    lambda it: it.read_models.tokens(TokenFilter(text="04", status="blocked"), Cut()),
    lambda it: it.read_models.token("04AB"),
    lambda it: it.read_models.commands(CommandFilter(), Cut()),
    lambda it: it.read_models.commands(CommandFilter(command="reset", author="me"), Cut()),
    lambda it: it.read_models.commands(CommandFilter(station_id="CP0001"), Cut()),
    lambda it: it.read_models.attempts(Cut()),
    lambda it: it.read_models.events(after=5, limit=10),
    lambda it: it.read_models.session_events("1"),
    lambda it: it.read_models.latest_event_id(),
    lambda it: it.records.find_credentials(["CP0001", "CP0002"]),
    lambda it: aggregates(it.records, ["CP0001", "CP0002"]),
    lambda it: it.records.find_session(1, "7"),
    lambda it: it.records.session_by_id(1),
    lambda it: it.records.find_tokens(["04AB", "05"]),
    lambda it: it.records.tokens_to_list(100),
    lambda it: it.records.tokens_in_use(),
    lambda it: it.records.charging_stations(),
    lambda it: it.records.find_holdings(1, [(Kind.PROFILE, "1"), (Kind.REPORT, "2")]),
    lambda it: it.records.holdings_of(1, Kind.VARIABLE),
    lambda it: it.records.documents("template"),
    lambda it: it.read_models.holdings(HoldingFilter(station_id="CP0001"), Cut()),
    lambda it: it.read_models.holdings(
        HoldingFilter(station_id="CP0001", kind="variable", key="A"), Cut(cursor="report\x1f7")
    ),
    lambda it: it.read_models.telemetry("CP0001", Cut()),
    lambda it: it.records.open_commands(node=0, unowned=True),
    lambda it: it.records.find_command("me", "key"),
    lambda it: it.records.waiting_sessions(ended_before=5, node=0, unowned=True),
    lambda it: it.records.lost_sessions(quiet_since=5, node=0, unowned=True),
    lambda it: it.records.session_digests(1),
    lambda it: it.records.highest_id(),
    lambda it: it.records.tokens_used(["04AB", "05"]),
    lambda it: it.records.command_by_id(1),
    lambda it: it.records.changes(5, 10),
    lambda it: it.records.latest_change(),
    lambda it: it.records.find_api_token(b"x"),
]


@pytest.mark.parametrize("ask", QUESTIONS, ids=range(len(QUESTIONS)))
async def test_no_question_reads_a_whole_table(ask: Ask, tmp_path: Path) -> None:
    charging = a_charging_station(1, first_id=1_000)
    async with INLINE.opened(tmp_path) as storage:
        await storage.writer.write([charging.station, charging.session, *charging.unit()])
        queries = await _queries(lambda: ask(storage))

    plans = _plans(tmp_path / "ogniwo.db", queries)
    assert plans
    assert [step for step in plans if WHOLE_TABLE.match(step)] == []


async def test_of_the_thousands_that_stations_hold_aggregates_read_but_few(tmp_path: Path) -> None:
    """As in a storm; of one station alone it would not matter."""
    fleet = [a_charging_station(it, first_id=it * 1_000).station for it in range(1, 4)]
    async with INLINE.opened(tmp_path) as storage:
        await storage.writer.write(fleet)
        queries = await _queries(lambda: aggregates(storage.records, [it.identity for it in fleet]))

    steps = [it for it in _plans(tmp_path / "ogniwo.db", queries) if " holding " in it]
    assert len(steps) == 3
    assert all("kind=?" in it or "ix_holding_unbooted (state=?" in it for it in steps), steps


@on_postgresql
async def test_no_question_makes_postgresql_read_a_whole_table(
    engine: Engine, tmp_path: Path
) -> None:
    """With few rows it reads tables whole; told not to, it does so where there is no index."""
    charging = a_charging_station(1, first_id=1_000)
    plans = {}
    async with engine.opened(tmp_path) as storage, other_on(engine.url(tmp_path)) as other:
        await storage.writer.write([charging.station, charging.session, *charging.unit()])
        await other.run("SET enable_seqscan = off")
        for number, ask in enumerate(QUESTIONS):
            queries = await _queries(partial(ask, storage))
            plans[number] = [
                step
                for text, values in queries
                if isinstance(values, tuple)
                for step in await other.column(f"EXPLAIN {text}", *values)
            ]

    assert len([steps for steps in plans.values() if steps]) == len(QUESTIONS)
    assert {
        number: steps for number, steps in plans.items() if any(map(SERVER_READS.search, steps))
    } == {}


async def _queries(work: Callable[[], Awaitable[object]]) -> list[tuple[str, object]]:
    seen: list[tuple[str, object]] = []

    def note(*given: object) -> None:
        seen.append((str(given[2]), given[3]))

    sql_event.listen(SqlEngine, "before_cursor_execute", note)
    try:
        await work()
    finally:
        sql_event.remove(SqlEngine, "before_cursor_execute", note)
    return [(text, values) for text, values in seen if text.startswith(("SELECT", "WITH"))]


def _plans(path: Path, queries: list[tuple[str, object]]) -> list[str]:
    connection = sqlite3.connect(path)
    steps = [
        step
        for text, values in queries
        for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)  # type: ignore[arg-type] # as the driver got them
    ]
    connection.close()
    return steps


async def test_the_trail_of_one_station_steps_by_primary_key(tmp_path: Path) -> None:
    async with INLINE.opened(tmp_path) as storage:
        charging = a_charging_station(1, first_id=1_000)
        await storage.writer.write([charging.station, charging.session, *charging.unit()])
        queries = await _queries(
            lambda: storage.read_models.messages(MessageFilter(station_id="CP0001"), Cut())
        )

    of_messages = [it for it in _plans(tmp_path / "ogniwo.db", queries) if "message" in it]
    assert len(of_messages) >= 3
    assert {re.sub(r" \(.*", "", it) for it in of_messages} == {
        "SEARCH message USING INTEGER PRIMARY KEY"
    }
