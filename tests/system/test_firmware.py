"""L. Firmware: what the station is told, and the states it goes through until it is installed."""

import hashlib
from datetime import timedelta

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Fields, Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name

LOCATION = "https://firmware.example/wallbox-2.bin"
CHECKSUM = hashlib.md5(b"firmware", usedforsecurity=False).hexdigest()


@pytest.mark.covers("UpdateFirmware", "FirmwareStatusNotification")
@pytest.mark.parametrize("kind", KINDS)
async def test_an_update_ends_when_it_is_installed(server: Server, kind: type[Station]) -> None:
    name, at = a_name(kind), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["UpdateFirmware"] = {} if kind is Station16 else {"status": "Accepted"}
        order = await api.order(name, "update_firmware", location=LOCATION, retrieve_at=at)
        told = await station.ordered("UpdateFirmware")
        await station.heartbeat()  # what comes after its answer is read after its answer
        asked = await api.only_holding(name, "firmware")
        more: Fields = {} if kind is Station16 else {"request_id": told["request_id"]}
        for status in ("Downloading", "Downloaded", "Installing"):
            await station.call("FirmwareStatusNotification", status=status, **more)
        on_the_way = await api.get(f"/commands/{order['id']}")
        await station.call("FirmwareStatusNotification", status="Installed", **more)
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "firmware")

    if kind is Station16:
        assert told == {"location": LOCATION, "retrieve_date": at}
    else:
        assert told["firmware"] == {"location": LOCATION, "retrieve_date_time": at}
        assert kept["key"] == str(told["request_id"])
    assert (asked["state"], asked["value"], asked["data"]["signed"]) == ("asked", LOCATION, False)
    assert (on_the_way["state"], ended["state"]) == ("accepted", "applied")
    assert (kept["state"], kept["value"], kept["command_id"]) == (
        "installed",
        LOCATION,
        order["id"],
    )
    assert [it["state"] for it in kept["data"]["course"]] == [
        "downloading", "downloaded", "installing", "installed",
    ]  # fmt: skip


@pytest.mark.covers(
    "SignedUpdateFirmware", "SignedFirmwareStatusNotification", versions=("ocpp1.6",)
)
async def test_signed_firmware_of_1_6_is_its_own_message(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["SignedUpdateFirmware"] = {"status": "Accepted"}
        order = await api.order(
            name, "update_firmware", location=LOCATION, signing_certificate="PEM", signature="c2ln"
        )
        told = await station.ordered("SignedUpdateFirmware")
        await station.call(
            "SignedFirmwareStatusNotification",
            status="InvalidSignature",
            request_id=told["request_id"],
        )
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "firmware")

    assert (told["firmware"]["signing_certificate"], told["firmware"]["signature"]) == (
        "PEM",
        "c2ln",
    )
    assert (ended["state"], kept["state"]) == ("not_applied", "invalid_signature")
    assert kept["data"]["signed"] is True


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_certificate_that_the_station_does_not_believe_ends_the_order(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["UpdateFirmware"] = {"status": "InvalidCertificate"}
        order = await api.order(
            name, "update_firmware", location=LOCATION, signing_certificate="PEM", signature="c2ln",
            wait_s=5,
        )  # fmt: skip
        told = await station.ordered("UpdateFirmware")
        held = await api.all(f"/stations/{name}/holdings", kind="firmware")

    assert told["firmware"]["signature"] == "c2ln"
    assert (order["state"], order["result"], held) == ("rejected", "InvalidCertificate", [])


@pytest.mark.covers("PublishFirmware", "PublishFirmwareStatusNotification", "UnpublishFirmware")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_local_controller_offers_firmware_until_it_is_withdrawn(
    server: Server, kind: type[Station201]
) -> None:
    name, where = a_name(kind), ["http://10.0.0.2/fw.bin"]
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        order = await api.order(
            name, "publish_firmware", location=LOCATION, checksum=CHECKSUM, retries=1
        )
        told = await station.ordered("PublishFirmware")
        number = told["request_id"]
        for status in ("Downloaded", "ChecksumVerified"):
            await station.call(
                "PublishFirmwareStatusNotification", status=status, request_id=number
            )
        await station.call(
            "PublishFirmwareStatusNotification",
            status="Published",
            request_id=number,
            location=where,
        )
        ended = await api.get(f"/commands/{order['id']}")
        kept = await api.only_holding(name, "published_firmware")
        station.answers["UnpublishFirmware"] = {"status": "Unpublished"}
        withdrawn = await api.order(
            name, "unpublish_firmware", checksum=CHECKSUM, publication=number, wait_s=5
        )
        left = await api.all(f"/stations/{name}/holdings", kind="published_firmware")
        station.answers["UnpublishFirmware"] = {"status": "NoFirmware"}
        again = await api.order(name, "unpublish_firmware", checksum=CHECKSUM, wait_s=5)

    assert told == {
        "location": LOCATION, "checksum": CHECKSUM, "request_id": number, "retries": 1,
    }  # fmt: skip
    assert (ended["state"], kept["state"], kept["value"]) == ("applied", "published", CHECKSUM)
    assert kept["data"]["locations"] == where
    assert (withdrawn["state"], left) == ("accepted", [])
    assert (again["state"], again["result"]) == ("rejected", "NoFirmware")
