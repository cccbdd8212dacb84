"""OCPP 1.6J with its security extension: generated models, one adapter file per profile."""

from typing import Any, Final

from ogniwo.ocpp.adapter import Inbound, Outbound
from ogniwo.ocpp.notices import noticing
from ogniwo.ocpp.v16 import configuration, core, core_orders, reservation
from ogniwo.ocpp.v16.schema import MESSAGES

_NOTICES: Final = (
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignedFirmwareStatusNotification",
)

INBOUND: Final[tuple[Inbound[Any], ...]] = (
    *core.INBOUND,
    *(noticing(action, MESSAGES) for action in _NOTICES),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    *core_orders.OUTBOUND,
    *reservation.OUTBOUND,
    *configuration.OUTBOUND,
)

__all__ = ["INBOUND", "MESSAGES", "OUTBOUND"]
