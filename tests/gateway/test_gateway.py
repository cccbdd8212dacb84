"""Links of a whole server: what the operator decides reaches them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ogniwo.base.settings import Settings
from ogniwo.wiring.server import Server, running

TOKEN = "a-token-for-this-test"
BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Box"}


@asynccontextmanager
async def a_server(data_dir: Path, *, token: str = TOKEN) -> AsyncIterator[Server]:
    settings = Settings(
        data_dir=str(data_dir),
        http="127.0.0.1:0",
        ocpp="127.0.0.1:0",
        unknown_stations="accept",
    )
    async with running(settings, admin_token=token) as server:
        yield server


def api(server: Server, token: str = TOKEN) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://{server.http}/api/v1", headers={"Authorization": f"Bearer {token}"}
    )


def dial(server: Server, identity: str = "S", version: str = "ocpp1.6") -> connect:
    url = f"ws://{server.ocpp}/ocpp/{identity}"
    return connect(url, subprotocols=[Subprotocol(version)])


async def ask(station: ClientConnection, action: str, payload: Mapping[str, object]) -> list[Any]:
    await station.send(json.dumps([2, "1", action, payload]))
    answer: list[Any] = json.loads(await station.recv())
    return answer


async def closed(station: ClientConnection) -> int | None:
    with pytest.raises(websockets.ConnectionClosed):
        await station.recv()
    return station.close_code


async def test_a_blocked_station_loses_its_link_and_a_new_password_keeps_it(
    tmp_path: Path,
) -> None:
    async with a_server(tmp_path) as server, api(server) as client, dial(server) as station:
        await ask(station, "BootNotification", BOOT)
        (await client.patch("/stations/S", json={"password": "long enough"})).raise_for_status()
        assert (await ask(station, "Heartbeat", {}))[0] == 3
        (await client.patch("/stations/S", json={"blocked": True})).raise_for_status()
        assert await closed(station) == 1008


async def test_a_removed_station_loses_its_link_and_begins_anew(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, api(server) as client, dial(server) as station:
        await ask(station, "BootNotification", BOOT)
        assert (await client.delete("/stations/S")).is_success
        assert await closed(station) == 1008
        assert (await client.get("/stations/S")).status_code == 404
        async with dial(server) as again:
            assert (await ask(again, "BootNotification", BOOT))[2]["status"] == "Accepted"
            shown = (await client.get("/stations/S")).json()
            assert (shown["connected"], shown["vendor"]) == (True, "Maker")


async def test_two_first_calls_of_an_unknown_station_make_one_station(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        api(server) as client,
        dial(server) as first,
        dial(server) as second,
    ):
        assert (await ask(second, "BootNotification", BOOT))[2]["status"] == "Accepted"
        assert await closed(first) == 4001
        assert [it["id"] for it in (await client.get("/stations")).json()["items"]] == ["S"]


async def test_a_new_admin_token_ends_the_one_before(tmp_path: Path) -> None:
    for token in ("the-first-admin-token", "the-second-admin-token"):
        async with a_server(tmp_path, token=token) as server, api(server, token) as client:
            assert (await client.get("/stations")).status_code == 200
    async with (
        a_server(tmp_path, token="the-second-admin-token") as server,
        api(server, "the-first-admin-token") as client,
    ):
        assert (await client.get("/stations")).status_code == 401


async def test_a_station_that_is_not_accepted_gets_no_heartbeat_answered(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        api(server) as client,
        dial(server, version="ocpp2.0.1") as station,
    ):
        assert (await ask(station, "Heartbeat", {}))[0] == 3
        for registration in ("pending", "rejected"):
            changed = await client.patch("/stations/S", json={"registration": registration})
            changed.raise_for_status()
            assert (await ask(station, "Heartbeat", {}))[:3] == [4, "1", "SecurityError"]
