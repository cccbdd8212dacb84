"""What the web room needs from the application, in its own words; ``wiring`` hands it in.

Everything here is a question or a request about stations, sessions, tokens and orders. No HTTP:
how a caller proves who it is, and how errors look to it, is decided in this room.
"""

from collections.abc import AsyncIterator, Set
from typing import Protocol

from msgspec import Struct

from ogniwo.app.driving.office import Driving
from ogniwo.app.filters import Cut
from ogniwo.app.firmware import FirmwareFile
from ogniwo.app.job_views import JobStarted, JobStationView, JobView
from ogniwo.app.live import (
    AttemptLive,
    CommandLive,
    EvseLive,
    LiveBatch,
    MessageLive,
    SessionLive,
    StationLive,
)
from ogniwo.app.mass_orders import Fleet, JobWanted
from ogniwo.app.overview_views import OverviewView, SiteFigures
from ogniwo.app.passwords import WeakPasswordError
from ogniwo.app.people import Invitation
from ogniwo.app.read_models import ReadModels
from ogniwo.app.requests import (
    ApiTokenInput,
    NewApiToken,
    PersonChanges,
    PersonInput,
    Principal,
    RawAnswer,
    SiteChanges,
    SiteInput,
    StationChanges,
    TokenInput,
    Trouble,
)
from ogniwo.app.sign_in import Choose, Link, SignedIn
from ogniwo.app.system import SystemView
from ogniwo.app.uploads import Received, Upload
from ogniwo.app.views import (
    ApiTokenView,
    CapabilityView,
    CommandView,
    ConfigurationLine,
    EventView,
    FileView,
    Page,
    PersonView,
    PreferenceView,
    PushedLine,
    QuirksView,
    SiteView,
    StationView,
    TokenView,
)
from ogniwo.base.units import Instant
from ogniwo.domain.evidence import Case
from ogniwo.domain.makes import Make
from ogniwo.domain.note import Note
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orphans import OrphanCase
from ogniwo.domain.people import Sites
from ogniwo.domain.quirks import QuirkChanges, QuirkProfile
from ogniwo.domain.repairs import AnyRepair, SessionRepair
from ogniwo.domain.templates import Template


class Queries(ReadModels, Protocol):
    """The read models with presence already laid over them (``StationView.connected``)."""

    def within(self, sites: Sites | None) -> "Queries": ...

    async def overview(
        self, time_zone: str, site_id: str | None = None, *, curve: bool = True
    ) -> OverviewView:
        """Errors: UsageError."""
        ...

    async def site_figures(self, time_zone: str) -> list[SiteFigures]:
        """Errors: UsageError."""
        ...

    async def recent_events(self, limit: int, *, people: bool = False) -> list[EventView]:
        """The newest events, newest first; with ``people`` also those about who is let in."""
        ...


class StationAdmin(Protocol):
    """Errors: MissingError, RefusedError (``station_exists``, ``site_unknown``), UsageError."""

    async def create_station(
        self,
        identity: str,
        *,
        password: str | None,
        security_profile: int | None,
        site_id: str | None,
        name: str | None,
        author: str,
    ) -> StationView: ...

    async def update_station(
        self, identity: str, changes: StationChanges, *, author: str
    ) -> StationView: ...

    async def remove_station(self, identity: str, *, author: str) -> None: ...

    async def accept_attempt(self, attempt_id: str, *, author: str) -> StationView:
        """Create the station that was refused, registration accepted, so that it may come in."""
        ...


class SiteAdmin(Protocol):
    """Errors: MissingError, RefusedError (``site_in_use``), UsageError."""

    async def create_site(self, given: SiteInput, *, author: str) -> SiteView: ...

    async def change_site(self, site_id: str, changes: SiteChanges, *, author: str) -> SiteView: ...

    async def remove_site(self, site_id: str, *, author: str) -> None: ...


class System(Protocol):
    async def now(self, live_clients: int) -> SystemView: ...


class TokenAdmin(Protocol):
    async def put_token(self, token: TokenInput) -> TokenView: ...

    async def remove_token(self, uid: str) -> None:
        """Errors: MissingError."""
        ...


class Uploads(Protocol):
    """Files of stations. Errors: MissingError, UploadClosedError."""

    async def admit(self, secret: str) -> Upload: ...

    async def received(self, upload: Upload, file: Received) -> None: ...

    async def files(self, identity: str, cut: Cut) -> Page[FileView]: ...

    async def file(self, identity: str, number: str) -> tuple[int, FileView]:
        """The station's number, and the file."""
        ...


