"""A stop that fits no session: what speaks for which session, and that it is decided about once."""

import pytest
from msgspec.structs import replace

from ogniwo.base.errors import RefusedError
from ogniwo.base.units import seconds
from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.decision import Situation
from ogniwo.domain.events import EventKind
from ogniwo.domain.evidence import Case
from ogniwo.domain.orphans import OrphanCase, candidates_of, put_aside, why_of
from ogniwo.domain.repairs import Asked, AttachStop, OrphanStop, decide_repair
from ogniwo.domain.session import Session
from tests.domain.says16 import Station16
from tests.domain.world import World

HOUR_S = 3_600
NOTE = "of a guest"


def a_charge() -> tuple[Station16, Session, OrphanStop]:
    """It began an hour ago at 10 kWh; a stop of a number that nobody gave comes now."""
    station = Station16(World())
    station.start(10_000)
    station.world.wait(HOUR_S)
    session = station.session
    stop = OrphanStop(
        id=5,
        at=station.world.now,
        station_id=session.station_id,
        meter_stop_wh=15_000,
        token=None if session.token is None else session.token.uid,
    )
    return station, session, stop


def case_of(station: Station16, stop: OrphanStop, *sessions: Session) -> OrphanCase:
    owner = station.state.station
    cases = tuple(Case(station=owner, removed=False, session=it) for it in sessions)
    return OrphanCase(station=owner, removed=False, orphan=stop, cases=cases)


def test_the_session_that_most_speaks_for_stands_first() -> None:
    station, session, stop = a_charge()
    stranger = replace(session, id=8, token=IdToken(uid="OTHER", type=TokenType.RFID))
    above = replace(session, id=9, meter_start_wh=99_000)
    found = candidates_of(case_of(station, stop, stranger, above, session))
    assert found[0].session.id == session.id
    assert (found[0].strong, found[0].energy_wh) == (True, 5_000)
    assert [it.strong for it in found[1:]] == [False, False]
    by_id = {it.session.id: it for it in found}
    assert by_id[8].fits["token_fits"] is False
    assert by_id[9].fits["meter_fits"] is False


def test_what_is_put_aside_is_filed_under_its_own_id_with_who_and_why() -> None:
    station, _, stop = a_charge()
    situation = Situation(now=station.world.now, ids=station.world.ids)
    record, told = put_aside(
        stop, station.state.station, author="ania", note=NOTE, situation=situation
    )
    assert (record.session_id, record.orphan_id, record.kind) == (5, 5, "set_aside")
    assert (record.author, record.note, record.at) == ("ania", NOTE, station.world.now)
    assert told.kind is EventKind.ORPHAN_SETTLED
    assert told.data["orphan_id"] == "5"


def test_a_stop_that_was_decided_about_is_neither_put_aside_nor_attached_again() -> None:
    station, session, stop = a_charge()
    situation = Situation(now=station.world.now + seconds(HOUR_S), ids=station.world.ids)
    owner = station.state.station
    record, _ = put_aside(stop, owner, author="ania", note=NOTE, situation=situation)
    settled = replace(stop, settled=record)
    asked = Asked(repair=AttachStop(note=NOTE, orphan_id="5"), author="jan", orphan=settled)
    with pytest.raises(RefusedError, match="ania") as aside:
        put_aside(settled, owner, author="jan", note=NOTE, situation=situation)
    with pytest.raises(RefusedError, match="ania") as attached:
        decide_repair(station.state, session, asked, situation)
    assert aside.value.code == attached.value.code == "orphan_settled"


def test_a_stop_of_another_station_is_attached_to_nothing_here() -> None:
    station, session, stop = a_charge()
    situation = Situation(now=station.world.now + seconds(HOUR_S), ids=station.world.ids)
    foreign = replace(stop, station_id=session.station_id + 1)
    asked = Asked(repair=AttachStop(note=NOTE, orphan_id="5"), author="jan", orphan=foreign)
    with pytest.raises(RefusedError) as refused:
        decide_repair(station.state, session, asked, situation)
    assert refused.value.code == "no_orphan"


def test_a_stop_that_is_a_session_is_not_put_aside_but_dismissed() -> None:
    station, session, stop = a_charge()
    situation = Situation(now=station.world.now, ids=station.world.ids)
    with pytest.raises(RefusedError) as refused:
        put_aside(
            replace(stop, session=session),
            station.state.station,
            author="ania",
            note=NOTE,
            situation=situation,
        )
    assert refused.value.code == "is_session"


def test_why_it_fits_nothing_is_told_by_what_it_lacks() -> None:
    assert why_of(transaction_id="7", in_session=False) == "unknown_transaction"
    assert why_of(transaction_id=None, in_session=False) == "no_number"
    assert why_of(transaction_id="7", in_session=True) == "start_missing"
