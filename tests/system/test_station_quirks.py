"""Oddities of real stations that no other suite plays: each by a station on a real socket."""

import asyncio
from contextlib import suppress

import pytest

from tests.system.server import Json, Server, api_of
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_live import events_until, stream
from tests.system.versions import KINDS, a_name
from tests.system.wire import wired

BOOT_16 = {"chargePointVendor": "FoxESS", "chargePointModel": "A011"}
START_16 = {
    "connectorId": 1,
    "idTag": "04AB",
    "meterStart": 0,
    "timestamp": "2026-05-17T12:00:00Z",
}
SETTLED_S = 8.0  # a silent station is called after 5


def notices(events: list[Json]) -> list[Json]:
    return [it for it in events if it["kind"] == "station_notice"]


@pytest.mark.quirk(4)
async def test_a_probe_in_1_6_and_the_real_connection_in_2_0_1_are_each_taken_at_their_word(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name):
            probe = await api.station(name)
        async with connected(Station201, server.url(name), name) as station:
            await station.available()
            real = await api.station(name)

    assert (probe["protocol"], real["protocol"]) == ("ocpp1.6", "ocpp2.0.1")
    assert (real["model"], real["evses"][0]["status"]) == ("Two", "available")


@pytest.mark.quirk(5)
async def test_1_6_messages_on_a_2_0_1_socket_are_refused_one_by_one_and_the_cause_is_told_once(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api, stream(api) as frames:
        async with wired(server.url(name), "ocpp2.0.1") as wire:
            boot = await wire.call("BootNotification", BOOT_16)
            start = await wire.call("StartTransaction", START_16)
            assert await wire.is_alive()
        told = notices(await events_until(frames, name, "station_disconnected"))
        trace = await api.all("/messages", station_id=name)

    assert (boot[0], start[0], start[2]) == (4, 4, "NotImplemented")
    assert {"BootNotification", "StartTransaction"} <= {it["action"] for it in trace}
    assert [it["data"]["action"] for it in told] == ["BootNotification"]
    assert "ocpp1.6" in told[0]["data"]["summary"]
    assert "ocpp2.0.1 was agreed on" in told[0]["data"]["summary"]


@pytest.mark.quirk(11, 13)
@pytest.mark.timeout(60)
async def test_a_station_that_never_booted_is_asked_to_once_however_often_it_connects(
    server: Server,
) -> None:
    name = a_name()
    asked = 0
    async with api_of(server):
        for _ in range(2):
            async with connected(Station16, server.url(name), name, accepted=False) as station:
                await station.heartbeat()
                with suppress(TimeoutError):
                    async with asyncio.timeout(SETTLED_S):
                        order = await station.orders.get()
                        assert order.action == "TriggerMessage"
                        assert order.fields["requested_message"] == "BootNotification"
                        asked += 1

    assert asked == 1


@pytest.mark.quirk(14)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_boot_repeated_under_one_message_id_is_answered_each_time(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answers = [await station.repeat(message_id="same") for _ in range(3)]
        shown = await api.station(name)

    assert [it.status for it in answers] == ["Accepted"] * 3
    assert shown["connected"]


@pytest.mark.quirk(18)
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_configured_or_asked_because_a_station_booted(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with connected(kind, server.url(name), name) as station:
        for _ in range(3):
            await station.boot()
        await asyncio.sleep(SETTLED_S)
        assert station.orders.empty()


@pytest.mark.quirk(49)
async def test_vendor_data_before_the_boot_is_answered_and_kept(server: Server) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        stream(api) as frames,
        connected(Station16, server.url(name), name, accepted=False) as station,
    ):
        answer = await station.call("DataTransfer", vendor_id="EN+", data="x")
        status = await station.boot()
        told = notices(await events_until(frames, name, "station_booted"))

    assert answer.status == "UnknownVendorId"
    assert status == "Accepted"
    assert [it["data"]["vendor_id"] for it in told] == ["EN+"]


@pytest.mark.quirk(10)
async def test_the_newest_connection_counts_and_the_end_of_the_old_one_changes_nothing(
    server: Server,
) -> None:
    name = a_name()
    url = server.url(name)
    async with (
        api_of(server) as api,
        connected(Station16, url, name) as old,
        connected(Station16, url, name) as new,
    ):
        async with asyncio.timeout(SETTLED_S):
            await old.socket.wait_closed()
        shown = await api.station(name)
        command = await api.order(name, "unlock", evse=1, wait_s=5)
        told = await new.orders.get()
        assert old.orders.empty()

    assert old.socket.close_code == 4001
    assert shown["connected"]
    assert (command["state"], told.action) == ("accepted", "UnlockConnector")
