"""What a simulated station does when a 2.0.1 or 2.1 CSMS calls: one function, one line each.

Answers are written with the structs of 2.0.1; 2.1 understands them.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ogniwo.ocpp.v21 import schema as schema21
from ogniwo.ocpp.v201 import schema
from ogniwo.sim.cupboard2x import HEARINGS as CUPBOARD_HEARINGS
from ogniwo.sim.evse import Evse
from ogniwo.sim.facts import Stop, Wakeup
from ogniwo.sim.link import Answer
from ogniwo.sim.moment import moment
from ogniwo.sim.outbox import Outgoing
from ogniwo.sim.power2x import HEARINGS as POWER_HEARINGS
from ogniwo.sim.power2x import readable, to_profile
from ogniwo.sim.settings import Knob
from ogniwo.sim.station import Hearing, Station


def request_start(
    station: Station,
    request: schema.RequestStartTransactionRequest | schema21.RequestStartTransactionRequest,
) -> Answer:
    evse = station.evse_for_remote(request.evse_id)
    profile = request.charging_profile
    if evse is None or (profile is not None and not readable(profile)):
        return Answer(schema.RequestStartTransactionResponse(status="Rejected"))
    if profile is not None:
        station.book.put(to_profile(profile, evse.number))
    start = partial(
        evse.start_by_remote, request.id_token.id_token, request.remote_start_id, station.now_s
    )
    return Answer(schema.RequestStartTransactionResponse(status="Accepted"), start)


def request_stop(
    station: Station,
    request: schema.RequestStopTransactionRequest | schema21.RequestStopTransactionRequest,
) -> Answer:
    evse = station.charging_as(request.transaction_id)
    if evse is None:
        return Answer(schema.RequestStopTransactionResponse(status="Rejected"))

    def stop() -> None:
        evse.end(station.now_s, Stop.REMOTE)

    return Answer(schema.RequestStopTransactionResponse(status="Accepted"), stop)


def reset(station: Station, request: schema.ResetRequest | schema21.ResetRequest) -> Answer:
    if request.evse_id is not None:  # EVSE.AllowReset is false here
        return Answer(_refused_reset("UnsupportedParam"))
    match request.type:
        case "Immediate":
            then = partial(station.reset, Stop.HARD_RESET)
            return Answer(schema.ResetResponse(status="Accepted"), then)
        case "OnIdle" if station.sharers > 0:
            return Answer(schema.ResetResponse(status="Scheduled"), station.reset_when_idle)
        case "OnIdle":
            then = partial(station.reset, Stop.SOFT_RESET)
            return Answer(schema.ResetResponse(status="Accepted"), then)
        case _:
            return Answer(_refused_reset("UnsupportedRequest"))


def unlock(
    station: Station, request: schema.UnlockConnectorRequest | schema21.UnlockConnectorRequest
) -> Answer:
    evse = station.evse(request.evse_id)
    if evse is None or not 0 < request.connector_id <= len(evse.outlet.type.plugs):
        return Answer(schema.UnlockConnectorResponse(status="UnknownConnector"))
    if evse.transaction is not None:
        return Answer(schema.UnlockConnectorResponse(status="OngoingAuthorizedTransaction"))
    if evse.outlet.type.dc:  # a fixed cable has no lock on this side
        info = schema.StatusInfoType(reason_code="FixedCable")
        return Answer(schema.UnlockConnectorResponse(status="UnlockFailed", status_info=info))
    return Answer(schema.UnlockConnectorResponse(status="Unlocked"))


def trigger(
    station: Station, request: schema.TriggerMessageRequest | schema21.TriggerMessageRequest
) -> Answer:
    named = None if request.evse is None else station.evse(request.evse.id)
    if request.evse is not None and named is None:
        return Answer(schema.TriggerMessageResponse(status="Rejected"))
    chosen = station.evses if named is None else [named]
    now_s = station.now_s
    then: Callable[[], None]
    match request.requested_message:
        case "BootNotification" if not station.booted_here:
            then = partial(station.boot, Wakeup.TRIGGERED)
        case "Heartbeat":
            then = station.beat
        case "StatusNotification" if named is not None and request.evse is not None:
            then = partial(named.tell_status, now_s, request.evse.connector_id)
        case "MeterValues":
            then = partial(_each_meter, chosen, now_s)
        case "TransactionEvent" if any(one.transaction is not None for one in chosen):
            then = partial(_each_transaction, chosen, now_s)
        case "BootNotification" | "StatusNotification" | "TransactionEvent":
            return Answer(schema.TriggerMessageResponse(status="Rejected"))
        case _:
            return Answer(schema.TriggerMessageResponse(status="NotImplemented"))
    return Answer(schema.TriggerMessageResponse(status="Accepted"), then)


def change_availability(
    station: Station,
    request: schema.ChangeAvailabilityRequest | schema21.ChangeAvailabilityRequest,
) -> Answer:
    number = 0 if request.evse is None else request.evse.id
    if number != 0 and station.evse(number) is None:
        return Answer(schema.ChangeAvailabilityResponse(status="Rejected"))
    at_once = station.set_availability(number, operative=request.operational_status == "Operative")
    return Answer(
        schema.ChangeAvailabilityResponse(status="Accepted" if at_once else "Scheduled"),
        station.announce_availability,
    )


def get_variables(
    station: Station, request: schema.GetVariablesRequest | schema21.GetVariablesRequest
) -> Answer:
    results = []
    for asked in request.get_variable_data:
        component, variable = _names(asked)
        knob = station.settings.find_variable(component.name, variable.name, variable.instance)
        actual = asked.attribute_type in {None, "Actual"}
        status: schema.GetVariableStatusEnumType = (
            "Accepted" if actual else ("NotSupportedAttributeType")
        )
        if knob is None:
            status = _unknown(station, component.name)
        results.append(
            schema.GetVariableResultType(
                attribute_status=status,
                attribute_type=asked.attribute_type,
                attribute_value=station.settings.text(knob) if knob and actual else None,
                component=component,
                variable=variable,
            )
        )
    return Answer(schema.GetVariablesResponse(get_variable_result=results))


def set_variables(
    station: Station, request: schema.SetVariablesRequest | schema21.SetVariablesRequest
) -> Answer:
    results = []
    for asked in request.set_variable_data:
        component, variable = _names(asked)
        knob = station.settings.find_variable(component.name, variable.name, variable.instance)
        status: schema.SetVariableStatusEnumType
        if knob is None:
            status = _unknown(station, component.name)
        elif asked.attribute_type not in {None, "Actual"}:
            status = "NotSupportedAttributeType"
        else:
            written = station.settings.write(knob, asked.attribute_value)
            status = "Accepted" if written else "Rejected"
        results.append(
            schema.SetVariableResultType(
                attribute_status=status,
                attribute_type=asked.attribute_type,
                component=component,
                variable=variable,
            )
        )
    return Answer(schema.SetVariablesResponse(set_variable_result=results), station.retime)


def base_report(
    station: Station, request: schema.GetBaseReportRequest | schema21.GetBaseReportRequest
) -> Answer:
    if request.report_base == "SummaryInventory":
        return Answer(schema.GetBaseReportResponse(status="NotSupported"))
    report = schema.NotifyReportRequest(
        request_id=request.request_id,
        generated_at=moment(station.now_s),
        seq_no=0,
        tbc=False,
        report_data=[
            _reported(knob, station.settings.text(knob))
            for knob in station.settings.knobs
            if knob.component
        ],
    )
    message = Outgoing("NotifyReport", lambda: report)
    return Answer(schema.GetBaseReportResponse(status="Accepted"), partial(station.say, [message]))


def transaction_status(
    station: Station,
    request: schema.GetTransactionStatusRequest | schema21.GetTransactionStatusRequest,
) -> Answer:
    named = request.transaction_id
    ongoing = None if named is None else station.charging_as(named) is not None
    return Answer(
        schema.GetTransactionStatusResponse(
            ongoing_indicator=ongoing, messages_in_queue=station.outbox.durable > 0
        )
    )


def data_transfer(
    station: Station, request: schema.DataTransferRequest | schema21.DataTransferRequest
) -> Answer:
    del station, request
    return Answer(schema.DataTransferResponse(status="UnknownVendorId"))


HEARINGS: Final[Mapping[str, Hearing]] = {
    "RequestStartTransaction": request_start,
    "RequestStopTransaction": request_stop,
    "Reset": reset,
    "UnlockConnector": unlock,
    "TriggerMessage": trigger,
    "ChangeAvailability": change_availability,
    "GetVariables": get_variables,
    "SetVariables": set_variables,
    "GetBaseReport": base_report,
    "GetTransactionStatus": transaction_status,
    "DataTransfer": data_transfer,
    **CUPBOARD_HEARINGS,
    **POWER_HEARINGS,
}


def _refused_reset(why: str) -> schema.ResetResponse:
    info = schema.StatusInfoType(reason_code=why)
    return schema.ResetResponse(status="Rejected", status_info=info)


def _each_meter(evses: list[Evse], at_s: int) -> None:
    for evse in evses:
        evse.meter_now(at_s)


def _each_transaction(evses: list[Evse], at_s: int) -> None:
    for evse in evses:
        evse.sample_now(at_s)


def _names(
    asked: schema.GetVariableDataType
    | schema.SetVariableDataType
    | schema21.GetVariableDataType
    | schema21.SetVariableDataType,
) -> tuple[schema.ComponentType, schema.VariableType]:
    component, variable = asked.component, asked.variable
    evse = component.evse
    return schema.ComponentType(
        name=component.name,
        instance=component.instance,
        evse=None if evse is None else schema.EVSEType(id=evse.id, connector_id=evse.connector_id),
    ), schema.VariableType(name=variable.name, instance=variable.instance)


def _unknown(station: Station, component: str) -> schema.GetVariableStatusEnumType:
    known = {knob.component.lower() for knob in station.settings.knobs}
    return "UnknownVariable" if component.lower() in known else "UnknownComponent"


def _reported(knob: Knob, value: str) -> schema.ReportDataType:
    return schema.ReportDataType(
        component=schema.ComponentType(name=knob.component),
        variable=schema.VariableType(name=knob.variable, instance=knob.instance),
        variable_attribute=[
            schema.VariableAttributeType(
                value=value, mutability="ReadWrite" if knob.writable else "ReadOnly"
            )
        ],
    )
