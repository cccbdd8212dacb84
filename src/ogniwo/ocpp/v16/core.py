"""1.6 Core profile, from the station: boot, status, tokens, transactions and meter values.

Connector n of 1.6 is EVSE n, connector 1; connector 0 is the station itself. Transaction ids
are ours and positive; 0, negatives and null come from stations that never learnt theirs.
"""

from datetime import datetime
from typing import Any, Final

from ogniwo.base.units import US_PER_SECOND, Instant, from_instant
from ogniwo.domain.access import Authorisation, IdToken, Verdict
from ogniwo.domain.decision import (
    Authorised,
    Registered,
    Reply,
    TimeTold,
    TransactionAnswered,
)
from ogniwo.domain.facts import (
    ConnectorStatusReported,
    HeartbeatReceived,
    MeterReported,
    Phase,
    StationBooted,
    TokenPresented,
    TransactionReported,
)
from ogniwo.domain.meter import ENERGY_WH_MAX
from ogniwo.domain.station import Registration, ReportedStatus
from ogniwo.ocpp.adapter import NO_TIME, Inbound, OrderNotPossibleError, Seen, unexpected
from ogniwo.ocpp.digest import digest_of
from ogniwo.ocpp.v16.meter_values import to_readings
from ogniwo.ocpp.v16.schema import (
    AuthorizationStatus,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationRequest,
    BootNotificationResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTagInfo,
    MeterValuesRequest,
    MeterValuesResponse,
    RegistrationStatus,
    StartTransactionRequest,
    StartTransactionResponse,
    StatusNotificationRequest,
    StatusNotificationResponse,
    StopTransactionRequest,
    StopTransactionResponse,
)

ID_TAG_LENGTH_MAX: Final = 20
NO_ERROR: Final = "NoError"
UNKNOWN: Final = -1  # how stations say that they do not know a number

_VERDICTS: Final[dict[Verdict, AuthorizationStatus]] = {
    Verdict.ACCEPTED: "Accepted",
    Verdict.BLOCKED: "Blocked",
    Verdict.EXPIRED: "Expired",
    Verdict.INVALID: "Invalid",
    Verdict.UNKNOWN: "Invalid",  # 1.6 has no word for it
    Verdict.CONCURRENT: "ConcurrentTx",
}

_REGISTRATIONS: Final[dict[Registration, RegistrationStatus]] = {
    Registration.ACCEPTED: "Accepted",
    Registration.PENDING: "Pending",
    Registration.REJECTED: "Rejected",
}

_STATUSES: Final = {
    "Available": ReportedStatus.AVAILABLE,
    "Preparing": ReportedStatus.PREPARING,
    "Charging": ReportedStatus.CHARGING,
    "SuspendedEV": ReportedStatus.SUSPENDED_EV,
    "SuspendedEVSE": ReportedStatus.SUSPENDED_EVSE,
    "Finishing": ReportedStatus.FINISHING,
    "Reserved": ReportedStatus.RESERVED,
    "Unavailable": ReportedStatus.UNAVAILABLE,
    "Faulted": ReportedStatus.FAULTED,
}


def boot_to_fact(request: BootNotificationRequest, seen: Seen) -> StationBooted:
    details = {
        "iccid": request.iccid,
        "imsi": request.imsi,
        "meter_type": request.meter_type,
        "meter_serial_number": request.meter_serial_number,
    }
    return StationBooted(
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=request.charge_point_serial_number or request.charge_box_serial_number,
        firmware_version=request.firmware_version,
        details={name: text for name, text in details.items() if text},
        notes=seen.notes,
    )


def boot_to_reply(reply: Reply) -> BootNotificationResponse:
    if not isinstance(reply, Registered):
        raise unexpected(reply)
    return BootNotificationResponse(
        status=_REGISTRATIONS[reply.registration],
        current_time=whole_second(reply.now),
        interval=reply.interval_s,
    )


def heartbeat_to_fact(_request: HeartbeatRequest, seen: Seen) -> HeartbeatReceived:
    return HeartbeatReceived(notes=seen.notes)


def heartbeat_to_reply(reply: Reply) -> HeartbeatResponse:
    if not isinstance(reply, TimeTold):
        raise unexpected(reply)
    return HeartbeatResponse(current_time=whole_second(reply.now))


def status_to_fact(request: StatusNotificationRequest, seen: Seen) -> ConnectorStatusReported:
    at, _ = seen.moment(request.timestamp)
    return ConnectorStatusReported(
        evse=max(request.connector_id, 0),
        connector=1 if request.connector_id > 0 else 0,
        status=_STATUSES[request.status],
        error_code=None if request.error_code == NO_ERROR else request.error_code,
        vendor_error_code=request.vendor_error_code,
        info=request.info,
        at=at,
        notes=seen.notes,
    )


def status_to_reply(_reply: Reply) -> StatusNotificationResponse:
    return StatusNotificationResponse()


def authorize_to_fact(request: AuthorizeRequest, seen: Seen) -> TokenPresented:
    return TokenPresented(token=to_token(request.id_tag), notes=seen.notes)


def authorize_to_reply(reply: Reply) -> AuthorizeResponse:
    if not isinstance(reply, Authorised):
        raise unexpected(reply)
    return AuthorizeResponse(id_tag_info=to_id_tag_info(reply.authorisation))


