"""Charging profiles in the words of 2.0.1 and 2.1: set, cleared, and read back as a schedule."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from ogniwo.ocpp.v21 import schema as schema21
from ogniwo.ocpp.v201 import schema
from ogniwo.sim.link import Answer
from ogniwo.sim.moment import moment, seconds_of
from ogniwo.sim.profiles import DAY_S, Kind, Period, Profile, Purpose
from ogniwo.sim.station import Hearing, Station

AnyProfile: TypeAlias = schema.ChargingProfileType | schema21.ChargingProfileType

PURPOSES: Final[Mapping[str, Purpose]] = {
    "ChargingStationMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
}
KINDS: Final[Mapping[str, Kind]] = {
    "Absolute": Kind.ABSOLUTE,
    "Recurring": Kind.RECURRING,
    "Relative": Kind.RELATIVE,
}


def set_profile(
    station: Station,
    request: schema.SetChargingProfileRequest | schema21.SetChargingProfileRequest,
) -> Answer:
    told = request.charging_profile
    if not readable(told):
        info = schema.StatusInfoType(reason_code="InvalidProfile")
        return Answer(schema.SetChargingProfileResponse(status="Rejected", status_info=info))
    profile = to_profile(told, request.evse_id)
    if not station.accepts_profile(profile, told.transaction_id):
        info = schema.StatusInfoType(reason_code="TxNotFound")
        return Answer(schema.SetChargingProfileResponse(status="Rejected", status_info=info))
    station.book.put(profile)
    return Answer(schema.SetChargingProfileResponse(status="Accepted"), station.settle_all)


def clear_profile(
    station: Station,
    request: schema.ClearChargingProfileRequest | schema21.ClearChargingProfileRequest,
) -> Answer:
    criteria = request.charging_profile_criteria

    def meant(one: Profile) -> bool:
        if request.charging_profile_id is not None:
            return one.id == request.charging_profile_id
        if criteria is None:
            return False
        purpose = criteria.charging_profile_purpose
        return (
            criteria.evse_id in {None, one.evse}
            and (purpose is None or PURPOSES.get(purpose) is one.purpose)
            and criteria.stack_level in {None, one.stack_level}
        )

    removed = station.book.remove([one for one in station.book.profiles if meant(one)])
    return Answer(
        schema.ClearChargingProfileResponse(status="Accepted" if removed else "Unknown"),
        station.settle_all,
    )


def composite_schedule(
    station: Station,
    request: schema.GetCompositeScheduleRequest | schema21.GetCompositeScheduleRequest,
) -> Answer:
    evse = station.evse(request.evse_id)
    if evse is None and request.evse_id != 0:
        return Answer(schema.GetCompositeScheduleResponse(status="Rejected"))
    unit = request.charging_rate_unit or "A"
    periods = [
        schema.ChargingSchedulePeriodType(
            start_period=offset_s,
            limit=round(limit.watts if unit == "W" else limit.amps, 3),
            number_phases=limit.phases,
        )
        for offset_s, limit in station.composite(evse, request.duration)
    ]
    return Answer(
        schema.GetCompositeScheduleResponse(
            status="Accepted",
            schedule=schema.CompositeScheduleType(
                evse_id=request.evse_id,
                duration=request.duration,
                schedule_start=moment(station.now_s),
                charging_rate_unit=unit,
                charging_schedule_period=periods,
            ),
        )
    )


HEARINGS: Final[Mapping[str, Hearing]] = {
    "SetChargingProfile": set_profile,
    "ClearChargingProfile": clear_profile,
    "GetCompositeSchedule": composite_schedule,
}


def readable(told: AnyProfile) -> bool:
    """Purposes, kinds and modes beyond the plain limit are not for this station."""
    return (
        told.charging_profile_purpose in PURPOSES
        and told.charging_profile_kind in KINDS
        and all(one.limit is not None for one in told.charging_schedule[0].charging_schedule_period)
    )


def to_profile(told: AnyProfile, evse: int) -> Profile:
    schedule = told.charging_schedule[0]
    return Profile(
        id=told.id,
        stack_level=told.stack_level,
        purpose=PURPOSES[told.charging_profile_purpose],
        kind=KINDS[told.charging_profile_kind],
        evse=evse,
        unit=schedule.charging_rate_unit,
        periods=tuple(
            Period(one.start_period, one.limit or 0.0, one.number_phases)
            for one in schedule.charging_schedule_period
        ),
        start_s=seconds_of(schedule.start_schedule),
        duration_s=schedule.duration,
        repeat_s=7 * DAY_S if told.recurrency_kind == "Weekly" else DAY_S,
        valid_from_s=seconds_of(told.valid_from),
        valid_to_s=seconds_of(told.valid_to),
    )
