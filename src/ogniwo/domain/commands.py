"""Orders to stations, version-neutral, and the life of one.

An order says what shall happen; the station's version decides by which message. Its record
walks ``queued -> sent -> accepted -> applied`` or stops at one of the other ends. "Accepted"
is only the station's promise; ``applied`` was seen.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import AnyOrder


class CommandState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"  # the station answered with an error, or could not be asked
    TIMED_OUT = "timed_out"
    EXPIRED = "expired"  # the station did not come back before the deadline
    NODE_LOST = "node_lost"  # we died between sending and the answer
    APPLIED = "applied"
    NOT_APPLIED = "not_applied"


class Command(Struct, frozen=True, kw_only=True):
    """The stored record of one order."""

    id: int
    station_id: int
    order: AnyOrder
    state: CommandState
    author: str
    created_at: Instant
    deadline_at: Instant
    idempotency_key: str | None = None
    sent_at: Instant | None = None
    finished_at: Instant | None = None
    effect_by: Instant | None = None  # accepted: its effect must be seen by then
    result: str | None = None  # the station's own word, e.g. "Unlocked"
    reason: str | None = None  # for a person: why it ended as it did
    answer: bytes | None = None  # a raw call's answer payload
    job_id: int | None = None  # it is part of an order for many stations
    org_id: int = 1

    @property
    def ended(self) -> bool:
        if self.state is CommandState.ACCEPTED:
            return self.effect_by is None
        return self.state not in _OPEN


_OPEN: Final = frozenset({CommandState.QUEUED, CommandState.SENT, CommandState.ACCEPTED})


class Reply(StrEnum):
    """What the station's answer to an order amounts to."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"  # accepted, to be done later
    DONE = "done"  # accepted, and nothing more is to be waited for
    REJECTED = "rejected"


class Outcome(Struct, frozen=True, kw_only=True):
    """The answer to an order, read by the version's adapter."""

    reply: Reply
    result: str  # the status word of the wire
    reason: str | None = None
    answer: bytes | None = None
    transaction_id: str | None = None
    # What the answer tells of the station; a key left empty is the order's own number.
    held: tuple[Held, ...] = ()
    whole_of: Kind | None = None  # the answer named all of this kind: the others are gone