def start_to_fact(request: StartTransactionRequest, seen: Seen) -> TransactionReported:
    at, clock_wrong = seen.moment(request.timestamp)
    return TransactionReported(
        phase=Phase.STARTED,
        transaction_id=None,
        at=at,
        evse=request.connector_id if request.connector_id > 0 else None,
        connector=1 if request.connector_id > 0 else None,
        token=to_token(request.id_tag),
        meter_wh=to_register(request.meter_start),
        reservation_id=request.reservation_id,
        clock_wrong=clock_wrong,
        digest=_start_digest(request),
        offline=_offline(at, seen),
        notes=seen.notes,
    )


def start_to_reply(reply: Reply) -> StartTransactionResponse:
    if not isinstance(reply, TransactionAnswered):
        raise unexpected(reply)
    return StartTransactionResponse(
        id_tag_info=to_id_tag_info(reply.authorisation or Authorisation(Verdict.INVALID)),
        transaction_id=int(reply.transaction_id or 0),
    )


def stop_to_fact(request: StopTransactionRequest, seen: Seen) -> TransactionReported:
    at, clock_wrong = seen.moment(request.timestamp)
    readings, digests = to_readings(request.transaction_data or (), seen)
    return TransactionReported(
        phase=Phase.ENDED,
        transaction_id=to_transaction_id(request.transaction_id),
        at=at,
        token=to_token(request.id_tag) if request.id_tag else None,
        meter_wh=to_register(request.meter_stop),
        readings=readings,
        digests=digests,
        stop_reason=request.reason,
        clock_wrong=clock_wrong,
        offline=_offline(at, seen),
        notes=seen.notes,
    )


def stop_to_reply(reply: Reply) -> StopTransactionResponse:
    if not isinstance(reply, TransactionAnswered) or reply.authorisation is None:
        return StopTransactionResponse()
    return StopTransactionResponse(id_tag_info=to_id_tag_info(reply.authorisation))


def meter_values_to_fact(request: MeterValuesRequest, seen: Seen) -> MeterReported:
    readings, digests = to_readings(request.meter_value, seen)
    return MeterReported(
        evse=max(request.connector_id, 0),
        transaction_id=to_transaction_id(request.transaction_id),
        readings=readings,
        digests=digests,
        notes=seen.notes,
    )


def meter_values_to_reply(_reply: Reply) -> MeterValuesResponse:
    return MeterValuesResponse()


def to_token(id_tag: str) -> IdToken:
    """Readers append control bytes or a spare character: kept to what the field can hold."""
    printable = "".join(char for char in id_tag if char.isprintable()).strip()
    return IdToken(printable[:ID_TAG_LENGTH_MAX])


def to_id_tag_info(authorisation: Authorisation) -> IdTagInfo:
    expires_at = authorisation.expires_at
    group = authorisation.group
    return IdTagInfo(
        status=_VERDICTS[authorisation.verdict],
        parent_id_tag=group if group and len(group) <= ID_TAG_LENGTH_MAX else None,
        expiry_date=None if expires_at is None else whole_second(expires_at),
    )


def to_transaction_id(number: int | None) -> str | None:
    return str(number) if number is not None and number > 0 else None


def to_register(wh: int) -> int | None:
    return wh if 0 <= wh < ENERGY_WH_MAX else None


def whole_second(at: Instant) -> datetime:
    """Some clocks choke on fractions: plain in what we send."""
    return from_instant(at - at % US_PER_SECOND)


def _offline(at: Instant, seen: Seen) -> bool:
    """1.6 does not say; a report a minute old has waited in a queue."""
    return seen.received_at - at > 60 * US_PER_SECOND


def _start_digest(request: StartTransactionRequest) -> int:
    """The business key of a start: its message id may repeat or change, this does not."""
    return digest_of(
        request.connector_id, request.id_tag.upper(), request.timestamp, request.meter_start
    )


def id_tag_of(uid: str) -> str:
    """Errors: OrderNotPossibleError."""
    if len(uid) > ID_TAG_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 1.6 station takes tokens of at most {ID_TAG_LENGTH_MAX} characters, "
            f"{uid!r} has {len(uid)}: use a shorter one"
        )
    return uid


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("BootNotification", boot_to_fact, boot_to_reply),
    Inbound("Heartbeat", heartbeat_to_fact, heartbeat_to_reply),
    Inbound(
        "StatusNotification",
        status_to_fact,
        status_to_reply,
        stand_ins={"errorCode": "OtherError"},
    ),
    Inbound("Authorize", authorize_to_fact, authorize_to_reply),
    Inbound(
        "StartTransaction",
        start_to_fact,
        start_to_reply,
        money=True,
        stand_ins={"timestamp": NO_TIME, "meterStart": UNKNOWN, "idTag": "", "connectorId": 0},
    ),
    Inbound(
        "StopTransaction",
        stop_to_fact,
        stop_to_reply,
        money=True,
        stand_ins={"timestamp": NO_TIME, "meterStop": UNKNOWN, "transactionId": UNKNOWN},
    ),
    Inbound(
        "MeterValues",
        meter_values_to_fact,
        meter_values_to_reply,
        money=True,
        stand_ins={"connectorId": 0, "meterValue.timestamp": NO_TIME},
    ),
)
