"""What keeps a 2.x station in order: its variables, monitors, files and certificates."""

from typing import Final

from tests.system.fleet.day_16 import ELSEWHERE, HASHES, HASHES_ON_WIRE, SIGNED
from tests.system.fleet.script import Ordered, Scene, Told, golden

CHECKSUM: Final = "5d41402abc4b2a76b9719d911017c592"
HEAT: Final = "TemperatureSensor/Temperature"
OF_HEAT: Final = {
    "component": {"name": "TemperatureSensor"},
    "variable": {"name": "Temperature"},
}
INTERVAL: Final = "OCPPCommCtrlr/HeartbeatInterval"
OF_INTERVAL: Final = {
    "component": {"name": "OCPPCommCtrlr"},
    "variable": {"name": "HeartbeatInterval"},
    "attributeStatus": "Accepted",
}


def status(word: str) -> Told:
    fields = {"timestamp": "$now", "connectorStatus": word, "evseId": 1, "connectorId": 1}
    return Told("StatusNotification", fields)


CONFIGURATION: Final[tuple[Scene, ...]] = (
    Ordered(
        "GetBaseReport",
        "report",
        {"base": "full"},
        then=[golden("NotifyReport", seqNo=0)],
        ends="applied",
        kept=("variable", "current"),
    ),
    Ordered(
        "GetReport",
        "report",
        {"components": ["EVSE"]},
        then=[golden("NotifyReport", seqNo=0)],
        ends="applied",
    ),
    Ordered(
        "GetVariables",
        "get_variables",
        {"names": [INTERVAL]},
        {"getVariableResult": [{**OF_INTERVAL, "attributeValue": "300"}]},
        kept=("variable", "current"),
    ),
    Ordered(
        "SetVariables",
        "set_variables",
        {"values": {INTERVAL: "60"}},
        {"setVariableResult": [OF_INTERVAL]},
    ),
    Ordered(
        "SetNetworkProfile",
        "set_network_profile",
        {"slot": 2, "url": "wss://csms.example/ocpp", "security_profile": 2},
        kept=("network_profile", "accepted"),
    ),
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
)
MONITORING: Final[tuple[Scene, ...]] = (
    Ordered("SetMonitoringBase", "set_monitoring_base", {"base": "all"}),
    Ordered("SetMonitoringLevel", "set_monitoring_level", {"severity": 4}),
    Ordered(
        "SetVariableMonitoring",
        "set_monitor",
        {"variable": HEAT, "type": "upper_threshold", "value": 80, "severity": 4},
        {
            "setMonitoringResult": [
                {**OF_HEAT, "id": 12, "status": "Accepted", "type": "UpperThreshold", "severity": 4}
            ]
        },
        kept=("monitor", "active"),
    ),
    Ordered(
        "GetMonitoringReport",
        "get_monitors",
        then=[golden("NotifyMonitoringReport", seqNo=0)],
        ends="applied",
        kept=("monitor", "active"),
    ),
    Ordered(
        "ClearVariableMonitoring",
        "clear_monitors",
        {"monitors": [12]},
        {"clearMonitoringResult": [{"id": 12, "status": "Accepted"}]},
        gone="monitor",
    ),
)
FILES: Final[tuple[Scene, ...]] = (
    Ordered(
        "GetLog",
        "get_log",
        ELSEWHERE,
        {"status": "Accepted", "filename": "diagnostics.zip"},
        then=[golden("LogStatusNotification")],
        ends="applied",
        kept=("log", "uploaded"),
    ),
    Ordered(
        "UpdateFirmware",
        "update_firmware",
        SIGNED,
        then=[golden("FirmwareStatusNotification")],
        ends="applied",
        kept=("firmware", "installed"),
    ),
    Ordered(
        "PublishFirmware",
        "publish_firmware",
        {"location": SIGNED["location"], "checksum": CHECKSUM},
        then=[golden("PublishFirmwareStatusNotification")],
        ends="applied",
        kept=("published_firmware", "published"),
    ),
    Ordered(
        "UnpublishFirmware",
        "unpublish_firmware",
        {"checksum": CHECKSUM},
        {"status": "Unpublished"},
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
        {
            "status": "Accepted",
            "certificateHashDataChain": [
                {
                    "certificateType": "CSMSRootCertificate",
                    "certificateHashData": HASHES_ON_WIRE,
                }
            ],
        },
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
    golden("Get15118EVCertificate"),
    golden("GetCertificateStatus"),
)
UPKEEP: Final = (*CONFIGURATION, *MONITORING, *FILES, *CERTIFICATES)
