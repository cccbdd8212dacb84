"""What is inconsistent in the books, why it matters and what to do about it.

Pure judgement: rows and the time go in, findings come out. It reads nothing that the rules
which wrote the rows have computed on the way, so it can catch them out.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.limits import CALL_TIMEOUT_S, LATE_DATA_WAIT_OFFLINE_S, SILENT_STATION_S
from ogniwo.base.units import SECONDS_PER_HOUR, Instant, seconds, to_rfc3339
from ogniwo.domain import sequence
from ogniwo.domain.commands import CommandState
from ogniwo.domain.session import Flag, Session, SessionState

RUNNING_S_MAX: Final = 7 * 24 * SECONDS_PER_HOUR  # nobody charges for a week
GRACE_S: Final = 300  # jobs run every minute; what is a little late is nothing to report

# With one of these the energy is not the plain difference of the registers, or none is given.
_ENERGY_EXPLAINED: Final = frozenset(
    {
        Flag.REGISTER_REBASED,
        Flag.BASELINE_IMPLAUSIBLE,
        Flag.METER_START_UNKNOWN,
        Flag.METER_STOP_UNKNOWN,
        Flag.CLOSED_BY_HAND,
        Flag.ENERGY_BY_HAND,
        Flag.MERGED,
        Flag.DISMISSED,
    }
)
_SEQUENCE_EXPLAINED: Final = frozenset(
    {
        Flag.EVENTS_MISSING,
        Flag.SEQUENCE_RESTARTED,
        Flag.CLOSED_BY_HAND,
        Flag.STOP_ATTACHED,
        Flag.DISMISSED,
    }
)


class FindingKind(StrEnum):
    DAMAGED = "damaged"
    STATION_SILENT = "station_silent"
    SESSION_ENDLESS = "session_endless"
    SESSION_WAITS = "session_waits"
    SESSION_WITHOUT_END = "session_without_end"
    SESSION_HELD = "session_held"
    SESSIONS_AT_ONCE = "sessions_at_once"
    ENERGY_DIFFERS = "energy_differs"
    SEQUENCE_GAP = "sequence_gap"
    SAMPLES_DIFFER = "samples_differ"
    TRAIL_BROKEN = "trail_broken"
    HEAD_LOST = "head_lost"
    COMMAND_OVERDUE = "command_overdue"
    EVENT_ORPHANED = "event_orphaned"
    READINGS_ORPHANED = "readings_orphaned"
    STOP_ORPHANED = "stop_orphaned"
    SESSION_TWICE = "session_twice"
    READING_TWICE = "reading_twice"
    NUMBERS_TWICE = "numbers_twice"
    DAY_WITHOUT_TABLE = "day_without_table"
    NUMBERED_AHEAD = "numbered_ahead"


class Finding(Struct, frozen=True, kw_only=True):
    """One line for a person: what, where, what to do."""

    kind: FindingKind
    where: str
    what: str
    advice: str


class StationOnFile(Struct, frozen=True, kw_only=True):
    identity: str
    last_seen_at: Instant | None
    removed: bool


class OpenCommand(Struct, frozen=True, kw_only=True):
    id: int
    name: str
    state: CommandState
    deadline_at: Instant
    sent_at: Instant | None
    effect_by: Instant | None


_OUR_FAULT: Final = "report it with this line: this should not happen"


def of_session(session: Session, station: StationOnFile, now: Instant) -> Iterator[Finding]:
    """Everything that can be told from the session's own row."""
    where = f"station {station.identity}, session {session.id}"
    if session.running:
        yield from _of_running(session, station, now, where)
    elif session.ended_at is None:
        yield Finding(
            kind=FindingKind.SESSION_WITHOUT_END,
            where=where,
            what=f"its state is {session.state}, but it has no time of its end",
            advice=_OUR_FAULT,
        )
    elif session.state is SessionState.WAITING_FOR_DATA:
        yield from _of_waiting(session, session.ended_at, station, now, where)
    if session.state is SessionState.ENDED:
        flags = ", ".join(sorted(session.flags))
        yield Finding(
            kind=FindingKind.SESSION_HELD,
            where=where,
            what=f"held since {to_rfc3339(session.ended_at or session.started_at)}: {flags}",
            advice="not billed as it is: look at `ogniwo session evidence`, then repair it",
        )
    yield from _of_energy(session, where)
    yield from _of_sequence(session, where)


