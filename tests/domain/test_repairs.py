"""What a person may decide about a session, what becomes of it, and what stays as it was said."""

from datetime import timedelta

import pytest

from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.limits import LOST_SESSION_S
from ogniwo.base.units import from_instant, seconds
from ogniwo.domain.decision import Situation
from ogniwo.domain.evidence import Case, facts_of, proposals_of
from ogniwo.domain.repairs import (
    AnyRepair,
    Asked,
    AttachStop,
    Close,
    Dismiss,
    OrphanStop,
    Repaired,
    Settle,
    decide_repair,
)
from ogniwo.domain.session import Flag, Session, SessionState
from tests.domain.says2x import Station2x
from tests.domain.says16 import TAG, Station16
from tests.domain.world import StationUnderTest, World

HOUR_S = 3_600
NOTE = "read off the display"


def charging(**fields: int) -> tuple[Station16, int]:
    """An hour ago it began, half an hour ago it was measured; then nothing came any more."""
    station = Station16(World(), **fields)
    number = station.start(10_000)["transactionId"]
    station.world.wait(HOUR_S / 2)
    station.reads(number, 13_000)
    station.world.wait(HOUR_S / 2)
    return station, int(number)


def held() -> tuple[Station16, int]:
    """Its meter went back."""
    station, number = charging()
    station.stop(number, 4_000)
    return station, number


def repaired(
    station: StationUnderTest, repair: AnyRepair, orphan: OrphanStop | None = None
) -> Repaired:
    asked = Asked(repair=repair, author="ania", orphan=orphan)
    situation = Situation(now=station.world.now, ids=station.world.ids)
    before = station.session
    decided = decide_repair(station.state, before, asked, situation)
    assert decided.session.meter_start_wh == before.meter_start_wh, "the station's own word"
    station.state.absorb([decided.session, *decided.events])
    station.disk.write([decided.session])
    return decided


def refused(station: Station16, repair: AnyRepair, orphan: OrphanStop | None = None) -> str:
    with pytest.raises(RefusedError) as refusal:
        repaired(station, repair, orphan)
    return refusal.value.code


def a_stop(station: Station16, wh: int | None, **fields: object) -> OrphanStop:
    told = {"id": 7, "at": station.world.now, "meter_stop_wh": wh, "stop_reason": "Local", **fields}
    return OrphanStop(**told)  # type: ignore[arg-type] # each as its field


ATTACH = AttachStop(note=NOTE, orphan_id="7")


def test_a_session_is_ended_as_far_as_it_was_measured() -> None:
    station, _ = charging()

    after = repaired(station, Close(note=NOTE, as_measured=True)).session

    assert (after.state, after.energy_wh) == (SessionState.CLOSED, 3_000)
    assert (after.ended_at, after.meter_stop_wh) == (after.sampled_at, None)
    assert Flag.CLOSED_BY_HAND in after.flags


def test_a_session_is_ended_at_the_register_and_the_time_that_a_person_read() -> None:
    station, _ = charging()
    at = from_instant(station.world.now) - timedelta(minutes=10)

    decided = repaired(station, Close(note=NOTE, meter_stop_wh=15_500, ended_at=at))

    after = decided.session
    assert (after.state, after.energy_wh, after.meter_stop_wh) == (SessionState.CLOSED, 5_500, None)
    (record,) = decided.records
    assert (record.kind, record.author, record.note) == ("close", "ania", NOTE)
    assert record.wanted["meter_stop_wh"] == 15_500
    assert (record.before["state"], record.after["state"]) == ("started", "closed")


def test_an_end_that_cannot_be_believed_is_held_for_the_next_decision() -> None:
    station, _ = charging()

    after = repaired(station, Close(note=NOTE, meter_stop_wh=900)).session

    assert (after.state, after.energy_wh) == (SessionState.ENDED, None)
    after = repaired(station, Settle(note=NOTE, energy_wh=3_200)).session
    assert (after.state, after.energy_wh) == (SessionState.CLOSED, 3_200)


@pytest.mark.parametrize("minutes", [-90, 5])
def test_no_session_ends_before_its_start_or_in_the_future(minutes: int) -> None:
    station, _ = charging()
    at = from_instant(station.world.now) + timedelta(minutes=minutes)

    assert refused(station, Close(note=NOTE, as_measured=True, ended_at=at)) == "time_impossible"


@pytest.mark.parametrize("how", [{}, {"as_measured": True, "meter_stop_wh": 11_000}])
def test_a_person_says_by_what_a_session_is_ended(how: dict[str, object]) -> None:
    station, _ = charging()

    with pytest.raises(UsageError):
        repaired(station, Close(note=NOTE, **how))  # type: ignore[arg-type] # each as its field


@pytest.mark.parametrize(
    "repair",
    [Dismiss(note=NOTE), Close(note=NOTE, as_measured=True), Settle(note=NOTE, energy_wh=0)],
)
def test_a_session_that_its_station_tells_of_is_not_touched(repair: AnyRepair) -> None:
    station, number = charging()
    station.reads(number, 14_000)

    assert refused(station, repair) == "session_alive"
    station.world.wait(LOST_SESSION_S)
    assert repaired(station, Dismiss(note=NOTE)).session.energy_wh == 0


def test_a_free_connector_says_that_nobody_charges_however_short_ago() -> None:
    station, number = charging()
    station.status_is("Charging")
    station.reads(number, 14_000)
    station.status_is("Available")

    assert repaired(station, Close(note=NOTE, as_measured=True)).session.energy_wh == 4_000


