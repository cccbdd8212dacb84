"""B. Provisioning: variables read, set and reported (B05 to B08)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.configuration import (
    REBOOT_REQUIRED,
    Mutability,
    key_of,
    told,
    variable_of,
)
from ogniwo.domain.decision import Reply
from ogniwo.domain.elements import Element, outcome_of
from ogniwo.domain.facts import HoldingsReported
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders import GetVariables, Report, SetVariables, request_number
from ogniwo.domain.orders.configuration import Criterion, ReportBase
from ogniwo.ocpp.adapter import Choice, Inbound, OrderNotPossibleError, Outbound, Seen, always
from ogniwo.ocpp.v201.device_model import from_filter, from_name, to_variable
from ogniwo.ocpp.v201.provisioning import outcome, reason_of
from ogniwo.ocpp.v201.schema import (
    ComponentCriterionEnumType,
    DataEnumType,
    GetBaseReportRequest,
    GetBaseReportResponse,
    GetReportRequest,
    GetReportResponse,
    GetVariableDataType,
    GetVariableResultType,
    GetVariablesRequest,
    GetVariablesResponse,
    MutabilityEnumType,
    NotifyReportRequest,
    NotifyReportResponse,
    ReportBaseEnumType,
    ReportDataType,
    SetVariableDataType,
    SetVariableResultType,
    SetVariablesRequest,
    SetVariablesResponse,
    VariableAttributeType,
    VariableCharacteristicsType,
)

VALUE_LENGTH_MAX: Final = 1_000

_BASES: Final[dict[ReportBase | None, ReportBaseEnumType]] = {
    None: "FullInventory",
    ReportBase.FULL: "FullInventory",
    ReportBase.CONFIGURATION: "ConfigurationInventory",
    ReportBase.SUMMARY: "SummaryInventory",
}
_CRITERIA: Final[dict[Criterion, ComponentCriterionEnumType]] = {
    Criterion.ACTIVE: "Active",
    Criterion.AVAILABLE: "Available",
    Criterion.ENABLED: "Enabled",
    Criterion.PROBLEM: "Problem",
}
_MUTABILITIES: Final[dict[MutabilityEnumType, Mutability]] = {
    "ReadOnly": Mutability.READ_ONLY,
    "WriteOnly": Mutability.WRITE_ONLY,
    "ReadWrite": Mutability.READ_WRITE,
}
_NOT_THERE: Final = frozenset({"UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"})
_TYPES: Final[dict[DataEnumType, str]] = {
    "string": "string",
    "decimal": "decimal",
    "integer": "integer",
    "dateTime": "date_time",
    "boolean": "boolean",
    "OptionList": "option_list",
    "SequenceList": "sequence_list",
    "MemberList": "member_list",
}


def get_to_request(order: GetVariables, _command_id: int) -> GetVariablesRequest:
    asked = []
    for text in order.names:
        component, variable, attribute = from_name(text)
        asked.append(
            GetVariableDataType(component=component, variable=variable, attribute_type=attribute)
        )
    return GetVariablesRequest(get_variable_data=asked)


def get_to_outcome(order: GetVariables, response: GetVariablesResponse) -> Outcome:
    results = [_got(it) for it in response.get_variable_result]
    return outcome_of(_keys(order.names), results, lenient=True)


def _got(it: GetVariableResultType) -> Element:
    variable = to_variable(it, it.attribute_type)
    good = it.attribute_status == "Accepted"
    held = told(variable, it.attribute_value or "") if good else None
    return _element(held, key_of(variable), it.attribute_status, good, it)


def set_to_request(order: SetVariables, _command_id: int) -> SetVariablesRequest:
    for name, value in order.values.items():
        if len(value) > VALUE_LENGTH_MAX:
            raise OrderNotPossibleError(
                f"an OCPP 2.0.1 station takes values of at most {VALUE_LENGTH_MAX} characters, "
                f"that of {name} has {len(value)}: use a shorter one"
            )
    return SetVariablesRequest(set_variable_data=set_data(order))


def set_data(order: SetVariables) -> list[SetVariableDataType]:
    wanted = []
    for text, value in order.values.items():
        component, variable, attribute = from_name(text)
        wanted.append(
            SetVariableDataType(
                component=component,
                variable=variable,
                attribute_type=attribute,
                attribute_value=value,
            )
        )
    return wanted


def set_to_outcome(order: SetVariables, response: SetVariablesResponse) -> Outcome:
    values = {
        key.casefold(): value
        for key, value in zip(_keys(order.values), order.values.values(), strict=True)
    }
    results = [_set(it, values) for it in response.set_variable_result]
    return outcome_of(_keys(order.values), results)


def _set(it: SetVariableResultType, values: dict[str, str]) -> Element:
    variable = to_variable(it, it.attribute_type)
    key = key_of(variable)
    value = values.get(key.casefold())
    held = None
    good = True
    match it.attribute_status:
        case "Accepted":
            held = told(variable, value)
        case "RebootRequired":
            held = told(variable, value, state=REBOOT_REQUIRED)
        case _:
            good = False
    return _element(held, key, it.attribute_status, good, it)


def _element(
    held: Held | None,
    key: str,
    word: str,
    good: bool,  # noqa: FBT001 - what the word amounts to
    it: GetVariableResultType | SetVariableResultType,
) -> Element:
    if word in _NOT_THERE:
        (held,) = gone(Kind.VARIABLE, [key])
    reason = reason_of(it.attribute_status_info)
    if word == "RebootRequired":
        reason = reason or "it counts once it booted"
    return Element(key=key, word=word, good=good, reason=reason, held=held)


def report_action(order: Report) -> str:
    return "GetReport" if order.filtered else "GetBaseReport"


REPORTS: Final = Choice(("GetBaseReport", "GetReport"), report_action)


def report_to_request(order: Report, command_id: int) -> GetReportRequest | GetBaseReportRequest:
    number = request_number(command_id)
    if not order.filtered:
        return GetBaseReportRequest(request_id=number, report_base=_BASES[order.base])
    if order.base is not None:
        raise OrderNotPossibleError(
            "a report is either one of the bases or what a filter names: leave one of them away"
        )
    return GetReportRequest(
        request_id=number,
        component_variable=from_filter(order.components, order.variables),
        component_criteria=[_CRITERIA[it] for it in order.criteria] or None,
    )


def report_to_outcome(
    _order: Report, response: GetReportResponse | GetBaseReportResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


def reported_to_fact(request: NotifyReportRequest, seen: Seen) -> HoldingsReported:
    held = [
        _attribute(it, attribute)
        for it in request.report_data or ()
        for attribute in it.variable_attribute
    ]
    return HoldingsReported(
        action="NotifyReport",
        summary=f"a report of variables, {len(held)} in its last part",
        held=tuple(held),
        kind=Kind.REPORT,
        number=request.request_id,
        part=request.seq_no,
        last=not request.tbc,
        notes=seen.notes,
    )


def reported_to_reply(_reply: Reply) -> NotifyReportResponse:
    return NotifyReportResponse()


def _attribute(it: ReportDataType, attribute: VariableAttributeType) -> Held:
    data: dict[str, object] = {
        "mutability": _MUTABILITIES[attribute.mutability or "ReadWrite"],
        "persistent": attribute.persistent or False,
        "constant": attribute.constant or False,
    }
    if it.variable_characteristics is not None:
        data |= _characteristics(it.variable_characteristics)
    return told(to_variable(it, attribute.type), attribute.value or "", data=data)


def _characteristics(it: VariableCharacteristicsType) -> dict[str, object]:
    values = it.values_list
    split = values is not None and it.data_type.endswith("List")
    said = {
        "type": _TYPES[it.data_type],
        "unit": it.unit,
        "min": it.min_limit,
        "max": it.max_limit,
        "values": [one.strip() for one in (values or "").split(",")] if split else values,
        "monitored": it.supports_monitoring,
    }
    return {name: value for name, value in said.items() if value is not None}


def _keys(names: Any) -> list[str]:
    return [key_of(variable_of(it)) for it in names]


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyReport", reported_to_fact, reported_to_reply),
)
SET: Final = Outbound(SetVariables, always("SetVariables"), set_to_request, set_to_outcome)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(GetVariables, always("GetVariables"), get_to_request, get_to_outcome),
    SET,
    Outbound(Report, REPORTS, report_to_request, report_to_outcome),
)