def _of_running(
    session: Session, station: StationOnFile, now: Instant, where: str
) -> Iterator[Finding]:
    seen = max(station.last_seen_at or 0, session.received_at)
    if station.removed:
        yield Finding(
            kind=FindingKind.STATION_SILENT,
            where=where,
            what="it runs, but its station was removed: no end will ever come",
            advice="settle it by hand from the station's own record",
        )
    elif now - seen > seconds(SILENT_STATION_S):
        yield Finding(
            kind=FindingKind.STATION_SILENT,
            where=where,
            what=f"it runs, but its station was last heard at {to_rfc3339(seen)}",
            advice="look for the station's power and network; it delivers the end when it is back",
        )
    elif now - session.received_at > seconds(RUNNING_S_MAX):
        yield Finding(
            kind=FindingKind.SESSION_ENDLESS,
            where=where,
            what=f"it has been running since {to_rfc3339(session.started_at)}",
            advice="stop it remotely; if the station does not know it, its end was lost",
        )


def _of_waiting(
    session: Session, ended_at: Instant, station: StationOnFile, now: Instant, where: str
) -> Iterator[Finding]:
    since = max(ended_at, session.received_at)
    closes = "start the server: it closes what waited too long; if it runs, report this"
    by_hand = "its station was removed: settle it by hand from the station's own record"
    if now - since > seconds(LATE_DATA_WAIT_OFFLINE_S + GRACE_S):
        yield Finding(
            kind=FindingKind.SESSION_WAITS,
            where=where,
            what=f"it ended at {to_rfc3339(ended_at)} and still waits for data",
            advice=by_hand if station.removed else closes,
        )


def _of_energy(session: Session, where: str) -> Iterator[Finding]:
    """Closed and not explained by a flag: the plain difference, or the sum of intervals."""
    if session.state is not SessionState.CLOSED or session.flags & _ENERGY_EXPLAINED:
        return
    expected = _energy_by_registers(session)
    if session.energy_wh not in expected:
        shown = " or ".join(f"{it} Wh" for it in sorted(expected)) or "unknown"
        yield Finding(
            kind=FindingKind.ENERGY_DIFFERS,
            where=where,
            what=f"its energy is {session.energy_wh} Wh, its registers say {shown}",
            advice="do not bill it; " + _OUR_FAULT,
        )


def _energy_by_registers(session: Session) -> set[int]:
    """Each that can be right; both where a station sends intervals beside one register."""
    start = session.first_wh if session.meter_start_wh is None else session.meter_start_wh
    stop = session.last_wh if session.meter_stop_wh is None else session.meter_stop_wh
    found = set() if start is None or stop is None else {stop - start}
    if session.interval_wh is not None and (not found or found == {0}):
        found.add(session.interval_wh)
    return found


def _of_sequence(session: Session, where: str) -> Iterator[Finding]:
    if session.flags & _SEQUENCE_EXPLAINED or session.state is SessionState.WAITING_FOR_DATA:
        return
    if session.seq_last is None and not session.running:
        return  # its end never came, and it is flagged for that
    ranges = session.seq
    if session.seq_last is None:
        whole = len(ranges) <= 1
    else:
        whole = sequence.complete(ranges, first=session.seq_first, last=session.seq_last)
    if not whole:
        yield Finding(
            kind=FindingKind.SEQUENCE_GAP,
            where=where,
            what=f"of its numbered events only {sequence.to_text(ranges)} have come",
            advice="the station may still send them; if it is connected and does not, ask its maker"
            if session.running
            else _OUR_FAULT,
        )


