"""N. Diagnostics: monitors set, cleared and reported (N02 to N06)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.configuration import Variable, key_of, variable_of
from ogniwo.domain.decision import Reply
from ogniwo.domain.elements import Element, outcome_of
from ogniwo.domain.facts import HoldingsReported
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders import (
    ClearMonitors,
    GetMonitors,
    SetMonitor,
    SetMonitoringBase,
    SetMonitoringLevel,
    request_number,
)
from ogniwo.domain.orders.monitoring import (
    BY_US,
    MonitorCriterion,
    MonitoringBase,
    MonitorType,
)
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen, always
from ogniwo.ocpp.v201.device_model import from_filter, from_name, to_variable
from ogniwo.ocpp.v201.provisioning import outcome, reason_of
from ogniwo.ocpp.v201.schema import (
    ClearMonitoringResultType,
    ClearVariableMonitoringRequest,
    ClearVariableMonitoringResponse,
    GetMonitoringReportRequest,
    GetMonitoringReportResponse,
    MonitorEnumType,
    MonitoringBaseEnumType,
    MonitoringCriterionEnumType,
    NotifyMonitoringReportRequest,
    NotifyMonitoringReportResponse,
    SetMonitoringBaseRequest,
    SetMonitoringBaseResponse,
    SetMonitoringDataType,
    SetMonitoringLevelRequest,
    SetMonitoringLevelResponse,
    SetVariableMonitoringRequest,
    SetVariableMonitoringResponse,
    VariableMonitoringType,
)

_TYPES: Final[dict[MonitorType, MonitorEnumType]] = {
    MonitorType.UPPER_THRESHOLD: "UpperThreshold",
    MonitorType.LOWER_THRESHOLD: "LowerThreshold",
    MonitorType.DELTA: "Delta",
    MonitorType.PERIODIC: "Periodic",
    MonitorType.PERIODIC_CLOCK_ALIGNED: "PeriodicClockAligned",
}
# Read for both versions; the last two are words of 2.1 only.
_READ: Final[dict[str, MonitorType]] = {
    **{word: it for it, word in _TYPES.items()},
    "TargetDelta": MonitorType.TARGET_DELTA,
    "TargetDeltaRelative": MonitorType.TARGET_DELTA_RELATIVE,
}
_CRITERIA: Final[dict[MonitorCriterion, MonitoringCriterionEnumType]] = {
    MonitorCriterion.THRESHOLD: "ThresholdMonitoring",
    MonitorCriterion.DELTA: "DeltaMonitoring",
    MonitorCriterion.PERIODIC: "PeriodicMonitoring",
}
SOURCES: Final = {
    "HardWiredNotification": "hard_wired_notification",
    "HardWiredMonitor": "hard_wired_monitor",
    "PreconfiguredMonitor": "preconfigured_monitor",
    "CustomMonitor": BY_US,
}
_BASES: Final[dict[MonitoringBase, MonitoringBaseEnumType]] = {
    MonitoringBase.ALL: "All",
    MonitoringBase.FACTORY_DEFAULT: "FactoryDefault",
    MonitoringBase.HARD_WIRED_ONLY: "HardWiredOnly",
}


def set_to_request(order: SetMonitor, _command_id: int) -> SetVariableMonitoringRequest:
    if order.type not in _TYPES or order.stream is not None:
        raise OrderNotPossibleError(
            "an OCPP 2.0.1 station knows neither streams nor target deltas: "
            "use delta, periodic or a threshold"
        )
    component, variable, _ = from_name(order.variable)
    wanted = SetMonitoringDataType(
        id=order.monitor,
        transaction=order.transaction or None,
        value=order.value,
        type=_TYPES[order.type],
        severity=order.severity,
        component=component,
        variable=variable,
    )
    return SetVariableMonitoringRequest(set_monitoring_data=[wanted])


def set_to_outcome(order: SetMonitor, response: SetVariableMonitoringResponse) -> Outcome:
    if not response.set_monitoring_result:
        return Outcome(reply=OrderReply.REJECTED, result="nothing")
    result = response.set_monitoring_result[0]
    said = outcome(result.status, result.status_info)
    number = order.monitor if result.id is None else result.id
    if said.reply is not OrderReply.ACCEPTED or number is None:
        return said
    data: dict[str, object] = {"transaction": order.transaction, "by": BY_US}
    if order.stream is not None:
        data["stream"] = {"interval_s": order.stream.interval_s, "values": order.stream.values}
    held = _monitor(
        variable_of(order.variable), number, order.value, order.type, order.severity, data
    )
    reason = f"the station's number for it is {number}"
    return Outcome(reply=said.reply, result=said.result, reason=reason, held=(held,))


def clear_to_request(order: ClearMonitors, _command_id: int) -> ClearVariableMonitoringRequest:
    return ClearVariableMonitoringRequest(id=list(order.monitors))


def clear_to_outcome(order: ClearMonitors, response: ClearVariableMonitoringResponse) -> Outcome:
    results = [_cleared(it) for it in response.clear_monitoring_result]
    return outcome_of([str(it) for it in order.monitors], results)


def _cleared(it: ClearMonitoringResultType) -> Element:
    """One that the station does not have is as good as cleared."""
    cleared = it.status != "Rejected"
    key = str(it.id)
    held = gone(Kind.MONITOR, [key])[0] if cleared else None
    reason = reason_of(it.status_info)
    return Element(key=key, word=it.status, good=cleared, reason=reason, held=held)


def get_to_request(order: GetMonitors, command_id: int) -> GetMonitoringReportRequest:
    return GetMonitoringReportRequest(
        request_id=request_number(command_id),
        component_variable=from_filter(order.components, order.variables),
        monitoring_criteria=[_CRITERIA[it] for it in order.criteria] or None,
    )


def get_to_outcome(order: GetMonitors, response: GetMonitoringReportResponse) -> Outcome:
    if response.status == "EmptyResultSet":  # an answer, and no report follows
        return Outcome(reply=OrderReply.DONE, result=response.status, whole_of=order.whole_of())
    return outcome(response.status, response.status_info)


def base_to_request(order: SetMonitoringBase, _command_id: int) -> SetMonitoringBaseRequest:
    return SetMonitoringBaseRequest(monitoring_base=_BASES[order.base])


def base_to_outcome(_order: SetMonitoringBase, response: SetMonitoringBaseResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def level_to_request(order: SetMonitoringLevel, _command_id: int) -> SetMonitoringLevelRequest:
    return SetMonitoringLevelRequest(severity=order.severity)


def level_to_outcome(_order: SetMonitoringLevel, response: SetMonitoringLevelResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def reported_to_fact(request: NotifyMonitoringReportRequest, seen: Seen) -> HoldingsReported:
    held = [
        _read(to_variable(it), monitor)
        for it in request.monitor or ()
        for monitor in it.variable_monitoring
    ]
    return HoldingsReported(
        action="NotifyMonitoringReport",
        summary=f"a report of monitors, {len(held)} in its last part",
        held=tuple(held),
        kind=Kind.REPORT,
        number=request.request_id,
        part=request.seq_no,
        last=not request.tbc,
        notes=seen.notes,
    )


def reported_to_reply(_reply: Reply) -> NotifyMonitoringReportResponse:
    return NotifyMonitoringReportResponse()


def _read(variable: Variable, it: VariableMonitoringType) -> Held:
    more: dict[str, object] = {"transaction": it.transaction}
    by = getattr(it, "event_notification_type", None)  # 2.1 tells who set it
    if by is not None:
        more["by"] = SOURCES[by]
    return _monitor(variable, it.id, it.value, _READ[it.type], it.severity, more)


def _monitor(
    variable: Variable,
    number: int,
    value: float,
    kind: MonitorType,
    severity: int,
    more: dict[str, object],
) -> Held:
    data = {"variable": key_of(variable), "type": kind.value, "severity": severity, **more}
    return Held(
        kind=Kind.MONITOR,
        key=str(number),
        value=f"{value:g}",
        state="active",
        evse=variable.evse,
        data=data,
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyMonitoringReport", reported_to_fact, reported_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetMonitor, always("SetVariableMonitoring"), set_to_request, set_to_outcome),
    Outbound(ClearMonitors, always("ClearVariableMonitoring"), clear_to_request, clear_to_outcome),
    Outbound(GetMonitors, always("GetMonitoringReport"), get_to_request, get_to_outcome),
    Outbound(SetMonitoringBase, always("SetMonitoringBase"), base_to_request, base_to_outcome),
    Outbound(SetMonitoringLevel, always("SetMonitoringLevel"), level_to_request, level_to_outcome),
)
