"""OCPP 1.6J with its security extension: generated models, one adapter file per profile."""

from typing import Any, Final

from ogniwo.ocpp.adapter import Inbound, Outbound
from ogniwo.ocpp.v16 import (
    configuration,
    core,
    core_orders,
    cost,
    credentials,
    data_transfer,
    firmware,
    local_list,
    reservation,
    security,
    smart_charging,
)
from ogniwo.ocpp.v16.schema import MESSAGES

INBOUND: Final[tuple[Inbound[Any], ...]] = (
    *core.INBOUND,
    *firmware.INBOUND,
    *security.INBOUND,
    *data_transfer.INBOUND,
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    *core_orders.OUTBOUND,
    *smart_charging.OUTBOUND,
    *cost.OUTBOUND,
    *reservation.OUTBOUND,
    *data_transfer.OUTBOUND,
    *local_list.OUTBOUND,
    *configuration.OUTBOUND,
    *firmware.OUTBOUND,
    *security.OUTBOUND,
    *credentials.OUTBOUND,
)

__all__ = ["INBOUND", "MESSAGES", "OUTBOUND"]
