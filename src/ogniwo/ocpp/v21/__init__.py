"""OCPP 2.1: generated models; the adapters are those of 2.0.1 where the meaning is the same.

Its structs carry the same fields and more, so the functions of 2.0.1 read them as they are,
and what those functions build is checked against the schema of 2.1 before it leaves.
"""

from typing import Any, Final

from ogniwo.ocpp import v201
from ogniwo.ocpp.adapter import Inbound, Outbound
from ogniwo.ocpp.v21 import (
    authorization,
    battery_swap,
    bidirectional,
    certificates,
    charging_told,
    credentials,
    der,
    display_message,
    firmware,
    monitoring,
    network,
    payment,
    provisioning,
    remote_control,
    smart_charging,
    tariff,
    transactions,
    variables,
)
from ogniwo.ocpp.v21.schema import MESSAGES

# What 2.1 has more to say on than 2.0.1, or what only 2.1 knows.
_HEARD: Final[tuple[Inbound[Any], ...]] = (
    *monitoring.INBOUND,
    *certificates.INBOUND,
    *payment.INBOUND,
    *battery_swap.INBOUND,
    *transactions.INBOUND,
    *charging_told.INBOUND,
    *der.INBOUND,
)
_NEW: Final[tuple[Outbound[Any, Any], ...]] = (
    provisioning.RESET,
    *remote_control.OUTBOUND,
    *variables.OUTBOUND,
    *monitoring.OUTBOUND,
    *network.OUTBOUND,
    *firmware.OUTBOUND,
    *certificates.OUTBOUND,
    *credentials.OUTBOUND,
    authorization.REMOTE_START,
    *display_message.OUTBOUND,
    *payment.OUTBOUND,
    *battery_swap.OUTBOUND,
    *smart_charging.OUTBOUND,
    *bidirectional.OUTBOUND,
    *der.OUTBOUND,
    *tariff.OUTBOUND,
)
_OWN: Final = {it.order: it for it in _NEW}
_HEARD_HERE: Final = {it.action for it in _HEARD}

INBOUND: Final[tuple[Inbound[Any], ...]] = (
    *(it for it in v201.INBOUND if it.action not in _HEARD_HERE),
    *_HEARD,
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    *(it for it in v201.OUTBOUND if it.order not in _OWN),
    *_OWN.values(),
)

__all__ = ["INBOUND", "MESSAGES", "OUTBOUND"]
