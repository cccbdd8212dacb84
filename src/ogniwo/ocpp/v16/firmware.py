"""1.6 FirmwareManagement, and what the security extension adds: logs up, firmware down.

Diagnostics and unsigned firmware have messages of 1.6 itself, which every station knows; a
security log and signed firmware have those of the extension.
"""

from typing import Any, Final

from ogniwo.base.ids import instant_of
from ogniwo.base.units import from_instant
from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import (
    GetLog,
    LogKind,
    UpdateFirmware,
    request_number,
)
from ogniwo.ocpp.adapter import (
    Inbound,
    OrderNotPossibleError,
    Outbound,
    location_of,
    one_of,
    within,
)
from ogniwo.ocpp.progress import FIRMWARE, LOG, progressing
from ogniwo.ocpp.v16.core_orders import outcome
from ogniwo.ocpp.v16.schema import (
    MESSAGES,
    FirmwareType,
    GetDiagnosticsRequest,
    GetDiagnosticsResponse,
    GetLogRequest,
    GetLogResponse,
    LogParametersType,
    SignedUpdateFirmwareRequest,
    SignedUpdateFirmwareResponse,
    UpdateFirmwareRequest,
    UpdateFirmwareResponse,
)

_ACCEPTED: Final = frozenset({"Accepted", "AcceptedCanceled"})
NO_FILE: Final = "the station named no file: it may have nothing to send for this time"


def log_action(order: GetLog) -> str:
    return "GetDiagnostics" if order.kind is LogKind.DIAGNOSTICS else "GetLog"


def log_to_request(order: GetLog, command_id: int) -> GetDiagnosticsRequest | GetLogRequest:
    location = location_of(order)
    if order.kind is LogKind.DIAGNOSTICS:
        return GetDiagnosticsRequest(
            location=location,
            retries=order.retries,
            retry_interval=order.retry_interval_s,
            start_time=order.since,
            stop_time=order.until,
        )
    if order.kind is not LogKind.SECURITY:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station has no data collector's log: ask for diagnostics or security"
        )
    return GetLogRequest(
        log_type="SecurityLog",
        request_id=request_number(command_id),
        log=LogParametersType(
            remote_location=within(location, 512, "a location"),
            oldest_timestamp=order.since,
            latest_timestamp=order.until,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def log_to_outcome(_order: GetLog, response: GetDiagnosticsResponse | GetLogResponse) -> Outcome:
    if isinstance(response, GetLogResponse):
        return taken(response.status, Kind.LOG, response.filename)
    said = taken("Accepted", Kind.LOG, response.file_name)
    reason = None if response.file_name else NO_FILE
    return Outcome(reply=said.reply, result=said.result, reason=reason, held=said.held)


def taken(status: str, kind: Kind, filename: str | None = None) -> Outcome:
    """AcceptedCanceled: and the one before was given up for it."""
    if status not in _ACCEPTED:
        return outcome(status)
    held = (Held(kind=kind, key="", value=filename),) if filename else ()
    return Outcome(reply=Reply.ACCEPTED, result=status, held=held)


def update_action(order: UpdateFirmware) -> str:
    return "SignedUpdateFirmware" if order.signed else "UpdateFirmware"


def update_to_request(
    order: UpdateFirmware, command_id: int
) -> UpdateFirmwareRequest | SignedUpdateFirmwareRequest:
    retrieve_at = order.retrieve_at or from_instant(instant_of(command_id)).replace(microsecond=0)
    if not order.signed:
        if order.install_at is not None:
            raise OrderNotPossibleError(
                "an OCPP 1.6 station installs unsigned firmware when it has it: "
                "leave out install_at, or give signing_certificate and signature"
            )
        return UpdateFirmwareRequest(
            location=location_of(order),
            retrieve_date=retrieve_at,
            retries=order.retries,
            retry_interval=order.retry_interval_s,
        )
    if order.signing_certificate is None or order.signature is None:
        raise OrderNotPossibleError(
            "signed firmware needs both: give signing_certificate and signature"
        )
    return SignedUpdateFirmwareRequest(
        request_id=request_number(command_id),
        firmware=FirmwareType(
            location=within(location_of(order), 512, "a location"),
            retrieve_date_time=retrieve_at,
            install_date_time=order.install_at,
            signing_certificate=order.signing_certificate,
            signature=order.signature,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def update_to_outcome(
    _order: UpdateFirmware, response: UpdateFirmwareResponse | SignedUpdateFirmwareResponse
) -> Outcome:
    if isinstance(response, SignedUpdateFirmwareResponse):
        return taken(response.status, Kind.FIRMWARE)
    return taken("Accepted", Kind.FIRMWARE)


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    progressing("DiagnosticsStatusNotification", Kind.LOG, LOG, MESSAGES),
    progressing("LogStatusNotification", Kind.LOG, LOG, MESSAGES),
    progressing("FirmwareStatusNotification", Kind.FIRMWARE, FIRMWARE, MESSAGES),
    progressing("SignedFirmwareStatusNotification", Kind.FIRMWARE, FIRMWARE, MESSAGES),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        GetLog,
        one_of("GetDiagnostics", "GetLog", choose=log_action),
        log_to_request,
        log_to_outcome,
    ),
    Outbound(
        UpdateFirmware,
        one_of("UpdateFirmware", "SignedUpdateFirmware", choose=update_action),
        update_to_request,
        update_to_outcome,
    ),
)
