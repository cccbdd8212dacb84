"""Addresses for uploads: made for logs that have no other place to go, and never forged."""

import pytest

from ogniwo.app.uploads import PATH, UploadUrls
from ogniwo.domain.orders import AnyOrder, GetLog, Reset
from ogniwo.ocpp.adapter import OrderNotPossibleError
from ogniwo.ocpp.catalogue import VERSIONS

NUMBER = 314_371_473_408_000_001
KEY = b"k" * 32
URLS = UploadUrls(KEY, "https://csms.example/")


def test_a_log_without_a_location_is_to_come_to_us() -> None:
    located = URLS.located(GetLog(), NUMBER)

    assert isinstance(located, GetLog)
    base, _, secret = (located.location or "").partition(PATH)
    assert base == "https://csms.example"
    assert secret.endswith("/")
    assert URLS.number_in(secret.rstrip("/")) == NUMBER


@pytest.mark.parametrize("order", [GetLog(location="ftp://files.example/"), Reset()])
def test_other_orders_go_out_as_they_are(order: AnyOrder) -> None:
    assert URLS.located(order, NUMBER) is order


@pytest.mark.parametrize("version", VERSIONS)
def test_where_stations_cannot_reach_us_a_location_must_be_given(version: str) -> None:
    order = UploadUrls(KEY, None).located(GetLog(), NUMBER)

    with pytest.raises(OrderNotPossibleError, match="set public_url, or give a location"):
        VERSIONS[version].to_call(order, NUMBER)


@pytest.mark.parametrize("forged", ["", "-", "12", "12-", "-12", "zz-00", f"{NUMBER:x}-\u0142"])
def test_what_we_did_not_write_is_nobodys(forged: str) -> None:
    assert URLS.number_in(forged) is None
    assert URLS.number_in(UploadUrls(b"x" * 32, None).secret(NUMBER)) is None
