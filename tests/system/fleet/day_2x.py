"""A day in which a station says, and is told, everything that 2.0.1 can say; so does one of 2.1.

What only 2.1 can say is in ``day_21``.
"""

from typing import Any, Final

from tests.system.fleet.day_16 import PROFILE, RESERVED
from tests.system.fleet.script import NOTHING, Ordered, Scene, Told, golden
from tests.system.fleet.upkeep_2x import UPKEEP, status

CARD: Final = {"idToken": "$token", "type": "ISO14443"}
EVSE: Final = {"id": 1, "connectorId": 1}


def event(kind: str, trigger: str, number: int, wh: int, **info: Any) -> Told:
    value = {"value": wh, "measurand": "Energy.Active.Import.Register"}
    at = "$earlier" if kind == "Started" else "$now"
    return Told(
        "TransactionEvent",
        {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": trigger,
            "seqNo": number,
            "transactionInfo": {"transactionId": "$tx", **info},
            "evse": EVSE,
            "idToken": CARD,
            "meterValue": [{"timestamp": at, "sampledValue": [value]}],
        },
    )


def schedule(limit: float) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": limit}
    return {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}


ARRIVAL: Final[tuple[Scene, ...]] = (
    status("Available"),
    Told("Heartbeat"),
    Told("Authorize", {"idToken": CARD}, hears={"idTokenInfo": {"status": "Accepted"}}),
    golden("Authorize"),  # with the certificate of a contract
    golden("SecurityEventNotification"),
    golden("DataTransfer"),
    golden("MeterValues"),
    golden("NotifyEvent"),
    Ordered(
        "RequestStartTransaction",
        "remote_start",
        {"token": "$token", "evse": 1},
        then=[event("Started", "RemoteStart", 0, 1000, remoteStartId="$remote_start_id")],
        ends="applied",
    ),
    event("Updated", "ChargingStateChanged", 1, 3000, chargingState="Charging"),
)
CHARGING: Final[tuple[Scene, ...]] = (
    Ordered(
        "GetTransactionStatus",
        "get_transaction_status",
        {"transaction_id": "$tx"},
        {"ongoingIndicator": True, "messagesInQueue": False},
        kept=("transaction", "ongoing"),
    ),
    Ordered("CostUpdated", "cost_updated", {"transaction_id": "$tx", "total_cost": 3.2}, NOTHING),
    Ordered(
        "SetChargingProfile",
        "set_charging_profile",
        {"evse": 1, "profile": PROFILE},
        kept=("profile", "active"),
    ),
    golden("NotifyEVChargingNeeds")._replace(draws="SetChargingProfile"),
    Told(
        "NotifyEVChargingSchedule",
        {"timeBase": "$now", "evseId": 1, "chargingSchedule": schedule(16)},
        hears={"status": "Accepted"},
    ),
    golden("NotifyChargingLimit"),
    golden("ClearedChargingLimit"),
    Ordered(
        "GetChargingProfiles",
        "get_charging_profiles",
        {"evse": 1},
        then=[golden("ReportChargingProfiles", tbc=False)],
        ends="applied",
        kept=("profile", "active"),
    ),
    Ordered(
        "GetCompositeSchedule",
        "get_composite_schedule",
        {"evse": 1, "duration_s": 60},
        {
            "status": "Accepted",
            "schedule": {
                "evseId": 1,
                "duration": 60,
                "scheduleStart": "$now",
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
            },
        },
        kept=("schedule", None),
    ),
)
DEPARTURE: Final[tuple[Scene, ...]] = (
    Ordered("ClearChargingProfile", "clear_charging_profiles", {"evse": 1}, gone="profile"),
    Ordered(
        "RequestStopTransaction",
        "remote_stop",
        {"transaction_id": "$tx"},
        then=[event("Ended", "RemoteStop", 2, 3000, stoppedReason="Remote")],
        ends="applied",
    ),
    Ordered("UnlockConnector", "unlock", {"evse": 1}, {"status": "Unlocked"}),
)
PEOPLE: Final[tuple[Scene, ...]] = (
    Ordered("ReserveNow", "reserve", RESERVED, kept=("reservation", "active")),
    Ordered(
        "CancelReservation",
        "cancel_reservation",
        {"reservation": 7},
        kept=("reservation", "cancelled"),
    ),
    Ordered(
        "ReserveNow",
        "reserve",
        RESERVED,
        then=[
            Told(
                "ReservationStatusUpdate",
                {"reservationId": "$id", "reservationUpdateStatus": "Removed"},
            )
        ],
        kept=("reservation", "removed"),
    ),
    Ordered(
        "SendLocalList",
        "send_local_list",
        {"entries": [{"uid": "$token"}], "version": 7},
        kept=("local_list", "whole"),
    ),
    Ordered("GetLocalListVersion", "get_local_list_version", answer={"versionNumber": 7}),
    Ordered("ClearCache", "clear_cache"),
    Ordered(
        "SetDisplayMessage",
        "set_display_message",
        {"text": "Zapraszamy", "message": 12},
        kept=("display_message", "shown"),
    ),
    Ordered(
        "GetDisplayMessages",
        "get_display_messages",
        then=[golden("NotifyDisplayMessages")],
        ends="applied",
        kept=("display_message", "shown"),
    ),
    Ordered(
        "ClearDisplayMessage", "clear_display_message", {"message": 12}, gone="display_message"
    ),
    Ordered(
        "CustomerInformation",
        "customer_information",
        {"token": "$token"},
        then=[golden("NotifyCustomerInformation", seqNo=0)],
        ends="applied",
        kept=("customer_data", "complete"),
    ),
)
BOOT: Final[tuple[Scene, ...]] = (
    Ordered("Reset", "reset", then=[golden("BootNotification")], ends="applied"),
)
COMMON: Final = (*PEOPLE, *UPKEEP, *BOOT)
DAY_201: Final = (*ARRIVAL, *CHARGING, *DEPARTURE, *COMMON)
