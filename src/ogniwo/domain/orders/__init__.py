"""Orders to stations in no version's words, one file per functional block."""

from ogniwo.domain.orders import (
    battery,
    bidirectional,
    certificates,
    configuration,
    customer,
    der,
    diagnostics,
    display,
    firmware,
    local_list,
    monitoring,
    network,
    payment,
    remote,
    reservation,
    security,
    smart_charging,
    tariff,
    transactions,
    vendor,
)
from ogniwo.domain.orders.battery import RequestBatterySwap
from ogniwo.domain.orders.bidirectional import (
    AfrrSignal,
    NotifyAllowedEnergyTransfer,
)
from ogniwo.domain.orders.certificates import (
    CertificateUse,
    DeleteCertificate,
    GetCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ogniwo.domain.orders.configuration import GetVariables, Report, ReportKeys, SetVariables
from ogniwo.domain.orders.customer import CustomerCertificate, CustomerInformation
from ogniwo.domain.orders.der import (
    ClearDerControl,
    GetDerControl,
    SetDerControl,
)
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
    TriggerCustom,
    TriggerMessage,
    Unlock,
)
from ogniwo.domain.orders.reservation import CancelReservation, Reserve
from ogniwo.domain.orders.security import RaiseSecurityProfile, SetPassword
from ogniwo.domain.orders.smart_charging import (
    ClearChargingProfiles,
    ClearLimit,
    GetChargingProfiles,
    GetCompositeSchedule,
    SetChargingProfile,
    SetLimit,
    UpdateDynamicSchedule,
    UsePriorityCharging,
    VerifyLimit,
)
from ogniwo.domain.orders.tariff import (
    ChangeTransactionTariff,
    ClearTariffs,
    CostUpdated,
    FinalCost,
    GetTariffs,
    SetDefaultTariff,
    SetUserPrice,
)
from ogniwo.domain.orders.transactions import GetTransactionStatus
from ogniwo.domain.orders.vendor import DataTransfer

AnyOrder = (
    remote.Orders
    | reservation.Orders
    | configuration.Orders
    | network.Orders
    | security.Orders
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
    | bidirectional.Orders
    | der.Orders
    | smart_charging.Orders
    | tariff.Orders
)

__all__ = [
    "AdjustEventStream",
    "AfrrSignal",
    "AnyOrder",
    "CancelReservation",
    "CertificateUse",
    "ChangeAvailability",
    "ChangeTransactionTariff",
    "ClearCache",
    "ClearChargingProfiles",
    "ClearDerControl",
    "ClearDisplayMessage",
    "ClearLimit",
    "ClearMonitors",
    "ClearTariffs",
    "CostUpdated",
    "CustomerCertificate",
    "CustomerInformation",
    "DataTransfer",
    "DeleteCertificate",
    "FinalCost",
    "GetCertificates",
    "GetChargingProfiles",
    "GetCompositeSchedule",
    "GetDerControl",
    "GetDisplayMessages",
    "GetEventStreams",
    "GetLocalListVersion",
    "GetLog",
    "GetMonitors",
    "GetTariffs",
    "GetTransactionStatus",
    "GetVariables",
    "InstallCertificate",
    "ListEntry",
    "ListMode",
    "LogKind",
    "MessageFormat",
    "MessagePriority",
    "MessageState",
    "NotifyAllowedEnergyTransfer",
    "NotifyWebPaymentStarted",
    "Order",
    "PublishFirmware",
    "RaiseSecurityProfile",
    "RawCall",
    "RemoteStart",
    "RemoteStop",
    "Report",
    "ReportKeys",
    "RequestBatterySwap",
    "Reserve",
    "Reset",
    "ResetKind",
    "SendLocalList",
    "SendSignedCertificate",
    "SetChargingProfile",
    "SetDefaultTariff",
    "SetDerControl",
    "SetDisplayMessage",
    "SetLimit",
    "SetMonitor",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetNetworkProfile",
    "SetPassword",
    "SetUserPrice",
    "SetVariables",
    "Trigger",
    "TriggerCustom",
    "TriggerMessage",
    "Unlock",
    "UnpublishFirmware",
    "UpdateDynamicSchedule",
    "UpdateFirmware",
    "UsePriorityCharging",
    "VerifyLimit",
    "request_number",
]
