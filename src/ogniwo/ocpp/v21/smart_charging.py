"""K. Smart charging in 2.1: the orders of 2.0.1 with richer profiles, priority, dynamic limits."""

from typing import Any, Final

from msgspec.structs import replace

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import UpdateDynamicSchedule, UsePriorityCharging
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.neutral import to_payload
from ogniwo.ocpp.v21.schema import (
    ChargingScheduleUpdateType,
    ClearChargingProfileRequest,
    GetChargingProfilesRequest,
    GetCompositeScheduleRequest,
    SetChargingProfileRequest,
    UpdateDynamicScheduleRequest,
    UpdateDynamicScheduleResponse,
    UsePriorityChargingRequest,
    UsePriorityChargingResponse,
)
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.smart_charging import outbound_of


def priority_to_request(order: UsePriorityCharging, _command_id: int) -> UsePriorityChargingRequest:
    return UsePriorityChargingRequest(transaction_id=order.transaction_id, activate=order.activate)


def priority_to_outcome(
    _order: UsePriorityCharging, response: UsePriorityChargingResponse
) -> Outcome:
    said = outcome(response.status, response.status_info)
    if said.result != "NoProfile":
        return said
    return replace(said, reason="set a charging profile of purpose priority_charging first")


def update_to_request(
    order: UpdateDynamicSchedule, _command_id: int
) -> UpdateDynamicScheduleRequest:
    update = to_payload(order.update, ChargingScheduleUpdateType)
    return UpdateDynamicScheduleRequest(charging_profile_id=order.profile, schedule_update=update)


def update_to_outcome(
    _order: UpdateDynamicSchedule, response: UpdateDynamicScheduleResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    *outbound_of(
        SetChargingProfileRequest,
        ClearChargingProfileRequest,
        GetChargingProfilesRequest,
        GetCompositeScheduleRequest,
    ),
    Outbound(
        UsePriorityCharging, always("UsePriorityCharging"), priority_to_request, priority_to_outcome
    ),
    Outbound(
        UpdateDynamicSchedule, always("UpdateDynamicSchedule"), update_to_request, update_to_outcome
    ),
)
