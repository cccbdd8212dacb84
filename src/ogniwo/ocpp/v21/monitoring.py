"""N. Diagnostics in 2.1: more monitors, and streams of their values (N04, N11 to N15)."""

from typing import Any, Final

from ogniwo.base.units import US_PER_SECOND
from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Answer, Reply, Word
from ogniwo.domain.facts import HoldingsReported, StreamOpened, StreamReported
from ogniwo.domain.holdings import Kind, gone
from ogniwo.domain.orders import AdjustEventStream, GetEventStreams, SetMonitor
from ogniwo.domain.orders.monitoring import MonitorType
from ogniwo.domain.streams import stream_held
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v21.schema import (
    AdjustPeriodicEventStreamRequest,
    AdjustPeriodicEventStreamResponse,
    ClosePeriodicEventStreamRequest,
    ClosePeriodicEventStreamResponse,
    GetPeriodicEventStreamRequest,
    GetPeriodicEventStreamResponse,
    MonitorEnumType,
    NotifyPeriodicEventStreamRequest,
    OpenPeriodicEventStreamRequest,
    OpenPeriodicEventStreamResponse,
    PeriodicEventStreamParamsType,
    SetMonitoringDataType,
    SetVariableMonitoringRequest,
    StatusInfoType,
)
from ogniwo.ocpp.v201.device_model import from_name
from ogniwo.ocpp.v201.monitoring import set_to_outcome
from ogniwo.ocpp.v201.provisioning import outcome

OFFSET_S_MAX: Final = 366 * 24 * 3_600  # of a value to its message's time; more is nonsense

_TYPES: Final[dict[MonitorType, MonitorEnumType]] = {
    MonitorType.UPPER_THRESHOLD: "UpperThreshold",
    MonitorType.LOWER_THRESHOLD: "LowerThreshold",
    MonitorType.DELTA: "Delta",
    MonitorType.PERIODIC: "Periodic",
    MonitorType.PERIODIC_CLOCK_ALIGNED: "PeriodicClockAligned",
    MonitorType.TARGET_DELTA: "TargetDelta",
    MonitorType.TARGET_DELTA_RELATIVE: "TargetDeltaRelative",
}


def set_to_request(order: SetMonitor, _command_id: int) -> SetVariableMonitoringRequest:
    component, variable, _ = from_name(order.variable)
    stream = order.stream
    params = None
    if stream is not None:
        params = PeriodicEventStreamParamsType(interval=stream.interval_s, values=stream.values)
    wanted = SetMonitoringDataType(
        id=order.monitor,
        periodic_event_stream=params,
        transaction=order.transaction or None,
        value=order.value,
        type=_TYPES[order.type],
        severity=order.severity,
        component=component,  # type: ignore[arg-type] # the same fields
        variable=variable,  # type: ignore[arg-type] # the same fields
    )
    return SetVariableMonitoringRequest(set_monitoring_data=[wanted])


def streams_to_request(_order: GetEventStreams, _command_id: int) -> GetPeriodicEventStreamRequest:
    return GetPeriodicEventStreamRequest()


def streams_to_outcome(
    _order: GetEventStreams, response: GetPeriodicEventStreamResponse
) -> Outcome:
    open_ = response.constant_stream_data or ()
    held = [
        stream_held(it.id, it.variable_monitoring_id, it.params.interval, it.params.values)
        for it in open_
    ]
    return Outcome(
        reply=OrderReply.DONE,
        result="Accepted",
        reason=f"open streams: {len(held)}",
        held=tuple(held),
        whole_of=Kind.EVENT_STREAM,
    )


def adjust_to_request(
    order: AdjustEventStream, _command_id: int
) -> AdjustPeriodicEventStreamRequest:
    params = PeriodicEventStreamParamsType(interval=order.interval_s, values=order.values)
    return AdjustPeriodicEventStreamRequest(id=order.stream, params=params)


def adjust_to_outcome(
    _order: AdjustEventStream, response: AdjustPeriodicEventStreamResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


def opened_to_fact(request: OpenPeriodicEventStreamRequest, seen: Seen) -> StreamOpened:
    stream = request.constant_stream_data
    return StreamOpened(
        stream=stream.id,
        monitor=stream.variable_monitoring_id,
        interval_s=stream.params.interval,
        values=stream.params.values,
        notes=seen.notes,
    )


def opened_to_reply(reply: Reply) -> OpenPeriodicEventStreamResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if reply.word is Word.ACCEPTED:
        return OpenPeriodicEventStreamResponse(status="Accepted")
    why = StatusInfoType(reason_code="DuplicateId", additional_info=reply.reason)
    return OpenPeriodicEventStreamResponse(status="Rejected", status_info=why)


def closed_to_fact(request: ClosePeriodicEventStreamRequest, seen: Seen) -> HoldingsReported:
    return HoldingsReported(
        action="ClosePeriodicEventStream",
        summary=f"stream {request.id} is closed",
        held=gone(Kind.EVENT_STREAM, [request.id]),
        notes=seen.notes,
    )


def closed_to_reply(_reply: Reply) -> ClosePeriodicEventStreamResponse:
    return ClosePeriodicEventStreamResponse()


def values_to_fact(request: NotifyPeriodicEventStreamRequest, seen: Seen) -> StreamReported:
    base, _ = seen.moment(request.basetime)
    return StreamReported(
        stream=request.id,
        pending=request.pending,
        values=tuple((base + _offset_us(it.t), it.v) for it in request.data),
        notes=seen.notes,
    )


def _offset_us(t_s: float) -> int:
    return round(max(-OFFSET_S_MAX, min(t_s, OFFSET_S_MAX)) * US_PER_SECOND)


def never_replied(reply: Reply) -> ClosePeriodicEventStreamResponse:
    raise unexpected(reply)


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("OpenPeriodicEventStream", opened_to_fact, opened_to_reply),
    Inbound("ClosePeriodicEventStream", closed_to_fact, closed_to_reply),
    Inbound("NotifyPeriodicEventStream", values_to_fact, never_replied),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetMonitor, always("SetVariableMonitoring"), set_to_request, set_to_outcome),
    Outbound(
        GetEventStreams, always("GetPeriodicEventStream"), streams_to_request, streams_to_outcome
    ),
    Outbound(
        AdjustEventStream,
        always("AdjustPeriodicEventStream"),
        adjust_to_request,
        adjust_to_outcome,
    ),
)
