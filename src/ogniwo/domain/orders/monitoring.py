"""N. Diagnostics: what a station watches by itself, and the streams of values it sends (2.1)."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct

from ogniwo.domain.configuration import Variable, told
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders.configuration import Components, Variables
from ogniwo.domain.orders.order import Known, Limit, Order, VariableName, Whole

MONITORS_MAX: Final = 200  # of one order
REPORT_PATIENCE_S: Final = 600
BY_US: Final = "custom_monitor"  # who set it: an order, not the maker
_CONTROLLER: Final = "MonitoringCtrlr"

Severity = Annotated[int, Meta(ge=0, le=9, description="0 is danger, 9 is for debugging.")]


class MonitorType(StrEnum):
    UPPER_THRESHOLD = "upper_threshold"
    LOWER_THRESHOLD = "lower_threshold"
    DELTA = "delta"
    PERIODIC = "periodic"
    PERIODIC_CLOCK_ALIGNED = "periodic_clock_aligned"
    TARGET_DELTA = "target_delta"  # 2.1 only, as the next
    TARGET_DELTA_RELATIVE = "target_delta_relative"


class Stream(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often values of a stream are sent: after so long, or so many (2.1)."""

    interval_s: Whole | None = None
    values: Whole | None = None


class SetMonitor(Order, frozen=True, kw_only=True, tag="set_monitor"):
    """Have the station report when a variable passes a limit, changes, or every so often (N04).

    A monitor of the same id is replaced; without one the station gives it a number. With
    ``stream`` its values come as a stream instead of events (2.1).
    """

    repeatable: ClassVar[bool] = True

    variable: VariableName
    type: MonitorType
    value: float
    severity: Severity
    transaction: bool = False
    monitor: Whole | None = None
    stream: Stream | None = None


class ClearMonitors(Order, frozen=True, kw_only=True, tag="clear_monitors"):
    """Have the station forget monitors, by their ids (N06)."""

    repeatable: ClassVar[bool] = True

    monitors: Annotated[tuple[Whole, ...], Meta(min_length=1, max_length=MONITORS_MAX)]

    def limits(self) -> tuple[Limit, ...]:
        many = len(self.monitors)
        return (
            Limit("MonitoringCtrlr/ItemsPerMessage[ClearVariableMonitoring]", "monitors", many),
            Limit("MonitoringCtrlr/BytesPerMessage[ClearVariableMonitoring]"),
        )


class MonitorCriterion(StrEnum):
    THRESHOLD = "threshold"
    DELTA = "delta"
    PERIODIC = "periodic"


class GetMonitors(Order, frozen=True, kw_only=True, tag="get_monitors"):
    """Have the station tell its monitors: all, or those of a filter (N02)."""

    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.REPORT
    patience_s: ClassVar[int] = REPORT_PATIENCE_S

    criteria: Annotated[tuple[MonitorCriterion, ...], Meta(max_length=3)] = ()
    components: Components = ()
    variables: Variables = ()

    def whole_of(self) -> Kind | None:
        filtered = self.criteria or self.components or self.variables
        return None if filtered else Kind.MONITOR


class MonitoringBase(StrEnum):
    ALL = "all"
    FACTORY_DEFAULT = "factory_default"  # monitors that were set since are forgotten
    HARD_WIRED_ONLY = "hard_wired_only"


class SetMonitoringBase(Order, frozen=True, kw_only=True, tag="set_monitoring_base"):
    """Choose which monitors are on at all (N03)."""

    repeatable: ClassVar[bool] = True

    base: MonitoringBase

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        active = Variable(component=_CONTROLLER, name="ActiveMonitoringBase")
        return (told(active, self.base.value.title().replace("_", "")),)

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return () if self.base is MonitoringBase.ALL else ((Kind.MONITOR, ""),)

    def changes(self, known: Known) -> tuple[Held, ...]:
        ours = [it.key for it in known.of(Kind.MONITOR) if (it.data or {}).get("by") == BY_US]
        return gone(Kind.MONITOR, ours)


class SetMonitoringLevel(Order, frozen=True, kw_only=True, tag="set_monitoring_level"):
    """Have only events of this severity, or a graver one, reported (N05)."""

    repeatable: ClassVar[bool] = True

    severity: Severity

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        active = Variable(component=_CONTROLLER, name="ActiveMonitoringLevel")
        return (told(active, str(self.severity)),)


class GetEventStreams(Order, frozen=True, kw_only=True, tag="get_event_streams"):
    """Ask which streams of values the station has open (2.1, N13)."""

    repeatable: ClassVar[bool] = True


class AdjustEventStream(Order, frozen=True, kw_only=True, tag="adjust_event_stream"):
    """Have the values of a stream sent more or less often (2.1, N14)."""

    repeatable: ClassVar[bool] = True

    stream: Whole
    interval_s: Whole | None = None
    values: Whole | None = None

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        data = {"interval_s": self.interval_s, "values": self.values}
        return (Held(kind=Kind.EVENT_STREAM, key=str(self.stream), data=data),)


Orders = (
    SetMonitor
    | ClearMonitors
    | GetMonitors
    | SetMonitoringBase
    | SetMonitoringLevel
    | GetEventStreams
    | AdjustEventStream
)
