"""R. Control of distributed energy resources: set, told, cleared, begun and ended (R01 to R05)."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import NEXT_PART, HoldingsReported
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders import ClearDerControl, GetDerControl, SetDerControl, request_number
from ogniwo.domain.orders.der import DEFAULT, FIELD_OF, SCHEDULED, STARTED, STOPPED, SUPERSEDED
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.neutral import to_data, to_payload, word_of
from ogniwo.ocpp.v21.schema import (
    ClearDERControlRequest,
    ClearDERControlResponse,
    GetDERControlRequest,
    GetDERControlResponse,
    NotifyDERAlarmRequest,
    NotifyDERAlarmResponse,
    NotifyDERStartStopRequest,
    NotifyDERStartStopResponse,
    ReportDERControlRequest,
    ReportDERControlResponse,
    SetDERControlRequest,
    SetDERControlResponse,
)
from ogniwo.ocpp.v201.provisioning import outcome

_LISTS: Final = {"curve": "", **{name: type_.value for type_, name in FIELD_OF.items()}}


def set_to_request(order: SetDerControl, command_id: int) -> SetDERControlRequest:
    said = {
        "is_default": order.default,
        "control_id": order.number(command_id),
        "control_type": order.control_type,
        FIELD_OF.get(order.control_type, "curve"): order.said(),
    }
    return to_payload(said, SetDERControlRequest)


def set_to_outcome(_order: SetDerControl, response: SetDERControlResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    return replace(said, held=_superseded(response.superseded_ids))


def _superseded(ids: list[str] | None) -> tuple[Held, ...]:
    return tuple(Held(kind=Kind.DER_CONTROL, key=it, state=SUPERSEDED) for it in ids or ())


def get_to_request(order: GetDerControl, command_id: int) -> GetDERControlRequest:
    said = {
        "request_id": request_number(command_id),
        "is_default": order.default,
        "control_type": order.control_type,
        "control_id": order.control,
    }
    told = {name: value for name, value in said.items() if value is not None}
    return to_payload(told, GetDERControlRequest)


def get_to_outcome(_order: GetDerControl, response: GetDERControlResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def clear_to_request(order: ClearDerControl, _command_id: int) -> ClearDERControlRequest:
    said = {
        "is_default": order.default,
        "control_type": order.control_type,
        "control_id": order.control,
    }
    told = {name: value for name, value in said.items() if value is not None}
    return to_payload(told, ClearDERControlRequest)


def clear_to_outcome(order: ClearDerControl, response: ClearDERControlResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    if said.result != "NotFound" or order.control is None:
        return said
    return replace(said, held=gone(Kind.DER_CONTROL, [order.control]))


def report_to_fact(request: ReportDERControlRequest, seen: Seen) -> HoldingsReported:
    held = tuple(_reported(request))
    return HoldingsReported(
        action="ReportDERControl",
        summary=f"{len(held)} controls",
        held=held,
        kind=Kind.DER_CONTROL,
        number=request.request_id,
        part=NEXT_PART,
        last=not request.tbc,
        important=False,
        notes=seen.notes,
    )


def _reported(request: ReportDERControlRequest) -> Iterator[Held]:
    for name, type_ in _LISTS.items():
        controls: list[Payload] = getattr(request, name) or []
        for it in controls:
            data = to_data(it)
            key, curve_type = str(data.pop("id")), data.pop("curve_type", type_)
            default = data.pop("is_default", True) is True
            superseded = data.pop("is_superseded", False) is True
            (said,) = data.values()
            yield Held(
                kind=Kind.DER_CONTROL,
                key=key,
                value=str(curve_type),
                state=SUPERSEDED if superseded else DEFAULT if default else SCHEDULED,
                data={name: said, "is_default": default},
            )


def report_to_reply(_reply: Reply) -> ReportDERControlResponse:
    return ReportDERControlResponse()


def alarm_to_fact(request: NotifyDERAlarmRequest, seen: Seen) -> HoldingsReported:
    data = to_data(request)
    type_ = str(data.pop("control_type"))
    state = "ended" if data.pop("alarm_ended", False) else "active"
    held = Held(kind=Kind.DER_ALARM, key=type_, value=request.extra_info, state=state, data=data)
    return HoldingsReported(
        action="NotifyDERAlarm",
        summary=f"{type_}: {state} {word_of(request.grid_event_fault or '')}".rstrip(),
        held=(held,),
        notes=seen.notes,
    )


def alarm_to_reply(_reply: Reply) -> NotifyDERAlarmResponse:
    return NotifyDERAlarmResponse()


def start_stop_to_fact(request: NotifyDERStartStopRequest, seen: Seen) -> HoldingsReported:
    state = STARTED if request.started else STOPPED
    held = Held(kind=Kind.DER_CONTROL, key=request.control_id, state=state)
    return HoldingsReported(
        action="NotifyDERStartStop",
        summary=f"control {request.control_id}: {state}",
        held=(held, *_superseded(request.superseded_ids)),
        notes=seen.notes,
    )


def start_stop_to_reply(_reply: Reply) -> NotifyDERStartStopResponse:
    return NotifyDERStartStopResponse()


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("ReportDERControl", report_to_fact, report_to_reply),
    Inbound("NotifyDERAlarm", alarm_to_fact, alarm_to_reply),
    Inbound("NotifyDERStartStop", start_stop_to_fact, start_stop_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetDerControl, always("SetDERControl"), set_to_request, set_to_outcome),
    Outbound(GetDerControl, always("GetDERControl"), get_to_request, get_to_outcome),
    Outbound(ClearDerControl, always("ClearDERControl"), clear_to_request, clear_to_outcome),
)
