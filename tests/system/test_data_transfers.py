"""P. Data transfer: what vendors add, both ways."""

from pathlib import Path
from typing import Any

import pytest

from tests.system.server import Server, api_of, serving
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name
from tests.system.wire import wired

PNC = "org.openchargealliance.iso15118pnc"


@pytest.mark.covers("DataTransfer")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_vendors_data_is_sent_and_its_answer_told(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["DataTransfer"] = {"status": "Accepted", "data": "light on"}
        command = await api.order(
            name, "data_transfer", vendor="com.volta", message="Light", data='{"on":1}', wait_s=5
        )
        told = await station.ordered("DataTransfer")

    assert (command["state"], command["result"]) == ("accepted", "Accepted")
    assert command["reason"] == "the station answered: light on"
    assert (told["vendor_id"], told["message_id"]) == ("com.volta", "Light")
    assert told["data"] == ('{"on":1}' if kind is Station16 else {"on": 1})


@pytest.mark.covers("DataTransfer")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["UnknownVendorId", "UnknownMessageId", "Rejected"])
async def test_data_that_a_station_does_not_understand_is_a_rejected_order(
    server: Server, kind: type[Station], word: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["DataTransfer"] = {"status": word}
        command = await api.order(name, "data_transfer", vendor="com.volta", wait_s=5)

    assert (command["state"], command["result"]) == ("rejected", word)


@pytest.mark.covers("DataTransfer")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_stranger_among_vendors_is_told_so_and_noted(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await station.call("DataTransfer", vendor_id="com.stranger", data="x")
        events = (await api.get("/event-log", limit=50))["items"]
        kept = await api.all(f"/stations/{name}/holdings")

    assert answer.status == "UnknownVendorId"
    (noted,) = [
        it["data"] for it in events if it["station_id"] == name and it["kind"] == "station_notice"
    ]
    assert (noted["vendor_id"], noted["answer"]) == ("com.stranger", "unknown_vendor")
    assert kept == []


@pytest.mark.covers("DataTransfer", versions=("ocpp1.6",))
@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("Authorize", "Rejected"),
        ("SignCertificate", "Rejected"),
        ("Get15118EVCertificate", "Rejected"),
        ("Dance", "UnknownMessageId"),
    ],
)
async def test_plug_and_charge_over_1_6_is_known_and_refused_in_words(
    server: Server, message: str, word: str
) -> None:
    name = a_name(Station16)
    told = {"vendorId": PNC, "messageId": message, "data": '{"csr":"..."}'}
    async with wired(server.url(name), "ocpp1.6") as wire:
        answer = (await wire.call("DataTransfer", told))[2]

    assert answer["status"] == word
    assert (word == "Rejected") is ("not served" in answer.get("data", ""))


@pytest.mark.covers("DataTransfer", versions=("ocpp1.6", "ocpp2.0.1", "ocpp2.1"))
async def test_the_data_of_a_vendor_that_the_operator_wants_is_kept(
    tmp_path: Path,
) -> None:
    config = tmp_path / "ogniwo.toml"
    config.write_text('vendors_kept = "com.Volta, com.ampere"\n')
    async with serving(tmp_path / "data", "--config", str(config)) as (server, api):
        for kind in KINDS:
            name = a_name(kind)
            data: Any = "41 C" if kind is Station16 else {"celsius": 41}
            async with wired(server.url(name), kind.version) as wire:
                for it in ("old", data):
                    told = {"vendorId": "com.volta", "messageId": "Heat", "data": it}
                    answer = await wire.call("DataTransfer", told)
                    assert answer[2] == {"status": "Accepted"}
                kept = await api.only_holding(name, "vendor_data")

            assert kept["key"] == "com.volta/Heat"
            assert kept["value"] == ("41 C" if kind is Station16 else '{"celsius":41}')


@pytest.mark.covers("DataTransfer", versions=("ocpp1.6",))
async def test_vendor_data_before_the_first_boot_is_answered(server: Server) -> None:
    """Quirk of EN+: it speaks of itself before it boots."""
    name = a_name(Station16)
    async with api_of(server) as api, wired(server.url(name), "ocpp1.6", booted=False) as wire:
        answer = await wire.call("DataTransfer", {"vendorId": "EN+", "data": "hello"})
        kept = await api.all("/messages", station_id=name, action="DataTransfer")

    assert answer[0] == 3
    assert answer[2]["status"] == "UnknownVendorId"
    assert len(kept) == 1
