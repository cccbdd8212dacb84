"""The live stream: what happens is told within a moment, and nothing is missed after a break."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, Station, connected
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

HEARD_WITHIN_S = 10.0
Told = tuple[str, Any]  # the kind of frame and its data


@asynccontextmanager
async def stream(api: Api, **headers: str) -> AsyncIterator[AsyncIterator[Told]]:
    """Frames from now on: entered when the server has said that we are connected."""
    async with api.client.stream(
        "GET", "/events", headers=headers, params={"lang": "en"}
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        async for line in lines:
            if line == ": connected":
                break
        yield frames_of(lines)


async def frames_of(lines: AsyncIterator[str]) -> AsyncIterator[Told]:
    kind = ""
    async for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


async def events_until(frames: AsyncIterator[Told], name: str, kind: str) -> list[Any]:
    """A station's events up to one of this kind."""
    heard: list[Any] = []
    async with asyncio.timeout(HEARD_WITHIN_S):
        async for frame, data in frames:
            if frame == "event" and data["station_id"] == name:
                heard.append(data)
                if data["kind"] == kind:
                    return heard
    raise AssertionError(f"the stream ended before {kind}")


async def moving_session(frames: AsyncIterator[Told], name: str) -> Any:
    """A station's session as the stream shows it once power flows."""
    async with asyncio.timeout(HEARD_WITHIN_S):
        async for kind, data in frames:
            for session in data if kind == "sessions" else []:
                if session["station_id"] == name and session["power_w"]:
                    return session
    raise AssertionError("the stream ended before power flowed")


async def whole_session(station: Station, token: str) -> None:
    hours = Hours()
    await station.plug_in()
    charging = await station.start(token, wh=0, at=hours.begin)
    await station.energy_flows(charging, at=hours.after(1))
    await station.measure(charging, wh=2_500, w=7_400, at=hours.after(20))
    await station.stop(charging, wh=3_000, at=hours.after(30))


async def test_a_session_is_followed_live(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, stream(api) as frames:
        token = await api.token(a_token())
        async with connected(Station16, server.url(name), name) as station:
            await whole_session(station, token)
        heard = await events_until(frames, name, "session_closed")

    kinds = [it["kind"] for it in heard]
    assert kinds[:3] == ["station_created", "station_connected", "station_booted"]
    story = [it for it in kinds if it.startswith("session")]
    assert story == ["session_started", "session_changed", "session_ended", "session_closed"]
    assert all(it["words"] for it in heard)
    assert [int(it["id"]) for it in heard] == sorted(int(it["id"]) for it in heard)


async def test_power_and_energy_of_a_running_session_arrive_between_the_events(
    server: Server,
) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        async with stream(api) as frames:
            await station.measure(charging, wh=2_500, w=7_400, at=hours.after(20))
            moved = await moving_session(frames, name)

    assert (moved["power_w"], moved["energy_wh"]) == (7_400, 2_500)


async def test_who_comes_back_with_the_last_id_misses_nothing_and_hears_nothing_twice(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api:
        async with stream(api) as frames, connected(Station16, server.url(name), name):
            last = (await events_until(frames, name, "station_booted"))[-1]
        async with connected(Station16, server.url(name), name, accepted=False) as station:
            await whole_session(station, await api.token(a_token()))
            async with stream(api, **{"last-event-id": last["id"]}) as frames:
                heard = await events_until(frames, name, "session_closed")
        listed = (await api.get("/event-log", after=last["id"], limit=1_000))["items"]

    expected = [it["id"] for it in listed if it["station_id"] == name]
    assert [it["id"] for it in heard] == expected[: len(heard)]
    assert len(heard) >= 6


async def test_the_stream_is_for_those_who_may_read_it(server: Server) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(f"http://{server.http}/api/v1/events")

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
