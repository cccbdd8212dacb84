"""What is told to be inconsistent, and that a sound day of business has nothing to tell."""

from typing import Any, Final

import pytest
from msgspec.structs import replace

from ogniwo.base.units import seconds
from ogniwo.domain.audit import (
    FindingKind,
    OpenCommand,
    StationOnFile,
    at_once,
    of_command,
    of_session,
)
from ogniwo.domain.commands import CommandState
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.trails import of_nobody, of_trail
from tests.domain.says2x import Station2x
from tests.domain.says16 import Station16
from tests.domain.world import NOON, World

HOUR = seconds(3_600)
DAY = 24 * HOUR


def kinds(session: Session, *, now: int = NOON, **station: Any) -> list[FindingKind]:
    seen = {"last_seen_at": now, "removed": False, **station}
    on_file = StationOnFile(identity="CP1", **seen)
    return [it.kind for it in of_session(session, on_file, now)]


def a_session(**fields: Any) -> Session:
    told: dict[str, Any] = {
        "id": 1,
        "station_id": 1,
        "transaction_id": "1",
        "evse": 1,
        "connector": 1,
        "stay_id": 1,
        "started_at": NOON - HOUR,
        "received_at": NOON - HOUR,
    }
    return Session(**(told | fields))


def a_closed_one(**fields: Any) -> Session:
    told: dict[str, Any] = {
        "state": SessionState.CLOSED,
        "ended_at": NOON,
        "closed_at": NOON,
        "meter_start_wh": 1_000,
        "meter_stop_wh": 3_000,
        "energy_wh": 2_000,
    }
    return a_session(**(told | fields))


# -- sound ------------------------------------------------------------------------------------


def test_nothing_is_found_in_what_the_rules_make_of_a_good_day() -> None:
    world = World()
    old, new = Station16(world), Station2x(world)
    number = old.start(10_000)["transactionId"]
    for kind, wh, place in (("Started", 100, 0), ("Updated", 600, 1), ("Ended", 900, 2)):
        new.call("TransactionEvent", new.event_payload(kind, place, wh, evse={"id": 1}))
        world.wait(600)
    old.stop(number, 12_000)

    for session in (old.session, new.session):
        assert session.state is SessionState.CLOSED
        assert kinds(session, now=world.now) == []


def test_a_session_of_intervals_alone_needs_no_registers() -> None:
    session = a_closed_one(meter_start_wh=None, meter_stop_wh=None, interval_wh=700, energy_wh=700)
    assert kinds(session) == []


# -- a session's own row ----------------------------------------------------------------------


def test_a_session_at_a_station_that_has_been_away_for_a_day_is_told() -> None:
    running = a_session(received_at=NOON - 3 * DAY)

    assert kinds(running, last_seen_at=NOON - 2 * DAY) == [FindingKind.STATION_SILENT]
    assert kinds(running, last_seen_at=NOON - HOUR) == []


def test_a_session_whose_station_was_removed_is_told() -> None:
    assert kinds(a_session(), removed=True) == [FindingKind.STATION_SILENT]


def test_a_session_that_runs_for_weeks_is_told() -> None:
    assert kinds(a_session(received_at=NOON - 8 * DAY)) == [FindingKind.SESSION_ENDLESS]


def test_an_end_without_its_time_is_told() -> None:
    assert kinds(a_closed_one(ended_at=None)) == [FindingKind.SESSION_WITHOUT_END]


def test_a_session_that_waits_longer_than_any_may_is_told() -> None:
    waiting = a_session(state=SessionState.WAITING_FOR_DATA, ended_at=NOON - HOUR)

    assert kinds(waiting, now=NOON + 2 * DAY) == [FindingKind.SESSION_WAITS]
    assert kinds(waiting) == []


def test_a_held_session_is_told_with_its_flags() -> None:
    held = a_closed_one(state=SessionState.ENDED, flags=frozenset({Flag.ENERGY_UNKNOWN}))
    (finding,) = of_session(
        held, StationOnFile(identity="CP1", last_seen_at=NOON, removed=False), NOON
    )

    assert finding.kind is FindingKind.SESSION_HELD
    assert "energy_unknown" in finding.what
    assert "CP1" in finding.where


def test_energy_that_is_not_the_difference_of_the_registers_is_told() -> None:
    assert kinds(a_closed_one(energy_wh=2_001)) == [FindingKind.ENERGY_DIFFERS]
    assert kinds(a_closed_one(energy_wh=None)) == [FindingKind.ENERGY_DIFFERS]


