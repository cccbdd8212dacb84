"""1.6 SmartCharging profile: charging profiles set and cleared, and what they amount to."""

from typing import Any, Final

from msgspec.structs import replace

from ogniwo.domain.commands import Outcome
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import (
    ClearChargingProfiles,
    ClearLimit,
    GetCompositeSchedule,
    SetChargingProfile,
    SetLimit,
    VerifyLimit,
)
from ogniwo.domain.orders.smart_charging import limit_number
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.charging_outcomes import cleared, verified
from ogniwo.ocpp.neutral import to_data, to_payload
from ogniwo.ocpp.v16.charging_profile import to_profile
from ogniwo.ocpp.v16.core_orders import outcome
from ogniwo.ocpp.v16.schema import (
    ClearChargingProfileRequest,
    ClearChargingProfileResponse,
    GetCompositeScheduleRequest,
    GetCompositeScheduleResponse,
    SetChargingProfileRequest,
    SetChargingProfileResponse,
)


def set_to_request(order: SetChargingProfile, _command_id: int) -> SetChargingProfileRequest:
    return SetChargingProfileRequest(
        connector_id=order.evse, cs_charging_profiles=to_profile(order.profile, order.number())
    )


def limit_to_request(order: SetLimit, command_id: int) -> SetChargingProfileRequest:
    return set_to_request(order.as_profile(command_id), command_id)


def set_to_outcome(
    _order: SetChargingProfile | SetLimit, response: SetChargingProfileResponse
) -> Outcome:
    return outcome(response.status)


def clear_to_request(order: ClearChargingProfiles, _command_id: int) -> ClearChargingProfileRequest:
    if order.profile is not None:  # the others would be ignored
        return ClearChargingProfileRequest(id=order.profile)
    asked = {
        "connector_id": order.evse,
        "purpose": order.purpose,
        "stack_level": order.stack_level,
    }
    told = {name: value for name, value in asked.items() if value is not None}
    return to_payload(told, ClearChargingProfileRequest)


def clear_limit_to_request(order: ClearLimit, _command_id: int) -> ClearChargingProfileRequest:
    return ClearChargingProfileRequest(id=limit_number(order.evse))


def clear_to_outcome(
    order: ClearChargingProfiles | ClearLimit, response: ClearChargingProfileResponse
) -> Outcome:
    return cleared(order, outcome(response.status))


def composite_to_request(
    order: GetCompositeSchedule | VerifyLimit, _command_id: int
) -> GetCompositeScheduleRequest:
    unit = order.unit if isinstance(order, GetCompositeSchedule) else None
    asked = {"connector_id": order.evse, "duration_s": order.duration_s}
    told = asked if unit is None else {**asked, "unit": unit}
    return to_payload(told, GetCompositeScheduleRequest)


def schedule_of(evse: int, response: GetCompositeScheduleResponse) -> tuple[Held, ...]:
    """Its start is ``scheduleStart``; one within the schedule is to be ignored."""
    if response.charging_schedule is None:
        return ()
    data = to_data(response.charging_schedule)
    data.pop("starts_at", None)
    if response.schedule_start is not None:
        data["starts_at"] = response.schedule_start
    return (Held(kind=Kind.SCHEDULE, key=str(evse), evse=evse, data=data),)


def composite_to_outcome(
    order: GetCompositeSchedule, response: GetCompositeScheduleResponse
) -> Outcome:
    return replace(outcome(response.status), held=schedule_of(order.evse, response))


def verify_to_outcome(order: VerifyLimit, response: GetCompositeScheduleResponse) -> Outcome:
    return verified(order, outcome(response.status), schedule_of(order.evse, response))


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetChargingProfile, always("SetChargingProfile"), set_to_request, set_to_outcome),
    Outbound(SetLimit, always("SetChargingProfile"), limit_to_request, set_to_outcome),
    Outbound(
        ClearChargingProfiles, always("ClearChargingProfile"), clear_to_request, clear_to_outcome
    ),
    Outbound(ClearLimit, always("ClearChargingProfile"), clear_limit_to_request, clear_to_outcome),
    Outbound(
        GetCompositeSchedule,
        always("GetCompositeSchedule"),
        composite_to_request,
        composite_to_outcome,
    ),
    Outbound(VerifyLimit, always("GetCompositeSchedule"), composite_to_request, verify_to_outcome),
)
