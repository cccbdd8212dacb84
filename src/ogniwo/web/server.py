"""The HTTP server inside an event loop that is not its own, and its orderly end.

uvicorn would take the process's signals for itself and wait for endless streams when it stops; here
signals stay with whoever owns the process, and the streams end first.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from typing import Final, cast

import uvicorn
from litestar.types import ASGIApp
from uvicorn._types import ASGIApplication

from ogniwo.base import log
from ogniwo.web.live import LiveHub

REQUESTS_END_S: Final = 5  # what a request under way gets at the end, then it is cut
BACKLOG: Final = 1_024

_log = log.get("web")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, hub: LiveHub | None, listener: socket.socket
) -> AsyncIterator[None]:
    """Serves on a socket that is already bound, until the block is left; ``hub``: its streams."""
    server = _Server(_config(app))
    loop = asyncio.get_running_loop()
    live = loop.create_task(_forever() if hub is None else hub.run(), name="web-live")
    http = loop.create_task(server.serve(sockets=[listener]), name="web-server")
    listening = loop.create_task(server.listening.wait(), name="web-listening")
    try:
        await asyncio.wait({listening, http, live}, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        if hub is not None:
            hub.close()
        server.should_exit = True
        listening.cancel()
        await asyncio.wait({http})
        live.cancel()
        ends = await asyncio.gather(http, live, listening, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):  # a cancelled task is none
                _log.error("web_ended_badly", exc_info=end)


async def _forever() -> None:
    await asyncio.Event().wait()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        cast("ASGIApplication", app),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who is on this machine is decided by the peer alone
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=REQUESTS_END_S,
    )