@pytest.mark.parametrize(
    ("how", "energy_wh"),
    [
        ({"energy_wh": 2_500}, 2_500),
        ({"energy_wh": 0}, 0),
        ({"meter_start_wh": 10_000, "meter_stop_wh": 14_000}, 4_000),
        ({"meter_stop_wh": 13_500}, 3_500),
    ],
)
def test_a_held_session_gets_the_energy_that_a_person_gives_it(
    how: dict[str, int], energy_wh: int
) -> None:
    station, _ = held()

    after = repaired(station, Settle(note=NOTE, **how)).session

    assert (after.state, after.energy_wh) == (SessionState.CLOSED, energy_wh)
    assert (after.meter_start_wh, after.meter_stop_wh) == (10_000, 4_000)
    assert {Flag.ENERGY_BY_HAND, Flag.METER_WENT_BACK} <= after.flags


def test_no_meter_goes_back_by_a_person_s_word() -> None:
    station, _ = held()

    assert refused(station, Settle(note=NOTE, meter_start_wh=12_000)) == "registers_backwards"
    with pytest.raises(UsageError):
        repaired(station, Settle(note=NOTE))
    with pytest.raises(UsageError):
        repaired(station, Settle(note=NOTE, energy_wh=1, meter_stop_wh=2))


def test_what_is_not_ended_is_not_settled_and_what_is_held_is_not_ended_again() -> None:
    running, _ = charging()
    ended, _ = held()

    assert refused(running, Settle(note=NOTE, energy_wh=1)) == "session_running"
    assert refused(ended, Close(note=NOTE, as_measured=True)) == "session_ended"


def test_a_stop_of_nobody_ends_the_session_that_it_belongs_to() -> None:
    station, _ = charging()

    decided = repaired(station, ATTACH, a_stop(station, 16_000))

    after = decided.session
    assert (after.state, after.energy_wh) == (SessionState.CLOSED, 6_000)
    assert (after.meter_stop_wh, after.stop_reason) == (16_000, "Local")
    assert Flag.STOP_ATTACHED in after.flags
    assert decided.records[0].orphan_id == 7


def test_a_stop_is_attached_only_where_one_is_missing_and_could_be() -> None:
    station, _ = charging()
    early = a_stop(station, 11_000, at=station.session.started_at - 1)
    told, _ = held()

    assert refused(station, ATTACH) == "no_orphan"
    assert refused(station, ATTACH, early) == "time_impossible"
    assert refused(told, ATTACH, a_stop(told, 16_000)) == "stop_known"


@pytest.mark.parametrize(
    "repair",
    [
        Dismiss(note=NOTE),
        Settle(note=NOTE, energy_wh=1),
        Close(note=NOTE, as_measured=True),
        ATTACH,
    ],
)
def test_closed_stays_closed_for_people_too(repair: AnyRepair) -> None:
    station, number = charging()
    station.stop(number, 15_000)

    assert refused(station, repair, a_stop(station, 16_000)) == "session_closed"


def test_what_comes_after_a_decision_is_attached_and_changes_no_figure() -> None:
    station, number = charging()
    decided = repaired(station, Close(note=NOTE, as_measured=True)).session

    station.reads(number, 18_000)
    station.stop(number, 19_000)

    after = station.session
    assert (after.energy_wh, after.ended_at, after.state) == (
        decided.energy_wh,
        decided.ended_at,
        SessionState.CLOSED,
    )
    assert Flag.LATE_DATA in after.flags
    assert after.samples > decided.samples


def case(station: Station16, session: Session, *orphans: OrphanStop) -> Case:
    return Case(station=station.state.station, removed=False, session=session, orphans=orphans)


def test_of_the_stops_that_came_only_those_that_contradict_nothing_are_proposed() -> None:
    station, _ = charging()
    fitting = a_stop(station, 14_000, id=1, token=TAG.lower())
    others = [
        a_stop(station, 14_000, id=2, token="FFFF"),
        a_stop(station, 11_000, id=3),  # less than was measured already
        a_stop(station, 14_000, id=4, at=station.session.started_at - seconds(60)),
    ]

    found = list(proposals_of(case(station, station.session, fitting, *others)))

    attached = [it for it in found if it.kind == "attach_stop"]
    assert [(it.repair["orphan_id"], it.energy_wh, it.strong) for it in attached] == [
        ("1", 4_000, True)
    ]


def test_the_evidence_names_what_is_known_and_what_is_not() -> None:
    station, _ = held()

    kinds = [it.kind for it in facts_of(case(station, station.session))]
    proposed = {it.kind: it.energy_wh for it in proposals_of(case(station, station.session))}

    assert kinds[:4] == ["register_start", "register_stop", "reading_first", "reading_last"]
    assert "meter_went_back" in kinds
    assert proposed["settle_by_registers"] == 3_000
    assert proposed["dismiss"] == 0


def test_a_token_told_after_somebody_closed_the_session_makes_nobody_pay() -> None:
    world = World()
    world.token(TAG)
    station = Station2x(world)
    station.event("Started", 0, 1_000, evse={"id": 1})
    world.wait(HOUR_S)
    station.event("Updated", 1, 5_000)
    world.wait(HOUR_S)
    closed = repaired(station, Close(note=NOTE, as_measured=True)).session
    assert closed.state is SessionState.CLOSED

    token = {"idToken": TAG, "type": "ISO14443"}
    station.event("Ended", 2, 9_000, idToken=token, info={"remoteStartId": 7})

    assert station.session.token is None
    assert station.session.remote_start_id is None
    assert Flag.LATE_DATA in station.flags
