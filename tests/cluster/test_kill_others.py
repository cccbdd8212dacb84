"""What is no gateway dies under load: orders end once, sessions are whole, service comes back."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import httpx
import pytest
from websockets.exceptions import WebSocketException

from tests.cluster.cluster import Cluster, Node
from tests.cluster.tables import PgTables
from tests.cluster.test_orders import drained, ended
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_seed, fleet_at, heard_anew, living
from tests.system.server import Api, Json
from tests.system.station import OCPPError, Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_live import events_until, stream
from tests.system.versions import a_name

LOAD_S = (0.1, 0.5)
PAUSE_S = 0.05  # between two orders of one client
WAIT_S = 10
ENDS_WITHIN_S = WAIT_S + 20.0  # a client that waits is told something, whatever dies
BACK_WITHIN_S = 30.0
ON_DUTY_WITHIN_S = 30.0
MISSED_WITHIN_S = 45.0
UNLOCK = "UnlockConnector"
CLEAR_ENDS = {"storage_away", "node_failed", "node_unreachable"}
NOW_US = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
LOST = (OSError, TimeoutError, WebSocketException, OCPPError)

_log = logging.getLogger(__name__)


@dataclass
class Client:
    """Gives one order after the other; what it was not told the end of it asks again, elsewhere."""

    name: str
    apis: Sequence[Api]
    stations: Sequence[str]
    commands: dict[str, Json]  # by their keys
    cut_off: int = 0
    slowest_s: float = 0.0

    async def give_orders(self, stopped: asyncio.Event) -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            station = self.stations[number % len(self.stations)]
            await self._give(station, f"{self.name}-{number}")
            await asyncio.sleep(PAUSE_S)

    async def _give(self, station: str, key: str) -> None:
        order = {"command": "unlock", "evse": 1, "idempotency_key": key}
        tries = 0
        while key not in self.commands:
            api = self.apis[tries % len(self.apis)]
            began = time.monotonic()
            try:
                answer = await api.client.post(
                    f"/stations/{station}/commands", json=order, params={"wait": WAIT_S}
                )
            except httpx.TransportError:
                self.cut_off += 1
            else:
                if answer.is_success:
                    self.commands[key] = answer.json()
                else:
                    assert answer.json()["code"] in CLEAR_ENDS, answer.text
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            tries += 1
            await asyncio.sleep(PAUSE_S * tries)


class Obedient:
    """A station that comes back whenever its link is cut, and notes what it was told to do."""

    def __init__(self, kind: type[Station], urls: Sequence[str]) -> None:
        self.name = urls[0].rpartition("/")[2]
        self.received: list[str] = []
        self._kind = kind
        self._urls = urls

    async def obey(self) -> None:
        for url in cycle(self._urls):
            try:
                async with connected(self._kind, url, self.name) as station:
                    try:
                        await station.socket.wait_closed()
                    finally:
                        self.received += [order.action for order in drained(station)]
            except LOST:
                await asyncio.sleep(PAUSE_S)


async def kill_one_after_the_other(cluster: Cluster, chance: random.Random) -> None:
    """Each comes back as its service manager brings it back."""

    async def again(node: Node) -> None:
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await asyncio.to_thread(node.start)

    async def again_postgres() -> None:
        await asyncio.to_thread(cluster.postgres.kill)
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await asyncio.to_thread(cluster.postgres.start)

    async def again_nats() -> None:
        await asyncio.to_thread(cluster.nats.kill)
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await asyncio.to_thread(cluster.nats.start)

    async def lose_a_connection() -> None:
        await asyncio.to_thread(cluster.postgres.kill_connection_of, "ogniwo")

    deaths = [
        lambda: again(cluster.web),
        lambda: again(cluster.worker),
        again_postgres,
        again_nats,
        lose_a_connection,
    ]
    chance.shuffle(deaths)
    for death in deaths:
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await death()


@pytest.mark.timeout(150)
async def test_whatever_else_is_killed_orders_are_done_once_and_sessions_are_whole(
    cluster: Cluster,
) -> None:
    seed = a_seed()
    commands: dict[str, Json] = {}
    obedient = [
        Obedient(kind, cluster.urls(a_name(), first=first))
        for first, kind in enumerate((Station16, Station201))
    ]
    stopped = asyncio.Event()
    async with AsyncExitStack() as stack:
        apis = [
            await stack.enter_async_context(cluster.api(it))
            for it in (cluster.web, cluster.other_web)
        ]
        fleet = await fleet_at(apis[1], seed, cluster.urls, prefix=a_name())
        names = [it.name for it in obedient]
        clients = [Client(a_name(), order, names, commands) for order in (apis, apis[::-1])]
        async with living(fleet), asyncio.TaskGroup() as group:
            obeying = [group.create_task(it.obey()) for it in obedient]
            for it in obedient:
                await apis[0].until(
                    partial(is_there, apis[0], it.name), bool, within_s=BACK_WITHIN_S
                )
            giving = [group.create_task(client.give_orders(stopped)) for client in clients]
            await kill_one_after_the_other(cluster, random.Random(seed))
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            stopped.set()
            await asyncio.wait(giving)
            done = [await ended(apis[0], it, within_s=BACK_WITHIN_S) for it in commands.values()]
            for task in obeying:
                task.cancel()
        listed = [it for one in names for it in await apis[0].all("/commands", station_id=one)]
        tables = await stack.enter_async_context(cluster.tables())
        found = await differences(apis[0], tables, [it.books for it in fleet])

    received = [action for it in obedient for action in it.received]
    states = Counter(it["state"] for it in done)
    told = (
        f"seed {seed}: {len(done)} orders {dict(states)}, received {len(received)}, "
        f"cut off and slowest {[(it.cut_off, round(it.slowest_s, 1)) for it in clients]}"
    )
    _log.warning(told)
    assert not found, f"{told}\n" + "\n".join(found[:25])
    assert {it["id"] for it in listed} == {it["id"] for it in done}, told
    assert states.keys() <= {"accepted", "failed"}, told  # a link may be cut under an order
    assert states["accepted"] <= received.count(UNLOCK) <= len(done), told
    assert len(received) == received.count(UNLOCK), told
    assert max(it.slowest_s for it in clients) < ENDS_WITHIN_S, told
    assert sum(it.cut_off for it in clients) > 0, "nobody waited for the node that died"


async def is_there(api: Api, name: str) -> bool:
    answer = await api.client.get(f"/stations/{name}")
    return answer.is_success and answer.json()["connected"]


async def on_duty(cluster: Cluster, tables: PgTables) -> Node | None:
    """The node that looks after what no living node owns."""
    number = await tables.one(f"SELECT owner FROM job_lease WHERE until > {NOW_US}")
    for node in cluster.nodes:
        if node.alive and await cluster.number_of(node) == number:
            return node
    return None


async def until_on_duty(cluster: Cluster, tables: PgTables) -> Node:
    async with asyncio.timeout(ON_DUTY_WITHIN_S):
        while (node := await on_duty(cluster, tables)) is None:  # noqa: ASYNC110 - a lease tells nobody
            await asyncio.sleep(0.5)
    return node


@pytest.mark.timeout(150)
async def test_what_a_dead_gateway_leaves_is_seen_to_though_the_node_on_duty_died_with_it(
    cluster: Cluster,
) -> None:
    """Its stations do not come back: they are told to be gone, and their orders end."""
    seed, name = a_seed(), a_name()
    async with AsyncExitStack() as stack:
        tables = await stack.enter_async_context(cluster.tables())
        victim = await until_on_duty(cluster, tables)
        gateway = victim if victim in cluster.gateways else cluster.a
        heir = next(it for it in cluster.gateways if it is not gateway)
        web = next(it for it in (cluster.web, cluster.other_web) if it is not victim)
        api = await stack.enter_async_context(cluster.api(web))
        frames = await stack.enter_async_context(stream(api))
        fleet = await fleet_at(api, seed, lambda it: [heir.url(it)], prefix=a_name())
        async with living(fleet):
            async with connected(Station16, gateway.url(name), name) as station:
                station.answers["Reset"] = None
                sent = await api.order(name, "reset")
                await station.ordered("Reset")
                waits = await api.order(name, "unlock", evse=1, deadline_s=2)
                waits_long = await api.order(name, "unlock", evse=1, deadline_s=600)
                for node in {victim, gateway}:
                    await asyncio.to_thread(node.kill)
            left = [await ended(api, it, within_s=MISSED_WITHIN_S) for it in (sent, waits)]
            shown = await api.until(
                lambda: api.station(name), lambda it: not it["connected"], within_s=MISSED_WITHIN_S
            )
            heard = await events_until(frames, name, "station_disconnected")
            on_duty_now = await until_on_duty(cluster, tables)
            still = await api.get(f"/commands/{waits_long['id']}")
            async with connected(Station16, heir.url(name), name) as station:
                await station.ordered(UNLOCK)
                done = await ended(api, waits_long)
        found = await differences(api, tables, [it.books for it in fleet])

    assert on_duty_now is not victim
    assert [it["state"] for it in left] == ["node_lost", "expired"]
    assert shown["connected_since"] is None
    assert heard[-1]["data"]["reason"] == "its server ended without a word"
    assert (still["state"], done["state"]) == ("queued", "accepted")
    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert {it.connected for it in fleet} == {1}, "links of the living gateway were cut"
