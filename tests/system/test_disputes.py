"""2.1: an answer that the other side cannot use is disputed, once, and never answered."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.system.server import Server, api_of, serving
from tests.system.versions import a_name
from tests.system.wire import Wire, wired

V21 = "ocpp2.1"


async def answered(wire: Wire, payload: object) -> list[object]:
    """Take the server's next call and answer it with this; what it was."""
    call = await wire.receive()
    await wire.send(json.dumps([3, call[1], payload]))
    return call


async def test_a_station_that_cannot_use_our_answer_is_heard_and_not_answered(
    tmp_path: Path,
) -> None:
    name = a_name()
    async with (
        serving(tmp_path / "data") as (server, api),
        wired(server.url(name), V21) as wire,
    ):
        await wire.call("Heartbeat", {}, "beat-1")
        await wire.send('[5,"beat-1","FormatViolation","currentTime is odd",{}]')
        assert await wire.is_alive()
        kept = await api.all("/messages", station_id=name, action="Heartbeat")

    (disputed,) = [it for it in kept if it["notes"]]
    assert (disputed["message_id"], disputed["answered"]) == ("beat-1", "none")
    assert disputed["call"] == {
        "code": "FormatViolation",
        "description": "currentTime is odd",
        "details": {},
    }
    assert disputed["notes"] == (
        "the station could not use our answer: FormatViolation: currentTime is odd"
    )
    told = [line for line in server.stderr.splitlines() if "answer_disputed" in line]
    assert len(told) == 1
    assert name in told[0]


@pytest.mark.parametrize(
    ("version", "payload", "disputed", "reason"),
    [
        (V21, {"status": "Perhaps"}, "PropertyConstraintViolation", "status: unknown value"),
        (V21, {}, "ProtocolError", "status: missing"),
        (V21, {"status": 7}, "TypeConstraintViolation", "status: wrong type"),
        ("ocpp2.0.1", {"status": "Perhaps"}, None, "status: unknown value"),
        ("ocpp1.6", {}, None, "status: missing"),
    ],
)
async def test_an_answer_we_cannot_use_fails_its_order_and_is_disputed_on_2_1_only(
    server: Server, version: str, payload: object, disputed: str | None, reason: str
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        async with asyncio.TaskGroup() as both:
            given = both.create_task(api.order(name, "reset", wait_s=5))
            call = await answered(wire, payload)
            if disputed is not None:
                told = await wire.receive()
                assert told == [5, call[1], disputed, reason, {}]
        assert await wire.is_alive()
        (kept,) = await api.all("/messages", station_id=name, action="Reset")

    command = given.result()
    assert command["state"] == "failed"
    assert command["reason"] == f"the station's answer breaks the protocol: {reason}"
    assert kept["answer"] == payload
    assert reason in kept["notes"]
