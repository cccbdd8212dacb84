"""The port to the other nodes: questions to one of them, notices to all of them.

Nothing on the bus is the truth: what a notice tells stands in the database, or will be told
again; a question that was lost is asked again or answered from the database.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from ogniwo.app.live import LiveBatch
from ogniwo.app.requests import StationChanges
from ogniwo.base.errors import OgniwoError
from ogniwo.domain.commands import Command
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.repairs import AnyRepair, SessionRepair

N = TypeVar("N", bound="AnyNotice")


class OrderAsked(Struct, frozen=True, kw_only=True, tag="order"):
    identity: str
    order: AnyOrder
    author: str
    deadline_s: int | None = None
    idempotency_key: str | None = None
    job_id: int | None = None


class WaitAsked(Struct, frozen=True, kw_only=True, tag="wait"):
    """Answered when the command has ended, or as it is after ``timeout_s``."""

    command_id: int
    timeout_s: float


class StationChangeAsked(Struct, frozen=True, kw_only=True, tag="change_station"):
    identity: str
    changes: StationChanges
    author: str


class StationRemovalAsked(Struct, frozen=True, kw_only=True, tag="remove_station"):
    identity: str
    author: str


class RepairAsked(Struct, frozen=True, kw_only=True, tag="repair_session"):
    identity: str
    session_id: int
    repair: AnyRepair
    author: str
    dry_run: bool = False


class SetAsideAsked(Struct, frozen=True, kw_only=True, tag="set_stop_aside"):
    """A stop that belongs to no session."""

    identity: str
    orphan_id: int
    note: str
    author: str
    dry_run: bool = False


Asked = (
    OrderAsked | WaitAsked | StationChangeAsked | StationRemovalAsked | RepairAsked | SetAsideAsked
)


class CommandTold(Struct, frozen=True, kw_only=True, tag="command"):
    command: Command | None  # None: this node knows of no such open command


class RepairTold(Struct, frozen=True, kw_only=True, tag="repair"):
    repair: SessionRepair


class Done(Struct, frozen=True, tag="done"):
    pass


Answered = CommandTold | RepairTold | Done


class EventsWritten(Struct, frozen=True, tag="events"):
    """There are new durable events: whoever follows them may read on."""


class ReferenceChanged(Struct, frozen=True, tag="reference"):
    """There are new rows in the change table, e.g. a token was blocked."""


class StationTaken(Struct, frozen=True, kw_only=True, tag="taken"):
    """A station came to node ``owner``: whoever had it before lets it go."""

    identity: str
    epoch: int
    owner: int


class TailWanted(Struct, frozen=True, kw_only=True, tag="tail"):
    """Somebody on node ``node`` follows the messages of these stations (None: of all)."""

    node: int
    stations: list[str] | None = None


Notice = EventsWritten | ReferenceChanged | StationTaken | TailWanted
AnyNotice = Notice | LiveBatch


class BusAwayError(OgniwoError):
    """There is no connection to the bus now; it comes back by itself."""


class NodeGoneError(OgniwoError):
    """Nobody answers for that node: it has ended, or is about to be missed."""


class NodeFailedError(OgniwoError):
    """The other node could not do it, or did not answer in time."""


Handle = Callable[[Asked], Awaitable[Answered]]


class Bus(Protocol):
    @property
    def away_since_ms(self) -> int | None:
        """None while connected; else since when not (``Clock.now_ms``)."""
        ...

    async def serve(self, handle: Handle) -> None:
        """Questions to this node go to ``handle`` from now on, many at a time."""
        ...

    async def ask(self, node: int, asked: Asked, *, timeout_s: float) -> Answered:
        """Errors: BusAwayError, NodeGoneError, NodeFailedError, and the other node's

        RefusedError, MissingError and UsageError as if they were raised here.
        """
        ...

    def tell(self, notice: AnyNotice) -> None:
        """To every node that listens, this one included; may be lost, never waits or fails."""
        ...

    async def listen(self, kind: type[N], hear: Callable[[N], None]) -> None:
        """``hear`` is called on the loop and must not wait."""
        ...

    async def close(self) -> None: ...
