"""A server of known faults to measure: it stalls every second, or refuses those who come first."""

import argparse
import asyncio
import time

import uvloop
from aiohttp import WSMsgType, web

from benchmarks.ceiling import answer
from benchmarks.lifetime import until_stopped


class Stub:
    def __init__(self, *, refuse: int, stall_s: float) -> None:
        self._to_refuse = refuse
        self._stall_s = stall_s

    async def serve_station(self, request: web.Request) -> web.StreamResponse:
        if self._to_refuse:
            self._to_refuse -= 1
            return web.Response(status=503, headers={"Retry-After": "1"})
        socket = web.WebSocketResponse(protocols=("ocpp1.6",), decode_text=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_frame(answer(message.data), WSMsgType.TEXT)
        return socket

    async def stall(self) -> None:
        """Everybody waits: the loop itself stands still."""
        while self._stall_s:
            await asyncio.sleep(1 - self._stall_s)
            time.sleep(self._stall_s)  # noqa: ASYNC251 - the very fault


async def run(port: int, stub: Stub) -> None:
    application = web.Application()
    application.router.add_get("/ocpp/{station}", stub.serve_station)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with asyncio.TaskGroup() as beside:
        stalling = beside.create_task(stub.stall(), name="stall")
        await until_stopped()
        stalling.cancel()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--refuse", type=int, default=0)
    parser.add_argument("--stall-ms", type=int, default=0)
    options = parser.parse_args()
    stub = Stub(refuse=options.refuse, stall_s=options.stall_ms / 1_000)
    uvloop.run(run(options.port, stub))


if __name__ == "__main__":
    main()
