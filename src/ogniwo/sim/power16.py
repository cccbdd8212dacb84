"""Charging profiles in the words of 1.6: set, cleared, and read back as a schedule."""

from collections.abc import Mapping
from typing import Final

from ogniwo.ocpp.v16 import schema
from ogniwo.sim.link import Answer
from ogniwo.sim.moment import moment, seconds_of
from ogniwo.sim.profiles import DAY_S, Kind, Period, Profile, Purpose
from ogniwo.sim.station import Hearing, Station

PURPOSES: Final[dict[schema.ChargingProfilePurposeType, Purpose]] = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
}
KINDS: Final[dict[schema.ChargingProfileKindType, Kind]] = {
    "Absolute": Kind.ABSOLUTE,
    "Recurring": Kind.RECURRING,
    "Relative": Kind.RELATIVE,
}


def set_profile(station: Station, request: schema.SetChargingProfileRequest) -> Answer:
    profile = to_profile(request.cs_charging_profiles, request.connector_id)
    transaction_id = request.cs_charging_profiles.transaction_id
    if not station.accepts_profile(profile, transaction_id):
        return Answer(schema.SetChargingProfileResponse(status="Rejected"))
    station.book.put(profile)
    return Answer(schema.SetChargingProfileResponse(status="Accepted"), station.settle_all)


def clear_profile(station: Station, request: schema.ClearChargingProfileRequest) -> Answer:
    """With an id the other fields are ignored; with no field at all everything goes."""

    def meant(one: Profile) -> bool:
        if request.id is not None:
            return one.id == request.id
        purpose = request.charging_profile_purpose
        return (
            request.connector_id in {None, one.evse}
            and (purpose is None or PURPOSES[purpose] is one.purpose)
            and request.stack_level in {None, one.stack_level}
        )

    removed = station.book.remove([one for one in station.book.profiles if meant(one)])
    return Answer(
        schema.ClearChargingProfileResponse(status="Accepted" if removed else "Unknown"),
        station.settle_all,
    )


def composite_schedule(station: Station, request: schema.GetCompositeScheduleRequest) -> Answer:
    evse = station.evse(request.connector_id)
    if evse is None and request.connector_id != 0:
        return Answer(schema.GetCompositeScheduleResponse(status="Rejected"))
    unit = request.charging_rate_unit or "A"
    periods = [
        schema.ChargingSchedulePeriod(
            start_period=offset_s,
            limit=round(limit.watts if unit == "W" else limit.amps, 1),
            number_phases=limit.phases,
        )
        for offset_s, limit in station.composite(evse, request.duration)
    ]
    return Answer(
        schema.GetCompositeScheduleResponse(
            status="Accepted",
            connector_id=request.connector_id,
            schedule_start=moment(station.now_s),
            charging_schedule=schema.ChargingSchedule(
                duration=request.duration,
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


def to_profile(told: schema.ChargingProfile, connector: int) -> Profile:
    schedule = told.charging_schedule
    return Profile(
        id=told.charging_profile_id,
        stack_level=told.stack_level,
        purpose=PURPOSES[told.charging_profile_purpose],
        kind=KINDS[told.charging_profile_kind],
        evse=connector,
        unit=schedule.charging_rate_unit,
        periods=tuple(
            Period(one.start_period, one.limit, one.number_phases)
            for one in schedule.charging_schedule_period
        ),
        start_s=seconds_of(schedule.start_schedule),
        duration_s=schedule.duration,
        repeat_s=7 * DAY_S if told.recurrency_kind == "Weekly" else DAY_S,
        valid_from_s=seconds_of(told.valid_from),
        valid_to_s=seconds_of(told.valid_to),
    )
