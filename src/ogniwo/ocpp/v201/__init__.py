"""OCPP 2.0.1: generated models, one adapter file per functional block."""

from typing import Any, Final

from ogniwo.ocpp.adapter import Inbound, Outbound
from ogniwo.ocpp.v201 import (
    authorization,
    availability,
    certificates,
    charging_told,
    credentials,
    customer_information,
    data_transfer,
    diagnostics,
    display_message,
    firmware,
    local_list,
    meter_values,
    monitoring,
    network,
    provisioning,
    remote_control,
    reservation,
    smart_charging,
    tariff,
    transactions,
    variables,
)
from ogniwo.ocpp.v201.schema import MESSAGES

INBOUND: Final[tuple[Inbound[Any], ...]] = (
    *provisioning.INBOUND,
    *monitoring.INBOUND,
    *authorization.INBOUND,
    *transactions.INBOUND,
    *availability.INBOUND,
    *meter_values.INBOUND,
    *diagnostics.INBOUND,
    *customer_information.INBOUND,
    *display_message.INBOUND,
    *data_transfer.INBOUND,
    *reservation.INBOUND,
    *charging_told.INBOUND,
    *variables.INBOUND,
    *firmware.INBOUND,
    *certificates.INBOUND,
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    *provisioning.OUTBOUND,
    *remote_control.OUTBOUND,
    *availability.OUTBOUND,
    *transactions.OUTBOUND,
    *customer_information.OUTBOUND,
    *display_message.OUTBOUND,
    *data_transfer.OUTBOUND,
    *local_list.OUTBOUND,
    *reservation.OUTBOUND,
    *smart_charging.OUTBOUND,
    *tariff.OUTBOUND,
    *variables.OUTBOUND,
    *monitoring.OUTBOUND,
    *network.OUTBOUND,
    *firmware.OUTBOUND,
    *certificates.OUTBOUND,
    *credentials.OUTBOUND,
)

__all__ = ["INBOUND", "MESSAGES", "OUTBOUND"]
