"""What the station of the bench says, and is asked, in the words of each version."""

from datetime import timedelta
from typing import Any, Final

from ogniwo.base.units import from_instant
from tests.domain.world import NOON

Payload = dict[str, Any]

_PERIODS: Final = [{"startPeriod": 900 * n, "limit": 16.0 - n / 10} for n in range(96)]
_SCHEDULE: Final = {"chargingRateUnit": "A", "chargingSchedulePeriod": _PERIODS}
_PROFILE: Final = {
    "chargingProfileKind": "Absolute",
    "chargingProfilePurpose": "TxDefaultProfile",
    "stackLevel": 2,
}
PROFILE_16: Final[Payload] = {
    "connectorId": 1,
    "csChargingProfiles": {**_PROFILE, "chargingProfileId": 7, "chargingSchedule": _SCHEDULE},
}
PROFILE_2X: Final[Payload] = {
    "evseId": 1,
    "chargingProfile": {**_PROFILE, "id": 7, "chargingSchedule": [{"id": 1, **_SCHEDULE}]},
}
_ORDERS_2X: Final[tuple[tuple[str, Payload], ...]] = (
    ("GetLocalListVersion", {}),
    ("SetChargingProfile", PROFILE_2X),
) * 3
ORDERS: Final[dict[str, tuple[tuple[str, Payload], ...]]] = {
    "1.6": (("GetConfiguration", {}), ("SetChargingProfile", PROFILE_16)),
    "2.0.1": _ORDERS_2X,
    "2.1": _ORDERS_2X,
}
_CONTEXTS: Final = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}


def moment(at_s: int) -> str:
    """So many seconds after noon."""
    return f"{from_instant(NOON) + timedelta(seconds=at_s):%Y-%m-%dT%H:%M:%SZ}"


def boot(version: str) -> Payload:
    if version == "1.6":
        return {"chargePointVendor": "Volta", "chargePointModel": "One"}
    plate = {"vendorName": "Volta", "model": "One", "serialNumber": "S-1"}
    return {"reason": "PowerUp", "chargingStation": plate}


def status(version: str, evse: int, word: str, at_s: int) -> Payload:
    if version == "1.6":
        error = "GroundFailure" if word == "Faulted" else "NoError"
        told: Payload = {"connectorId": evse, "status": word, "errorCode": error}
    else:
        word = word if word in {"Available", "Faulted"} else "Occupied"
        told = {"evseId": evse, "connectorId": 1, "connectorStatus": word}
    return {**told, "timestamp": moment(at_s)}


def card(version: str, uid: str | None) -> Payload:
    if uid is None:
        return {}
    if version == "1.6":
        return {"idTag": uid}
    return {"idToken": {"idToken": uid, "type": "ISO14443"}}


def start_16(evse: int, uid: str, at_s: int, wh: int) -> Payload:
    return {
        "connectorId": evse,
        "idTag": uid,
        "meterStart": wh,
        "timestamp": moment(at_s),
    }


def values_16(evse: int, number: int | None, at_s: int, wh: int, power_w: int) -> Payload:
    value = meter_value("1.6", at_s, wh, "Sample.Periodic", power_w)
    return {"connectorId": evse, "transactionId": number, "meterValue": [value]}


def stop_16(
    number: int | None, uid: str | None, begin: tuple[int, int], end: tuple[int, int]
) -> Payload:
    """``begin`` and ``end`` are a moment and its register each."""
    return {
        "transactionId": number,
        "meterStop": end[1],
        "timestamp": moment(end[0]),
        "transactionData": [
            meter_value("1.6", *begin, "Transaction.Begin"),
            meter_value("1.6", *end, "Transaction.End"),
        ],
        "reason": "Local",
        **card("1.6", uid),
    }


def event_2x(
    kind: str,
    trigger: str,
    *,
    number: str,
    seq_no: int,
    evse: int,
    now: tuple[int, int],
    power_w: int,
    uid: str | None = None,
) -> Payload:
    """``now`` is the moment and its register."""
    context = _CONTEXTS.get(kind, "Sample.Periodic")
    return {
        "eventType": kind,
        "timestamp": moment(now[0]),
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": number, "chargingState": "Charging"},
        "evse": {"id": evse, "connectorId": 1},
        "meterValue": [meter_value("2.x", *now, context, power_w)],
        **card("2.x", uid),
    }


def meter_value(
    version: str, at_s: int, wh: int, context: str, power_w: int | None = None
) -> Payload:
    """The register alone, or with what a station measures beside it."""
    values: list[tuple[str, str, int, str | None]] = [
        ("Energy.Active.Import.Register", "Wh", wh, None)
    ]
    if power_w is not None:
        values.append(("Power.Active.Import", "W", power_w, None))
        values += [("Current.Import", "A", power_w // 690, it) for it in ("L1", "L2", "L3")]
        values.append(("SoC", "Percent", 44, None))
        if version == "1.6":
            values.append(("Temperature", "Celsius", 31, None))
    sampled = []
    for measurand, unit, value, phase in values:
        one: Payload = {"measurand": measurand, "context": context}
        if version == "1.6":
            one |= {"value": str(value), "unit": unit}
        else:
            one |= {"value": value, "unitOfMeasure": {"unit": unit}}
        sampled.append(one if phase is None else {**one, "phase": phase})
    return {"timestamp": moment(at_s), "sampledValue": sampled}


def obeyed(action: str) -> Payload:
    """An ordinary station's answer."""
    key = {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    answers: dict[str, Payload] = {
        "GetConfiguration": {"configurationKey": [key]},
        "GetLocalListVersion": {"versionNumber": 3},
        "ClearChargingProfile": {"status": "Unknown"},
    }
    return answers.get(action, {"status": "Accepted"})
