"""Stations of some make are treated as they need it: by profiles, and by what is set for one."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.system.server import Api, Server, api_of
from tests.system.station import Fields, Order, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

MINE: Fields = {
    "name": "volta-one",
    "why": "needs peace",
    "vendor": "VOLTA*",
    "model": "one",
    "changes": {"calls_after_s": 3, "start_answered_after_ms": 400},
}


@asynccontextmanager
async def desk(server: Server) -> AsyncIterator[Api]:
    """No profile of ours stays."""
    async with api_of(server) as api:
        try:
            yield api
        finally:
            await api.client.delete("/quirk-profiles/volta-one")


async def test_a_profile_counts_for_stations_of_its_make(server: Server) -> None:
    async with desk(server) as api:
        name = a_name(Station16)
        async with connected(Station16, server.url(name), name):
            usual = await api.get(f"/stations/{name}/quirks")
            await api.put("/quirk-profiles/volta-one", **MINE)
            found = await api.get(f"/stations/{name}/quirks")

        assert (usual["differs"], usual["profiles"]) == ([], [])
        assert found["profiles"] == ["volta-one"]
        assert found["differs"] == ["calls_after_s", "start_answered_after_ms"]
        assert (found["effective"]["calls_after_s"], found["effective"]["ping"]) == (3, True)


@pytest.mark.quirk(45)
async def test_a_start_is_not_answered_before_the_station_can_bear_it(server: Server) -> None:
    async with desk(server) as api:
        name = a_name(Station16)
        token = await api.token(a_token())
        async with connected(Station16, server.url(name), name) as station:
            await api.put(f"/stations/{name}/quirks", start_answered_after_ms=400)
            began = time.monotonic()
            await station.start(token, wh=0, at=now())
            start_s = time.monotonic() - began
            began = time.monotonic()
            await station.heartbeat()
            heartbeat_s = time.monotonic() - began

        assert start_s >= 0.4
        assert heartbeat_s < 0.4


@pytest.mark.quirk(12, 13)
async def test_a_station_that_needs_peace_is_not_called_at_once(
    server: Server,
) -> None:
    async with desk(server) as api:
        name = a_name(Station16)
        async with connected(Station16, server.url(name), name):
            await api.put(f"/stations/{name}/quirks", calls_after_s=1.5)
        given = await api.order(name, "unlock", evse=1)
        async with connected(Station16, server.url(name), name) as station:
            began = time.monotonic()
            async with asyncio.timeout(10):
                await station.orders.get()
            waited_s = time.monotonic() - began
            done = await api.until(
                lambda: api.get(f"/commands/{given['id']}"),
                lambda it: it["finished_at"] is not None,
            )

        assert waited_s >= 1.4
        assert done["state"] == "accepted"


@pytest.mark.quirk(48)
async def test_a_call_that_a_station_cannot_take_is_not_sent(server: Server) -> None:
    async with desk(server) as api:
        name = a_name(Station16)
        until = text_of(now())
        async with connected(Station16, server.url(name), name) as station:
            await api.put(f"/stations/{name}/quirks", call_bytes_max=256)
            answer = await api.client.post(
                f"/stations/{name}/ocpp",
                json={"action": "DataTransfer", "payload": {"vendorId": "x" * 300}},
            )
            short = await api.order(
                name, "reserve", token="04AB", evse=1, expires_at=until, wait_s=5
            )

        assert answer.status_code == 409
        assert answer.json()["code"] == "call_too_large"
        assert "smaller parts" in answer.json()["detail"]
        assert short["state"] == "accepted"
        assert [it.action for it in _drained(station)] == ["ReserveNow"]


async def test_compression_is_not_offered_to_a_station_that_breaks_it(server: Server) -> None:
    async with desk(server) as api:
        name = a_name(Station16)
        protocols = [Subprotocol("ocpp1.6")]
        async with connect(server.url(name), subprotocols=protocols) as usual:
            before = usual.protocol.extensions
        await api.put(f"/stations/{name}/quirks", deflate=False)
        async with connect(server.url(name), subprotocols=protocols) as plain:
            after = plain.protocol.extensions

        assert (len(before), len(after)) == (1, 0)


async def test_profiles_are_taken_from_one_server_to_another_as_they_are(server: Server) -> None:
    async with desk(server) as api:
        await api.put("/quirk-profiles/volta-one", **MINE)
        exported = await api.get("/quirk-profiles")
        await api.client.delete("/quirk-profiles/volta-one")
        without = await api.get("/quirk-profiles")
        await api.put("/quirk-profiles", **exported)

        names = [it["name"] for it in without["items"]]
        assert "volta-one" not in names
        assert {"en-plus-ac7000", "free2move-start", "wallbox-copper"} <= set(names)
        assert await api.get("/quirk-profiles") == exported


async def test_a_built_in_profile_is_replaced_not_removed(server: Server) -> None:
    async with desk(server) as api:
        removed = await api.client.delete("/quirk-profiles/free2move-start")
        unknown = await api.client.delete("/quirk-profiles/no-such-thing")
        odd = await api.client.put("/quirk-profiles/odd", json={**MINE, "name": "odd", "pings": 1})

        assert (removed.status_code, removed.json()["code"]) == (409, "built_in")
        assert unknown.status_code == 404
        assert odd.status_code == 400


def _drained(station: Station16) -> list[Order]:
    return [station.orders.get_nowait() for _ in range(station.orders.qsize())]
