"""1.6 Core profile: configuration keys, which are variables without a component."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.configuration import (
    REBOOT_REQUIRED,
    STANDARD_KEYS,
    Mutability,
    Variable,
    key_of,
    told,
    variable_of,
)
from ogniwo.domain.elements import Element, outcome_of
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders import GetVariables, Report, ReportKeys, SetVariables
from ogniwo.domain.orders.configuration import ReportBase
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.v16.schema import (
    ChangeConfigurationRequest,
    ChangeConfigurationResponse,
    GetConfigurationRequest,
    GetConfigurationResponse,
    KeyValue,
)

KEY_LENGTH_MAX: Final = 50
VALUE_LENGTH_MAX: Final = 500
UNKNOWN_KEY: Final = "UnknownKey"
ACCEPTED: Final = "Accepted"


def get_to_request(order: GetVariables, _command_id: int) -> GetConfigurationRequest:
    return GetConfigurationRequest(key=[_key(it).name for it in order.names])


def get_to_outcome(order: GetVariables, response: GetConfigurationResponse) -> Outcome:
    known = [_read(it) for it in response.configuration_key or ()]
    told_ = [Element(key=it.key, word=ACCEPTED, good=True, held=it) for it in known]
    unknown = [key_of(Variable(name=it)) for it in response.unknown_key or ()]
    told_ += [
        Element(key=it.key, word=UNKNOWN_KEY, good=False, held=it)
        for it in gone(Kind.VARIABLE, unknown)
    ]
    return outcome_of([key_of(variable_of(it)) for it in order.names], told_, lenient=True)


def report_to_request(order: Report, _command_id: int) -> GetConfigurationRequest:
    if order.filtered or order.base not in {None, ReportBase.FULL}:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station reports all or single keys: leave the filter away, "
            "or use get_variables"
        )
    return GetConfigurationRequest()


def report_to_outcome(_order: Report, response: GetConfigurationResponse) -> Outcome:
    """Not a whole: many stations leave out keys that they know (quirk of several makers)."""
    known = tuple(_read(it) for it in response.configuration_key or ())
    if not known:
        return Outcome(
            reply=Reply.REJECTED,
            result="nothing",
            reason="the station listed no keys: ask for single ones with get_variables",
        )
    return Outcome(reply=Reply.DONE, result=ACCEPTED, held=known)


def keys_to_request(order: ReportKeys, _command_id: int) -> GetConfigurationRequest:
    return GetConfigurationRequest(key=[STANDARD_KEYS[order.first]])


def keys_to_outcome(_order: ReportKeys, response: GetConfigurationResponse) -> Outcome:
    known = (_read(it) for it in response.configuration_key or ())
    unknown = (key_of(Variable(name=it)) for it in response.unknown_key or ())
    held = (*known, *gone(Kind.VARIABLE, unknown))
    return Outcome(reply=Reply.ACCEPTED, result=ACCEPTED, held=held)


def set_to_request(order: SetVariables, _command_id: int) -> ChangeConfigurationRequest:
    if len(order.values) > 1:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station takes one variable at a time: give each its own order"
        )
    (name, value), *_ = order.values.items()
    if len(value) > VALUE_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 1.6 station takes values of at most {VALUE_LENGTH_MAX} characters, "
            f"that of {name} has {len(value)}: use a shorter one"
        )
    return ChangeConfigurationRequest(key=_key(name).name, value=value)


def set_to_outcome(order: SetVariables, response: ChangeConfigurationResponse) -> Outcome:
    (name, value), *_ = order.values.items()
    variable = variable_of(name)
    key, word = key_of(variable), response.status
    held: Held | None = None
    reason = None
    match word:
        case "Accepted":
            held = told(variable, value)
        case "RebootRequired":
            held, reason = told(variable, value, state=REBOOT_REQUIRED), "it counts once it booted"
        case "NotSupported":
            (held,) = gone(Kind.VARIABLE, [key])
            reason = "the station does not know this key"
        case "Rejected":
            pass
    good = word in {"Accepted", "RebootRequired"}
    return outcome_of([key], [Element(key=key, word=word, good=good, reason=reason, held=held)])


def _key(text: str) -> Variable:
    variable = variable_of(text)
    if key_of(variable) != key_of(Variable(name=variable.name)):
        raise OrderNotPossibleError(
            f"an OCPP 1.6 station has keys without components, {text!r} is none: "
            "give the key alone, with %2F for a slash in it"
        )
    if len(variable.name) > KEY_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 1.6 key has at most {KEY_LENGTH_MAX} characters, {text!r} has "
            f"{len(variable.name)}: check its spelling"
        )
    return variable


def _read(it: KeyValue) -> Held:
    mutability = Mutability.READ_ONLY if it.readonly else Mutability.READ_WRITE
    return told(Variable(name=it.key), it.value or "", data={"mutability": mutability})


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(GetVariables, always("GetConfiguration"), get_to_request, get_to_outcome),
    Outbound(Report, always("GetConfiguration"), report_to_request, report_to_outcome),
    Outbound(ReportKeys, always("GetConfiguration"), keys_to_request, keys_to_outcome),
    Outbound(SetVariables, always("ChangeConfiguration"), set_to_request, set_to_outcome),
)
