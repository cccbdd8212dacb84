"""B. Provisioning: boot from the station, reset to it (B01 to B03, B11, B12)."""

from typing import Any, Final, NoReturn, Protocol

from ogniwo.base.units import US_PER_MS, Instant, from_instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Registered, Reply
from ogniwo.domain.facts import StationBooted
from ogniwo.domain.orders import Reset, ResetKind
from ogniwo.domain.station import Registration
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v201.schema import (
    BootNotificationRequest,
    BootNotificationResponse,
    RegistrationStatusEnumType,
    ResetEnumType,
    ResetRequest,
    ResetResponse,
)

_REGISTRATIONS: Final[dict[Registration, RegistrationStatusEnumType]] = {
    Registration.ACCEPTED: "Accepted",
    Registration.PENDING: "Pending",
    Registration.REJECTED: "Rejected",
}

_RESETS: Final[dict[ResetKind, ResetEnumType]] = {
    ResetKind.SOFT: "Immediate",  # Soft ends transactions, as Immediate does; OnIdle would wait
    ResetKind.HARD: "Immediate",
    ResetKind.IMMEDIATE: "Immediate",
    ResetKind.ON_IDLE: "OnIdle",
}


class StatusInfo(Protocol):
    """A station's own reason: 2.0.1 and 2.1 each have their struct of it."""

    @property
    def reason_code(self) -> str: ...

    @property
    def additional_info(self) -> str | None: ...


_WORDS: Final = {"Accepted": OrderReply.ACCEPTED, "Scheduled": OrderReply.SCHEDULED}


def boot_to_fact(request: BootNotificationRequest, seen: Seen) -> StationBooted:
    station = request.charging_station
    modem = station.modem
    details = {} if modem is None else {"iccid": modem.iccid, "imsi": modem.imsi}
    return StationBooted(
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number,
        firmware_version=station.firmware_version,
        reason=request.reason,
        details={name: text for name, text in details.items() if text},
        notes=seen.notes,
    )


def boot_to_reply(reply: Reply) -> BootNotificationResponse:
    if not isinstance(reply, Registered):
        raise unexpected(reply)
    return BootNotificationResponse(
        status=_REGISTRATIONS[reply.registration],
        current_time=from_instant(whole_millisecond(reply.now)),
        interval=reply.interval_s,
    )


def reset_to_request(order: Reset, _command_id: int) -> ResetRequest:
    if order.kind not in _RESETS:
        _impossible(f"reset {order.kind.value!r}", "use immediate or on_idle")
    return ResetRequest(type=_RESETS[order.kind], evse_id=order.evse)


def reset_to_outcome(_order: Reset, response: ResetResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def outcome(status: str, info: StatusInfo | None = None) -> Outcome:
    """The status word and, where the station gives one, its reason."""
    reply = _WORDS.get(status, OrderReply.REJECTED)
    return Outcome(reply=reply, result=status, reason=reason_of(info))


def reason_of(info: StatusInfo | None) -> str | None:
    parts = () if info is None else (info.reason_code, info.additional_info)
    return ": ".join(part for part in parts if part) or None


def whole_millisecond(at: Instant) -> Instant:
    """2.x allows at most three decimals."""
    return at - at % US_PER_MS


def _impossible(what: str, instead: str) -> NoReturn:
    raise OrderNotPossibleError(f"an OCPP 2.0.1 station cannot {what}: {instead}")


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("BootNotification", boot_to_fact, boot_to_reply, stand_ins={"reason": "Unknown"}),
)

RESET: Final = Outbound(Reset, always("Reset"), reset_to_request, reset_to_outcome)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (RESET,)
