"""What speaks for a session, and what was decided, on every engine."""

from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import Cut, OrphanFilter, SessionFilter
from ogniwo.app.ports import LastSeen, Row, RowRefusedError
from ogniwo.base.ids import first_id_at
from ogniwo.base.limits import EXCEPTION_WAIT_S, LOST_SESSION_S, SILENT_STATION_S
from ogniwo.base.units import seconds, to_rfc3339
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.evidence import exceptions_of
from ogniwo.domain.repairs import SessionRepair
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import Connector, ReportedStatus
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_session, a_station, an_event, ended

ALL: Final = Cut(limit=50)
NOW = 1_795_000_000_000_000
A, B = a_station(1, "A"), a_station(2, "B")


def at(hours: float) -> int:
    return NOW + seconds(hours * 3_600)


def a_number(hours: float, more: int = 0) -> int:
    return first_id_at(at(hours)) + more


def session(hours: float, number: int = 0, **changes: object) -> Session:
    one = a_session(a_number(hours, number), A, at=at(hours))
    return replace(one, received_at=at(hours), **changes)


def orphan(hours: float, **data: str | int | None) -> Event:
    told = {"what": "stop", "stopped_at": to_rfc3339(at(hours)), **data}
    one = an_event(a_number(hours, 9), A)
    return replace(one, kind=EventKind.ORPHAN_STORED, at=at(hours), data=told)


def free(evse: int, hours: float) -> Connector:
    return Connector(
        station_id=1,
        evse=evse,
        connector=1,
        reported=ReportedStatus.AVAILABLE,
        changed_at=at(hours),
    )


def a_repair(one: Session, number: int = 1, orphan_id: int | None = None) -> SessionRepair:
    return SessionRepair(
        session_id=one.id,
        number=number,
        station_id=one.station_id,
        kind="settle",
        author="ania",
        note="z licznika",
        at=NOW,
        wanted={"energy_wh": 5},
        before={"energy_wh": None, "flags": ["energy_unknown"]},
        after={"energy_wh": 5, "flags": []},
        orphan_id=orphan_id,
    )


@on_every_engine
async def test_a_case_has_the_neighbours_the_orphans_and_the_decisions(
    engine: Engine, tmp_path: Path
) -> None:
    before, one, after = session(-5), session(-3), session(-1)
    elsewhere = session(-2, 1, evse=2)
    early, fitting = orphan(-8, meter_stop_wh=1), orphan(-2, meter_stop_wh=2)
    readings = replace(orphan(-2, what="meter_values"), id=a_number(-2, 10))
    stop = session(-2, 2, evse=None, flags=frozenset({Flag.START_MISSING}))
    stop = replace(stop, state=SessionState.ENDED, ended_at=at(-2), last_wh=3)
    rows: list[Row] = [before, one, after, elsewhere, early, fitting, readings, stop]
    async with engine.opened(tmp_path) as storage:
        seen = LastSeen(station_id=1, at=at(0))
        await storage.writer.write([A, *rows, free(1, -1), free(2, -1), seen, a_repair(one)])
        case = await storage.records.repairs.case(one.id)
        assert case is not None
        assert (case.station.identity, case.removed, case.last_seen_at) == ("A", False, at(0))
        assert case.session == one
        assert (case.before, case.after) == (before, after)
        assert [it.evse for it in case.connectors] == [1]
        assert [(it.id, it.meter_stop_wh) for it in case.orphans] == [(fitting.id, 2), (stop.id, 3)]
        assert case.repairs == (a_repair(one),)

        await storage.writer.write([a_repair(before, orphan_id=fitting.id)])
        case = await storage.records.repairs.case(one.id)
        assert case is not None
        assert [it.id for it in case.orphans] == [stop.id]
        assert await storage.records.repairs.case(7) is None


@on_every_engine
async def test_of_two_decisions_at_one_moment_one_is_refused_and_a_stop_is_taken_once(
    engine: Engine, tmp_path: Path
) -> None:
    one, two = session(-3), session(-2)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, one, two, a_repair(one, orphan_id=5)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_repair(one)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([a_repair(two, orphan_id=5)])
        assert await storage.records.repairs.repairs_of(two.id) == []


