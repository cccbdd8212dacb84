"""The books against the truth: what the simulated meters delivered, transaction by transaction.

Asked when the world is quiet: every station has told all it knows, every wait is over.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from ogniwo.domain.audit import FindingKind
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import Status
from ogniwo.sim.facts import Status as Seen
from ogniwo.sim.station import Station
from ogniwo.sim.stats import LedgerEntry
from ogniwo.storage import values
from ogniwo.storage.books import examined
from ogniwo.storage.schema import session, station
from tests.simulation.disk import Disk
from tests.simulation.quirks.twist import Spoilt, Stack

# Whoever is offline trusts his cards; whose clock is wrong is told apart by its twist.
_HARMLESS: Final = frozenset({Flag.TOKEN_NOT_ACCEPTED})
BY_HAND: Final = frozenset(
    {
        Flag.CLOSED_BY_HAND,
        Flag.ENERGY_BY_HAND,
        Flag.STOP_ATTACHED,
        Flag.MERGED,
        Flag.DISMISSED,
    }
)
# What the examination of the books says of stations rather than of the server.
_OF_STATIONS: Final = frozenset(
    {FindingKind.SESSION_HELD, FindingKind.READINGS_ORPHANED, FindingKind.STOP_ORPHANED}
)
_FREE: Final = frozenset({Status.AVAILABLE, Status.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Truth:
    entries: Sequence[LedgerEntry]
    stations: Sequence[Station]
    twists: Mapping[str, Stack]
    events: Mapping[tuple[str, str], set[int]]  # numbers of 2.x events that came


def differences(disk: Disk, truth: Truth) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong)."""
    booked: dict[tuple[str, str], list[Session]] = defaultdict(list)
    with disk.look() as connection:
        names = {it.id: it.identity for it in connection.execute(select(station))}
        for row in connection.execute(select(session)):
            one = values.to_session(row)
            booked[names[one.station_id], one.transaction_id].append(one)
    poisoned = {(names[it], number) for it, number in disk.poisoned}
    known: set[tuple[str, str]] = set()
    for entry in truth.entries:
        key = (entry.station, str(entry.transaction_id))
        known.add(key)
        twist = truth.twists[entry.station]
        if Spoilt.SESSIONS in twist.spoilt:
            continue
        refused = key in poisoned and not booked[key]  # kept as it came, all of it
        if len(booked[key]) != 1 and not refused:
            yield "one session for one transaction", f"{entry} is booked {len(booked[key])} times"
            continue
        if key not in poisoned:
            yield from _of_session(entry, booked[key][0], twist)
            yield from _of_sequence(booked[key][0], truth.events.get(key, set()), entry)
    for key, sessions in booked.items():
        if sessions and key not in known and Spoilt.SESSIONS not in truth.twists[key[0]].spoilt:
            yield "one session for one transaction", f"{key} never was: {sessions[0]}"
    yield from _of_books(disk, truth)


def _of_session(entry: LedgerEntry, one: Session, twist: Stack) -> Iterator[tuple[str, str]]:
    if one.flags & BY_HAND:  # its figures are a person's: see ``repairs``
        if one.state not in {SessionState.CLOSED, SessionState.ENDED}:
            yield "every session is closed", f"{one} of {entry}"
        return
    odd = one.flags - _HARMLESS - twist.explaining
    if odd:
        yield "flags have a reason", f"{sorted(odd)} with {twist.names} on {one} of {entry}"
    if entry.meter_stop_wh is None:
        yield "the world is quiet", f"{entry} has not ended"
        return
    held = one.state is SessionState.ENDED
    if one.state is not SessionState.CLOSED and not (held and Spoilt.ENERGY in twist.spoilt):
        yield "every session is closed", f"{one} of {entry}"
    expected = {
        "energy_wh": entry.energy_wh,
        "meter_start_wh": entry.meter_start_wh,
        "meter_stop_wh": entry.meter_stop_wh,
    }
    for name, value in {} if Spoilt.ENERGY in twist.spoilt else expected.items():
        if getattr(one, name) != value:
            rule = "energy booked is energy delivered"
            yield rule, f"{name} is {getattr(one, name)}, should be {value}: {one} of {entry}"
    unflagged = one.energy_wh is not None and not one.flags
    if Spoilt.ENERGY in twist.spoilt and unflagged and one.energy_wh != entry.energy_wh:
        rule = "what is not known is not booked without a flag"
        yield rule, f"{one.energy_wh} Wh, delivered {entry.energy_wh} Wh: {one} of {entry}"
    if Spoilt.PLACE not in twist.spoilt and one.evse != entry.evse:
        yield "a session is at its EVSE", f"{one} of {entry}"


def _of_sequence(one: Session, came: set[int], entry: LedgerEntry) -> Iterator[tuple[str, str]]:
    """Nothing is closed as if it were whole while numbers are missing, nor held as if not."""
    if one.flags & (BY_HAND | {Flag.SEQUENCE_RESTARTED}):
        return
    if entry.version == "1.6" or not came:
        return
    whole = came == set(range(max(came) + 1))
    if whole == (Flag.EVENTS_MISSING in one.flags):
        yield "whole is whole", f"events {sorted(came)} came: {one}"


def _of_books(disk: Disk, truth: Truth) -> Iterator[tuple[str, str]]:
    """The product's own examination, which reads nothing that the rules have computed."""
    odd = {name for name, twist in truth.twists.items() if twist.twists}
    with disk.look() as connection:
        names = {it.id: it.identity for it in connection.execute(select(station))}
        odd |= {names[it] for it, _ in disk.poisoned}
        for it in examined(connection, disk.clock.now_us()):
            of_odd = any(f"station {name}" in it.where for name in odd)
            if it.kind in _OF_STATIONS and of_odd:
                continue
            if it.kind is FindingKind.SESSION_HELD and any(flag in it.what for flag in BY_HAND):
                continue  # whoever ended it left it for the next one
            yield "the books pass their examination", f"{it.kind}: {it.where}: {it.what}"


def statuses(disk: Disk, truth: Truth) -> Iterator[tuple[str, str]]:
    """The operator knows which station is there, and which EVSE is free."""
    for identity, since in disk.rows(
        "SELECT s.identity, h.connected_since FROM station s"
        " JOIN station_head h ON h.station_id = s.id"
    ):
        if since is None:
            yield "the operator knows which stations are there", f"{identity} is shown as away"
    shown = {
        (identity, evse): status
        for identity, evse, status in disk.rows(
            "SELECT s.identity, c.evse, c.status FROM connector c JOIN station s"
            " ON s.id = c.station_id"
        )
    }
    for one in truth.stations:
        if truth.twists[one.identity].twists:
            continue
        for evse in one.evses:
            status = shown.get((one.identity, evse.number))
            free = evse.status is Seen.AVAILABLE
            if free != (status == Status.AVAILABLE.value):
                rule = "the operator knows what a station does"
                yield rule, f"{one.identity}/{evse.number} is {evse.status}, shown {status}"
