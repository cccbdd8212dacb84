"""The day of an OCPP 2.1 station: that of 2.0.1, and what only 2.1 can say."""

from typing import Any, Final

from tests.system.fleet.day_2x import ARRIVAL, CARD, CHARGING, COMMON, DEPARTURE
from tests.system.fleet.script import NOTHING, Ordered, Scene, Told, golden

TARIFF: Final = {
    "tariff_id": "day",
    "currency": "EUR",
    "energy": {"prices": [{"price_kwh": 0.42}]},
}
DYNAMIC: Final = {
    "id": 32,
    "purpose": "tx_default",
    "kind": "dynamic",
    "update_interval_s": 60,
    "schedules": [{"unit": "W", "periods": [{"limit": 5000}]}],
}
CURVE: Final = {
    "priority": 1,
    "y_unit": "pct_max_w",
    "curve_data": [{"x": 50.2, "y": 100}, {"x": 51.5, "y": 0}],
}
STREAM: Final = {"id": 5, "variableMonitoringId": 7, "params": {"interval": 5}}


def swap(event: str, serial: str, soc: float) -> Told:
    battery = {"evseId": 1, "serialNumber": serial, "soC": soc, "soH": 97.0}
    fields: dict[str, Any] = {
        "eventType": event,
        "requestId": "$request_id",
        "idToken": CARD,
        "batteryData": [battery],
    }
    return Told("BatterySwap", fields)


SMART: Final[tuple[Scene, ...]] = (
    Ordered("SetChargingProfile", "set_charging_profile", {"evse": 1, "profile": DYNAMIC}),
    Ordered(
        "UpdateDynamicSchedule",
        "update_dynamic_schedule",
        {"profile": 32, "update": {"limit": 3700.5}},
    ),
    Told(
        "PullDynamicScheduleUpdate",
        {"chargingProfileId": 32},
        hears={"status": "Accepted", "scheduleUpdate": {"limit": 3700.5}},
    ),
    Ordered(
        "UsePriorityCharging",
        "use_priority_charging",
        {"transaction_id": "$tx"},
        then=[Told("NotifyPriorityCharging", {"transactionId": "$tx", "activated": True})],
        kept=("priority", "active"),
    ),
    Ordered("AFRRSignal", "afrr_signal", {"signal": -5}),
    Ordered(
        "NotifyAllowedEnergyTransfer",
        "notify_allowed_energy_transfer",
        {"transaction_id": "$tx", "allowed": ["ac_bpt"]},
    ),
)
MONEY: Final[tuple[Scene, ...]] = (
    Ordered(
        "ChangeTransactionTariff",
        "change_transaction_tariff",
        {"transaction_id": "$tx", "tariff": TARIFF},
        kept=("tariff", "active"),
    ),
    Ordered("SetDefaultTariff", "set_default_tariff", {"evse": 1, "tariff": TARIFF}),
    Ordered(
        "GetTariffs",
        "get_tariffs",
        {"evse": 1},
        {
            "status": "Accepted",
            "tariffAssignments": [
                {"tariffId": "day", "tariffKind": "DefaultTariff", "evseIds": [1]}
            ],
        },
        kept=("tariff", "active"),
    ),
    Ordered(
        "ClearTariffs",
        "clear_tariffs",
        {"tariffs": ["day"]},
        {"clearTariffsResult": [{"tariffId": "day", "status": "Accepted"}]},
    ),
    Ordered("NotifyWebPaymentStarted", "notify_web_payment_started", {"evse": 1}, NOTHING),
    golden("NotifySettlement"),
    golden("VatNumberValidation"),
)
GRID: Final[tuple[Scene, ...]] = (
    Ordered(
        "SetDERControl",
        "set_der_control",
        {"control": "c1", "control_type": "freq_watt", "default": True, "curve": CURVE},
        kept=("der_control", "default"),
    ),
    Told("NotifyDERStartStop", {"controlId": "c1", "started": True, "timestamp": "$now"}),
    golden("NotifyDERAlarm"),
    Ordered(
        "GetDERControl",
        "get_der_control",
        then=[golden("ReportDERControl", tbc=False)],
        ends="applied",
        kept=("der_control", "default"),
    ),
    Ordered("ClearDERControl", "clear_der_control", {"default": True}),
)
STREAMS: Final[tuple[Scene, ...]] = (
    Told("OpenPeriodicEventStream", {"constantStreamData": STREAM}, hears={"status": "Accepted"}),
    Ordered(
        "GetPeriodicEventStream",
        "get_event_streams",
        answer={"constantStreamData": [STREAM]},
        ends="applied",
        kept=("event_stream", "open"),
    ),
    Ordered("AdjustPeriodicEventStream", "adjust_event_stream", {"stream": 5, "interval_s": 2}),
    Told("ClosePeriodicEventStream", {"id": 5}),
)
SWAP: Final[tuple[Scene, ...]] = (
    Ordered(
        "RequestBatterySwap",
        "request_battery_swap",
        {"token": "$token"},
        then=[swap("BatteryIn", "USED", 9.5), swap("BatteryOut", "FULL", 98)],
        ends="applied",
        kept=("battery", "in"),
    ),
    golden("GetCertificateChainStatus"),
)
DAY_21: Final = (
    *ARRIVAL, *CHARGING, *SMART, *MONEY, *DEPARTURE, *GRID, *STREAMS, *SWAP, *COMMON,
)  # fmt: skip
