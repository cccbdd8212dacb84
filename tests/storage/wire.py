"""A wire to a database server that a test may cut or silence, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_GONE = (ConnectionError, asyncio.IncompleteReadError)


class Wire:
    """Each connection to it is one to the server; both its ends are ours to break."""

    def __init__(self, host: str, port: int) -> None:
        self.url = ""
        self.mute = False  # what the server says is lost
        self.deaf = False  # nor does it hear anything
        self.last_word: bytes | None = None  # it hears nothing from this on
        self._host = host
        self._port = port
        self._clients: list[asyncio.StreamWriter] = []
        self._servers: list[asyncio.StreamWriter] = []
        self._at_work: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            from_server, server = await asyncio.open_connection(self._host, self._port)
            self._clients.append(client)
            self._servers.append(server)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._up(reader, server))
                group.create_task(self._down(from_server, client))
        finally:
            self._at_work.discard(task)

    async def _up(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        """The server is not told when its client has gone, as where a network ends silently."""
        with suppress(*_GONE):
            while data := await reader.read(65_536):
                if self.last_word is not None and self.last_word in data:
                    self.deaf = True
                if not self.deaf:
                    server.write(data)

    async def _down(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(*_GONE):
            while data := await reader.read(65_536):
                if not self.mute:
                    client.write(data)
            client.close()

    def cut(self) -> None:
        """Every client loses its connection; the server goes on with what it was told."""
        for client in self._clients:
            client.transport.abort()
        self._clients.clear()

    def heal(self) -> None:
        self.mute = self.deaf = False

    async def close(self) -> None:
        for end in (*self._clients, *self._servers):
            end.transport.abort()
        while self._at_work:
            await asyncio.wait(self._at_work)


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    wire = Wire(parts.hostname, parts.port)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire.url = url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}")
    try:
        yield wire
    finally:
        server.close()
        await wire.close()
        await server.wait_closed()