@on_every_engine
async def test_exceptions_are_those_that_the_rules_mean_whichever_is_asked(
    engine: Engine, tmp_path: Path
) -> None:
    waiting = SessionState.WAITING_FOR_DATA
    waits_long = at(0) - seconds(EXCEPTION_WAIT_S) - 1
    lost = at(0) - seconds(LOST_SESSION_S)
    rows = {
        "held": session(-9, state=SessionState.ENDED, ended_at=at(-8)),
        "closed": ended(session(-8), at=at(-7)),
        "waits": session(-7, state=waiting, ended_at=waits_long),
        "waits a little": session(-6, state=waiting, ended_at=at(-0.5)),
        "orphan": session(
            -5, state=waiting, ended_at=at(-0.5), flags=frozenset({Flag.START_MISSING})
        ),
        "free": session(-4, evse=2),
        "just free": session(-3, evse=3),
        "charging": session(-2, evse=4),
        "silent": replace(session(-1, evse=5), station_id=2),
    }
    seen = [
        LastSeen(station_id=1, at=NOW),
        LastSeen(station_id=2, at=NOW - seconds(SILENT_STATION_S) - 1),
    ]
    connectors = [
        replace(free(2, 0), changed_at=lost),
        replace(free(3, 0), changed_at=lost + 1),
        replace(free(4, 0), changed_at=lost, reported=ReportedStatus.CHARGING),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, *rows.values(), *connectors, *seen])
        where = SessionFilter(exception=True, as_of=NOW)
        first = await storage.read_models.sessions(where, Cut(limit=3))
        rest = await storage.read_models.sessions(where, Cut(limit=9, cursor=first.next_cursor))
        cases = {name: await storage.records.repairs.case(one.id) for name, one in rows.items()}

    by_rule = {name: exceptions_of(case, NOW) for name, case in cases.items() if case is not None}
    names = {str(one.id): name for name, one in rows.items()}
    found = {names[it.id]: it.exceptions for it in [*first.items, *rest.items]}
    assert found == {
        "silent": ["station_silent"],
        "free": ["connector_free"],
        "orphan": ["start_missing"],
        "waits": ["waits"],
        "held": ["held"],
    }
    assert list(found) == ["silent", "free", "orphan", "waits", "held"]
    assert {name: why for name, why in by_rule.items() if why} == found


@on_every_engine
async def test_stops_without_a_session_wait_once_each_until_they_are_decided_about(
    engine: Engine, tmp_path: Path
) -> None:
    stop = orphan(-5, meter_stop_wh=7_000, transaction_id="77", token="ABC")
    echo = replace(stop, id=stop.id + 1, at=at(-4))  # sent again: nobody had answered
    other = replace(orphan(-3, meter_stop_wh=9), station_id=2)
    readings = replace(orphan(-2, what="meter_values"), id=a_number(-2, 10))
    late = session(-1, flags=frozenset({Flag.START_MISSING}), last_wh=3)
    late = replace(late, state=SessionState.ENDED, ended_at=at(-1))
    silent = session(-1, 3, flags=frozenset({Flag.START_MISSING, Flag.ABANDONED}))
    silent = replace(silent, state=SessionState.WAITING_FOR_DATA, ended_at=at(-1))
    rows: list[Row] = [stop, echo, other, readings, late, silent]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, *rows])
        models, file = storage.read_models, storage.records.repairs

        async def waiting(**where: Any) -> list[str]:
            return [it.id for it in (await models.orphan_stops(OrphanFilter(**where), ALL)).items]

        assert await waiting() == [str(it.id) for it in (late, other, stop)]
        assert await waiting(station_id="B") == [str(other.id)]
        first = await models.orphan_stops(OrphanFilter(), Cut(limit=2))
        rest = await models.orphan_stops(OrphanFilter(), Cut(limit=2, cursor=first.next_cursor))
        assert [it.id for it in rest.items] == [str(stop.id)]
        assert rest.next_cursor is None
        nobody = models.within(frozenset())
        assert (await nobody.orphan_stops(OrphanFilter(), ALL)).items == []
        assert await nobody.orphan_stop(str(stop.id)) is None

        shown = await models.orphan_stop(str(stop.id))
        assert shown is not None
        assert (shown.station_id, shown.transaction_id, shown.token) == ("A", "77", "ABC")
        assert (shown.meter_stop_wh, shown.why, shown.settled) == (
            7_000,
            "unknown_transaction",
            False,
        )
        assert await file.orphan(echo.id) is None
        assert await file.orphan(readings.id) is None

        aside = replace(a_repair(session(-9)), session_id=stop.id, orphan_id=stop.id)
        await storage.writer.write([aside])
        with pytest.raises(RowRefusedError):  # neither put aside nor attached once more
            await storage.writer.write([a_repair(late, orphan_id=stop.id)])
        assert await waiting() == [str(it.id) for it in (late, other)]
        assert await waiting(settled=True) == [str(stop.id)]
        known = await file.orphan(stop.id)
        assert known is not None
        assert known.settled == aside
    async with engine.opened(tmp_path) as storage:  # a restart changes nothing
        left = await storage.read_models.orphan_stops(OrphanFilter(), ALL)
        assert [it.id for it in left.items] == [str(it.id) for it in (late, other)]


@on_every_engine
async def test_a_stop_has_as_candidates_what_began_before_it_and_lacks_an_end(
    engine: Engine, tmp_path: Path
) -> None:
    stop = orphan(-2, meter_stop_wh=7_000)
    runs, elsewhere = session(-3, evse=1), replace(session(-4), station_id=2)
    left = session(-5, evse=2, flags=frozenset({Flag.ABANDONED}))
    left = replace(left, state=SessionState.WAITING_FOR_DATA, ended_at=at(-5))
    told = replace(session(-6, evse=3), state=SessionState.ENDED, ended_at=at(-5))
    after, over = session(-1, evse=4), ended(session(-7, evse=5), at=at(-6))
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, stop, runs, elsewhere, left, told, after, over])
        case = await storage.records.repairs.orphan_case(stop.id)
    assert case is not None
    assert [it.session.id for it in case.cases] == [runs.id, left.id]
