"""Orders to stations in no version's words, one file per functional block."""

from ogniwo.domain.orders import configuration, monitoring, network, remote, reservation
from ogniwo.domain.orders.configuration import GetVariables, Report, SetVariables
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
    remote.Orders | reservation.Orders | configuration.Orders | network.Orders | monitoring.Orders
)

__all__ = [
    "AdjustEventStream",
    "AnyOrder",
    "CancelReservation",
    "ChangeAvailability",
    "ClearMonitors",
    "GetEventStreams",
    "GetMonitors",
    "GetVariables",
    "Order",
    "RawCall",
    "RemoteStart",
    "RemoteStop",
    "Report",
    "Reserve",
    "Reset",
    "ResetKind",
    "SetMonitor",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetNetworkProfile",
    "SetVariables",
    "Trigger",
    "TriggerMessage",
    "Unlock",
    "request_number",
]
