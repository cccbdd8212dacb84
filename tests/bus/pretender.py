"""Something that greets like a NATS server, notes what it is sent, and answers some pings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.services.ports import HOST


@dataclass
class Pretender:
    pings_answered: int
    port: int = 0
    lines: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576}\r\n')
        while line := await reader.readline():
            self.lines.append(line)
            if line == b"PING\r\n" and self.lines.count(line) <= self.pings_answered:
                writer.write(b"PONG\r\n")
        writer.close()


@asynccontextmanager
async def pretending(*, pings_answered: int = 1_000) -> AsyncIterator[Pretender]:
    pretender = Pretender(pings_answered)
    async with await asyncio.start_server(pretender._converse, HOST, 0) as server:
        pretender.port = server.sockets[0].getsockname()[1]
        yield pretender
