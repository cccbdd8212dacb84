"""What the application needs from the outside, in its own words; ``wiring`` hands it in.

Storage is one writer (durable before it returns) and two readers: ``Records`` gives domain
values to decide on, ``ReadModels`` (a file of its own) gives views to show.
"""

from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from ogniwo.app.keys import (
    ApiToken,
    ApiTokenRemoved,
    ApiTokensPruned,
    ApiTokenUsed,
    KeysOfPersonRemoved,
)
from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import Instant
from ogniwo.domain.access import Token
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.commands import Command
from ogniwo.domain.drivers import DriverRow
from ogniwo.domain.events import Event
from ogniwo.domain.holdings import Holding, HoldingsSwept, Kind
from ogniwo.domain.job import Job, JobStation
from ogniwo.domain.meter import Sample
from ogniwo.domain.note import Note
from ogniwo.domain.people import (
    AdminKept,
    Person,
    PersonChanged,
    PersonRemoved,
    PersonSignedIn,
)
from ogniwo.domain.repairs import SessionRepair
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.site import QuartersPruned, Site, SiteQuarter
from ogniwo.domain.station import Connector, Station
from ogniwo.domain.station_secret import StationSecret
from ogniwo.domain.telemetry import Telemetry
from ogniwo.domain.trace import Message


class Document(Struct, frozen=True, kw_only=True):
    """What an operator wrote for many stations, e.g. a template; every node keeps a copy."""

    kind: str
    key: str
    data: Mapping[str, object]
    author: str
    at: Instant


class DocumentRemoved(Struct, frozen=True):
    kind: str
    key: str


class LastSeen(Struct, frozen=True, kw_only=True):
    station_id: int
    at: Instant


class Linked(Struct, frozen=True, kw_only=True):
    """A station is connected to its node since then, or (None) is not."""

    station_id: int
    since: Instant | None


class TokenChanged(Struct, frozen=True):
    """Refused (RowRefusedError) unless ``before`` still is what is on file; None: nothing is."""

    before: Token | None
    after: Token


class TokenRemoved(Struct, frozen=True):
    uid: str


class TokenFreed(Struct, frozen=True):
    """What this station held the token for (``Records.hold_tokens``) is decided."""

    uid: str
    station_id: int


class StationRemoved(Struct, frozen=True):
    station_id: int


class NoteRemoved(Struct, frozen=True):
    note_id: int


class SiteRemoved(Struct, frozen=True):
    """Refused (RowRefusedError) while stations stand there, or when it is gone already."""

    site_id: int


class AttemptsPruned(Struct, frozen=True):
    """Refused connections last seen before ``before`` are forgotten, all but the newest too."""

    before: Instant
    newest_kept: int


Row = (
    Station
    | StationSecret
    | StationRemoved
    | Site
    | SiteRemoved
    | SiteQuarter
    | QuartersPruned
    | AttemptsPruned
    | LastSeen
    | Linked
    | Connector
    | Session
    | Progress
    | Sample
    | Message
    | Event
    | Command
    | Token
    | TokenChanged
    | TokenRemoved
    | TokenFreed
    | ConnectionAttempt
    | ApiToken
    | ApiTokenRemoved
    | ApiTokensPruned
    | ApiTokenUsed
    | KeysOfPersonRemoved
    | Person
    | PersonChanged
    | PersonSignedIn
    | PersonRemoved
    | AdminKept
    | Holding
    | HoldingsSwept
    | Telemetry
    | Document
    | DocumentRemoved
    | SessionRepair
    | Job
    | JobStation
    | Note
    | NoteRemoved
    | DriverRow
)


class RowRefusedError(OgniwoError):
    """The data itself cannot be stored (constraint, encoding); the rest of its batch went on."""


class WriterStoppedError(OgniwoError):
    """The writer ended; nothing of the unit was stored."""


class StorageAwayError(OgniwoError):
    """The database could not be reached for as long as anybody may wait for it."""


class FencedError(OgniwoError):
    """Another node has the station now; nothing of the unit was stored."""


class Fence(Struct, frozen=True):
    """The claim under which a unit was decided: it counts until the station is claimed anew."""

    station_id: int
    epoch: int


class Writer(Protocol):
    async def write(self, rows: Sequence[Row], *, fence: Fence | None = None) -> None:
        """All rows, in order, in one transaction; returns when they are durable.

        With a ``fence`` they are stored only if the station's epoch is still that one, and a
        later claim waits for them. Errors: FencedError.

        Station, Session, Connector, Command, Token, StationSecret and ApiToken replace the row
        of the same key, Progress updates what readings change; the others are only added.
        Errors: RowRefusedError, WriterStoppedError.
        """
        ...

    def submit(self, rows: Sequence[Row]) -> bool:
        """The same without waiting, for what may be lost; False when there is no room."""
        ...


class Aggregate(Struct, frozen=True, kw_only=True):
    """All that is on file of one station for deciding on its facts."""

    station: Station
    connectors: tuple[Connector, ...] = ()
    open_sessions: tuple[Session, ...] = ()  # running or waiting for data
    recent_sessions: tuple[Session, ...] = ()  # last ended, oldest first
    recent_digests: tuple[tuple[int, int], ...] = ()  # (session id or 0, digest of a reading)
    open_commands: tuple[Command, ...] = ()  # not ended, oldest first
    holdings: tuple[Holding, ...] = ()  # those that decisions read
    message_head: int | None = None
    sample_head: int | None = None  # of readings outside sessions


class Change(Struct, frozen=True, kw_only=True):
    """A row of the change table: what nodes keep copies of was written, e.g. a token."""

    id: int
    kind: str  # "token"
    key: str  # its uid


