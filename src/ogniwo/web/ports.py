"""What the web room needs from the application, in its own words; ``wiring`` hands it in.

Everything here is a question or a request about stations, sessions, tokens and orders. No HTTP:
how a caller proves who it is, and how errors look to it, is decided in this room.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from ogniwo.app.firmware import FirmwareFile
from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.app.ports import Cut, ReadModels
from ogniwo.app.requests import Principal, RawAnswer, StationChanges, TokenInput, Trouble
from ogniwo.app.uploads import Received, Upload
from ogniwo.app.views import (
    CapabilityView,
    CommandView,
    ConfigurationLine,
    EventView,
    FileView,
    Page,
    PushedLine,
    QuirksView,
    StationView,
    TokenView,
)
from ogniwo.domain.makes import Make
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.quirks import QuirkChanges, QuirkProfile
from ogniwo.domain.templates import Template


class Queries(ReadModels, Protocol):
    """The read models with presence already laid over them (``StationView.connected``)."""

    async def recent_events(self, limit: int) -> list[EventView]:
        """The newest events, newest first."""
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


class Health(Protocol):
    def ready(self) -> list[Trouble]:
        """Empty when everything works. Must not wait."""
        ...


class KeyRing(Protocol):
    """Bearer secrets: API tokens of programs, and the short-lived ones of browsers."""

    async def check(self, bearer: str) -> Principal | None: ...

    async def redeem(self, code: str) -> str | None:
        """Exchange a one-time code for a browser's bearer; a second time gives None."""
        ...

    async def open_session(self, principal: Principal) -> str:
        """A bearer for one browser, so that the API token itself is not kept there."""
        ...

    async def close_session(self, bearer: str) -> None: ...


class Doors(Struct, frozen=True, kw_only=True):
    """Everything the web room is handed."""

    queries: Queries
    stations: StationAdmin
    tokens: TokenAdmin
    orders: Orders
    uploads: Uploads
    firmware: Firmware
    abilities: Abilities
    feed: Feed
    health: Health
    keys: KeyRing
    quirks: QuirkBook
    configuring: Configuring
    octt: CertificationCalls | None = None  # only where it is switched on


__all__ = [
    "Abilities",
    "CertificationCalls",
    "Configuring",
    "Doors",
    "EvseLive",
    "Feed",
    "Firmware",
    "Health",
    "KeyRing",
    "LiveBatch",
    "Orders",
    "Principal",
    "Queries",
    "QuirkBook",
    "RawAnswer",
    "SessionLive",
    "StationAdmin",
    "StationChanges",
    "StationLive",
    "TokenAdmin",
    "TokenInput",
    "Trouble",
    "Uploads",
]
