"""K. Smart charging, to the station: profiles, limits, what they amount to (K01 to K10).

What is built takes the version's models, for 2.1 has the same messages with more in them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from ogniwo.domain.charging import ChargingProfile, LimitSource
from ogniwo.domain.commands import Outcome
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import (
    ClearChargingProfiles,
    ClearLimit,
    GetChargingProfiles,
    GetCompositeSchedule,
    SetChargingProfile,
    SetLimit,
    VerifyLimit,
    request_number,
)
from ogniwo.domain.orders.smart_charging import limit_number
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.charging_outcomes import cleared, verified
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.neutral import to_data, to_payload
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    ClearChargingProfileRequest,
    ClearChargingProfileResponse,
    GetChargingProfilesRequest,
    GetChargingProfilesResponse,
    GetCompositeScheduleRequest,
    GetCompositeScheduleResponse,
    SetChargingProfileRequest,
    SetChargingProfileResponse,
)

P = TypeVar("P", bound=Payload)

_SOURCES: Final[dict[LimitSource, str]] = {
    LimitSource.EMS: "EMS",
    LimitSource.OTHER: "Other",
    LimitSource.SO: "SO",
    LimitSource.CSO: "CSO",
}


def numbered(profile: ChargingProfile, number: int) -> ChargingProfile:
    schedules = tuple(
        replace(it, id=it.id or place) for place, it in enumerate(profile.schedules, 1)
    )
    return replace(profile, id=number, schedules=schedules)


def set_to_request(model: type[P], order: SetChargingProfile, _command_id: int) -> P:
    profile = numbered(order.profile, order.number())
    return to_payload({"evse_id": order.evse, "charging_profile": profile}, model)


def limit_to_request(model: type[P], order: SetLimit, command_id: int) -> P:
    return set_to_request(model, order.as_profile(command_id), command_id)


def set_to_outcome(
    _order: SetChargingProfile | SetLimit, response: SetChargingProfileResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


def clear_to_request(model: type[P], order: ClearChargingProfiles, _command_id: int) -> P:
    if order.profile is not None:
        return to_payload({}, model, charging_profile_id=order.profile)
    criteria = {
        "evse_id": order.evse,
        "purpose": order.purpose,
        "stack_level": order.stack_level,
    }
    told = {name: value for name, value in criteria.items() if value is not None}
    if not told:
        raise OrderNotPossibleError(
            "an OCPP 2.x station must be told which profiles to clear: name the profile, or an "
            "evse, a purpose or a stack_level"
        )
    return to_payload({"charging_profile_criteria": told}, model)


def clear_limit_to_request(model: type[P], order: ClearLimit, _command_id: int) -> P:
    return to_payload({}, model, charging_profile_id=limit_number(order.evse))


def clear_to_outcome(
    order: ClearChargingProfiles | ClearLimit, response: ClearChargingProfileResponse
) -> Outcome:
    return cleared(order, outcome(response.status, response.status_info))


def get_to_request(model: type[P], order: GetChargingProfiles, command_id: int) -> P:
    criteria = {
        "purpose": order.purpose,
        "stack_level": order.stack_level,
        "id": order.profiles,
        "charging_limit_source": None if order.source is None else [_SOURCES[order.source]],
    }
    told = {name: value for name, value in criteria.items() if value is not None}
    asked: dict[str, object] = {"request_id": request_number(command_id), "charging_profile": told}
    if order.evse is not None:
        asked["evse_id"] = order.evse
    return to_payload(asked, model)


def get_to_outcome(order: GetChargingProfiles, response: GetChargingProfilesResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    if said.result != "NoProfiles":
        return said
    reason = "the station has no profile that matches"
    return replace(said, reason=reason, whole_of=order.whole_of())


def composite_to_request(
    model: type[P], order: GetCompositeSchedule | VerifyLimit, _command_id: int
) -> P:
    asked: dict[str, object] = {"evse_id": order.evse, "duration_s": order.duration_s}
    if isinstance(order, GetCompositeSchedule) and order.unit is not None:
        asked["unit"] = order.unit
    return to_payload(asked, model)


def schedule_of(evse: int, response: GetCompositeScheduleResponse) -> tuple[Held, ...]:
    if response.schedule is None:
        return ()
    data = to_data(response.schedule)
    data["starts_at"] = data.pop("schedule_start")
    data.pop("evse_id")
    return (Held(kind=Kind.SCHEDULE, key=str(evse), evse=evse, data=data),)


def composite_to_outcome(
    order: GetCompositeSchedule, response: GetCompositeScheduleResponse
) -> Outcome:
    said = outcome(response.status, response.status_info)
    return replace(said, held=schedule_of(order.evse, response))


def verify_to_outcome(order: VerifyLimit, response: GetCompositeScheduleResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    return verified(order, said, schedule_of(order.evse, response))


Request = Callable[[Any, int], Payload]


def outbound_of(
    set_model: type[Payload],
    clear_model: type[Payload],
    get_model: type[Payload],
    composite_model: type[Payload],
) -> tuple[Outbound[Any, Any], ...]:
    """The orders with a version's own models."""
    set_, clear = always("SetChargingProfile"), always("ClearChargingProfile")
    composite = always("GetCompositeSchedule")
    ask: Request = partial(composite_to_request, composite_model)
    return (
        Outbound(SetChargingProfile, set_, partial(set_to_request, set_model), set_to_outcome),
        Outbound(SetLimit, set_, partial(limit_to_request, set_model), set_to_outcome),
        Outbound(
            ClearChargingProfiles, clear, partial(clear_to_request, clear_model), clear_to_outcome
        ),
        Outbound(ClearLimit, clear, partial(clear_limit_to_request, clear_model), clear_to_outcome),
        Outbound(
            GetChargingProfiles,
            always("GetChargingProfiles"),
            partial(get_to_request, get_model),
            get_to_outcome,
        ),
        Outbound(GetCompositeSchedule, composite, ask, composite_to_outcome),
        Outbound(VerifyLimit, composite, ask, verify_to_outcome),
    )


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = outbound_of(
    SetChargingProfileRequest,
    ClearChargingProfileRequest,
    GetChargingProfilesRequest,
    GetCompositeScheduleRequest,
)
