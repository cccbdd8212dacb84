"""Orders to stations, version-neutral, and the life of one.

An order says what shall happen; the station's version decides by which message. Its record
walks ``queued -> sent -> accepted -> applied`` or stops at one of the other ends. "Accepted"
is only the station's promise; ``applied`` was seen.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.access import IdToken


class Order(Struct, frozen=True, kw_only=True, tag_field="command"):
    """Root of all orders; the tag is the command's name in the API."""


class RemoteStart(Order, frozen=True, kw_only=True, tag="remote_start"):
    token: IdToken
    evse: int | None = None
    connector: int | None = None


class RemoteStop(Order, frozen=True, kw_only=True, tag="remote_stop"):
    """``transaction_id`` as the station knows it; 1.6 ids are its decimal text."""

    transaction_id: str


class ResetKind(StrEnum):
    SOFT = "soft"  # 1.6 Soft; 2.x Immediate: ends transactions, then restarts
    HARD = "hard"  # 1.6 Hard; 2.x Immediate
    ON_IDLE = "on_idle"  # 2.x only: waits until nothing charges
    IMMEDIATE = "immediate"
    IMMEDIATE_AND_RESUME = "immediate_and_resume"  # 2.1 only


class Reset(Order, frozen=True, kw_only=True, tag="reset"):
    kind: ResetKind = ResetKind.SOFT
    evse: int | None = None


class Unlock(Order, frozen=True, kw_only=True, tag="unlock"):
    evse: int
    connector: int = 1


class TriggerMessage(StrEnum):
    BOOT_NOTIFICATION = "boot_notification"
    STATUS_NOTIFICATION = "status_notification"
    HEARTBEAT = "heartbeat"
    METER_VALUES = "meter_values"
    TRANSACTION_EVENT = "transaction_event"
    FIRMWARE_STATUS_NOTIFICATION = "firmware_status_notification"
    DIAGNOSTICS_STATUS_NOTIFICATION = "diagnostics_status_notification"
    LOG_STATUS_NOTIFICATION = "log_status_notification"
    SIGN_STATION_CERTIFICATE = "sign_station_certificate"


class Trigger(Order, frozen=True, kw_only=True, tag="trigger"):
    message: TriggerMessage
    evse: int | None = None
    connector: int | None = None


class ChangeAvailability(Order, frozen=True, kw_only=True, tag="change_availability"):
    operative: bool
    evse: int | None = None
    connector: int | None = None


class RawCall(Order, frozen=True, kw_only=True, tag="raw"):
    """An OCPP call as an operator wrote it; ``payload`` is opaque JSON text."""

    action: str
    payload: bytes


AnyOrder = RemoteStart | RemoteStop | Reset | Unlock | Trigger | ChangeAvailability | RawCall


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
    REJECTED = "rejected"


class Outcome(Struct, frozen=True, kw_only=True):
    """The answer to an order, read by the version's adapter."""

    reply: Reply
    result: str  # the status word of the wire
    reason: str | None = None
    answer: bytes | None = None
    transaction_id: str | None = None


def remote_start_id(command_id: int) -> int:
    """The number by which a 2.x station names the order a transaction came from (F01.FR.13).

    A command's id is wider than OCPP's integer; what is cut off repeats only after weeks.
    """
    milliseconds_and_node = command_id >> 12
    sequence = command_id & 0xF
    return ((milliseconds_and_node >> 10) << 4 | sequence) & 0x7FFF_FFFF