class Firmware(Protocol):
    """Files for stations. Errors: MissingError."""

    def new_number(self) -> int: ...

    async def files(self) -> list[FirmwareFile]: ...

    async def put(
        self, name: str, *, number: int, size_bytes: int, sha256: str, host: str, author: str
    ) -> FirmwareFile: ...

    async def remove(self, name: str) -> FirmwareFile: ...

    async def asked(self, seal: str, name: str) -> FirmwareFile: ...


class Orders(Protocol):
    """Errors: MissingError (no such station), RefusedError (``queue_full``, ``unsupported``...)."""

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
        wait_s: float = 0,
    ) -> CommandView:
        """The command once it has ended, or as it is when ``wait_s`` is over."""
        ...

    async def raw(
        self, identity: str, action: str, payload: bytes, *, author: str, timeout_s: float
    ) -> RawAnswer: ...


class QuirkBook(Protocol):
    """Errors: MissingError, RefusedError (``built_in``)."""

    def profiles(self) -> list[QuirkProfile]: ...

    def built_in(self) -> list[str]: ...

    def view(self, identity: str, make: Make) -> QuirksView: ...

    async def put_profile(self, profile: QuirkProfile, *, author: str) -> None: ...

    async def remove_profile(self, name: str) -> None: ...

    async def put_own(self, identity: str, changes: QuirkChanges, *, author: str) -> None: ...


class Configuring(Protocol):
    async def templates(self) -> list[Template]: ...

    async def template(self, name: str) -> Template:
        """Errors: MissingError."""
        ...

    async def put_template(self, template: Template, *, author: str) -> None: ...

    async def remove_template(self, name: str) -> None:
        """Errors: MissingError."""
        ...

    async def configuration(self, identity: str) -> list[ConfigurationLine]:
        """Errors: MissingError."""
        ...

    async def push(self, identity: str, *, author: str, dry_run: bool) -> list[PushedLine]:
        """Errors: MissingError, RefusedError."""
        ...


class Abilities(Protocol):
    async def capabilities(self, identity: str) -> list[CapabilityView]:
        """Each order there is, by name. Errors: MissingError."""
        ...


class Repairs(Protocol):
    """Errors: MissingError, RefusedError (``session_closed``...), UsageError."""

    async def case(self, session_id: int) -> tuple[Case, Instant]:
        """And the moment at which it is judged."""
        ...

    async def repairs(self, session_id: int) -> list[SessionRepair]: ...

    async def repair(
        self, session_id: int, repair: AnyRepair, *, author: str, dry_run: bool
    ) -> SessionRepair: ...

    async def orphan_case(self, orphan_id: int) -> OrphanCase:
        """A stop without a session, and those it may belong to."""
        ...

    async def set_aside(
        self, orphan_id: int, note: str, *, author: str, dry_run: bool
    ) -> SessionRepair: ...


class MassOrders(Protocol):
    """Orders for many stations. Errors: MissingError, RefusedError, UsageError."""

    async def start(self, wanted: JobWanted, fleet: Fleet, *, author: str) -> JobStarted: ...

    async def cancel(self, job_id: int, *, author: str) -> JobView: ...

    async def resume(self, job_id: int) -> JobView: ...

    async def retry_failed(self, job_id: int) -> JobView: ...

    async def jobs(self, cut: Cut) -> Page[JobView]: ...

    async def job(self, job_id: int) -> JobView: ...

    async def stations(self, job_id: int, state: str | None, cut: Cut) -> Page[JobStationView]: ...


class Notes(Protocol):
    """Errors: MissingError, RefusedError (``not_yours``)."""

    async def notes_of(self, identity: str, cut: Cut) -> Page[Note]: ...

    async def write(self, identity: str, text: str, *, author: str) -> Note: ...

    async def remove(self, identity: str, note_id: int, *, author: str) -> None: ...


class CertificationCalls(Protocol):
    """Calls in the protocol's own words, answered in its words.

    Errors: MissingError, UsageError (no right payload), RefusedError (``no_answer``...).
    """

    async def command(
        self, version: str, identity: str, command: str, payload: bytes, *, author: str
    ) -> bytes: ...

    async def call(
        self, version: str, identity: str, action: str, payload: bytes, *, author: str
    ) -> bytes: ...


