"""What only a station of 2.0.1 or 2.1 keeps: monitors, texts to show, where else to connect.

Answers are written with the structs of 2.0.1; 2.1 understands them, save where it wants more.
"""

from collections.abc import Mapping
from typing import Any, Final

from ogniwo.ocpp.v21 import schema as schema21
from ogniwo.ocpp.v201 import schema
from ogniwo.sim.cupboard import HEARINGS as CUPBOARD
from ogniwo.sim.cupboard import answer, says
from ogniwo.sim.link import Answer
from ogniwo.sim.moment import moment
from ogniwo.sim.station import Hearing, Station


def set_monitors(station: Station, request: Any) -> Answer:
    results = [_set_monitor(station, it) for it in request.set_monitoring_data]
    return answer(station, "SetVariableMonitoring", set_monitoring_result=results)


def _set_monitor(station: Station, it: Any) -> schema.SetMonitoringResultType:
    component, variable = it.component, it.variable
    knob = station.settings.find_variable(component.name, variable.name, variable.instance)
    status: schema.SetMonitoringStatusEnumType = "Accepted"
    if knob is None:
        status = "UnknownVariable"
    elif getattr(it, "periodic_event_stream", None) is not None:
        status = "Rejected"
    number = it.id
    if status == "Accepted":
        if number is None:
            number = 1 + max((int(key) for _, key in _of(station, "monitor")), default=0)
        station.kept["monitor", str(number)] = it
    return schema.SetMonitoringResultType(
        id=number,
        status=status,
        type=it.type,
        severity=it.severity,
        component=component,
        variable=variable,
    )


def clear_monitors(station: Station, request: Any) -> Answer:
    results = []
    for number in request.id:
        known = station.kept.pop(("monitor", str(number)), None)
        status: schema.ClearMonitoringStatusEnumType = "NotFound" if known is None else "Accepted"
        results.append(schema.ClearMonitoringResultType(status=status, id=number))
    return answer(station, "ClearVariableMonitoring", clear_monitoring_result=results)


def monitoring_report(station: Station, request: Any) -> Answer:
    """A filter is not for this station."""
    if request.component_variable or request.monitoring_criteria:
        return answer(station, "GetMonitoringReport", status="NotSupported")
    monitors = [_reported(station, int(key)) for _, key in _of(station, "monitor")]
    if not monitors:
        return answer(station, "GetMonitoringReport", status="EmptyResultSet")
    report = says(
        station,
        "NotifyMonitoringReport",
        monitor=monitors,
        request_id=request.request_id,
        seq_no=0,
        tbc=False,
        generated_at=moment(station.now_s),
    )
    return answer(station, "GetMonitoringReport", report, status="Accepted")


def _reported(station: Station, number: int) -> schema.MonitoringDataType:
    it = station.kept["monitor", str(number)]
    fields = {
        "id": number,
        "transaction": bool(it.transaction),
        "value": it.value,
        "type": it.type,
        "severity": it.severity,
    }
    monitor: Any = schema.VariableMonitoringType
    if station.speech.version == "2.1":
        monitor = schema21.VariableMonitoringType
        fields["event_notification_type"] = "CustomMonitor"
    return schema.MonitoringDataType(
        component=it.component, variable=it.variable, variable_monitoring=[monitor(**fields)]
    )


def monitoring_base(station: Station, request: Any) -> Answer:
    if request.monitoring_base != "All":
        for key in _of(station, "monitor"):  # none is hard-wired, none was there from the factory
            del station.kept[key]
    return answer(station, "SetMonitoringBase", status="Accepted")


def monitoring_level(station: Station, request: Any) -> Answer:
    station.kept["monitoring_level", ""] = request.severity
    return answer(station, "SetMonitoringLevel", status="Accepted")


def set_display_message(station: Station, request: Any) -> Answer:
    message = request.message
    transaction_id = message.transaction_id
    if transaction_id is not None and station.charging_as(transaction_id) is None:
        return answer(station, "SetDisplayMessage", status="UnknownTransaction")
    if message.priority == "AlwaysFront":  # there is one of them (O01, O06)
        for key in _of(station, "display_message"):
            if station.kept[key].priority == "AlwaysFront":
                del station.kept[key]
    station.kept["display_message", str(message.id)] = message
    return answer(station, "SetDisplayMessage", status="Accepted")


def get_display_messages(station: Station, request: Any) -> Answer:
    kept = [station.kept[key] for key in _of(station, "display_message")]
    found = [
        it
        for it in kept
        if (request.id is None or it.id in request.id)
        and request.priority in {None, it.priority}
        and request.state in {None, it.state}
    ]
    if not found:
        return answer(station, "GetDisplayMessages", status="Unknown")
    told = says(
        station,
        "NotifyDisplayMessages",
        message_info=found,
        request_id=request.request_id,
        tbc=False,
    )
    return answer(station, "GetDisplayMessages", told, status="Accepted")


def clear_display_message(station: Station, request: Any) -> Answer:
    known = station.kept.pop(("display_message", str(request.id)), None)
    return answer(station, "ClearDisplayMessage", status="Unknown" if known is None else "Accepted")


def set_network_profile(station: Station, request: Any) -> Answer:
    slot = str(request.configuration_slot)
    station.kept["network_profile", slot] = request.connection_data.ocpp_csms_url
    return answer(station, "SetNetworkProfile", status="Accepted")


def customer_information(station: Station, request: Any) -> Answer:
    """It keeps nothing of anybody."""
    told = says(
        station,
        "NotifyCustomerInformation",
        data="",
        request_id=request.request_id,
        seq_no=0,
        tbc=False,
        generated_at=moment(station.now_s),
    )
    return answer(station, "CustomerInformation", told, status="Accepted")


HEARINGS: Final[Mapping[str, Hearing]] = {
    **CUPBOARD,
    "SetVariableMonitoring": set_monitors,
    "ClearVariableMonitoring": clear_monitors,
    "GetMonitoringReport": monitoring_report,
    "SetMonitoringBase": monitoring_base,
    "SetMonitoringLevel": monitoring_level,
    "SetDisplayMessage": set_display_message,
    "GetDisplayMessages": get_display_messages,
    "ClearDisplayMessage": clear_display_message,
    "SetNetworkProfile": set_network_profile,
    "CustomerInformation": customer_information,
}


def _of(station: Station, kind: str) -> list[tuple[str, str]]:
    return [key for key in station.kept if key[0] == kind]
