"""What a charging profile must be before it is sent: stations answer the rest with "Rejected".

The rules are K01's; they hold for 1.6 too, where stations differ in what they make of a breach.
"""

from itertools import pairwise
from typing import Final

from ogniwo.base.units import to_instant
from ogniwo.domain.charging import (
    RECURS_S,
    ChargingProfile,
    ProfileKind,
    Purpose,
    Schedule,
    overlaps,
    profile_of,
)
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders.order import Known, impossible

_LEVEL_MAX: Final = ("ChargeProfileMaxStackLevel", "SmartChargingCtrlr/ProfileStackLevel")
PERIODS: Final = ("ChargingScheduleMaxPeriods", "SmartChargingCtrlr/PeriodsPerSchedule")
UNITS: Final = ("ChargingScheduleAllowedChargingRateUnit", "SmartChargingCtrlr/RateUnit")
_PROFILES_MAX: Final = "MaxChargingProfilesInstalled"
_ENTRIES: Final = "SmartChargingCtrlr/Entries[ChargingProfiles]"  # 2.x: its limit is the most
_SWITCHES: Final = "SmartChargingCtrlr/ACPhaseSwitchingSupported"
_OUTSIDE: Final = "SmartChargingCtrlr/MaxExternalConstraintsId"  # 2.1
# In 1.6 and 2.x; what the station says of an EVSE is in ``told_of``.
TOLD: Final = (*_LEVEL_MAX, *PERIODS, *UNITS, _PROFILES_MAX, _ENTRIES, _SWITCHES, _OUTSIDE)
_UNIT_WORDS: Final = {"W": ("w", "power"), "A": ("a", "current")}


def told_of(evse: int) -> tuple[str, ...]:
    """Of the supply, the EVSE's own before the station's."""
    whole = "ChargingStation/SupplyPhases"
    return (f"EVSE@{evse}/SupplyPhases", whole) if evse else (whole,)


def check_profile(profile: ChargingProfile, number: int, evse: int, known: Known) -> None:
    """Errors: RefusedError, with what to change."""
    _check_place(evse, known)
    _check_number(number, known)
    _check_purpose(profile, evse)
    _check_times(profile, known)
    for schedule in profile.schedules:
        _check_schedule(profile, schedule)
        _check_station(profile, schedule, known)
        _check_phases(schedule, evse, known)
    if profile.kind is ProfileKind.DYNAMIC:
        one = len(profile.schedules) == 1 and len(profile.schedules[0].periods) == 1
        if not one:
            impossible("a dynamic profile has one schedule of one period: give just one")
    elif profile.update_interval_s is not None or profile.updated_at is not None:
        impossible("only a dynamic profile is updated: set kind to dynamic")
    _check_duplicate(profile, number, evse, known)
    _check_room(number, known)


def check_transaction(profile: ChargingProfile, evse: int, known: Known) -> None:
    """A TxProfile is for a transaction that runs, at its EVSE (K01.FR.03, FR.33)."""
    if profile.purpose is not Purpose.TX:
        if profile.transaction_id is not None:
            impossible("only a profile of purpose tx names a transaction: leave it out")
        return
    if evse == 0:
        impossible("a profile of purpose tx is for one EVSE: name it")
    if profile.transaction_id is None:
        impossible("a profile of purpose tx is for a transaction: name it as transaction_id")
    if profile.transaction_id not in known.running:
        impossible(f"transaction {profile.transaction_id!r} does not run: take it from the session")
    if known.running[profile.transaction_id] not in {None, evse}:
        impossible(f"transaction {profile.transaction_id!r} runs at another EVSE: name that one")


def _check_place(evse: int, known: Known) -> None:
    told = known.evses | {it for it in known.running.values() if it is not None}
    if evse and known.evses and evse not in told:
        named = ", ".join(str(it) for it in sorted(told))
        impossible(
            f"the station has told of no EVSE {evse}: use one of {named}, or let it tell of all "
            "(trigger status_notification)"
        )


def _check_number(number: int, known: Known) -> None:
    outside_max = number_of(known, _OUTSIDE)
    if outside_max is not None and number <= outside_max:
        impossible(
            f"the station keeps ids up to {outside_max} for limits from outside: give a higher id"
        )


def _check_purpose(profile: ChargingProfile, evse: int) -> None:
    if profile.purpose is Purpose.EXTERNAL_CONSTRAINTS:
        impossible("limits from outside are the station's to tell: use station_max instead")
    if profile.purpose is Purpose.STATION_MAX:
        if evse != 0:
            impossible("a profile of purpose station_max is for the whole station: use evse 0")
        if profile.kind is ProfileKind.RELATIVE:
            impossible("a profile of purpose station_max cannot be relative: use absolute")
    if profile.purpose is Purpose.PRIORITY_CHARGING and any(
        it.duration_s is not None for it in profile.schedules
    ):
        impossible("a profile of purpose priority_charging has no end: leave out duration_s")