class Claim(Struct, frozen=True, kw_only=True):
    """What became of the wish to own a station: ``aggregate`` is None when another node has it.

    ``aggregate`` was read after the claim became durable, so nothing of an owner before is missing.
    """

    identity: str
    epoch: int
    owner: int
    aggregate: Aggregate | None
    stranded: bool = False  # it was connected to a node that died without a word


class Credentials(Struct, frozen=True, kw_only=True):
    identity: str
    station_id: int
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    secret: StationSecret | None


class Records(Protocol):
    async def find_credentials(self, identities: Collection[str]) -> list[Credentials]: ...

    async def claim(self, identities: Collection[str], *, node: int, seize: bool) -> list[Claim]:
        """Own these stations, and read all that is on file of them; unknown ones are left out.

        A station that is connected to another living node stays there unless ``seize``d (its
        socket has come here). Each success raises the station's epoch.
        """
        ...

    async def find_session(self, station_id: int, transaction_id: str) -> Session | None: ...

    async def session_digests(self, session_id: int) -> list[int]:
        """Digests of a session's newest readings, oldest first."""
        ...

    async def find_holdings(
        self, station_id: int, wanted: Collection[tuple[Kind, str]]
    ) -> list[Holding]:
        """Those of them that are on file and not gone; an empty key is all of its kind."""
        ...

    async def holdings_of(self, station_id: int, kind: Kind) -> list[Holding]:
        """All of one kind that are not gone, by key."""
        ...

    async def documents(self, kind: str) -> list[Document]:
        """All of one kind, by key."""
        ...

    async def find_site(self, site_id: str) -> Site | None: ...

    async def session_by_id(self, session_id: int) -> Session | None: ...

    async def find_tokens(self, uids: Collection[str]) -> list[Token]: ...

    async def tokens_to_list(self, limit: int) -> list[Token]:
        """By uid."""
        ...

    async def tokens_in_use(self) -> list[tuple[str, int]]:
        """(uid, session id) of every running session: read once at the start."""
        ...

    async def open_commands(self, *, node: int, unowned: bool) -> list[tuple[str, Command]]:
        """(station identity, command) of every command that has not ended, oldest first.

        Of the stations that this node owns and, with ``unowned``, of those that no living one does.
        """
        ...

    async def find_command(self, author: str, idempotency_key: str) -> Command | None: ...

    async def command_by_id(self, command_id: int) -> Command | None: ...

    async def waiting_sessions(
        self, *, ended_before: Instant, node: int, unowned: bool
    ) -> list[tuple[str, int]]:
        """(station identity, session id) of sessions that waited long enough for late data.

        Of the stations that ``open_commands`` would tell.
        """
        ...

    async def lost_sessions(
        self, *, quiet_since: Instant, node: int, unowned: bool
    ) -> list[tuple[str, int]]:
        """(station identity, session id) of running sessions with no reading since, on an EVSE

        with a connector that has been available since. Candidates: the aggregate decides.
        Of the stations that ``open_commands`` would tell.
        """
        ...

    async def charging_stations(self) -> list[str]:
        """Identities of stations with a session that runs."""
        ...

    async def linked_stations(self, *, node: int, for_s: float) -> list[str]:
        """Identities of stations that the file has held to be connected to it for so long."""
        ...

    async def stranded_stations(self, limit: int) -> list[str]:
        """Identities of stations that are connected, says the file, to a node that is dead."""
        ...

    async def tokens_used(self, uids: Collection[str]) -> list[tuple[str, int]]:
        """(uid, session id) of the running, accepted sessions of these tokens."""
        ...

    async def hold_tokens(
        self, wanted: Collection[tuple[str, int]], *, hold_s: float
    ) -> list[tuple[str, int]]:
        """Before a start: each (uid, station id) takes the token for this station for a moment.

        Answers like ``tokens_used``, and (uid, 0) where another station holds the token now.
        """
        ...

    async def changes(self, after: int, limit: int) -> list[Change]:
        """Of the change table, in the order in which they became durable."""
        ...

    async def latest_change(self) -> int:
        """The id of the newest change: a new node has read nothing that is older."""
        ...

    async def reserve_transaction_ids(self, count: int) -> int:
        """The first of ``count`` transaction ids nobody else will get; positive, 32 bits."""
        ...

    async def highest_id(self) -> int:
        """The highest identifier in use, so that a clock set back cannot repeat one."""
        ...

    async def is_ours(self, what: str, mark: str) -> bool:
        """Whether the database knows this mark, or none yet: then it is kept, for good."""
        ...

    async def find_api_token(self, secret_hash: bytes) -> ApiToken | None: ...

    async def count_api_tokens(self) -> int:
        """Those of kind "api"."""
        ...


class Retention(Protocol):
    """What is only kept for a while."""

    async def prune_trails(self, *, messages_before: Instant, samples_before: Instant) -> bool:
        """Forget older messages and readings, a bounded step of them; True: there are more.

        Where room must be made ahead for what is to come, it is made. Errors: StorageAwayError.
        """
        ...

    async def prune_holdings(self, *, before: Instant) -> bool:
        """Forget older streams of values, reports, and what was not held any more, by steps too.

        Errors: StorageAwayError.
        """
        ...


class Presence(Protocol):
    """Who is connected to this node now: the truth, not a memory of it."""

    def connected_since(self, identity: str) -> Instant | None: ...

    def last_seen_at(self, identity: str) -> Instant | None: ...

    def connected_count(self) -> int: ...


class Spawn(Protocol):
    """Starts a named background task that is owned and awaited at shutdown."""

    def __call__(self, work: Coroutine[object, None, None], *, name: str) -> None: ...
