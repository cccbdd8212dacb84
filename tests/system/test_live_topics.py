"""Topics of the live stream from a real server: each tells its own, from the moment it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.system.server import Api, Server, api_of, serving
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.test_live import HEARD_WITHIN_S, Told, frames_of
from tests.system.versions import a_name, a_token
from tests.system.wire import status_of


@asynccontextmanager
async def topics(api: Api, names: str, **query: str) -> AsyncIterator[AsyncIterator[Told]]:
    params = {"topics": names, "lang": "en", **query}
    async with api.client.stream("GET", "/events", params=params) as answer:
        assert answer.status_code == httpx.codes.OK
        lines = answer.aiter_lines()
        async for line in lines:
            if line == ": connected":
                break
        yield frames_of(lines)


async def first(frames: AsyncIterator[Told], **values: object) -> Any:
    """The first thing with these values in a list."""
    async with asyncio.timeout(HEARD_WITHIN_S):
        async for _, data in frames:
            for one in data:
                if values.items() <= one.items():
                    return one
    raise AssertionError("the stream ended")


async def test_an_order_is_followed_to_its_end(server: Server) -> None:
    name, other = a_name(), a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name),
        connected(Station16, server.url(other), other),
        topics(api, "commands", station_id=name) as frames,
    ):
        await api.order(other, "clear_cache", wait_s=5)
        order = await api.order(name, "clear_cache", wait_s=5)
        told = await first(frames, state=order["state"])

    assert {key: told[key] for key in told if key in order} == {
        key: order[key] for key in told if key in order
    }
    assert (told["id"], told["station_id"], told["command"]) == (order["id"], name, "clear_cache")


async def test_the_trace_is_followed_as_it_grows(server: Server) -> None:
    name, other = a_name(), a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        connected(Station16, server.url(other), other) as stranger,
        topics(api, "messages", station_id=name) as frames,
    ):
        token = await api.token(a_token())
        await stranger.authorize(token)
        await station.authorize(token)
        message = await first(frames)
        path = "/messages"
        (kept,) = (await api.get(path, station_id=name, action="Authorize", lang="en"))["items"]

    assert {key: message[key] for key in kept if key in message} == {
        key: value for key, value in kept.items() if key in message
    }
    assert (message["call"], message["cut"]) == ({"idTag": token}, False)
    assert message["words"]


async def test_a_refused_connection_is_told_with_its_reason(tmp_path: Path) -> None:
    name = a_name()
    async with (
        serving(tmp_path / "data", unknown_stations="quarantine") as (server, api),
        topics(api, "attempts") as frames,
    ):
        assert await status_of(server.url(name), "ocpp1.6") == httpx.codes.NOT_FOUND
        told = await first(frames, identity=name)

    assert (told["reason"], told["http_status"]) == ("unknown_station", 404)
    assert (told["subprotocols"], told["path"]) == ("ocpp1.6", f"/ocpp/{name}")


async def test_a_snapshot_and_the_stream_beside_it_leave_no_gap(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        answer = await api.client.get("/stations/snapshot")
        found = answer.json()
        rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
        (mine,) = [row for row in rows if row["id"] == name]
        async with topics(api, "events", station_id=name, after=found["event_id"]) as frames:
            await station.fault(1)
            async with asyncio.timeout(HEARD_WITHIN_S):
                _, event = await anext(frames)

    assert answer.headers["content-encoding"] == "gzip"
    assert (mine["connected"], mine["protocol"], mine["sessions"]) == (True, "ocpp1.6", 0)
    evses = [dict(zip(found["evse_columns"], one, strict=True)) for one in mine["evses"]]
    assert all(it["status"] != "faulted" for it in evses)
    assert (event["kind"], event["data"]["after"]) == ("status_changed", "faulted")
