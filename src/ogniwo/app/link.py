"""The port to a connected station, as orders need it; the gateway's link implements it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.trace import Answered


class Exchanged(Struct, frozen=True, kw_only=True):
    """One call of ours and how it ended, with the texts for the trace."""

    action: str
    message_id: str
    sent_at: Instant
    latency_us: int
    call: bytes
    answer: bytes | None
    answered: Answered
    outcome: Outcome | None = None  # None: there is no usable answer, and ``problem`` says why
    problem: str | None = None
    timed_out: bool = False


Settle = Callable[[Exchanged], Awaitable[None]]


class StationLink(Protocol):
    @property
    def identity(self) -> str: ...

    @property
    def version(self) -> str: ...

    def check(self, order: AnyOrder) -> int:
        """How many bytes it takes to say it.

        Errors: RefusedError, this version cannot, with what to use instead.
        """
        ...

    async def call(
        self, order: AnyOrder, *, command_id: int, timeout_s: float, settle: Settle
    ) -> None:
        """Send the order; ``settle`` is told once how it ended, before this returns.

        An answer is settled before anything that the station sends after it is looked at.
        """
        ...
