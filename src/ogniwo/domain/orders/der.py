"""R. Control of distributed energy resources (2.1): what the grid asks of what feeds into it."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import UNSET, Meta, Struct

from ogniwo.domain.holdings import Held, Holding, Kind, gone
from ogniwo.domain.orders.order import Known, Moment, Order, Whole, impossible, request_number
from ogniwo.domain.people import Right

SCHEDULED: Final = "scheduled"
DEFAULT: Final = "default"
SUPERSEDED: Final = "superseded"
STARTED: Final = "started"
STOPPED: Final = "stopped"

ControlId = Annotated[str, Meta(min_length=1, max_length=36)]
Points = Annotated[tuple["CurvePoint", ...], Meta(min_length=1, max_length=10)]


class ControlType(StrEnum):
    ENTER_SERVICE = "enter_service"
    FREQ_DROOP = "freq_droop"
    FREQ_WATT = "freq_watt"
    FIXED_PF_ABSORB = "fixed_pf_absorb"
    FIXED_PF_INJECT = "fixed_pf_inject"
    FIXED_VAR = "fixed_var"
    GRADIENTS = "gradients"
    HF_MUST_TRIP = "hf_must_trip"
    HF_MAY_TRIP = "hf_may_trip"
    HV_MUST_TRIP = "hv_must_trip"
    HV_MOM_CESS = "hv_mom_cess"
    HV_MAY_TRIP = "hv_may_trip"
    LIMIT_MAX_DISCHARGE = "limit_max_discharge"
    LF_MUST_TRIP = "lf_must_trip"
    LV_MUST_TRIP = "lv_must_trip"
    LV_MOM_CESS = "lv_mom_cess"
    LV_MAY_TRIP = "lv_may_trip"
    POWER_MONITORING_MUST_TRIP = "power_monitoring_must_trip"
    VOLT_VAR = "volt_var"
    VOLT_WATT = "volt_watt"
    WATT_PF = "watt_pf"
    WATT_VAR = "watt_var"


class Unit(StrEnum):
    NOT_APPLICABLE = "not_applicable"
    PCT_MAX_W = "pct_max_w"
    PCT_MAX_VAR = "pct_max_var"
    PCT_W_AVAIL = "pct_w_avail"
    PCT_VAR_AVAIL = "pct_var_avail"
    PCT_EFFECTIVE_V = "pct_effective_v"


class Cessation(StrEnum):
    ACTIVE = "active"
    REACTIVE = "reactive"


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of a control."""


class _Prior(_Part, frozen=True, kw_only=True):
    priority: Whole  # 0 goes before all others


class _Timed(_Prior, frozen=True, kw_only=True):
    """At a time, for so long; a default control has neither."""

    starts_at: Moment | None = None
    duration_s: float | None = None


class CurvePoint(_Part, frozen=True, kw_only=True):
    x: float
    y: float


class Hysteresis(_Part, frozen=True, kw_only=True):
    hysteresis_high: float | None = None
    hysteresis_low: float | None = None
    hysteresis_delay: float | None = None
    hysteresis_gradient: float | None = None


class ReactivePowerParams(_Part, frozen=True, kw_only=True):
    v_ref: float | None = None
    autonomous_v_ref_enable: bool | None = None
    autonomous_v_ref_time_constant: float | None = None


class VoltageParams(_Part, frozen=True, kw_only=True):
    hv10_min_mean_value: float | None = None
    hv10_min_mean_trip_delay: float | None = None
    power_during_cessation: Cessation | None = None


class Curve(_Timed, frozen=True, kw_only=True):
    curve_data: Points
    y_unit: Unit
    hysteresis: Hysteresis | None = None
    reactive_power_params: ReactivePowerParams | None = None
    voltage_params: VoltageParams | None = None
    response_time: float | None = None


class EnterService(_Prior, frozen=True, kw_only=True):
    high_voltage: float
    low_voltage: float
    high_freq: float
    low_freq: float
    delay: float | None = None
    random_delay: float | None = None
    ramp_rate: float | None = None


class FixedPowerFactor(_Timed, frozen=True, kw_only=True):
    displacement: float
    excitation: bool


class FixedVar(_Timed, frozen=True, kw_only=True):
    setpoint: float
    unit: Unit


