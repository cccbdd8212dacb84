"""Every message of every version, in both directions, in one run of one server.

A mixed fleet: two stations of each version, played by the `ocpp` package, which checks each payload
that it sends or receives against the official schemas; and one of 2.1 on a plain socket for the
two kinds of frames that the package cannot speak.
"""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ogniwo.ocpp.catalogue import VERSIONS
from tests.ocpp.pem import a_certificate, a_request
from tests.ocpp.schema_official import read_official
from tests.system.fleet.day_2x import DAY_201
from tests.system.fleet.day_16 import DAY_16
from tests.system.fleet.day_21 import DAY_21, STREAM
from tests.system.fleet.member import MEMBERS, Crossed, Member, Member21, Noted
from tests.system.fleet.script import Known, Scene
from tests.system.server import Api, Server, api_of, serving
from tests.system.station import OCPPError, connected, now, text_of
from tests.system.versions import a_name, a_token
from tests.system.wire import wired

DAYS: Final[dict[str, tuple[Scene, ...]]] = {
    "ocpp1.6": DAY_16,
    "ocpp2.0.1": DAY_201,
    "ocpp2.1": DAY_21,
}
OF_EACH: Final = 2
STREAMED: Final = "NotifyPeriodicEventStream"


def whole(version: str) -> set[Crossed]:
    """Every message of a version, by the way it goes."""
    ways: dict[str, tuple[str, ...]] = {"up": ("up",), "down": ("down",), "both": ("up", "down")}
    messages = VERSIONS[version].messages.values()
    return {(way, it.action) for it in messages for way in ways[it.direction]}


async def known_to(api: Api, identity: str) -> Known:
    at = now()
    return {
        "token": await api.token(a_token()),
        "tx": f"{identity}-tx",
        "now": text_of(at),
        "earlier": text_of(at - timedelta(hours=1)),
        "later": text_of(at + timedelta(hours=1)),
        "certificate": a_certificate("Root", 0xA1B),
        "csr": a_request(identity),
    }


async def lives_a_day(server: Server, api: Api, kind: type[Member]) -> Member:
    name = a_name(kind)
    known = await known_to(api, name)
    async with connected(kind, server.url(name), name) as station:
        for scene in DAYS[kind.version]:
            try:
                await scene.play(api, station, known)
            except Exception as error:
                error.add_note(f"{name}: {scene}")
                raise
    return station


async def streams_and_disputes(server: Server, api: Api) -> str:
    """What the package cannot speak: a SEND, and a CALLRESULTERROR in either direction."""
    name = a_name(Member21)
    values = {"id": 5, "pending": 0, "basetime": text_of(now()), "data": [{"t": 0, "v": "21.5"}]}
    assert read_official("v21", STREAMED).accepts(values)
    async with wired(server.url(name), "ocpp2.1") as wire:
        await wire.call("OpenPeriodicEventStream", {"constantStreamData": STREAM})
        await wire.tell(STREAMED, values)
        await wire.call("Heartbeat", {}, "odd-time")
        await wire.send('[5,"odd-time","FormatViolation","currentTime is odd",{}]')
        assert await wire.is_alive()
        given = await api.order(name, "clear_cache")
        call = await wire.receive()
        answer = {"status": "Perhaps"}
        assert not read_official("v21", "ClearCacheResponse").accepts(answer)
        dispute = await wire.ask(json.dumps([3, call[1], answer]))
        command = await api.get(f"/commands/{given['id']}")
    assert dispute[:3] == [5, call[1], "PropertyConstraintViolation"]
    assert command["state"] == "failed"
    (kept,) = await api.all(f"/stations/{name}/telemetry")
    assert [it["value"] for it in kept["values"]] == ["21.5"]
    return name


async def traced(api: Api, identity: str) -> set[Crossed]:
    kept = await api.all("/messages", station_id=identity)
    return {(it["direction"], it["action"]) for it in kept}


async def test_a_mixed_fleet_says_and_is_told_everything_there_is(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, api):
        async with asyncio.TaskGroup() as group:
            days = [
                group.create_task(lives_a_day(server, api, kind))
                for kind in MEMBERS
                for _ in range(OF_EACH)
            ]
            other = group.create_task(streams_and_disputes(server, api))
        fleet = [it.result() for it in days]
        traces = {it.identity: await traced(api, it.identity) for it in fleet}
        sessions = [await api.only_session(it.identity) for it in fleet]
        streamed = await traced(api, other.result())

    assert ("up", STREAMED) in streamed
    for station in fleet:
        expected = whole(station.version) - {("up", STREAMED)}
        assert expected - station.noted.answered() == set(), f"{station.version}: never crossed"
        assert expected - traces[station.identity] == set(), f"{station.version}: not in the trace"
        assert station.noted.disputes() == []
    assert [(it["state"], it["energy_wh"]) for it in sessions] == [("closed", 2000)] * len(fleet)


class Spoiling(Noted):
    """Lets no result through as it was sent."""

    async def recv(self) -> str:
        frame = json.loads(await super().recv())
        if frame[0] == 3 and "spoilt" in frame[1]:
            frame[2]["notOfThisWorld"] = 1
        return json.dumps(frame)


class Spoilt(Member21):
    notes = Spoiling


async def test_what_no_schema_allows_does_not_pass_a_station_of_the_fleet(server: Server) -> None:
    name = a_name(Spoilt)
    async with api_of(server) as api, connected(Spoilt, server.url(name), name) as station:
        crossed = len(station.noted.frames)
        with pytest.raises(OCPPError):
            await station.say("Heartbeat", {"notOfThisWorld": 1})
        assert len(station.noted.frames) == crossed  # it was not even sent
        with pytest.raises(OCPPError):
            await station.say("Heartbeat", {}, message_id="spoilt")
        assert station.noted.disputes() == []
        raw = {"action": "ClearCache", "payload": {"notOfThisWorld": 1}}
        call: Any = await api.post(f"/stations/{name}/ocpp", raw)
        station.answers["ClearCache"] = {"status": "Perhaps"}
        command = await api.order(name, "clear_cache", wait_s=5)

    assert command["state"] == "failed"
    codes = [(way, frame[0], frame[2]) for way, frame in station.noted.disputes()]
    assert codes == [("up", 4, "FormatViolation")] * 2, call
