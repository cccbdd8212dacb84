"""The ceiling: what the product's WebSocket library and decoder can do at all.

aiohttp's server on uvloop reads a frame, msgspec decodes it into typed structs,
a correct answer goes back. Nothing is stored, decided or remembered, so no
product on these libraries can be faster. The upper of our two yardsticks.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import msgspec
import uvloop
from aiohttp import WSMsgType, web
from msgspec import Struct

from benchmarks.lifetime import until_stopped

HEARTBEAT_S = 300
CALL = 2
CALLRESULT = 3
EMPTY: Final[dict[str, object]] = {}


class SampledValue(Struct, frozen=True):
    value: str
    context: str | None = None
    format: str | None = None
    measurand: str | None = None
    phase: str | None = None
    location: str | None = None
    unit: str | None = None


class MeterValue(Struct, frozen=True, rename="camel"):
    timestamp: datetime
    sampled_value: list[SampledValue]


class MeterValues(Struct, frozen=True, rename="camel"):
    connector_id: int
    meter_value: list[MeterValue]
    transaction_id: int | None = None


class OddFrameError(Exception):
    """The frame is not a CALL we know: the link is closed."""


ENVELOPE = msgspec.json.Decoder(tuple[int, str, str, msgspec.Raw])
METER_VALUES = msgspec.json.Decoder(MeterValues)
ENCODER = msgspec.json.Encoder()
TRANSACTION_IDS = count(1)


def other_payload(action: str) -> dict[str, object]:
    """The messages around the measured one, answered as briefly as the schema allows."""
    accepted = {"status": "Accepted"}
    match action:
        case "BootNotification":
            now = datetime.now(UTC)
            return {"status": "Accepted", "currentTime": now, "interval": HEARTBEAT_S}
        case "StatusNotification":
            return {}
        case "Authorize" | "StopTransaction":
            return {"idTagInfo": accepted}
        case "StartTransaction":
            return {"transactionId": next(TRANSACTION_IDS), "idTagInfo": accepted}
        case _:
            raise OddFrameError(action)


def answer(text: bytes) -> bytes:
    kind, message_id, action, payload = ENVELOPE.decode(text)
    if kind != CALL:
        raise OddFrameError(kind)
    if action == "MeterValues":
        METER_VALUES.decode(payload)
        return ENCODER.encode((CALLRESULT, message_id, EMPTY))
    return ENCODER.encode((CALLRESULT, message_id, other_payload(action)))


async def serve_station(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ocpp1.6",), decode_text=False)
    await socket.prepare(request)
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        await socket.send_frame(answer(message.data), WSMsgType.TEXT)
    return socket


async def run(port: int) -> None:
    application = web.Application()
    application.router.add_get("/ocpp/{station}", serve_station)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    await until_stopped()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.ceiling", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, help="accepted and unused: nothing is stored")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(options.port))


if __name__ == "__main__":
    main()
