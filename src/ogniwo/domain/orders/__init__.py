"""Orders to stations in no version's words, one file per functional block."""

from ogniwo.domain.orders import (
    certificates,
    configuration,
    diagnostics,
    firmware,
    monitoring,
    network,
    remote,
    reservation,
)
from ogniwo.domain.orders.certificates import (
    CertificateUse,
    DeleteCertificate,
    GetCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ogniwo.domain.orders.configuration import GetVariables, Report, SetVariables
from ogniwo.domain.orders.diagnostics import GetLog, LogKind
from ogniwo.domain.orders.firmware import PublishFirmware, UnpublishFirmware, UpdateFirmware
from ogniwo.domain.orders.monitoring import (
    AdjustEventStream,
    ClearMonitors,
    GetEventStreams,
    GetMonitors,
    SetMonitor,
    SetMonitoringBase,
    SetMonitoringLevel,
)
from ogniwo.domain.orders.network import SetNetworkProfile
from ogniwo.domain.orders.order import Order, request_number
from ogniwo.domain.orders.remote import (
    ChangeAvailability,
    RawCall,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)
from ogniwo.domain.orders.reservation import CancelReservation, Reserve

AnyOrder = (
    remote.Orders
    | reservation.Orders
    | configuration.Orders
    | network.Orders
    | monitoring.Orders
    | diagnostics.Orders
    | firmware.Orders
    | certificates.Orders
)

__all__ = [
    "AdjustEventStream",
    "AnyOrder",
    "CancelReservation",
    "CertificateUse",
    "ChangeAvailability",
    "ClearMonitors",
    "DeleteCertificate",
    "GetCertificates",
    "GetEventStreams",
    "GetLog",
    "GetMonitors",
    "GetVariables",
    "InstallCertificate",
    "LogKind",
    "Order",
    "PublishFirmware",
    "RawCall",
    "RemoteStart",
    "RemoteStop",
    "Report",
    "Reserve",
    "Reset",
    "ResetKind",
    "SendSignedCertificate",
    "SetMonitor",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetNetworkProfile",
    "SetVariables",
    "Trigger",
    "TriggerMessage",
    "Unlock",
    "UnpublishFirmware",
    "UpdateFirmware",
    "request_number",
]
