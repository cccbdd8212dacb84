"""Orders to stations in no version's words, one file per functional block."""

from ogniwo.domain.orders import remote, reservation
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

AnyOrder = remote.Orders | reservation.Orders

__all__ = [
    "AnyOrder",
    "CancelReservation",
    "ChangeAvailability",
    "Order",
    "RawCall",
    "RemoteStart",
    "RemoteStop",
    "Reserve",
    "Reset",
    "ResetKind",
    "Trigger",
    "TriggerMessage",
    "Unlock",
    "request_number",
]
