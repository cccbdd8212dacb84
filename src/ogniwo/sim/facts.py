"""What happens at a simulated station, before any OCPP version puts it into words."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from ogniwo.sim.meter import Reading
from ogniwo.sim.stats import LedgerEntry


class Status(Enum):
    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"


class Begin(Enum):
    """What came last and so started the transaction."""

    CARD = "card"
    PLUG = "plug"
    REMOTE = "remote"


class Stop(Enum):
    CARD = "card"
    UNPLUGGED = "unplugged"
    REMOTE = "remote"
    SOFT_RESET = "soft_reset"
    HARD_RESET = "hard_reset"
    UNLOCKED = "unlocked"
    DEAUTHORIZED = "deauthorized"
    FAULT = "fault"


class Wakeup(Enum):
    """Why a station boots."""

    POWER_UP = "power_up"
    REMOTE_RESET = "remote_reset"
    SCHEDULED_RESET = "scheduled_reset"
    TRIGGERED = "triggered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    identity: str
    vendor: str
    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Place:
    """1.6 knows only the EVSE, and calls it a connector."""

    evse: int
    connector: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    error_16: Literal[
        "HighTemperature",
        "ConnectorLockFailure",
        "GroundFailure",
        "PowerMeterFailure",
        "OtherError",
    ]
    component: str  # of the 2.x device model; its variable Problem goes true
    vendor_code: str
    info: str


FAULTS: Final = (
    Fault(
        error_16="HighTemperature",
        component="TemperatureSensor",
        vendor_code="T-417",
        info="Power module above 85 C",
    ),
    Fault(
        error_16="ConnectorLockFailure",
        component="ConnectorPlugRetentionLock",
        vendor_code="L-022",
        info="Lock actuator did not reach its end",
    ),
    Fault(
        error_16="GroundFailure",
        component="GroundIsolationProtection",
        vendor_code="G-103",
        info="Residual current above 6 mA DC",
    ),
    Fault(
        error_16="PowerMeterFailure",
        component="FiscalMetering",
        vendor_code="M-009",
        info="No answer from the meter",
    ),
    Fault(
        error_16="OtherError",
        component="LiquidCoolingSystem",
        vendor_code="C-301",
        info="Coolant flow too low",
    ),
)


@dataclass(slots=True, eq=False)
class Transaction:
    entry: LedgerEntry
    place: Place
    first: Reading
    remote_id: int | None = None
    state: Status | None = None  # as last reported
    next_seq: int = 0

    def draw_seq(self) -> int:
        self.next_seq += 1
        return self.next_seq - 1


@dataclass(frozen=True, slots=True)
class Report:
    """One thing worth telling about a transaction, with what the meter showed."""

    transaction: Transaction
    reading: Reading
    offline: bool  # it happened while nobody could be told
