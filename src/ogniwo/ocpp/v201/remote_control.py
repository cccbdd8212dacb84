"""F. Remote control: start, stop, unlock and trigger (F01 to F06)."""

from typing import Any, Final, TypeVar

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.orders import (
    RemoteStart,
    RemoteStop,
    Trigger,
    TriggerMessage,
    Unlock,
    request_number,
)
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.neutral import to_payload
from ogniwo.ocpp.v201.authorization import from_token
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    ChargingProfileType,
    EVSEType,
    MessageTriggerEnumType,
    RequestStartTransactionRequest,
    RequestStartTransactionResponse,
    RequestStopTransactionRequest,
    RequestStopTransactionResponse,
    TriggerMessageRequest,
    TriggerMessageResponse,
    UnlockConnectorRequest,
    UnlockConnectorResponse,
)
from ogniwo.ocpp.v201.smart_charging import numbered

P = TypeVar("P", bound=Payload)

_TRIGGERS: Final[dict[TriggerMessage, MessageTriggerEnumType]] = {
    TriggerMessage.BOOT_NOTIFICATION: "BootNotification",
    TriggerMessage.STATUS_NOTIFICATION: "StatusNotification",
    TriggerMessage.HEARTBEAT: "Heartbeat",
    TriggerMessage.METER_VALUES: "MeterValues",
    TriggerMessage.TRANSACTION_EVENT: "TransactionEvent",
    TriggerMessage.FIRMWARE_STATUS_NOTIFICATION: "FirmwareStatusNotification",
    TriggerMessage.DIAGNOSTICS_STATUS_NOTIFICATION: "LogStatusNotification",
    TriggerMessage.LOG_STATUS_NOTIFICATION: "LogStatusNotification",
    TriggerMessage.SIGN_STATION_CERTIFICATE: "SignChargingStationCertificate",
    TriggerMessage.SIGN_V2G_CERTIFICATE: "SignV2GCertificate",
    TriggerMessage.SIGN_COMBINED_CERTIFICATE: "SignCombinedCertificate",
}


def start_to_request(order: RemoteStart, command_id: int) -> RequestStartTransactionRequest:
    return RequestStartTransactionRequest(
        remote_start_id=request_number(command_id),
        id_token=from_token(order.token),
        evse_id=order.evse,
        charging_profile=start_profile(ChargingProfileType, order),
    )


def start_profile(model: type[P], order: RemoteStart) -> P | None:
    if order.profile is None:
        return None
    return to_payload(numbered(order.profile, order.profile_number()), model)


def start_to_outcome(_order: RemoteStart, response: RequestStartTransactionResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def stop_to_request(order: RemoteStop, _command_id: int) -> RequestStopTransactionRequest:
    return RequestStopTransactionRequest(transaction_id=order.transaction_id)


def stop_to_outcome(_order: RemoteStop, response: RequestStopTransactionResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def unlock_to_request(order: Unlock, _command_id: int) -> UnlockConnectorRequest:
    return UnlockConnectorRequest(evse_id=order.evse, connector_id=order.connector)


def unlock_to_outcome(_order: Unlock, response: UnlockConnectorResponse) -> Outcome:
    reply = Reply.ACCEPTED if response.status == "Unlocked" else Reply.REJECTED
    said = outcome(response.status, response.status_info)
    return Outcome(reply=reply, result=said.result, reason=said.reason)


def trigger_to_request(order: Trigger, _command_id: int) -> TriggerMessageRequest:
    connector = order.connector
    if order.message is TriggerMessage.STATUS_NOTIFICATION:
        if order.evse is None:
            raise OrderNotPossibleError(
                "an OCPP 2.x station sends the status of one connector at a time: name the EVSE"
            )
        connector = connector or 1  # F06.FR.12: evse.id and connectorId are both needed
    evse = None if order.evse is None else EVSEType(id=order.evse, connector_id=connector)
    return TriggerMessageRequest(requested_message=_TRIGGERS[order.message], evse=evse)


def trigger_to_outcome(_order: Trigger, response: TriggerMessageResponse) -> Outcome:
    return outcome(response.status, response.status_info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(RemoteStart, always("RequestStartTransaction"), start_to_request, start_to_outcome),
    Outbound(RemoteStop, always("RequestStopTransaction"), stop_to_request, stop_to_outcome),
    Outbound(Unlock, always("UnlockConnector"), unlock_to_request, unlock_to_outcome),
    Outbound(Trigger, always("TriggerMessage"), trigger_to_request, trigger_to_outcome),
)
