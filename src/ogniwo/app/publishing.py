"""What this node tells the others of its stations: the newest of what moves, in batches.

What moves is kept only as "changed since the last batch", so a burst costs one entry per session
however many readings it brings. Durable events do not go along: that there are new ones is told,
and whoever follows them reads them from the database.
"""

from collections.abc import Sequence
from typing import Final

from ogniwo.app.bus import Bus, EventsWritten
from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.app.ports import Presence
from ogniwo.base.units import from_instant
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.events import Event
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.station import Connector, Station

EVERY_S: Final = 0.25
WATCHED: Final = (Progress, Session, Event, Connector, Station)


class Publishing:
    def __init__(self, bus: Bus, presence: Presence) -> None:
        self._bus = bus
        self._presence = presence
        self._events_wait = False
        self._sessions: dict[int, tuple[str, Session]] = {}  # with the station's identity
        self._stations: dict[int, StationState] = {}

    def written(self, state: StationState, row: DomainRow) -> None:
        """An observer of everything but readings and messages."""
        match row:
            case Progress():
                self._sessions[row.session.id] = (state.station.identity, row.session)
            case Session():
                self._sessions[row.id] = (state.station.identity, row)
                self._stations[state.station.id] = state
            case Event():
                self._events_wait = True
                self._stations[state.station.id] = state
            case _:
                self._stations[state.station.id] = state

    def nudge(self) -> None:
        """Events were written past the mailboxes, e.g. a refused connection."""
        self._events_wait = True

    async def publish(self) -> None:
        """Called every ``EVERY_S``."""
        if self._sessions or self._stations:
            sessions, self._sessions = self._sessions, {}
            stations, self._stations = self._stations, {}
            self._bus.tell(
                LiveBatch(
                    sessions=[_session_live(identity, it) for identity, it in sessions.values()],
                    stations=[self._station_live(state) for state in stations.values()],
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
            connected_since=None if since is None else from_instant(since),
            last_seen_at=None if seen is None else from_instant(seen),
            status=state.station.status.value,
            power_w=sum(evse.power_w or 0 for evse in evses),
            evses=evses,
        )


def _session_live(identity: str, session: Session) -> SessionLive:
    state = session.charging_state
    return SessionLive(
        id=str(session.id),
        station_id=identity,
        evse_id=session.evse,
        state=session.state.value,
        charging_state=None if state is None else state.value,
        energy_wh=session.energy_wh,
        power_w=session.power_w,
        soc=session.soc,
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
    )


def busiest(connectors: Sequence[Connector]) -> Connector:
    """The connector that stands for its EVSE: the one in use, else the one in trouble."""
    return min(connectors, key=lambda it: it.status.precedence)
