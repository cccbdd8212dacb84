"""1.6 Reservation profile. That one ended is seen only by the connector's status."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import CancelReservation, Reserve
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.v16.core import id_tag_of
from ogniwo.ocpp.v16.core_orders import outcome
from ogniwo.ocpp.v16.schema import (
    CancelReservationRequest,
    CancelReservationResponse,
    ReserveNowRequest,
    ReserveNowResponse,
)


def reserve_to_request(order: Reserve, command_id: int) -> ReserveNowRequest:
    if order.connector_type is not None:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station cannot reserve by a type of connector: name the EVSE"
        )
    return ReserveNowRequest(
        connector_id=order.evse or 0,
        expiry_date=order.expires_at,
        id_tag=id_tag_of(order.token),
        parent_id_tag=None if order.group is None else id_tag_of(order.group),
        reservation_id=order.number(command_id),
    )


def reserve_to_outcome(_order: Reserve, response: ReserveNowResponse) -> Outcome:
    return outcome(response.status)


def cancel_to_request(order: CancelReservation, _command_id: int) -> CancelReservationRequest:
    return CancelReservationRequest(reservation_id=order.reservation)


def cancel_to_outcome(_order: CancelReservation, response: CancelReservationResponse) -> Outcome:
    return outcome(response.status)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(Reserve, always("ReserveNow"), reserve_to_request, reserve_to_outcome),
    Outbound(CancelReservation, always("CancelReservation"), cancel_to_request, cancel_to_outcome),
)
