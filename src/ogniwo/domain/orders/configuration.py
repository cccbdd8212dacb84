"""B. Provisioning: variables of a station read, set and reported."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.domain.configuration import (
    COMPONENT_PATTERN,
    STANDARD_KEYS,
    is_password,
    is_secret,
    key_of,
    variable_of,
)
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders.order import Known, Limit, Order, VariableName, impossible

VARIABLES_MAX: Final = 500  # of one order; a station takes far fewer at a time
REPORT_PATIENCE_S: Final = 600  # a slow station with thousands of variables

Value = Annotated[str, Meta(max_length=2_500)]
ComponentName = Annotated[
    str, Meta(pattern=COMPONENT_PATTERN, max_length=500, examples=["Connector@1.1"])
]
Components = Annotated[tuple[ComponentName, ...], Meta(max_length=VARIABLES_MAX)]
Variables = Annotated[tuple[VariableName, ...], Meta(max_length=VARIABLES_MAX)]


class GetVariables(Order, frozen=True, kw_only=True, tag="get_variables"):
    """Read variables by their names; OCPP 1.6 keys are names as they are (B06)."""

    repeatable: ClassVar[bool] = True

    names: Annotated[tuple[VariableName, ...], Meta(min_length=1, max_length=VARIABLES_MAX)]

    def limits(self) -> tuple[Limit, ...]:
        return (
            Limit("GetConfigurationMaxKeys", "keys", len(self.names)),
            Limit("DeviceDataCtrlr/ItemsPerMessage[GetVariables]", "variables", len(self.names)),
            Limit("DeviceDataCtrlr/BytesPerMessage[GetVariables]"),
        )


class SetVariables(Order, frozen=True, kw_only=True, tag="set_variables"):
    """Set variables, each by its name; an OCPP 1.6 station takes one at a time (B05)."""

    repeatable: ClassVar[bool] = True

    values: Annotated[dict[VariableName, Value], Meta(min_length=1, max_length=VARIABLES_MAX)]

    def check(self, known: Known) -> None:  # noqa: ARG002 - others need it
        """What decides here, too, who is let in is changed on both sides or on none."""
        for name in self.values:
            variable = variable_of(name)
            if is_password(variable):
                impossible(
                    f"{name} is what the station is let in with: order set_password, or "
                    "set_network_profile with a password for a slot of OCPP 2.1"
                )
            if variable.name.casefold() == "securityprofile":
                impossible(f"{name} decides who is let in: order raise_security_profile")

    def limits(self) -> tuple[Limit, ...]:
        return (
            Limit("DeviceDataCtrlr/ItemsPerMessage[SetVariables]", "variables", len(self.values)),
            Limit("DeviceDataCtrlr/BytesPerMessage[SetVariables]"),
        )

    def secrets(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.values.items() if _is_secret(name) and value)

    def without_secrets(self) -> "SetVariables":
        kept = {name: "" if _is_secret(name) else it for name, it in self.values.items()}
        return replace(self, values=kept)

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return tuple((Kind.VARIABLE, key_of(variable_of(it))) for it in self.values)


class ReportBase(StrEnum):
    FULL = "full"
    CONFIGURATION = "configuration"  # those that can be set
    SUMMARY = "summary"  # what is out of order, and who may use the station


class Criterion(StrEnum):
    ACTIVE = "active"
    AVAILABLE = "available"
    ENABLED = "enabled"
    PROBLEM = "problem"


class Report(Order, frozen=True, kw_only=True, tag="report"):
    """Have the station tell its variables: all (B07), or those of a filter (B08)."""

    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.REPORT
    patience_s: ClassVar[int] = REPORT_PATIENCE_S

    @property
    def instead(self) -> Order | None:
        return ReportKeys()

    base: ReportBase | None = None
    criteria: Annotated[tuple[Criterion, ...], Meta(max_length=4)] = ()
    components: Components = ()
    variables: Variables = ()

    @property
    def filtered(self) -> bool:
        return bool(self.criteria or self.components or self.variables)

    def limits(self) -> tuple[Limit, ...]:
        asked = len(self.components) + len(self.variables)
        if not asked:
            return ()
        return (
            Limit("DeviceDataCtrlr/ItemsPerMessage[GetReport]", "variables", asked),
            Limit("DeviceDataCtrlr/BytesPerMessage[GetReport]"),
        )

    def whole_of(self) -> Kind | None:
        full = not self.filtered and self.base in {None, ReportBase.FULL}
        return Kind.VARIABLE if full else None


class ReportKeys(Order, frozen=True, kw_only=True, tag="report_keys"):
    """Ask an OCPP 1.6 station for each key of the specification, one after the other.

    Stations that do not answer ``report``, or list nothing, are asked like this by themselves.
    """

    repeatable: ClassVar[bool] = True

    first: Annotated[int, Meta(ge=0, lt=len(STANDARD_KEYS))] = 0

    @property
    def more(self) -> "ReportKeys | None":
        following = self.first + 1
        return ReportKeys(first=following) if following < len(STANDARD_KEYS) else None


def _is_secret(name: str) -> bool:
    return is_secret(variable_of(name))


Orders = GetVariables | SetVariables | Report | ReportKeys
