import asyncio
import errno
import socket as tcp
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from ogniwo.gateway.listener import Listener, listen
from tests.gateway.port import HOST


@asynccontextmanager
async def listening(port: int, *, reuse_port: bool) -> AsyncIterator[int]:
    """A server that closes what it accepts; its port."""
    where = Listener(host=HOST, port=port, reuse_port=reuse_port)
    server = await listen(where, _Closing)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


class _Closing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def two_on_one_port(*, first: bool, second: bool) -> None:
    async with listening(0, reuse_port=first) as port, listening(port, reuse_port=second):
        pass


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_port_is_shared_when_both_ask_for_it(run: Callable[..., None]) -> None:
    run(two_on_one_port(first=True, second=True))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("asking", [(False, False), (True, False), (False, True)])
def test_a_port_in_use_is_refused_unless_both_ask_to_share_it(
    run: Callable[..., None], asking: tuple[bool, bool]
) -> None:
    first, second = asking
    with pytest.raises(OSError, match="in use") as refused:
        run(two_on_one_port(first=first, second=second))
    assert refused.value.errno == errno.EADDRINUSE


async def test_connections_are_spread_over_those_who_share_a_port() -> None:
    served = [0, 0]

    def counting(number: int) -> type[asyncio.Protocol]:
        class Counting(_Closing):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                served[number] += 1
                super().connection_made(transport)

        return Counting

    first = await listen(Listener(host=HOST, port=0, reuse_port=True), counting(0))
    port = first.sockets[0].getsockname()[1]
    second = await listen(Listener(host=HOST, port=port, reuse_port=True), counting(1))
    try:
        for _ in range(64):
            with tcp.create_connection((HOST, port)):
                await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while sum(served) < 64:  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.005)
    finally:
        for server in (first, second):
            server.close()
            await server.wait_closed()
    assert min(served) > 0