class Feed(Protocol):
    def follow(self, after: int | None) -> AsyncIterator[LiveBatch]:
        """Everything after the event of that id (None: from now on), until it is closed.

        Called once for all clients; events already seen may come again, none may be left out.
        """
        ...

    def want_messages(self, stations: Set[str] | None) -> None:
        """Of these stations (None: of all), for some seconds."""
        ...


class Health(Protocol):
    def ready(self) -> list[Trouble]:
        """Empty when everything works. Must not wait."""
        ...


class KeyRing(Protocol):
    """Bearer secrets: API tokens of programs, and the short-lived ones of browsers."""

    async def check(self, bearer: str) -> Principal | None: ...

    async def open_session(self, principal: Principal) -> str:
        """A bearer for one browser, so that the API token itself is not kept there."""
        ...

    async def close_session(self, bearer: str) -> None: ...


class ApiTokens(Protocol):
    """Keys of programs. Errors: MissingError."""

    async def api_tokens(self) -> list[ApiTokenView]: ...

    async def add_api_token(self, wanted: ApiTokenInput, *, author: str) -> NewApiToken: ...

    async def remove_api_token(self, token_id: str, *, author: str) -> None: ...


class SignIn(Protocol):
    """Errors: RefusedError (``wrong_password``, ``link_used``...), UsageError."""

    async def by_password(
        self, login: str, password: str, *, peer: str, browser: str = ""
    ) -> SignedIn | Choose: ...

    async def link(self, code: str) -> Link: ...

    async def choose_password(self, code: str, password: str) -> SignedIn: ...

    async def first_administrator(
        self, code: str, login: str, name: str, password: str
    ) -> SignedIn: ...

    async def change_password(
        self, principal: Principal, current: str, password: str, *, bearer: str, peer: str
    ) -> None: ...


class People(Protocol):
    """Errors: MissingError, RefusedError (``login_taken``, ``last_admin``...), UsageError."""

    async def people(self) -> list[PersonView]: ...

    async def person(self, person_id: int) -> PersonView: ...

    async def add(self, wanted: PersonInput, *, author: str) -> PersonView: ...

    async def change(
        self, person_id: int, changes: PersonChanges, *, author: str
    ) -> PersonView: ...

    async def remove(self, person_id: int, *, author: str) -> None: ...

    async def invite(self, person_id: int, *, author: str) -> Invitation: ...


class Preferences(Protocol):
    """Of one caller. Errors: MissingError, RefusedError, UsageError."""

    async def all(self, whose: Principal) -> list[PreferenceView]: ...

    async def one(self, whose: Principal, key: str) -> PreferenceView: ...

    async def put(self, whose: Principal, key: str, value: object) -> PreferenceView: ...

    async def remove(self, whose: Principal, key: str) -> None: ...


class Doors(Struct, frozen=True, kw_only=True):
    """Everything the web room is handed."""

    queries: Queries
    stations: StationAdmin
    sites: SiteAdmin
    system: System
    tokens: TokenAdmin
    orders: Orders
    uploads: Uploads
    firmware: Firmware
    abilities: Abilities
    feed: Feed
    health: Health
    keys: KeyRing
    api_tokens: ApiTokens
    people: People
    sign_in: SignIn
    preferences: Preferences
    quirks: QuirkBook
    configuring: Configuring
    repairs: Repairs
    jobs: MassOrders
    notes: Notes
    driving: Driving
    octt: CertificationCalls | None = None  # only where it is switched on


__all__ = [
    "Abilities",
    "ApiTokens",
    "AttemptLive",
    "CertificationCalls",
    "Choose",
    "CommandLive",
    "Configuring",
    "Doors",
    "EvseLive",
    "Feed",
    "Firmware",
    "Health",
    "Invitation",
    "KeyRing",
    "Link",
    "LiveBatch",
    "MassOrders",
    "MessageLive",
    "Notes",
    "Orders",
    "People",
    "Preferences",
    "Principal",
    "Queries",
    "QuirkBook",
    "RawAnswer",
    "Repairs",
    "SessionLive",
    "SignIn",
    "SignedIn",
    "SiteAdmin",
    "SiteChanges",
    "SiteInput",
    "StationAdmin",
    "StationChanges",
    "StationLive",
    "TokenAdmin",
    "TokenInput",
    "Trouble",
    "Uploads",
    "WeakPasswordError",
]
