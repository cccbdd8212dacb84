"""Charging profiles as each version writes them, and what none of them may send."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ogniwo.base.errors import RefusedError
from ogniwo.base.units import from_instant, seconds
from ogniwo.domain.charging import (
    ChargingProfile,
    LimitSource,
    OperationMode,
    Period,
    ProfileKind,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
)
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.orders import (
    ClearChargingProfiles,
    GetChargingProfiles,
    SetChargingProfile,
    request_number,
)
from ogniwo.domain.orders.order import Known
from ogniwo.ocpp.adapter import OrderNotPossibleError
from tests.domain.world import NOON, StationUnderTest, World

COMMAND = 314_371_473_408_000_001
START = datetime(2026, 5, 17, 12, tzinfo=UTC)
SCHEDULE = Schedule(
    unit=RateUnit.A,
    starts_at=START,
    duration_s=3600,
    periods=(Period(limit=16.19999, number_phases=3), Period(start_s=60, limit=0)),
)
PROFILE = ChargingProfile(
    id=7, purpose=Purpose.TX, stack_level=2, transaction_id="17", schedules=(SCHEDULE,)
)
ORDER = SetChargingProfile(evse=1, profile=PROFILE)
KNOWN = Known(now=NOON, running={"17": 1})


def call_of(version: str, order: Any) -> dict[str, Any]:
    _, payload = StationUnderTest(World(), version).outgoing(order, COMMAND)
    return payload


def test_1_6_has_one_schedule_and_steps_of_a_tenth() -> None:
    assert call_of("ocpp1.6", ORDER) == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 7,
            "transactionId": 17,
            "stackLevel": 2,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "duration": 3600,
                "startSchedule": "2026-05-17T12:00:00Z",
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 16.1, "numberPhases": 3},
                    {"startPeriod": 60, "limit": 0.0},
                ],
            },
        },
    }


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_2_x_numbers_its_schedules_and_knows_six_decimals(version: str) -> None:
    profile = call_of(version, ORDER)["chargingProfile"]
    (schedule,) = profile["chargingSchedule"]
    assert (profile["id"], profile["transactionId"], schedule["id"]) == (7, "17", 1)
    assert schedule["chargingSchedulePeriod"][0]["limit"] == 16.19999


def test_2_1_alone_says_what_may_flow_back() -> None:
    period = Period(
        setpoint=-3000, discharge_limit=-5000, operation_mode=OperationMode.CENTRAL_SETPOINT
    )
    schedule = Schedule(unit=RateUnit.W, periods=(period,))
    profile = ChargingProfile(
        purpose=Purpose.TX_DEFAULT, kind=ProfileKind.DYNAMIC, schedules=(schedule,)
    )
    order = SetChargingProfile(evse=1, profile=profile)
    told = call_of("ocpp2.1", order)["chargingProfile"]
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [
        {
            "startPeriod": 0,
            "dischargeLimit": -5000.0,
            "setpoint": -3000.0,
            "operationMode": "CentralSetpoint",
        }
    ]
    for version in ("ocpp1.6", "ocpp2.0.1"):
        with pytest.raises(OrderNotPossibleError, match=r"leave it out|give it|use "):
            call_of(version, order)


def test_1_6_cannot_carry_several_schedules() -> None:
    two = replace(ORDER, profile=replace(PROFILE, schedules=(SCHEDULE, SCHEDULE)))
    with pytest.raises(OrderNotPossibleError, match="give one"):
        call_of("ocpp1.6", two)


def test_all_profiles_are_cleared_in_1_6_only() -> None:
    assert call_of("ocpp1.6", ClearChargingProfiles()) == {}
    with pytest.raises(OrderNotPossibleError, match="name the profile"):
        call_of("ocpp2.0.1", ClearChargingProfiles())


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_profiles_are_asked_for_by_what_they_are(version: str) -> None:
    order = GetChargingProfiles(
        evse=1, purpose=Purpose.STATION_MAX, profiles=(7, 8), source=LimitSource.EMS
    )
    assert call_of(version, order) == {
        "requestId": request_number(COMMAND),
        "evseId": 1,
        "chargingProfile": {
            "chargingProfilePurpose": "ChargingStationMaxProfile",
            "chargingProfileId": [7, 8],
            "chargingLimitSource": ["EMS"],
        },
    }


def spoilt(evse: int = 1, *, schedule: dict[str, Any] | None = None, **fields: Any) -> Any:
    profile = replace(PROFILE, schedules=(replace(SCHEDULE, **(schedule or {})),))
    return SetChargingProfile(evse=evse, profile=replace(profile, **fields))


DEFAULT: dict[str, Any] = {"purpose": Purpose.TX_DEFAULT, "transaction_id": None}
TWO_DAYS = Schedule(unit=RateUnit.A, starts_at=START, duration_s=172_800, periods=(Period(),))
BEFORE, LATER = from_instant(NOON - seconds(9)), from_instant(NOON + seconds(9))


@pytest.mark.parametrize(
    ("order", "advice"),
    [
        (spoilt(purpose=Purpose.EXTERNAL_CONSTRAINTS, transaction_id=None), "use station_max"),
        (spoilt(purpose=Purpose.STATION_MAX, transaction_id=None), "use evse 0"),
        (spoilt(evse=0), "name it"),
        (spoilt(transaction_id=None), "name it as transaction_id"),
        (spoilt(transaction_id="18"), "does not run"),
        (spoilt(evse=2), "runs at another EVSE"),
        (spoilt(purpose=Purpose.TX_DEFAULT), "leave it out"),
        (spoilt(valid_to=BEFORE), "give a later valid_to"),
        (spoilt(valid_to=LATER, valid_from=LATER), "after valid_from"),
        (spoilt(kind=ProfileKind.RECURRING), "daily or weekly"),
        (spoilt(recurrency=Recurrency.DAILY), "set kind to recurring"),
        (spoilt(kind=ProfileKind.RELATIVE), "leave out starts_at"),
        (spoilt(schedule={"starts_at": None}), "give starts_at"),
        (spoilt(schedule={"periods": (Period(start_s=1),)}), "start at 0"),
        (spoilt(schedule={"periods": (Period(), Period())}), "sort them"),
        (spoilt(schedule={"periods": (Period(phase_to_use=1),)}), "set number_phases to 1"),
        (spoilt(update_interval_s=9), "set kind to dynamic"),
        (spoilt(kind=ProfileKind.DYNAMIC), "give just one"),
        (
            spoilt(kind=ProfileKind.RECURRING, recurrency=Recurrency.DAILY, schedules=(TWO_DAYS,)),
            "at most 86400 seconds",
        ),
        (
            spoilt(purpose=Purpose.PRIORITY_CHARGING, transaction_id=None),
            "leave out duration_s",
        ),
    ],
)
def test_a_profile_that_stations_would_reject_is_refused_with_advice(
    order: SetChargingProfile, advice: str
) -> None:
    with pytest.raises(RefusedError, match=advice):
        order.check(KNOWN)


def a_variable(key: str, value: str) -> Holding:
    return Holding(station_id=1, kind=Kind.VARIABLE, key=key, at=NOON, value=value)


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("ChargeProfileMaxStackLevel", "1", "levels up to 1"),
        ("SmartChargingCtrlr/ProfileStackLevel", "0", "levels up to 0"),
        ("ChargingScheduleMaxPeriods", "1", "1 periods at most"),
        ("SmartChargingCtrlr/PeriodsPerSchedule", "1", "1 periods at most"),
        ("ChargingScheduleAllowedChargingRateUnit", "Power", "no limits in A"),
        ("SmartChargingCtrlr/RateUnit", "W", "no limits in A"),
        ("ChargingStation/SupplyPhases", "1", "there are 1 phases"),
        ("EVSE@1/SupplyPhases", "1", "there are 1 phases"),
        ("MaxChargingProfilesInstalled", "0", "room for 0 profiles"),
    ],
)
def test_what_the_station_says_of_itself_is_kept_to(variable: str, value: str, advice: str) -> None:
    known = replace(KNOWN, held=(a_variable(variable, value),))
    assert (Kind.VARIABLE, variable) in ORDER.needs()
    with pytest.raises(RefusedError, match=advice):
        ORDER.check(known)
    ORDER.check(KNOWN)
    ORDER.check(replace(KNOWN, held=(a_variable(variable, "A,W,Current,Power"),)))


def test_the_evse_s_own_phases_count_before_the_station_s() -> None:
    told = (a_variable("ChargingStation/SupplyPhases", "1"), a_variable("EVSE@1/SupplyPhases", "3"))
    ORDER.check(replace(KNOWN, held=told))


def test_phases_are_not_chosen_where_they_cannot_be_switched() -> None:
    fixed = a_variable("SmartChargingCtrlr/ACPhaseSwitchingSupported", "false")
    one = spoilt(schedule={"periods": (Period(number_phases=1, phase_to_use=2),)})
    one.check(KNOWN)
    with pytest.raises(RefusedError, match="leave out phase_to_use"):
        one.check(replace(KNOWN, held=(fixed,)))


def test_a_profile_is_for_an_evse_that_the_station_told_of() -> None:
    known = replace(KNOWN, running={}, evses=frozenset({1, 3}))
    spoilt(evse=3, **DEFAULT).check(known)
    with pytest.raises(RefusedError, match="no EVSE 2: use one of 1, 3"):
        spoilt(evse=2, **DEFAULT).check(known)
    ORDER.check(replace(KNOWN, evses=frozenset({3})))  # a transaction runs there


def test_a_full_station_takes_a_profile_only_in_place_of_another() -> None:
    entries = a_variable("SmartChargingCtrlr/Entries[ChargingProfiles]", "9")
    on_file = Holding(station_id=1, kind=Kind.PROFILE, key="8", at=NOON, evse=1)
    known = replace(KNOWN, held=(replace(entries, data={"max": 1}), on_file))
    with pytest.raises(RefusedError, match="room for 1 profiles"):
        ORDER.check(known)
    spoilt(id=8).check(known)
    outside = replace(on_file, value=Purpose.EXTERNAL_CONSTRAINTS.value)
    ORDER.check(replace(known, held=(known.held[0], outside)))
    ORDER.check(replace(known, held=(entries, on_file)))  # its value is how many there are


def test_profiles_of_one_level_may_follow_each_other() -> None:
    data = {"purpose": "tx_default", "stack_level": 2, "valid_to": "2026-05-17T13:00:00Z"}
    on_file = Holding(station_id=1, kind=Kind.PROFILE, key="8", at=NOON, evse=1, data=data)
    known = replace(KNOWN, held=(on_file,))
    spoilt(**DEFAULT, valid_from=datetime(2026, 5, 17, 13, tzinfo=UTC)).check(known)
    with pytest.raises(RefusedError, match="profile 8"):
        spoilt(**DEFAULT).check(known)
