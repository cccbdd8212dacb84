"""What people decided is what is booked: once, and nothing else after it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from ogniwo.domain.repairs import AnyRepair, Close, Dismiss, SessionRepair, Settle
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.storage import values
from ogniwo.storage.schema import session
from tests.simulation.disk import Disk

_ON_FILE = (
    "SELECT session_id, number, kind, orphan_id FROM session_repair ORDER BY session_id, number"
)
_STOPS = "SELECT id, station_id, data FROM event WHERE kind = 'orphan_stored'"
_ASIDE = "set_aside"
_BY_HAND = frozenset({"close", "settle", "attach_stop", "dismiss", "merged"})


def differences(
    disk: Disk, decided: Sequence[tuple[AnyRepair, SessionRepair]], settled: Mapping[int, int]
) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong).

    ``decided``: all that somebody was answered to, dry runs too; ``settled``: of stops without a
    session, how often a decision was accepted.
    """
    on_file: dict[int, list[str]] = defaultdict(list)
    orphans: list[int] = []
    for session_id, number, kind, orphan_id in disk.rows(_ON_FILE):
        on_file[session_id].append(kind)
        if number != len(on_file[session_id]):
            yield "decisions are in a row", f"session {session_id} has number {number}"
        if orphan_id is not None:
            orphans.append(orphan_id)
    if len(orphans) != len(set(orphans)):
        yield "a stop belongs to one session", f"{orphans}"
    with disk.look() as connection:
        booked = {row.id: values.to_session(row) for row in connection.execute(select(session))}
    yield from _of_stops(disk, orphans, settled)
    for session_id, kinds in on_file.items():
        if kinds == [_ASIDE] and session_id not in booked:
            continue  # filed under the stop's own id
        yield from _of_last(booked[session_id], kinds[-1])
    last = {
        record.session_id: (repair, record)
        for repair, record in decided
        if record.number == len(on_file[record.session_id])
        and record.kind == on_file[record.session_id][-1]
    }
    for session_id, (repair, record) in last.items():
        yield from _of_energy(booked[session_id], repair, record)


def _of_stops(
    disk: Disk, taken: Sequence[int], settled: Mapping[int, int]
) -> Iterator[tuple[str, str]]:
    """By what the stops say and not by their ids: a station sends one again under another."""
    for stop, times in settled.items():
        if times > 1:
            yield "a stop is decided about once", f"{stop} {times} times"
    told: dict[tuple[int, str], list[int]] = defaultdict(list)
    for stop, station_id, data in disk.rows(_STOPS):
        told[station_id, data].append(stop)
    for (station_id, data), same in told.items():
        if len(set(same).intersection(taken)) > 1:
            yield "a stop is booked once", f"station {station_id}: {data} as {same}"


def _of_last(one: Session, kind: str) -> Iterator[tuple[str, str]]:
    if kind not in _BY_HAND:
        yield "a decision is one of those there are", f"{kind} of {one}"
    settles = kind in {"settle", "dismiss", "merged"}
    if settles and one.state is not SessionState.CLOSED:
        yield "what a person settled is closed", f"{kind} of {one}"
    if kind in {"dismiss", "merged"} and one.energy_wh != 0:
        yield "what is dismissed or merged has no energy", f"{one}"
    if one.running:
        yield "what a person ended stays ended", f"{kind} of {one}"


def _of_energy(one: Session, repair: AnyRepair, record: SessionRepair) -> Iterator[tuple[str, str]]:
    """Reckoned anew from what was asked, and not from what the rules made of it."""
    expected = _expected(one, repair)
    if one.state is SessionState.CLOSED and expected is not None and one.energy_wh != expected:
        yield "repaired energy is what the person decided", f"{repair}, should be {expected}: {one}"
    if one.energy_wh != record.after["energy_wh"]:
        yield "a decision stays as it was told", f"{record} of {one}"


def _expected(one: Session, repair: AnyRepair) -> int | None:
    match repair:
        case Dismiss():
            return 0
        case Settle(energy_wh=int(energy_wh)):
            return energy_wh
        case Settle(meter_start_wh=int(start), meter_stop_wh=int(stop)):
            return stop - start
        case Close(meter_stop_wh=int(stop)) if one.meter_start_wh is not None:
            plain = not one.flags & {Flag.REGISTER_REBASED, Flag.BASELINE_IMPLAUSIBLE}
            return stop - one.meter_start_wh if plain else None
        case _:
            return None
