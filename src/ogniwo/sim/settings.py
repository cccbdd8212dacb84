"""A station's configuration: one table of knobs, read as 1.6 keys and as 2.x variables."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    default: str
    key: str = ""  # 1.6; empty: that version does not know it
    component: str = ""  # 2.x; empty: those versions do not know it
    variable: str = ""
    instance: str | None = None
    writable: bool = False
    numeric: bool = False


HEARTBEAT: Final = Knob(
    key="HeartbeatInterval",
    component="OCPPCommCtrlr",
    variable="HeartbeatInterval",
    default="300",
    writable=True,
    numeric=True,
)
SAMPLE: Final = Knob(
    key="MeterValueSampleInterval",
    component="SampledDataCtrlr",
    variable="TxUpdatedInterval",
    default="60",
    writable=True,
    numeric=True,
)
MEASURANDS: Final = Knob(
    key="MeterValuesSampledData",
    component="SampledDataCtrlr",
    variable="TxUpdatedMeasurands",
    default="Energy.Active.Import.Register,Power.Active.Import,Power.Offered,"
    "Current.Import,Voltage,SoC,Temperature",
    writable=True,
)
PLUG_IN_PATIENCE: Final = Knob(
    key="ConnectionTimeOut",
    component="TxCtrlr",
    variable="EVConnectionTimeOut",
    default="120",
    writable=True,
    numeric=True,
)

KNOBS: Final = (
    HEARTBEAT,
    SAMPLE,
    MEASURANDS,
    PLUG_IN_PATIENCE,
    Knob(
        key="AuthorizeRemoteTxRequests",
        component="AuthCtrlr",
        variable="AuthorizeRemoteStart",
        default="false",
    ),
    Knob(
        key="ChargeProfileMaxStackLevel",
        component="SmartChargingCtrlr",
        variable="ProfileStackLevel",
        default="20",
    ),
    Knob(
        key="ChargingScheduleAllowedChargingRateUnit",
        default="Current,Power",
    ),
    Knob(
        component="SmartChargingCtrlr",
        variable="RateUnit",
        default="A,W",
    ),
    Knob(
        component="SmartChargingCtrlr",
        variable="Enabled",
        default="true",
    ),
    Knob(
        key="ChargingScheduleMaxPeriods",
        component="SmartChargingCtrlr",
        variable="PeriodsPerSchedule",
        default="96",
    ),
    Knob(
        key="MaxChargingProfilesInstalled",
        component="SmartChargingCtrlr",
        variable="Entries",
        instance="ChargingProfiles",
        default="40",
    ),
    Knob(
        key="StopTransactionOnEVSideDisconnect",
        component="TxCtrlr",
        variable="StopTxOnEVSideDisconnect",
        default="true",
    ),
    Knob(
        key="StopTransactionOnInvalidId",
        component="TxCtrlr",
        variable="StopTxOnInvalidId",
        default="true",
    ),
    Knob(
        key="TransactionMessageAttempts",
        component="OCPPCommCtrlr",
        variable="MessageAttempts",
        instance="TransactionEvent",
        default="3",
    ),
    Knob(
        key="TransactionMessageRetryInterval",
        component="OCPPCommCtrlr",
        variable="MessageAttemptInterval",
        instance="TransactionEvent",
        default="60",
    ),
    Knob(
        key="SecurityProfile",
        component="SecurityCtrlr",
        variable="SecurityProfile",
        default="1",
    ),
    Knob(
        key="GetConfigurationMaxKeys",
        component="DeviceDataCtrlr",
        variable="ItemsPerMessage",
        instance="GetVariables",
        default="50",
    ),
    Knob(
        key="SupportedFeatureProfiles",
        default="Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
    ),
)


class Settings:
    """Values survive a reboot: they live as long as the station object."""

    def __init__(self, connectors: int) -> None:
        count = Knob(key="NumberOfConnectors", default=str(connectors))
        self._values = {knob: knob.default for knob in (*KNOBS, count)}

    @property
    def knobs(self) -> list[Knob]:
        return list(self._values)

    def text(self, knob: Knob) -> str:
        return self._values[knob]

    def seconds(self, knob: Knob) -> int:
        return int(self._values[knob])

    @property
    def measurands(self) -> frozenset[str]:
        return frozenset(self._values[MEASURANDS].split(","))

    def find_key(self, key: str) -> Knob | None:
        return next((knob for knob in self._values if knob.key.lower() == key.lower()), None)

    def find_variable(self, component: str, variable: str, instance: str | None) -> Knob | None:
        wanted = (component.lower(), variable.lower(), instance)
        return next(
            (
                knob
                for knob in self._values
                if (knob.component.lower(), knob.variable.lower(), knob.instance) == wanted
            ),
            None,
        )

    def write(self, knob: Knob, value: str) -> bool:
        """False: not writable, or not a value this knob can have."""
        if not knob.writable or (knob.numeric and not value.isdecimal()):
            return False
        self._values[knob] = value
        return True