def at_once(sessions: Iterable[Session], station: StationOnFile) -> Iterator[Finding]:
    """Two cars at one EVSE; the end of the first was lost, or a start came twice."""
    running: dict[int, list[int]] = {}
    for session in sessions:
        if session.running and session.evse is not None:
            running.setdefault(session.evse, []).append(session.id)
    for evse, ids in running.items():
        if len(ids) > 1:
            yield Finding(
                kind=FindingKind.SESSIONS_AT_ONCE,
                where=f"station {station.identity}, EVSE {evse}",
                what=f"{len(ids)} sessions run at once: {', '.join(map(str, sorted(ids)))}",
                advice="end the older one by hand; " + _OUR_FAULT,
            )


def of_command(command: OpenCommand, identity: str, now: Instant) -> Iterator[Finding]:
    match command.state:
        case CommandState.ACCEPTED:
            due = command.effect_by or command.deadline_at
        case CommandState.SENT:
            due = (command.sent_at or command.deadline_at) + seconds(CALL_TIMEOUT_S)
        case _:
            due = command.deadline_at
    if now - due > seconds(GRACE_S):
        yield Finding(
            kind=FindingKind.COMMAND_OVERDUE,
            where=f"station {identity}, command {command.id} ({command.name})",
            what=f"it is {command.state}, although it had to end by {to_rfc3339(due)}",
            advice="start the server: it ends what is overdue; if it runs, report this",
        )


def unknown(what: str, name: int, count: int, kind: str) -> Finding:
    """Events of something that is not on file."""
    return Finding(
        kind=FindingKind.EVENT_ORPHANED,
        where=f"{what} {name}",
        what=f"{count} events tell of it ({kind}, ...), but no such {what} is on file",
        advice=_OUR_FAULT,
    )


def readings_kept_apart(identity: str, count: int, newest_at: Instant) -> Finding:
    return Finding(
        kind=FindingKind.READINGS_ORPHANED,
        where=f"station {identity}",
        what=f"messages of it fit no session, {count} of them: readings of transactions nobody "
        f"knows, or nothing that could be read; the newest came at {to_rfc3339(newest_at)}",
        advice="its start may have been lost before it came here; look at its messages then",
    )


def stops_undecided(identity: str, count: int, newest_at: Instant) -> Finding:
    stops = (
        "1 stop that fits no session waits"
        if count == 1
        else (f"{count} stops that fit no session wait")
    )
    return Finding(
        kind=FindingKind.STOP_ORPHANED,
        where=f"station {identity}",
        what=f"{stops} for a person, the newest came at {to_rfc3339(newest_at)}",
        advice="`ogniwo session orphans` lists them, `ogniwo session decide-orphan` decides",
    )


def booked_twice(where: str, transaction_id: str, times: int) -> Finding:
    return Finding(
        kind=FindingKind.SESSION_TWICE,
        where=where,
        what=f"transaction {transaction_id} is booked {times} times with the same start",
        advice="bill one of them; " + _OUR_FAULT,
    )


def read_twice(where: str, surplus: int) -> Finding:
    return Finding(
        kind=FindingKind.READING_TWICE,
        where=where,
        what=f"{surplus} of its readings are stored a second time",
        advice="energy is the difference of registers, so the bill holds; " + _OUR_FAULT,
    )


def numbers_twice(first: int, next_first: int, end: int) -> Finding:
    """Two blocks of transaction numbers have some in common."""
    return Finding(
        kind=FindingKind.NUMBERS_TWICE,
        where=f"transaction numbers {next_first} to {end - 1}",
        what=f"they belong to the blocks from {first} and from {next_first}",
        advice="two stations may use one number, each its own session; " + _OUR_FAULT,
    )


def rows_in_rest(rows: int) -> Finding:
    return Finding(
        kind=FindingKind.DAY_WITHOUT_TABLE,
        where="readings and messages",
        what=f"{rows} lie outside the tables of their days",
        advice="start a node, which makes them, and check the clocks of all nodes",
    )


def numbered_ahead(stream: str, rows: int) -> Finding:
    return Finding(
        kind=FindingKind.NUMBERED_AHEAD,
        where=f"stream {stream}",
        what=f"{rows} rows bear numbers of transactions that have not begun: nobody sees them",
        advice="stop all nodes and start them again: the first one puts it right",
    )