class FreqDroop(_Timed, frozen=True, kw_only=True):
    over_freq: float
    under_freq: float
    over_droop: float
    under_droop: float
    response_time: float


class Gradient(_Prior, frozen=True, kw_only=True):
    gradient: float
    soft_gradient: float


class LimitMaxDischarge(_Timed, frozen=True, kw_only=True):
    pct_max_discharge_power: float | None = None
    power_monitoring_must_trip: Curve | None = None


_FIELDS: Final = (
    "curve",
    "enter_service",
    "fixed_pf_absorb",
    "fixed_pf_inject",
    "fixed_var",
    "freq_droop",
    "gradient",
    "limit_max_discharge",
)
# The field that says what a control of this type does; of all the others it is the curve.
FIELD_OF: Final = {
    ControlType.ENTER_SERVICE: "enter_service",
    ControlType.FIXED_PF_ABSORB: "fixed_pf_absorb",
    ControlType.FIXED_PF_INJECT: "fixed_pf_inject",
    ControlType.FIXED_VAR: "fixed_var",
    ControlType.FREQ_DROOP: "freq_droop",
    ControlType.GRADIENTS: "gradient",
    ControlType.LIMIT_MAX_DISCHARGE: "limit_max_discharge",
}


class SetDerControl(Order, frozen=True, kw_only=True, tag="set_der_control"):
    """Set a control, by default or at a time; one field says what it does (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    control_type: ControlType
    control: ControlId | None = None
    default: bool = False
    curve: Curve | None = None
    enter_service: EnterService | None = None
    fixed_pf_absorb: FixedPowerFactor | None = None
    fixed_pf_inject: FixedPowerFactor | None = None
    fixed_var: FixedVar | None = None
    freq_droop: FreqDroop | None = None
    gradient: Gradient | None = None
    limit_max_discharge: LimitMaxDischarge | None = None

    def number(self, command_id: int) -> str:
        return self.control or str(request_number(command_id))

    def check(self, known: Known) -> None:  # noqa: ARG002 - others need it
        wanted = FIELD_OF.get(self.control_type, "curve")
        given = [name for name in _FIELDS if getattr(self, name) is not None]
        if given != [wanted]:
            impossible(f"a control of type {self.control_type.value} is said in {wanted!r} alone")
        starts_at = getattr(self.said(), "starts_at", UNSET)
        if self.default and starts_at not in {None, UNSET}:
            impossible("a default control holds always: leave out starts_at")
        if not self.default and starts_at is None:
            impossible("a control that is no default needs its time: give starts_at, or default")

    def said(self) -> Struct:
        found: Struct = getattr(self, FIELD_OF.get(self.control_type, "curve"))
        return found

    def held(self, command_id: int) -> tuple[Held, ...]:
        kept = Held(
            kind=Kind.DER_CONTROL,
            key=self.number(command_id),
            value=self.control_type.value,
            state=DEFAULT if self.default else SCHEDULED,
            data={name: getattr(self, name) for name in _FIELDS if getattr(self, name) is not None},
        )
        return (kept,)


class GetDerControl(Order, frozen=True, kw_only=True, tag="get_der_control"):
    """Let the station tell which controls it has, all or those of a type (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.DER_CONTROL

    control_type: ControlType | None = None
    control: ControlId | None = None
    default: bool | None = None

    def whole_of(self) -> Kind | None:
        return Kind.DER_CONTROL if self == GetDerControl() else None


class ClearDerControl(Order, frozen=True, kw_only=True, tag="clear_der_control"):
    """Take back controls, the default or the others: one by its id, those of a type, or all."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    default: bool = False
    control_type: ControlType | None = None
    control: ControlId | None = None

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.DER_CONTROL, ""),)

    def changes(self, known: Known) -> tuple[Held, ...]:
        keys = [it.key for it in known.of(Kind.DER_CONTROL) if self._meets(it)]
        return gone(Kind.DER_CONTROL, keys)

    def _meets(self, holding: Holding) -> bool:
        if self.control is not None:
            return holding.key == self.control
        return self.control_type in {None, holding.value} and self.default is is_default(holding)


def is_default(holding: Holding) -> bool:
    told = (holding.data or {}).get("is_default")
    return told is True or holding.state == DEFAULT


Orders = SetDerControl | GetDerControl | ClearDerControl