def _check_times(profile: ChargingProfile, known: Known) -> None:
    if profile.valid_to is not None:
        if to_instant(profile.valid_to) <= known.now:
            impossible("the profile ends before now: give a later valid_to")
        if profile.valid_from is not None and profile.valid_to <= profile.valid_from:
            impossible("the profile ends before it begins: give valid_to after valid_from")
    recurring = profile.kind is ProfileKind.RECURRING
    if recurring and profile.recurrency is None:
        impossible("a recurring profile needs its recurrency: daily or weekly")
    if not recurring and profile.recurrency is not None:
        impossible("only a recurring profile has a recurrency: set kind to recurring")


def _check_schedule(profile: ChargingProfile, schedule: Schedule) -> None:
    if profile.kind is ProfileKind.RELATIVE and schedule.starts_at is not None:
        impossible("a relative profile starts with the transaction: leave out starts_at")
    fixed = profile.kind in {ProfileKind.ABSOLUTE, ProfileKind.RECURRING}
    if fixed and schedule.starts_at is None:
        impossible("an absolute or recurring schedule needs its start: give starts_at")
    starts = [it.start_s for it in schedule.periods]
    if starts[0] != 0:
        impossible("the first period must start at 0")
    if any(later <= before for before, later in pairwise(starts)):
        impossible("each period must start after the one before it: sort them by start_s")
    if profile.recurrency is not None:
        longest_s = RECURS_S[profile.recurrency.value]
        if (schedule.duration_s or 0) > longest_s or starts[-1] >= longest_s:
            impossible(f"a {profile.recurrency.value} schedule lasts at most {longest_s} seconds")
    for it in schedule.periods:
        if it.phase_to_use is not None and it.number_phases != 1:
            impossible("phase_to_use is said of one phase only: set number_phases to 1")


def _check_station(profile: ChargingProfile, schedule: Schedule, known: Known) -> None:
    """What the station says of itself, as far as it was read."""
    level_max = number_of(known, *_LEVEL_MAX)
    if level_max is not None and profile.stack_level > level_max:
        impossible(f"the station knows stack levels up to {level_max}: use one of them")
    periods_max = number_of(known, *PERIODS)
    if periods_max is not None and len(schedule.periods) > periods_max:
        impossible(f"the station takes {periods_max} periods at most: give fewer")
    units = known.variable(*UNITS)
    if units:
        allowed = {it.strip().lower() for it in units.split(",")}
        if allowed.isdisjoint(_UNIT_WORDS[schedule.unit.value]):
            impossible(f"the station takes no limits in {schedule.unit.value}: it knows {units}")


def _check_phases(schedule: Schedule, evse: int, known: Known) -> None:
    """K01.FR.20, FR.45, FR.48."""
    told = (number_of(known, name) for name in told_of(evse))
    phases_max = next((number for number in told if number), None)
    for it in schedule.periods:
        if phases_max is not None and (it.number_phases or 0) > phases_max:
            impossible(f"there are {phases_max} phases at this place: give number_phases so many")
        if it.phase_to_use is not None and known.variable(_SWITCHES) == "false":
            impossible("the station cannot switch phases: leave out phase_to_use")


def _check_room(number: int, known: Known) -> None:
    """One that is replaced takes no more room; those from outside are not counted with ours."""
    room: object = number_of(known, _PROFILES_MAX)
    if room is None and (entries := known.holding(_ENTRIES)) is not None:
        room = (entries.data or {}).get("max")
    ours = {it.key for it in known.of(Kind.PROFILE) if it.value != Purpose.EXTERNAL_CONSTRAINTS}
    if isinstance(room, int | float) and str(number) not in ours and len(ours) >= room:
        impossible(f"the station has room for {room:g} profiles: clear one first")


def number_of(known: Known, *names: str) -> int | None:
    told = known.variable(*names)
    return int(told) if told is not None and told.isdecimal() else None


def _check_duplicate(profile: ChargingProfile, number: int, evse: int, known: Known) -> None:
    """Two of one purpose, level and place exclude each other (K01.FR.06, FR.39, FR.52, FR.53)."""
    for it in known.of(Kind.PROFILE):
        other = profile_of(it)
        if it.key == str(number) or other is None:
            continue
        if (other.purpose, other.stack_level) != (profile.purpose, profile.stack_level):
            continue
        if profile.purpose is Purpose.TX:
            same = other.transaction_id == profile.transaction_id
        else:
            same = it.evse == evse or (
                profile.purpose is Purpose.TX_DEFAULT and 0 in {it.evse, evse}
            )
        if same and overlaps(profile, other):
            impossible(
                f"profile {it.key} has this purpose and stack level already: clear it first, "
                "give its id to replace it, or use another stack level"
            )
