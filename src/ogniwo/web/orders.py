"""The bodies in which orders arrive, and the orders of the domain they mean.

In the API a token is its plain uid and the answer to "which charging point" is flat, so that an
order can be typed by hand. Unknown fields are refused: a misspelt ``evse`` must not start
charging at another one.
"""

from typing import Annotated, assert_never

from msgspec import Meta, Struct

from ogniwo.base.limits import COMMAND_DEADLINE_S_MAX
from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.commands import (
    AnyOrder,
    ChangeAvailability,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)

Number = Annotated[int, Meta(ge=1, le=1_000)]
Uid = Annotated[str, Meta(min_length=1, max_length=255)]


class OrderBody(Struct, frozen=True, kw_only=True, tag_field="command", forbid_unknown_fields=True):
    """What all orders take: until when it is worth doing, and a key that makes repeats harmless."""

    deadline_s: (
        Annotated[
            int,
            Meta(ge=1, le=COMMAND_DEADLINE_S_MAX, description="Give up after so many seconds."),
        ]
        | None
    ) = None
    idempotency_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=128,
                description="The same key again answers with the first command.",
            ),
        ]
        | None
    ) = None


class RemoteStartBody(OrderBody, frozen=True, kw_only=True, tag="remote_start"):
    """Start charging as if this token had been presented."""

    token: Uid
    token_type: TokenType | None = None
    evse: Number | None = None
    connector: Number | None = None


class RemoteStopBody(OrderBody, frozen=True, kw_only=True, tag="remote_stop"):
    """Stop the transaction that the station knows by this id."""

    transaction_id: Annotated[str, Meta(min_length=1, max_length=36)]


class ResetBody(OrderBody, frozen=True, kw_only=True, tag="reset"):
    """Restart the station, or one EVSE where the station can."""

    kind: ResetKind = ResetKind.SOFT
    evse: Number | None = None


class UnlockBody(OrderBody, frozen=True, kw_only=True, tag="unlock"):
    """Open the lock of a connector."""

    evse: Number
    connector: Number = 1


class TriggerBody(OrderBody, frozen=True, kw_only=True, tag="trigger"):
    """Ask the station to send a message now."""

    message: TriggerMessage
    evse: Number | None = None
    connector: Number | None = None


class ChangeAvailabilityBody(OrderBody, frozen=True, kw_only=True, tag="change_availability"):
    """Put a connector, an EVSE or the whole station into service or out of it."""

    operative: bool
    evse: Number | None = None
    connector: Number | None = None


AnyOrderBody = (
    RemoteStartBody | RemoteStopBody | ResetBody | UnlockBody | TriggerBody | ChangeAvailabilityBody
)


def to_order(body: AnyOrderBody) -> AnyOrder:
    match body:
        case RemoteStartBody():
            return RemoteStart(
                token=IdToken(body.token, body.token_type), evse=body.evse, connector=body.connector
            )
        case RemoteStopBody():
            return RemoteStop(transaction_id=body.transaction_id)
        case ResetBody():
            return Reset(kind=body.kind, evse=body.evse)
        case UnlockBody():
            return Unlock(evse=body.evse, connector=body.connector)
        case TriggerBody():
            return Trigger(message=body.message, evse=body.evse, connector=body.connector)
        case ChangeAvailabilityBody():
            return ChangeAvailability(
                operative=body.operative, evse=body.evse, connector=body.connector
            )
    assert_never(body)
