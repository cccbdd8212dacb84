"""Addresses in orders: what of them may be kept, and how long an order may take."""

import pytest

from ogniwo.base.units import from_instant, seconds
from ogniwo.domain.orders import (
    GetLog,
    PublishFirmware,
    RaiseSecurityProfile,
    SetNetworkProfile,
    UpdateFirmware,
)
from ogniwo.domain.orders.order import without_credentials
from tests.domain.world import NOON

WITH = "ftp://volta:pa@ss@files.example/logs/"
WITHOUT = "ftp://***@files.example/logs/"


@pytest.mark.parametrize(
    ("url", "kept"), [(WITH, WITHOUT), ("https://files.example/a@b", "https://files.example/a@b")]
)
def test_who_may_use_an_address_is_not_kept(url: str, kept: str) -> None:
    assert without_credentials(url) == kept


def test_an_order_that_ended_holds_no_password() -> None:
    for order in (GetLog(location=WITH), UpdateFirmware(location=WITH)):
        assert order.secrets() == (WITH,)
        assert order.without_secrets().location == WITHOUT
    assert [it.value for it in UpdateFirmware(location=WITH).held(1)] == [WITHOUT]


def test_what_a_local_controller_fetches_and_where_a_station_connects_tell_no_password() -> None:
    published = PublishFirmware(location=WITH, checksum="a" * 32)
    address = "wss://volta:pass@csms.example/ocpp"
    connecting = (
        SetNetworkProfile(slot=1, url=address, security_profile=2),
        RaiseSecurityProfile(profile=2, slot=1, url=address),
    )

    assert published.secrets() == (WITH,)
    assert published.without_secrets().location == WITHOUT
    assert "pa@ss" not in str(published.held(1))
    for order in connecting:
        assert order.secrets() == (address,)
        assert order.without_secrets().url == "wss://***@csms.example/ocpp"
        assert "pass@" not in str(order.held(1))


def test_an_update_that_is_planned_is_waited_for_from_then_on() -> None:
    in_a_week = from_instant(NOON + seconds(7 * 86_400))
    at_once, planned = (
        UpdateFirmware(location=WITH),
        UpdateFirmware(location=WITH, install_at=in_a_week),
    )

    assert planned.patience(NOON) - at_once.patience(NOON) == 7 * 86_400
