"""Q. Bidirectional power transfer: the grid's signal and what a car may do (Q01 to Q12)."""

from typing import Any, Final

from ogniwo.base.ids import instant_of
from ogniwo.base.units import from_instant, to_instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import AfrrSignal, NotifyAllowedEnergyTransfer
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.neutral import to_payload
from ogniwo.ocpp.v21.schema import (
    AFRRSignalRequest,
    AFRRSignalResponse,
    NotifyAllowedEnergyTransferRequest,
    NotifyAllowedEnergyTransferResponse,
)
from ogniwo.ocpp.v201.provisioning import outcome, whole_millisecond


def signal_to_request(order: AfrrSignal, command_id: int) -> AFRRSignalRequest:
    at = instant_of(command_id) if order.at is None else to_instant(order.at)
    return AFRRSignalRequest(timestamp=from_instant(whole_millisecond(at)), signal=order.signal)


def signal_to_outcome(_order: AfrrSignal, response: AFRRSignalResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def transfer_to_request(
    order: NotifyAllowedEnergyTransfer, _command_id: int
) -> NotifyAllowedEnergyTransferRequest:
    said = {"transaction_id": order.transaction_id, "allowed_energy_transfer": order.allowed}
    return to_payload(said, NotifyAllowedEnergyTransferRequest)


def transfer_to_outcome(
    _order: NotifyAllowedEnergyTransfer, response: NotifyAllowedEnergyTransferResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(AfrrSignal, always("AFRRSignal"), signal_to_request, signal_to_outcome),
    Outbound(
        NotifyAllowedEnergyTransfer,
        always("NotifyAllowedEnergyTransfer"),
        transfer_to_request,
        transfer_to_outcome,
    ),
)
