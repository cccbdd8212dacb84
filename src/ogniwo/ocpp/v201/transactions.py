"""E. Transactions: the one event that starts, continues and ends them (E01 to E13)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Reply, TransactionAnswered
from ogniwo.domain.facts import Phase, TransactionReported
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import GetTransactionStatus
from ogniwo.domain.station import ChargingState
from ogniwo.ocpp.adapter import NO_TIME, Inbound, Outbound, Seen, always
from ogniwo.ocpp.v201.authorization import to_id_token_info, to_token
from ogniwo.ocpp.v201.meter_values import to_readings
from ogniwo.ocpp.v201.schema import (
    GetTransactionStatusRequest,
    GetTransactionStatusResponse,
    TransactionEventRequest,
    TransactionEventResponse,
)

_PHASES: Final = {
    "Started": Phase.STARTED,
    "Updated": Phase.UPDATED,
    "Ended": Phase.ENDED,
}

_CHARGING_STATES: Final = {
    "Charging": ChargingState.CHARGING,
    "EVConnected": ChargingState.EV_CONNECTED,
    "SuspendedEV": ChargingState.SUSPENDED_EV,
    "SuspendedEVSE": ChargingState.SUSPENDED_EVSE,
    "Idle": ChargingState.IDLE,
}


def event_to_fact(request: TransactionEventRequest, seen: Seen) -> TransactionReported:
    at, clock_wrong = seen.moment(request.timestamp)
    info = request.transaction_info
    evse = request.evse
    token = request.id_token
    return TransactionReported(
        phase=_PHASES[request.event_type],
        transaction_id=info.transaction_id,
        at=at,
        seq_no=request.seq_no,
        evse=evse.id if evse is not None and evse.id > 0 else None,
        connector=None if evse is None else evse.connector_id,
        token=None if token is None else to_token(token),
        readings=to_readings(request.meter_value, seen),
        charging_state=_CHARGING_STATES.get(info.charging_state or ""),
        trigger=request.trigger_reason,
        stop_reason=info.stopped_reason,
        offline=bool(request.offline),
        remote_start_id=info.remote_start_id,
        reservation_id=request.reservation_id,
        clock_wrong=clock_wrong,
        notes=seen.notes,
    )


def event_to_reply(reply: Reply) -> TransactionEventResponse:
    if not isinstance(reply, TransactionAnswered) or reply.authorisation is None:
        return TransactionEventResponse()
    return TransactionEventResponse(id_token_info=to_id_token_info(reply.authorisation))


def status_to_request(order: GetTransactionStatus, _command_id: int) -> GetTransactionStatusRequest:
    return GetTransactionStatusRequest(transaction_id=order.transaction_id)


def status_to_outcome(
    order: GetTransactionStatus, response: GetTransactionStatusResponse
) -> Outcome:
    """E14: of all transactions together the station only says whether messages wait."""
    waiting = "messages wait" if response.messages_in_queue else "no messages wait"
    state = _GOING_ON[response.ongoing_indicator]
    held = Held(
        kind=Kind.TRANSACTION,
        key=order.transaction_id or "all",
        state=state,
        data={"messages_waiting": response.messages_in_queue},
    )
    result = waiting if state is None else f"{state}, {waiting}"
    return Outcome(reply=OrderReply.ACCEPTED, result=result, held=(held,))


_GOING_ON: Final = {None: None, True: "ongoing", False: "ended"}


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound(
        "TransactionEvent",
        event_to_fact,
        event_to_reply,
        money=True,
        stand_ins={
            "timestamp": NO_TIME,
            "triggerReason": "Trigger",
            "meterValue.timestamp": NO_TIME,
        },
    ),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        GetTransactionStatus, always("GetTransactionStatus"), status_to_request, status_to_outcome
    ),
)
