"""H. Reservation: kept, let go, and the station's word that one ended (H01 to H04)."""

from typing import Any, Final

from ogniwo.base.units import from_instant, to_instant
from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import HoldingsReported
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import CancelReservation, Reserve
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always
from ogniwo.ocpp.v201.authorization import from_group, from_token
from ogniwo.ocpp.v201.provisioning import outcome, whole_millisecond
from ogniwo.ocpp.v201.schema import (
    CancelReservationRequest,
    CancelReservationResponse,
    ReservationStatusUpdateRequest,
    ReservationStatusUpdateResponse,
    ReserveNowRequest,
    ReserveNowResponse,
)

_ENDS: Final = {"Expired": "expired", "Removed": "removed", "NoTransaction": "no_transaction"}


def reserve_to_request(order: Reserve, command_id: int) -> ReserveNowRequest:
    expires_at = whole_millisecond(to_instant(order.expires_at))
    return ReserveNowRequest(
        id=order.number(command_id),
        expiry_date_time=from_instant(expires_at),
        id_token=from_token(IdToken(order.token, order.token_type)),
        group_id_token=None if order.group is None else from_group(order.group),
        evse_id=order.evse,
        connector_type=order.connector_type,  # type: ignore[arg-type] # checked when encoded
    )


def reserve_to_outcome(_order: Reserve, response: ReserveNowResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def cancel_to_request(order: CancelReservation, _command_id: int) -> CancelReservationRequest:
    return CancelReservationRequest(reservation_id=order.reservation)


def cancel_to_outcome(_order: CancelReservation, response: CancelReservationResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def ended_to_fact(request: ReservationStatusUpdateRequest, seen: Seen) -> HoldingsReported:
    state = _ENDS[request.reservation_update_status]
    key = str(request.reservation_id)
    return HoldingsReported(
        action="ReservationStatusUpdate",
        summary=f"reservation {key}: {state}",
        held=(Held(kind=Kind.RESERVATION, key=key, state=state),),
        notes=seen.notes,
    )


def ended_to_reply(_reply: Reply) -> ReservationStatusUpdateResponse:
    return ReservationStatusUpdateResponse()


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("ReservationStatusUpdate", ended_to_fact, ended_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(Reserve, always("ReserveNow"), reserve_to_request, reserve_to_outcome),
    Outbound(CancelReservation, always("CancelReservation"), cancel_to_request, cancel_to_outcome),
)
