"""1.6 Core and RemoteTrigger profiles, to the station: the messages behind our orders.

EVSE n is connector n; a station has no connectors below an EVSE.
"""

from typing import Any, Final, NoReturn

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.orders import (
    ChangeAvailability,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always, one_of
from ogniwo.ocpp.v16.charging_profile import number_of, to_profile
from ogniwo.ocpp.v16.core import id_tag_of
from ogniwo.ocpp.v16.schema import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ExtendedTriggerMessageRequest,
    MessageTrigger,
    RemoteStartTransactionRequest,
    RemoteStartTransactionResponse,
    RemoteStopTransactionRequest,
    RemoteStopTransactionResponse,
    ResetRequest,
    ResetResponse,
    ResetType,
    TriggerMessageRequest,
    TriggerMessageResponse,
    UnlockConnectorRequest,
    UnlockConnectorResponse,
)

_RESETS: Final[dict[ResetKind, ResetType]] = {
    ResetKind.SOFT: "Soft",
    ResetKind.HARD: "Hard",
    ResetKind.IMMEDIATE: "Hard",
}

_TRIGGERS: Final[dict[TriggerMessage, MessageTrigger]] = {
    TriggerMessage.BOOT_NOTIFICATION: "BootNotification",
    TriggerMessage.STATUS_NOTIFICATION: "StatusNotification",
    TriggerMessage.HEARTBEAT: "Heartbeat",
    TriggerMessage.METER_VALUES: "MeterValues",
    TriggerMessage.FIRMWARE_STATUS_NOTIFICATION: "FirmwareStatusNotification",
    TriggerMessage.DIAGNOSTICS_STATUS_NOTIFICATION: "DiagnosticsStatusNotification",
}

_WORDS: Final = {"Accepted": Reply.ACCEPTED, "Scheduled": Reply.SCHEDULED}


def outcome(status: str) -> Outcome:
    return Outcome(reply=_WORDS.get(status, Reply.REJECTED), result=status)


def start_to_request(order: RemoteStart, _command_id: int) -> RemoteStartTransactionRequest:
    profile = order.profile
    return RemoteStartTransactionRequest(
        id_tag=id_tag_of(order.token.uid),
        connector_id=to_connector(order.evse, order.connector),
        charging_profile=None if profile is None else to_profile(profile, order.profile_number()),
    )


def start_to_outcome(_order: RemoteStart, response: RemoteStartTransactionResponse) -> Outcome:
    return outcome(response.status)


def stop_to_request(order: RemoteStop, _command_id: int) -> RemoteStopTransactionRequest:
    return RemoteStopTransactionRequest(transaction_id=number_of(order.transaction_id))


def stop_to_outcome(_order: RemoteStop, response: RemoteStopTransactionResponse) -> Outcome:
    return outcome(response.status)


def reset_to_request(order: Reset, _command_id: int) -> ResetRequest:
    if order.evse is not None:
        _impossible("reset a single EVSE", "leave out the EVSE to reset the whole station")
    if order.kind not in _RESETS:
        _impossible(f"reset {order.kind.value!r}", "use soft or hard")
    return ResetRequest(type=_RESETS[order.kind])


def reset_to_outcome(_order: Reset, response: ResetResponse) -> Outcome:
    return outcome(response.status)


def unlock_to_request(order: Unlock, _command_id: int) -> UnlockConnectorRequest:
    connector_id = to_connector(order.evse, order.connector) or order.evse
    return UnlockConnectorRequest(connector_id=connector_id)


def unlock_to_outcome(_order: Unlock, response: UnlockConnectorResponse) -> Outcome:
    reply = Reply.ACCEPTED if response.status == "Unlocked" else Reply.REJECTED
    return Outcome(reply=reply, result=response.status)


def trigger_action(order: Trigger) -> str:
    extended = order.message is TriggerMessage.SIGN_STATION_CERTIFICATE
    extended = extended or order.message is TriggerMessage.LOG_STATUS_NOTIFICATION
    return "ExtendedTriggerMessage" if extended else "TriggerMessage"


def trigger_to_request(
    order: Trigger, _command_id: int
) -> TriggerMessageRequest | ExtendedTriggerMessageRequest:
    if order.message is TriggerMessage.SIGN_STATION_CERTIFICATE:
        return ExtendedTriggerMessageRequest(requested_message="SignChargePointCertificate")
    if order.message is TriggerMessage.LOG_STATUS_NOTIFICATION:
        return ExtendedTriggerMessageRequest(requested_message="LogStatusNotification")
    if order.message not in _TRIGGERS:
        others = ", ".join(it.value for it in _TRIGGERS)
        _impossible(f"send {order.message.value!r} on request", f"ask for one of {others}")
    return TriggerMessageRequest(
        requested_message=_TRIGGERS[order.message],
        connector_id=to_connector(order.evse, order.connector),
    )


def trigger_to_outcome(_order: Trigger, response: TriggerMessageResponse) -> Outcome:
    return outcome(response.status)


def availability_to_request(
    order: ChangeAvailability, _command_id: int
) -> ChangeAvailabilityRequest:
    return ChangeAvailabilityRequest(
        connector_id=to_connector(order.evse, order.connector) or 0,
        type="Operative" if order.operative else "Inoperative",
    )


def availability_to_outcome(
    _order: ChangeAvailability, response: ChangeAvailabilityResponse
) -> Outcome:
    return outcome(response.status)


def to_connector(evse: int | None, connector: int | None) -> int | None:
    if connector not in {None, 1} or (connector is not None and evse is None):
        _impossible("name a connector of an EVSE", "give the connector's number as the EVSE")
    return evse


def _impossible(what: str, instead: str) -> NoReturn:
    raise OrderNotPossibleError(f"an OCPP 1.6 station cannot {what}: {instead}")


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(RemoteStart, always("RemoteStartTransaction"), start_to_request, start_to_outcome),
    Outbound(RemoteStop, always("RemoteStopTransaction"), stop_to_request, stop_to_outcome),
    Outbound(Reset, always("Reset"), reset_to_request, reset_to_outcome),
    Outbound(Unlock, always("UnlockConnector"), unlock_to_request, unlock_to_outcome),
    Outbound(
        Trigger,
        one_of("TriggerMessage", "ExtendedTriggerMessage", choose=trigger_action),
        trigger_to_request,
        trigger_to_outcome,
    ),
    Outbound(
        ChangeAvailability,
        always("ChangeAvailability"),
        availability_to_request,
        availability_to_outcome,
    ),
)
