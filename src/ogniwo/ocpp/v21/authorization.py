"""C. Authorization in 2.1: tokens of payment terminals have a word of their own (C17 to C25)."""

from typing import Final

from msgspec.structs import replace

from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.orders import RemoteStart
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import (
    ChargingProfileType,
    IdTokenType,
    RequestStartTransactionRequest,
)
from ogniwo.ocpp.v201 import authorization, remote_control


def from_token(token: IdToken) -> IdTokenType:
    """As 2.0.1 has it, but for what that version has no word for. Errors: OrderNotPossibleError."""
    wire = authorization.from_token(token)
    payment = token.type is TokenType.DIRECT_PAYMENT
    return IdTokenType(id_token=wire.id_token, type="DirectPayment" if payment else wire.type)


def start_to_request(order: RemoteStart, command_id: int) -> RequestStartTransactionRequest:
    before = remote_control.start_to_request(replace(order, profile=None), command_id)
    return RequestStartTransactionRequest(
        remote_start_id=before.remote_start_id,
        id_token=from_token(order.token),
        evse_id=before.evse_id,
        charging_profile=remote_control.start_profile(ChargingProfileType, order),
    )


REMOTE_START: Final = Outbound(
    RemoteStart,
    always("RequestStartTransaction"),
    start_to_request,
    remote_control.start_to_outcome,
)