def test_energy_that_a_flag_explains_is_not_told() -> None:
    rebased = a_closed_one(energy_wh=2_900, flags=frozenset({Flag.REGISTER_REBASED}))
    assert kinds(rebased) == []


def test_a_closed_session_with_a_hole_in_its_events_must_say_so() -> None:
    holed = a_closed_one(seq=((0, 3), (6, 9)), seq_first=0, seq_last=9)

    assert kinds(holed) == [FindingKind.SEQUENCE_GAP]
    assert kinds(replace(holed, flags=frozenset({Flag.EVENTS_MISSING}))) == []


def test_a_hole_in_a_running_session_is_told() -> None:
    assert kinds(a_session(seq=((0, 3), (6, 9)), seq_first=0)) == [FindingKind.SEQUENCE_GAP]


def test_two_sessions_at_one_evse_are_told_together() -> None:
    station = StationOnFile(identity="CP1", last_seen_at=NOON, removed=False)
    first, second = a_session(), a_session(id=2, transaction_id="2")

    (finding,) = at_once([first, second], station)
    assert finding.kind is FindingKind.SESSIONS_AT_ONCE
    assert "1, 2" in finding.what
    assert list(at_once([first, replace(second, evse=2)], station)) == []


# -- orders -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        (CommandState.QUEUED, {"deadline_at": NOON}),
        (CommandState.SENT, {"sent_at": NOON}),
        (CommandState.ACCEPTED, {"effect_by": NOON}),
    ],
)
def test_an_order_that_outlives_its_deadline_is_told(
    state: CommandState, fields: dict[str, int]
) -> None:
    told: dict[str, Any] = {"deadline_at": NOON, "sent_at": None, "effect_by": None, **fields}
    command = OpenCommand(id=1, name="reset", state=state, **told)

    assert list(of_command(command, "CP1", NOON + seconds(60))) == []
    (finding,) = of_command(command, "CP1", NOON + HOUR)
    assert finding.kind is FindingKind.COMMAND_OVERDUE


# -- trails -----------------------------------------------------------------------------------


OLDEST: Final = 5  # of the table: someone else's


def trail_kinds(
    rows: list[tuple[int, int | None]], *, head: int | None, counted: int | None = None
) -> list[FindingKind]:
    found = of_trail("readings", "session 1", rows, head=head, oldest=OLDEST, counted=counted)
    return [it.kind for it in found]


@pytest.mark.parametrize(
    ("rows", "head", "counted"),
    [
        ([(10, None), (11, 10), (15, 11)], 15, 3),
        ([], None, 0),
        ([(10, 3), (11, 10)], 11, 7),  # its oldest were pruned
        ([], 4, 7),  # all of them were
        ([(10, None), (11, 14), (14, 10)], 11, 3),  # 11 by a node whose clock is behind
    ],
)
def test_a_whole_trail_and_one_that_was_pruned_are_sound(
    rows: list[tuple[int, int | None]], head: int | None, counted: int
) -> None:
    assert trail_kinds(rows, head=head, counted=counted) == []


@pytest.mark.parametrize(
    ("rows", "head", "counted", "found"),
    [
        ([(10, None), (12, 11)], 12, 2, FindingKind.TRAIL_BROKEN),  # 11 is lost
        ([(10, None), (11, None)], 11, 2, FindingKind.TRAIL_BROKEN),
        ([(10, None), (11, 10), (12, 10)], 12, 3, FindingKind.TRAIL_BROKEN),  # two after one
        ([(10, 8)], 10, 1, FindingKind.TRAIL_BROKEN),  # and 8 is not old enough to be pruned
        ([(10, None), (11, 10)], 10, 2, FindingKind.HEAD_LOST),  # 11 is on no trail
        ([(10, None)], 12, 1, FindingKind.HEAD_LOST),  # 12 is nowhere
        ([], 12, 0, FindingKind.HEAD_LOST),
        ([(10, None)], None, 1, FindingKind.HEAD_LOST),
        ([(10, None), (11, 10)], 11, 3, FindingKind.SAMPLES_DIFFER),
    ],
)
def test_a_trail_that_is_not_whole_is_told(
    rows: list[tuple[int, int | None]], head: int | None, counted: int, found: FindingKind
) -> None:
    assert trail_kinds(rows, head=head, counted=counted) == [found]


def test_readings_of_a_session_that_is_not_on_file_are_told() -> None:
    finding = of_nobody("readings", "session", 1, 3)

    assert finding.kind is FindingKind.HEAD_LOST
    assert finding.where == "session 1"
