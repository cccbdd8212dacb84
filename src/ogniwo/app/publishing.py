"""What this node tells the others of its stations: the newest of what moves, in batches.

What moves is kept only as "changed since the last batch", so a burst costs one entry per session
however many readings it brings. Durable events do not go along: that there are new ones is told,
and whoever follows them reads them from the database.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ogniwo.app.bus import Bus, EventsWritten
from ogniwo.app.live import (
    AttemptLive,
    CommandLive,
    EvseLive,
    LiveBatch,
    SessionLive,
    StationLive,
)
from ogniwo.app.ports import Presence
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.commands import Command
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.events import Event
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.station import Connector, Station

EVERY_S: Final = 0.25
ATTEMPTS_MAX: Final = 100  # told at a time: whoever floods is counted, not listed
WATCHED: Final = (Progress, Session, Event, Connector, Station, Command)


class Publishing:
    def __init__(self, bus: Bus, presence: Presence) -> None:
        self._bus = bus
        self._presence = presence
        self._events_wait = False
        self._sessions: dict[int, tuple[StationState, Session]] = {}
        self._stations: dict[int, StationState] = {}
        self._commands: dict[int, tuple[StationState, Command]] = {}
        self._attempts: dict[str, AttemptLive] = {}

    def written(self, state: StationState, row: DomainRow) -> None:
        """An observer of everything but readings and messages."""
        match row:
            case Progress():
                self._sessions[row.session.id] = (state, row.session)
            case Session():
                self._sessions[row.id] = (state, row)
                self._stations[state.station.id] = state
            case Event():
                self._events_wait = True
                self._stations[state.station.id] = state
            case Command():
                self._commands[row.id] = (state, row)
            case _:
                self._stations[state.station.id] = state

    def nudge(self) -> None:
        """Events were written past the mailboxes."""
        self._events_wait = True

    def refused(self, attempt: ConnectionAttempt) -> None:
        """A connection was refused; its event is written past the mailboxes."""
        self._events_wait = True
        told = _attempt_live(attempt)
        if told.key in self._attempts or len(self._attempts) < ATTEMPTS_MAX:
            self._attempts[told.key] = told

    async def publish(self) -> None:
        """Called every ``EVERY_S``."""
        if self._sessions or self._stations or self._commands or self._attempts:
            sessions, self._sessions = self._sessions, {}
            stations, self._stations = self._stations, {}
            commands, self._commands = self._commands, {}
            attempts, self._attempts = self._attempts, {}
            self._bus.tell(
                LiveBatch(
                    sessions=[_session_live(*it) for it in sessions.values()],
                    stations=[self._station_live(state) for state in stations.values()],
                    commands=[_command_live(*it) for it in commands.values()],
                    attempts=list(attempts.values()),
                )
            )
        if self._events_wait:
            self._events_wait = False
            self._bus.tell(EventsWritten())

    def _station_live(self, state: StationState) -> StationLive:
        identity = state.station.identity
        since = self._presence.connected_since(identity)
        seen = self._presence.last_seen_at(identity)
        evses = [_evse_live(state, evse) for evse in sorted({key[0] for key in state.connectors})]
        return StationLive(
            id=identity,
            connected=since is not None,
            connected_since=_moment(since),
            last_seen_at=_moment(seen),
            status=state.station.status.value,
            error_code=state.station.error_code,
            power_w=sum(evse.power_w or 0 for evse in evses),
            evses=evses,
        )


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)


def _session_live(of: StationState, session: Session) -> SessionLive:
    state = session.charging_state
    return SessionLive(
        id=str(session.id),
        station_id=of.station.identity,
        evse_id=session.evse,
        state=session.state.value,
        charging_state=None if state is None else state.value,
        energy_wh=session.energy_wh,
        power_w=session.power_w,
        soc=session.soc,
    )


def _command_live(of: StationState, command: Command) -> CommandLive:
    return CommandLive(
        id=str(command.id),
        station_id=of.station.identity,
        command=str(command.order.__struct_config__.tag),
        state=command.state.value,
        result=command.result,
        reason=command.reason,
        author=command.author,
        created_at=from_instant(command.created_at),
        sent_at=_moment(command.sent_at),
        finished_at=_moment(command.finished_at),
    )


def _attempt_live(attempt: ConnectionAttempt) -> AttemptLive:
    return AttemptLive(
        identity=attempt.identity,
        reason=attempt.reason,
        detail=attempt.detail,
        http_status=attempt.http_status,
        peer=attempt.peer,
        path=attempt.path,
        subprotocols=attempt.subprotocols,
        user_agent=attempt.user_agent,
        at=from_instant(attempt.at),
    )


def _evse_live(state: StationState, evse: int) -> EvseLive:
    connector = busiest(state.connectors_of(evse))
    session = state.running_on(evse)
    return EvseLive(
        id=evse,
        status=connector.status.value,
        error_code=connector.error_code,
        power_w=None if session is None else session.power_w,
        session_id=None if session is None else str(session.id),
        faulted_since=_moment(connector.faulted_since),
    )


def busiest(connectors: Sequence[Connector]) -> Connector:
    """The connector that stands for its EVSE: the one in use, else the one in trouble."""
    return min(connectors, key=lambda it: it.status.precedence)
