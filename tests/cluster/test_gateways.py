"""``serve --gateways``: one command, one OCPP port, several processes that end together."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, Node, wait_until_gone
from tests.services.processes import children_of, is_running
from tests.system.server import api_of
from tests.system.versions import a_name
from tests.system.wire import wired

GATEWAYS = 2
LISTEN = "0A"  # in /proc/net/tcp
UP_WITHIN_S = 20.0
DOWN_WITHIN_S = 15.0
STATIONS = 24


@asynccontextmanager
async def a_family(cluster: Cluster) -> AsyncIterator[tuple[Node, list[int]]]:
    """The parent and its gateways, all of them on the one port."""
    parent = cluster.family(GATEWAYS)
    children: list[int] = []
    try:
        await asyncio.to_thread(parent.start)
        children = await gateways_of(parent)
        yield parent, children
    finally:
        for pid in [*children, *children_of(parent.pid if parent.running else os.getpid())]:
            if pid in children and is_running(pid):
                os.kill(pid, signal.SIGKILL)
        parent.kill()


async def gateways_of(parent: Node) -> list[int]:
    """The processes of the gateways, once all of them take connections."""
    await listening(parent, GATEWAYS)
    return children_of(parent.pid)


async def listening(parent: Node, count: int) -> None:
    port = int(parent.ocpp.rpartition(":")[2])
    async with asyncio.timeout(UP_WITHIN_S):
        while listeners_on(port) != count:  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(0.02)


def listeners_on(port: int) -> int:
    """Sockets of 127.0.0.1 that wait for connections on this port."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    places = [line.split()[1:4:2] for line in lines]
    return places.count([f"0100007F:{port:04X}", LISTEN])


async def owners(cluster: Cluster, parent: Node) -> set[int]:
    """Numbers of the nodes that many stations come to by the one address."""
    names = [a_name() for _ in range(STATIONS)]
    async with cluster.tables() as tables, asyncio.TaskGroup() as group:
        come = asyncio.Barrier(STATIONS + 1)
        go = asyncio.Event()
        for name in names:
            group.create_task(_come(parent.url(name), come, go))
        await come.wait()
        found = await tables.column(
            "SELECT h.owner FROM station_head h JOIN station s ON s.id = h.station_id"
            " WHERE s.identity = ANY($1) AND h.connected_since IS NOT NULL",
            names,
        )
        go.set()
    assert len(found) == STATIONS
    return set(found)


async def _come(url: str, come: asyncio.Barrier, go: asyncio.Event) -> None:
    async with wired(url, "ocpp1.6") as wire:
        await come.wait()
        await go.wait()
        assert await wire.is_alive()


@pytest.mark.timeout(90)
async def test_one_command_starts_gateways_on_one_port_and_keeps_them(cluster: Cluster) -> None:
    async with a_family(cluster) as (parent, children):
        async with api_of(parent) as api:
            await api.get("/stations")
        before = await owners(cluster, parent)
        os.kill(children[0], signal.SIGKILL)
        await listening(parent, GATEWAYS - 1)
        with_one = await owners(cluster, parent)
        again = await gateways_of(parent)
        after = await owners(cluster, parent)
        parent.interrupt()
        code = await asyncio.to_thread(parent.ended, DOWN_WITHIN_S)
        await wait_until_gone(again, within_s=1.0)

    assert len(before) == GATEWAYS
    assert len(with_one) == 1
    assert children[1] in again
    assert children[0] not in again
    assert len(after) == GATEWAYS
    assert with_one < after
    assert code == 0
    assert "Traceback" not in parent.stderr, parent.stderr


@pytest.mark.timeout(60)
async def test_gateways_end_when_their_parent_dies_without_a_word(cluster: Cluster) -> None:
    async with a_family(cluster) as (parent, children):
        await asyncio.to_thread(parent.kill)
        await wait_until_gone(children, within_s=DOWN_WITHIN_S)
