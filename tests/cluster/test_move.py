"""A station moves to another node while the one before still believes that it has it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.tables import events_of
from tests.cluster.talk import Talker, last_words
from tests.system.crash.audit import differences
from tests.system.crash.fleet import VERSIONS
from tests.system.versions import a_name, a_token
from tests.system.wire import Wire

Told = tuple[str, dict[str, Any]]

REPLACED = 4001
TRY_AGAIN_LATER = 1013


async def go_on_elsewhere(talker: Talker, url: str, unheard: Told) -> None:
    """What was not acknowledged comes first, as the protocol wants it."""
    async with talker.at(url) as wire:
        await talker.boot(wire)
        await talker.say(wire, unheard)
        await talker.say(wire, talker.measures())
        await talker.say(wire, talker.stops())


@pytest.mark.parametrize("bus", ["with a bus", "without a bus"])
async def test_a_node_writes_and_answers_nothing_of_a_station_that_moved_away(
    cluster: Cluster, bus: str
) -> None:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        tables = await stack.enter_async_context(cluster.tables())
        movers = [Talker(a_name(), it, await api.token(a_token())) for it in VERSIONS]
        loyal = Talker(a_name(), VERSIONS[0], await api.token(a_token()))
        at_a: dict[str, Wire] = {}
        for talker in [*movers, loyal]:
            wire = await stack.enter_async_context(talker.at(cluster.a.url(talker.identity)))
            at_a[talker.identity] = wire
            await talker.boot(wire)
            await talker.say(wire, talker.starts())
            await talker.say(wire, talker.measures())
        if bus == "without a bus":
            await asyncio.to_thread(cluster.nats.kill)
        cluster.a.freeze()
        unheard = {it.identity: it.measures() for it in movers}
        for talker in movers:
            wire = at_a[talker.identity]
            await talker.mutter(wire, unheard[talker.identity])
            await talker.mutter(wire, talker.asks())
        async with asyncio.TaskGroup() as going:
            for it in movers:
                name = it.identity
                going.create_task(go_on_elsewhere(it, cluster.b.url(name), unheard[name]))
        cluster.a.thaw()
        endings = {it.identity: await last_words(at_a[it.identity]) for it in movers}
        await loyal.say(at_a[loyal.identity], loyal.measures())
        await loyal.say(at_a[loyal.identity], loyal.stops())
        found = await differences(api, tables, [it.books for it in [*movers, loyal]])
        for it in movers:
            await api.has_left(it.identity)
        events = {
            it.identity: [kind for _, kind in await events_of(tables, it.identity)] for it in movers
        }

    assert not found, found
    for heard, code in endings.values():
        assert heard == []
        assert code in {REPLACED, TRY_AGAIN_LATER}
    for kinds in events.values():
        assert kinds.count("station_connected") == 2
        assert kinds.count("station_disconnected") == 1
        assert kinds[-1] == "station_disconnected"  # from the node it had last
