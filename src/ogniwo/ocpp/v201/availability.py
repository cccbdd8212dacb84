"""G. Availability: heartbeat and connector status from the station, availability to it."""

from typing import Any, Final

from ogniwo.base.units import from_instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Reply, TimeTold
from ogniwo.domain.facts import ConnectorStatusReported, HeartbeatReceived
from ogniwo.domain.orders import ChangeAvailability
from ogniwo.domain.station import ReportedStatus
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v201.provisioning import outcome, whole_millisecond
from ogniwo.ocpp.v201.schema import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    EVSEType,
    HeartbeatRequest,
    HeartbeatResponse,
    StatusNotificationRequest,
    StatusNotificationResponse,
)

STATUSES: Final = {
    "Available": ReportedStatus.AVAILABLE,
    "Occupied": ReportedStatus.OCCUPIED,
    "Reserved": ReportedStatus.RESERVED,
    "Unavailable": ReportedStatus.UNAVAILABLE,
    "Faulted": ReportedStatus.FAULTED,
}


def heartbeat_to_fact(_request: HeartbeatRequest, seen: Seen) -> HeartbeatReceived:
    return HeartbeatReceived(notes=seen.notes)


def heartbeat_to_reply(reply: Reply) -> HeartbeatResponse:
    if not isinstance(reply, TimeTold):
        raise unexpected(reply)
    return HeartbeatResponse(current_time=from_instant(whole_millisecond(reply.now)))


def status_to_fact(request: StatusNotificationRequest, seen: Seen) -> ConnectorStatusReported:
    at, _ = seen.moment(request.timestamp)
    return ConnectorStatusReported(
        evse=request.evse_id,
        connector=request.connector_id,
        status=STATUSES[request.connector_status],
        at=at,
        notes=seen.notes,
    )


def status_to_reply(_reply: Reply) -> StatusNotificationResponse:
    return StatusNotificationResponse()


def availability_to_request(
    order: ChangeAvailability, _command_id: int
) -> ChangeAvailabilityRequest:
    if order.evse is None and order.connector is not None:
        raise OrderNotPossibleError(
            "an OCPP 2.x station numbers its connectors per EVSE: name the EVSE as well"
        )
    evse = None if order.evse is None else EVSEType(id=order.evse, connector_id=order.connector)
    return ChangeAvailabilityRequest(
        operational_status="Operative" if order.operative else "Inoperative", evse=evse
    )


def availability_to_outcome(
    _order: ChangeAvailability, response: ChangeAvailabilityResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("Heartbeat", heartbeat_to_fact, heartbeat_to_reply),
    Inbound("StatusNotification", status_to_fact, status_to_reply),
)

OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        ChangeAvailability,
        always("ChangeAvailability"),
        availability_to_request,
        availability_to_outcome,
    ),
)
