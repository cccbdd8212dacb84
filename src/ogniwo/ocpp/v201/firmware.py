"""L. Firmware, and the logs of N that go the other way (L01 to L04, N01)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ogniwo.base.ids import instant_of
from ogniwo.base.units import from_instant, to_instant
from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import (
    GetLog,
    LogKind,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    request_number,
)
from ogniwo.ocpp.adapter import (
    Inbound,
    OrderNotPossibleError,
    Outbound,
    always,
    location_of,
    within,
)
from ogniwo.ocpp.progress import FIRMWARE, LOG, PUBLISHED, progressing
from ogniwo.ocpp.v201.provisioning import outcome, whole_millisecond
from ogniwo.ocpp.v201.schema import (
    MESSAGES,
    FirmwareType,
    GetLogRequest,
    GetLogResponse,
    LogEnumType,
    LogParametersType,
    PublishFirmwareRequest,
    PublishFirmwareResponse,
    StatusInfoType,
    UnpublishFirmwareRequest,
    UnpublishFirmwareResponse,
    UpdateFirmwareRequest,
    UpdateFirmwareResponse,
)

LOCATION_CHARS_MAX: Final = 512
LOGS: Final[Mapping[LogKind, LogEnumType]] = {
    LogKind.DIAGNOSTICS: "DiagnosticsLog",
    LogKind.SECURITY: "SecurityLog",
}


def log_to_request(
    order: GetLog,
    command_id: int,
    *,
    logs: Mapping[LogKind, Any] = LOGS,
    chars_max: int = LOCATION_CHARS_MAX,
) -> GetLogRequest:
    """``logs`` and ``chars_max`` are wider in 2.1, as of the others below."""
    location = location_of(order)
    if order.kind not in logs:
        raise OrderNotPossibleError(
            "an OCPP 2.0.1 station has no data collector's log: ask for diagnostics or security"
        )
    return GetLogRequest(
        log_type=logs[order.kind],
        request_id=request_number(command_id),
        log=LogParametersType(
            remote_location=within(location, chars_max, "a location"),
            oldest_timestamp=None if order.since is None else whole(order.since),
            latest_timestamp=None if order.until is None else whole(order.until),
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def log_to_outcome(_order: GetLog, response: GetLogResponse) -> Outcome:
    return taken(response.status, response.status_info, Kind.LOG, response.filename)


def update_to_request(
    order: UpdateFirmware, command_id: int, *, chars_max: int = LOCATION_CHARS_MAX
) -> UpdateFirmwareRequest:
    retrieve_at = order.retrieve_at or from_instant(instant_of(command_id))
    return UpdateFirmwareRequest(
        request_id=request_number(command_id),
        firmware=FirmwareType(
            location=within(location_of(order), chars_max, "a location"),
            retrieve_date_time=whole(retrieve_at),
            install_date_time=None if order.install_at is None else whole(order.install_at),
            signing_certificate=order.signing_certificate,
            signature=order.signature,
        ),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def update_to_outcome(_order: UpdateFirmware, response: UpdateFirmwareResponse) -> Outcome:
    return taken(response.status, response.status_info, Kind.FIRMWARE)


def publish_to_request(
    order: PublishFirmware, command_id: int, *, chars_max: int = LOCATION_CHARS_MAX
) -> PublishFirmwareRequest:
    return PublishFirmwareRequest(
        location=within(order.location, chars_max, "a location"),
        checksum=order.checksum,
        request_id=request_number(command_id),
        retries=order.retries,
        retry_interval=order.retry_interval_s,
    )


def publish_to_outcome(_order: PublishFirmware, response: PublishFirmwareResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def unpublish_to_request(order: UnpublishFirmware, _command_id: int) -> UnpublishFirmwareRequest:
    return UnpublishFirmwareRequest(checksum=order.checksum)


def unpublish_to_outcome(_order: UnpublishFirmware, response: UnpublishFirmwareResponse) -> Outcome:
    reply = Reply.ACCEPTED if response.status == "Unpublished" else Reply.REJECTED
    return Outcome(reply=reply, result=response.status)


def taken(
    status: str, info: StatusInfoType | None, kind: Kind, filename: str | None = None
) -> Outcome:
    """AcceptedCanceled: and the one before was given up for it."""
    said = outcome(status, info)
    if status not in {"Accepted", "AcceptedCanceled"}:
        return said
    held = (Held(kind=kind, key="", value=filename),) if filename else ()
    return Outcome(reply=Reply.ACCEPTED, result=status, reason=said.reason, held=held)


def whole(moment: datetime) -> datetime:
    return from_instant(whole_millisecond(to_instant(moment)))


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    progressing("LogStatusNotification", Kind.LOG, LOG, MESSAGES),
    progressing("FirmwareStatusNotification", Kind.FIRMWARE, FIRMWARE, MESSAGES),
    progressing("PublishFirmwareStatusNotification", Kind.PUBLISHED_FIRMWARE, PUBLISHED, MESSAGES),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(GetLog, always("GetLog"), log_to_request, log_to_outcome),
    Outbound(UpdateFirmware, always("UpdateFirmware"), update_to_request, update_to_outcome),
    Outbound(PublishFirmware, always("PublishFirmware"), publish_to_request, publish_to_outcome),
    Outbound(
        UnpublishFirmware, always("UnpublishFirmware"), unpublish_to_request, unpublish_to_outcome
    ),
)
