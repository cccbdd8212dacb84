"""One station's state in memory: what its decisions read, changed only by rows that are durable."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Never

from ogniwo.base.limits import RECENT_READINGS_MAX, RECENT_SESSIONS_MAX
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.configuration import MASTER_PASS_GROUP, REBOOT_REQUIRED
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.holdings import GONE, TX, Holding, Kind
from ogniwo.domain.meter import Sample
from ogniwo.domain.session import Progress, Session, SessionState
from ogniwo.domain.station import Connector, Station
from ogniwo.domain.trace import Message

REPORTS_MAX: Final = 8  # under way at one station: the oldest is given up
_REPORT: Final = Kind.REPORT  # found once: Python 3.11 looks a member up slowly
_PROFILE: Final = Kind.PROFILE
_VARIABLE: Final = Kind.VARIABLE

_OPEN = frozenset(
    {
        SessionState.STARTED,
        SessionState.CHARGING,
        SessionState.SUSPENDED,
        SessionState.WAITING_FOR_DATA,
    }
)


class StationState:
    """Reads are plain; the only write is ``absorb``."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.connectors: dict[tuple[int, int], Connector] = {}
        self.open: dict[str, Session] = {}  # by transaction id: running or waiting for data
        self.recent: OrderedDict[str, Session] = OrderedDict()  # ended, to recognise repeats
        self.awaiting: dict[int, Command] = {}  # accepted orders whose effect is not seen yet
        self.reports: dict[str, Holding] = {}  # under way, by the request's number
        self.profiles: dict[str, Holding] = {}  # that go with their transaction, by their id
        self.unbooted: dict[str, Holding] = {}  # variables that wait for the next boot, by key
        self.master_group: str | None = None  # whose tokens are master passes here
        self.message_head: int | None = None
        self.sample_head: int | None = None
        # Session id, or 0, to the digests of its newest readings: a dict, since it keeps order.
        self._digests: dict[int, dict[int, None]] = {}

    def absorb(self, rows: Iterable[DomainRow]) -> None:
        for row in rows:
            absorb = _ABSORB.get(type(row))
            if absorb is not None:  # events are told to others, not to oneself
                absorb(self, row)  # type: ignore[arg-type] # see there

    def session(self, transaction_id: str) -> Session | None:
        return self.open.get(transaction_id) or self.recent.get(transaction_id)

    def running_on(self, evse: int) -> Session | None:
        """The newest running session of an EVSE."""
        on_evse = [it for it in self.open.values() if it.running and it.evse == evse]
        return max(on_evse, key=lambda it: it.started_at, default=None)

    def connectors_of(self, evse: int) -> list[Connector]:
        return [it for it in self.connectors.values() if it.evse == evse]

    def known_sessions(self) -> Iterator[Session]:
        yield from self.open.values()
        yield from self.recent.values()

    def is_repeated(self, session_id: int | None, digest: int) -> bool:
        digests = self._digests.get(session_id or 0)
        return digests is not None and digest in digests

    def knows_digests(self, session_id: int) -> bool:
        """False for an ended session of an earlier connection: they are read when needed."""
        return session_id in self._digests

    def restore_digests(self, session_id: int, digests: Iterable[int]) -> None:
        self._digests.setdefault(session_id, {})
        for digest in digests:
            self._remember(session_id, digest)

    def restore_digest(self, session_id: int, digest: int) -> None:
        self._remember(session_id, digest)

    def _absorb_message(self, message: Message) -> None:
        self.message_head = message.id

    def _absorb_station(self, station: Station) -> None:
        self.station = station

    def _absorb_connector(self, connector: Connector) -> None:
        self.connectors[connector.evse, connector.connector] = connector

    def _absorb_progress(self, progress: Progress) -> None:
        self._absorb_session(progress.session)

    def _absorb_sample(self, sample: Sample) -> None:
        if sample.session_id is None:
            self.sample_head = sample.id
        if sample.digest:
            self._remember(sample.session_id or 0, sample.digest)

    def _remember(self, session_id: int, digest: int) -> None:
        digests = self._digests.get(session_id)
        if digests is None:
            digests = self._digests[session_id] = {}
        digests[digest] = None
        if len(digests) > RECENT_READINGS_MAX:
            del digests[next(iter(digests))]

    def _absorb_session(self, session: Session) -> None:
        if session.state in _OPEN:
            self.open[session.transaction_id] = session
            return
        self.open.pop(session.transaction_id, None)
        self.recent[session.transaction_id] = session
        self.recent.move_to_end(session.transaction_id)
        while len(self.recent) > RECENT_SESSIONS_MAX:
            _, forgotten = self.recent.popitem(last=False)
            self._digests.pop(forgotten.id, None)

    def _absorb_command(self, command: Command) -> None:
        if command.state is CommandState.ACCEPTED and not command.ended:
            self.awaiting[command.id] = command
        else:
            self.awaiting.pop(command.id, None)

    def _absorb_holding(self, holding: Holding) -> None:
        if holding.kind is _VARIABLE:
            self._absorb_variable(holding)
        if holding.kind is _PROFILE:
            self._absorb_profile(holding)
        if holding.kind is not _REPORT:
            return
        if holding.done is None:
            self.reports[holding.key] = holding
            while len(self.reports) > REPORTS_MAX:
                del self.reports[next(iter(self.reports))]
        else:
            self.reports.pop(holding.key, None)

    def _absorb_variable(self, holding: Holding) -> None:
        if holding.key == MASTER_PASS_GROUP:
            told = self.master_group if holding.value is None else holding.value
            self.master_group = (told or None) if holding.state != GONE else None
        if holding.state == REBOOT_REQUIRED:
            self.unbooted[holding.key] = holding
        elif self.unbooted and holding.state is not None:
            self.unbooted.pop(holding.key, None)

    def _absorb_profile(self, holding: Holding) -> None:
        if holding.state == GONE or holding.value not in {None, TX}:
            self.profiles.pop(holding.key, None)
        elif holding.value is not None:
            self.profiles[holding.key] = holding


# Each takes the row of its key; no type of Python says that of a mapping.
_ABSORB: Final[Mapping[type[DomainRow], Callable[[StationState, Never], None]]] = {
    Message: StationState._absorb_message,
    Sample: StationState._absorb_sample,
    Progress: StationState._absorb_progress,
    Session: StationState._absorb_session,
    Connector: StationState._absorb_connector,
    Station: StationState._absorb_station,
    Command: StationState._absorb_command,
    Holding: StationState._absorb_holding,
}
