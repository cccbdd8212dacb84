"""What a station can be ordered: its version decides, and its own variables may say no."""

from collections.abc import Mapping
from typing import get_args

import pytest

from ogniwo.domain.orders import AnyOrder, CancelReservation, RawCall, Reserve, Reset, Trigger
from ogniwo.domain.why_not import WhyNot
from ogniwo.ocpp.capabilities import CONTROLLERS, INSTANCES, Capability, capabilities, wanted
from ogniwo.ocpp.catalogue import VERSIONS

V16, V201, V21 = VERSIONS
versions = pytest.mark.parametrize("version", VERSIONS)


def able(version: str, variables: Mapping[str, str]) -> dict[object, Capability]:
    return {it.order: it for it in capabilities(VERSIONS[version], variables)}


@versions
def test_every_order_has_its_line_and_the_raw_call_none(version: str) -> None:
    found = able(version, {})
    assert found.keys() == set(get_args(AnyOrder)) - {RawCall}
    for order, capability in found.items():
        known = order in VERSIONS[version]._outbound
        assert (capability.why_not is None) == known
        assert bool(capability.actions) == known


def test_a_1_6_station_that_names_its_profiles_can_do_no_others() -> None:
    found = able(V16, {"SupportedFeatureProfiles": "Core, firmwaremanagement,RemoteTrigger"})
    text = "the station does not name Reservation in SupportedFeatureProfiles"
    why = WhyNot("not_named", text, "Reservation")
    assert found[Reserve].why_not == found[CancelReservation].why_not == why
    assert found[Reset].why_not is None
    assert found[Trigger].why_not is None


def test_a_1_6_station_that_names_reservation_can_reserve() -> None:
    assert able(V16, {"SupportedFeatureProfiles": "Core,Reservation"})[Reserve].why_not is None


def test_of_two_messages_for_one_order_the_one_that_is_left_carries_it() -> None:
    trigger = able(V16, {"SupportedFeatureProfiles": "Core"})[Trigger]
    assert (trigger.actions, trigger.why_not) == (("ExtendedTriggerMessage",), None)


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({}, None),
        ({"ReservationCtrlr/Available": "true", "ReservationCtrlr/Enabled": "True"}, None),
        (
            {"ReservationCtrlr/Available": "False"},
            "the station says that it cannot: its variable ReservationCtrlr/Available is false",
        ),
        (
            {"ReservationCtrlr/Available": "true", "ReservationCtrlr/Enabled": "false"},
            "it is switched off on the station: set its variable ReservationCtrlr/Enabled to true",
        ),
        ({"SmartChargingCtrlr/Available": "false"}, None),
    ],
)
def test_a_2_x_station_says_by_its_variables_what_it_cannot(
    version: str, variables: dict[str, str], why: str | None
) -> None:
    found = able(version, variables)
    told = found[Reserve].why_not
    assert (told and told.text) == why
    assert told == found[CancelReservation].why_not
    assert found[Reset].why_not is None


def test_what_is_asked_for_is_what_decides() -> None:
    assert wanted(VERSIONS[V16]) == ("SupportedFeatureProfiles",)
    for version in (V201, V21):
        assert "ReservationCtrlr/Enabled" in wanted(VERSIONS[version])
    assert "TariffCostCtrlr/Enabled[Tariff]" in wanted(VERSIONS[V21])


def test_every_controller_speaks_for_messages_that_exist() -> None:
    messages = VERSIONS[V21].messages
    known = {*messages, *(it.block for it in messages.values())}
    assert CONTROLLERS.keys() <= known
    assert INSTANCES.keys() <= messages.keys()
