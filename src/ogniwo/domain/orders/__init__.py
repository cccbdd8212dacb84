"""Orders to stations in no version's words, one file per functional block."""

from ogniwo.domain.orders import (
    battery,
    certificates,
    configuration,
    customer,
    diagnostics,
    display,
    firmware,
    local_list,
    monitoring,
    network,
    payment,
    remote,
    reservation,
    transactions,
    vendor,
)
from ogniwo.domain.orders.battery import RequestBatterySwap
from ogniwo.domain.orders.certificates import (
    CertificateUse,
    DeleteCertificate,
    GetCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ogniwo.domain.orders.configuration import GetVariables, Report, SetVariables
from ogniwo.domain.orders.customer import CustomerCertificate, CustomerInformation
from ogniwo.domain.orders.diagnostics import GetLog, LogKind
from ogniwo.domain.orders.display import (
    ClearDisplayMessage,
    GetDisplayMessages,
    MessageFormat,
    MessagePriority,
    MessageState,
    SetDisplayMessage,
)
from ogniwo.domain.orders.firmware import PublishFirmware, UnpublishFirmware, UpdateFirmware
from ogniwo.domain.orders.local_list import (
    ClearCache,
    GetLocalListVersion,
    ListEntry,
    ListMode,
    SendLocalList,
)
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
from ogniwo.domain.orders.payment import NotifyWebPaymentStarted
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
from ogniwo.domain.orders.transactions import GetTransactionStatus
from ogniwo.domain.orders.vendor import DataTransfer

AnyOrder = (
    remote.Orders
    | reservation.Orders
    | configuration.Orders
    | network.Orders
    | monitoring.Orders
    | diagnostics.Orders
    | firmware.Orders
    | certificates.Orders
    | local_list.Orders
    | display.Orders
    | customer.Orders
    | transactions.Orders
    | vendor.Orders
    | payment.Orders
    | battery.Orders
)

__all__ = [
    "AdjustEventStream",
    "AnyOrder",
    "CancelReservation",
    "CertificateUse",
    "ChangeAvailability",
    "ClearCache",
    "ClearDisplayMessage",
    "ClearMonitors",
    "CustomerCertificate",
    "CustomerInformation",
    "DataTransfer",
    "DeleteCertificate",
    "GetCertificates",
    "GetDisplayMessages",
    "GetEventStreams",
    "GetLocalListVersion",
    "GetLog",
    "GetMonitors",
    "GetTransactionStatus",
    "GetVariables",
    "InstallCertificate",
    "ListEntry",
    "ListMode",
    "LogKind",
    "MessageFormat",
    "MessagePriority",
    "MessageState",
    "NotifyWebPaymentStarted",
    "Order",
    "PublishFirmware",
    "RawCall",
    "RemoteStart",
    "RemoteStop",
    "Report",
    "RequestBatterySwap",
    "Reserve",
    "Reset",
    "ResetKind",
    "SendLocalList",
    "SendSignedCertificate",
    "SetDisplayMessage",
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
