"""B. Provisioning in 2.1: a reset that resumes its transactions (B13)."""

from typing import Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import Reset, ResetKind
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import ResetEnumType, ResetRequest, ResetResponse
from ogniwo.ocpp.v201.provisioning import outcome

_RESETS: Final[dict[ResetKind, ResetEnumType]] = {
    ResetKind.SOFT: "Immediate",
    ResetKind.HARD: "Immediate",
    ResetKind.IMMEDIATE: "Immediate",
    ResetKind.ON_IDLE: "OnIdle",
    ResetKind.IMMEDIATE_AND_RESUME: "ImmediateAndResume",
}


def reset_to_request(order: Reset, _command_id: int) -> ResetRequest:
    return ResetRequest(type=_RESETS[order.kind], evse_id=order.evse)


def reset_to_outcome(_order: Reset, response: ResetResponse) -> Outcome:
    return outcome(response.status, response.status_info)


RESET: Final = Outbound(Reset, always("Reset"), reset_to_request, reset_to_outcome)
