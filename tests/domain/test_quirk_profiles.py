"""Which quirks count for a station: the profiles that fit, the more particular the stronger."""

from msgspec.structs import replace

from ogniwo.domain.quirks import QuirkChanges, QuirkProfile, Quirks, quirks_of
from ogniwo.domain.station import Station
from ogniwo.ocpp.quirks import PROFILES

COPPER = Station(
    id=1, identity="CP1", vendor="Wall Box Chargers", model="Copper SB", firmware_version="6.1"
)
ALL = QuirkProfile(name="all", why="a test", changes=QuirkChanges(ping=False, calls_after_s=1))
BY_VENDOR = QuirkProfile(
    name="vendor", why="a test", vendor="wall*", changes=QuirkChanges(calls_after_s=2)
)
BY_FIRMWARE = QuirkProfile(
    name="firmware",
    why="a test",
    vendor="WALL*",
    firmware="6.*",
    changes=QuirkChanges(calls_after_s=3),
)


def test_the_profile_that_says_most_about_its_stations_is_the_strongest() -> None:
    assert quirks_of(COPPER, [BY_FIRMWARE, ALL, BY_VENDOR], None) == (
        Quirks(ping=False, calls_after_s=3),
        ("all", "vendor", "firmware"),
    )


def test_what_is_set_for_one_station_counts_before_all_profiles() -> None:
    own = QuirkChanges(ping=True)
    found, _ = quirks_of(COPPER, [ALL, BY_VENDOR], own)
    assert found == Quirks(ping=True, calls_after_s=2)


def test_a_station_of_unknown_make_fits_only_what_says_nothing_of_it() -> None:
    nobody = replace(COPPER, vendor=None, model=None, firmware_version=None)
    assert quirks_of(nobody, [ALL, BY_VENDOR, BY_FIRMWARE], None)[1] == ("all",)


def test_another_firmware_needs_it_no_more() -> None:
    mended = replace(COPPER, firmware_version="7.0")
    assert quirks_of(mended, [BY_FIRMWARE], None) == (Quirks(), ())


def test_built_in_profiles_have_names_of_their_own_and_change_something() -> None:
    assert len({it.name for it in PROFILES}) == len(PROFILES)
    for profile in PROFILES:
        assert profile.weight >= 1, profile.name
        assert profile.changes != QuirkChanges(), profile.name
    assert quirks_of(COPPER, PROFILES, None)[1] == ("wallbox-first-call", "wallbox-copper")
