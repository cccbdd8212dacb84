"""A day in which an OCPP 1.6 station says, and is told, everything that 1.6 can say."""

from typing import Final

from tests.system.fleet.script import NOTHING, Ordered, Scene, Told, golden

HASHES: Final = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": "0A1B",
}
HASHES_ON_WIRE: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "0A1B",
}
SCHEDULE: Final = {"unit": "A", "starts_at": "$now", "periods": [{"limit": 16}]}
PROFILE: Final = {
    "id": 31,
    "purpose": "tx",
    "stack_level": 3,
    "transaction_id": "$tx",
    "schedules": [SCHEDULE],
}
FIRMWARE: Final = {"location": "https://files.example/firmware/2.bin"}
SIGNED: Final = {**FIRMWARE, "signing_certificate": "$certificate", "signature": "c2ln"}
ELSEWHERE: Final = {"location": "ftp://files.example/logs/"}


def status(word: str) -> Told:
    fields = {"connectorId": 1, "status": word, "errorCode": "NoError", "timestamp": "$now"}
    return Told("StatusNotification", fields)


def register(wh: int) -> dict[str, object]:
    measurand = "Energy.Active.Import.Register"
    value = {"value": str(wh), "measurand": measurand, "unit": "Wh"}
    return {"timestamp": "$now", "sampledValue": [value]}


ARRIVAL: Final[tuple[Scene, ...]] = (
    status("Available"),
    Told("Heartbeat"),
    Told("Authorize", {"idTag": "$token"}, hears={"idTagInfo": {"status": "Accepted"}}),
    golden("SecurityEventNotification"),
    golden("DataTransfer"),
    Ordered(
        "RemoteStartTransaction",
        "remote_start",
        {"token": "$token", "evse": 1},
        then=[
            Told(
                "StartTransaction",
                {"connectorId": 1, "idTag": "$token", "meterStart": 1000, "timestamp": "$earlier"},
                learns={
                    "number": lambda it: it["transactionId"],
                    "tx": lambda it: str(it["transactionId"]),  # as orders have it
                },
            ),
        ],
        ends="applied",
    ),
    status("Charging"),
    Told(
        "MeterValues",
        {"connectorId": 1, "transactionId": "$number", "meterValue": [register(3000)]},
    ),
)
CHARGING: Final[tuple[Scene, ...]] = (
    Ordered(
        "SetChargingProfile",
        "set_charging_profile",
        {"evse": 1, "profile": PROFILE},
        kept=("profile", "active"),
    ),
    Ordered(
        "GetCompositeSchedule",
        "get_composite_schedule",
        {"evse": 1, "duration_s": 60},
        {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": "$now",
            "chargingSchedule": {
                "duration": 60,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
            },
        },
        kept=("schedule", None),
    ),
    Ordered("ClearChargingProfile", "clear_charging_profiles", {"profile": 31}, gone="profile"),
    Ordered(
        "RemoteStopTransaction",
        "remote_stop",
        {"transaction_id": "$tx"},
        then=[
            Told(
                "StopTransaction",
                {
                    "transactionId": "$number",
                    "idTag": "$token",
                    "meterStop": 3000,
                    "timestamp": "$now",
                    "reason": "Remote",
                },
            )
        ],
        ends="applied",
    ),
    Ordered("UnlockConnector", "unlock", {"evse": 1}, {"status": "Unlocked"}),
)
RESERVED: Final = {"token": "$token", "evse": 1, "expires_at": "$later", "reservation": 7}
PEOPLE: Final[tuple[Scene, ...]] = (
    Ordered("ReserveNow", "reserve", RESERVED, kept=("reservation", "active")),
    Ordered(
        "CancelReservation",
        "cancel_reservation",
        {"reservation": 7},
        kept=("reservation", "cancelled"),
    ),
    Ordered(
        "SendLocalList",
        "send_local_list",
        {"entries": [{"uid": "$token"}], "version": 7},
        kept=("local_list", "whole"),
    ),
    Ordered("GetLocalListVersion", "get_local_list_version", answer={"listVersion": 7}),
    Ordered("ClearCache", "clear_cache"),
)
UPKEEP: Final[tuple[Scene, ...]] = (
    Ordered(
        "GetConfiguration",
        "report",
        answer={"configurationKey": [{"key": "A", "readonly": False, "value": "1"}]},
        ends="applied",
        kept=("variable", "current"),
    ),
    Ordered("ChangeConfiguration", "set_variables", {"values": {"HeartbeatInterval": "60"}}),
    Ordered("DataTransfer", "data_transfer", {"vendor": "com.volta", "data": "x"}),
    Ordered(
        "ChangeAvailability",
        "change_availability",
        {"operative": False, "evse": 1},
        then=[status("Unavailable")],
        ends="applied",
    ),
    Ordered(
        "TriggerMessage",
        "trigger",
        {"message": "heartbeat"},
        then=[Told("Heartbeat")],
        ends="applied",
    ),
    Ordered(
        "ExtendedTriggerMessage",
        "trigger",
        {"message": "log_status_notification"},
        then=[Told("LogStatusNotification", {"status": "Idle", "requestId": 1})],
        ends="applied",
    ),
    Ordered(
        "GetDiagnostics",
        "get_log",
        ELSEWHERE,
        {"fileName": "diagnostics.zip"},
        then=[Told("DiagnosticsStatusNotification", {"status": "Uploaded"})],
        ends="applied",
        kept=("log", "uploaded"),
    ),
    Ordered(
        "GetLog",
        "get_log",
        {**ELSEWHERE, "kind": "security"},
        {"status": "Accepted", "filename": "security.log"},
        then=[golden("LogStatusNotification")],
        ends="applied",
        kept=("log", "uploaded"),
    ),
    Ordered(
        "UpdateFirmware",
        "update_firmware",
        FIRMWARE,
        NOTHING,
        then=[golden("FirmwareStatusNotification")],
        ends="applied",
        kept=("firmware", "installed"),
    ),
    Ordered(
        "SignedUpdateFirmware",
        "update_firmware",
        SIGNED,
        then=[golden("SignedFirmwareStatusNotification")],
        ends="applied",
        kept=("firmware", "installed"),
    ),
)
CERTIFICATES: Final[tuple[Scene, ...]] = (
    Ordered(
        "InstallCertificate",
        "install_certificate",
        {"use": "csms_root", "certificate": "$certificate"},
        kept=("certificate", "installed"),
    ),
    Ordered(
        "GetInstalledCertificateIds",
        "get_certificates",
        {"use": "csms_root"},
        {"status": "Accepted", "certificateHashData": [HASHES_ON_WIRE]},
        kept=("certificate", "installed"),
    ),
    Ordered(
        "DeleteCertificate",
        "delete_certificate",
        {"use": "csms_root", **HASHES},
        gone="certificate",
    ),
    Told("SignCertificate", {"csr": "$csr"}, hears={"status": "Accepted"}),
    Ordered(
        "CertificateSigned",
        "send_signed_certificate",
        {"chain": "$certificate"},
        kept=("certificate_request", "signed"),
    ),
)
BOOT: Final[tuple[Scene, ...]] = (
    Ordered("Reset", "reset", then=[golden("BootNotification")], ends="applied"),
)
DAY_16: Final = (*ARRIVAL, *CHARGING, *PEOPLE, *UPKEEP, *CERTIFICATES, *BOOT)
