"""The whole of deploy/ at work, and what its stations notice when a part of it ends."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import WebSocketException

from tests.cluster.cluster import Node
from tests.deploy.front import STATION, Front
from tests.deploy.topology import Topology
from tests.services.nats import running_nats
from tests.services.postgres import Postgres
from tests.system.server import Api
from tests.system.station import Charging, Hours, Station, connected
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import a_name, a_token
from tests.system.wire import basic

PASSWORD = "a-long-station-password"
KINDS: tuple[type[Station], ...] = (Station16, Station201, Station21)
LINKS = re.compile(r"^ogniwo_links (\d+)", re.MULTILINE)
BACK_WITHIN_S = 20.0
CUT_OFF = (OSError, EOFError, TimeoutError, WebSocketException)

pytestmark = pytest.mark.timeout(180)


@dataclass
class Visitor:
    """A station of some version and security profile, on its way in through the front door."""

    name: str
    kind: type[Station]
    profile: int
    token: str

    def way_in(self, front: Front) -> dict[str, Any]:
        town = front.town
        shown = town.stations.for_station(self.name) if self.profile == 3 else None
        return {
            "url": front.url(self.name),
            "ssl": town.client(shown),
            "additional_headers": basic(self.name, PASSWORD) if self.profile < 3 else None,
            "local_addr": (STATION, 0),
        }

    async def come(self, front: Front, stack: AsyncExitStack) -> Station:
        """Again and again, as a station does that was sent away."""
        way = self.way_in(front)
        async with asyncio.timeout(BACK_WITHIN_S):
            while True:
                try:
                    return await stack.enter_async_context(
                        connected(self.kind, identity=self.name, **way)
                    )
                except CUT_OFF:
                    await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
def topology(
    _cluster: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Topology, Front]]:
    folder = tmp_path_factory.mktemp("topology")
    with running_nats(folder) as nats:
        topology = Topology(folder, _cluster, nats)
        with topology.running() as front:
            yield topology, front


async def register(api: Api, count: int) -> list[Visitor]:
    visitors = []
    for number in range(count):
        profile = 2 + number % 2
        kind = KINDS[number % len(KINDS)]
        visitor = Visitor(a_name(), kind, profile, await api.token(a_token()))
        password = PASSWORD if profile == 2 else None
        station = {"id": visitor.name, "password": password, "security_profile": profile}
        await api.post("/stations", station)
        visitors.append(visitor)
    return visitors


async def links_of(node: Node) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        told = LINKS.search((await client.get(f"http://{node.http}/metrics")).text)
    assert told is not None
    return int(told[1])


async def test_stations_charge_on_while_a_gateway_dies_and_another_is_restarted(
    topology: tuple[Topology, Front],
) -> None:
    whole, front = topology
    one, two = whole.gateways
    hours = Hours()
    async with front.client() as people, AsyncExitStack() as stack:
        api = Api(people)
        visitors = await register(api, 6)
        stations = [await visitor.come(front, stack) for visitor in visitors]
        spread = [await links_of(one), await links_of(two)]
        charging = [
            await station.start(visitor.token, wh=0, at=hours.begin)
            for visitor, station in zip(visitors, stations, strict=True)
        ]

        await asyncio.to_thread(one.kill)
        stations = await all_back(front, visitors, stations, stack)
        await on_all(stations, charging, measured(hours, 10, wh=1_000))
        after_the_kill = await links_of(two)

        await asyncio.to_thread(one.start)
        await asyncio.to_thread(two.stop)
        stations = await all_back(front, visitors, stations, stack)
        await on_all(stations, charging, stopped(hours, 30, wh=3_000))
        sessions = [await api.only_session(visitor.name) for visitor in visitors]
        seen = [await api.station(visitor.name) for visitor in visitors]
        events = await api.all("/event-log")
        await asyncio.to_thread(two.start)

    assert spread == [3, 3]  # least connections
    assert after_the_kill == 6
    assert {it["state"] for it in sessions} == {"closed"}
    assert [it["energy_wh"] for it in sessions] == [3_000] * 6
    assert [it["token"]["uid"] for it in sessions] == [visitor.token for visitor in visitors]
    assert all(it["connected"] for it in seen)
    came = [it["data"] for it in events if it["kind"] == "station_connected"]
    assert {it["security_profile"] for it in came} == {2, 3}
    assert all(it["peer"].startswith(f"{STATION}:") for it in came)


async def test_orders_reach_stations_on_every_gateway_from_the_web(
    topology: tuple[Topology, Front],
) -> None:
    whole, front = topology
    visitors: list[Visitor] = []
    async with front.client() as people, AsyncExitStack() as stack:
        api = Api(people)
        async with asyncio.timeout(BACK_WITHIN_S):  # a gateway that just came gets few at first
            while not all([await links_of(node) for node in whole.gateways]):
                visitors += (new := await register(api, 2))
                for visitor in new:
                    station = await visitor.come(front, stack)
                    await station.heartbeat()
        orders = [
            await api.order(visitor.name, "unlock", evse=1, wait_s=10) for visitor in visitors
        ]

    assert len(orders) >= 2
    assert [it["state"] for it in orders] == ["accepted"] * len(orders), orders


Act = Callable[[Station, Charging], Awaitable[None]]


async def all_back(
    front: Front, visitors: list[Visitor], stations: list[Station], stack: AsyncExitStack
) -> list[Station]:
    """Those that were cut off come again; the others stay where they are."""
    back = []
    for visitor, station in zip(visitors, stations, strict=True):
        if await is_cut(station):
            back.append(await visitor.come(front, stack))
        else:
            back.append(station)
    return back


async def is_cut(station: Station) -> bool:
    """Asked, for a silent link does not know yet that nobody is at its other end."""
    try:
        async with asyncio.timeout(BACK_WITHIN_S):
            await station.heartbeat()
    except CUT_OFF:
        return True
    return False


async def on_all(stations: list[Station], charging: list[Charging], act: Act) -> None:
    for station, one in zip(stations, charging, strict=True):
        await act(station, one)


def measured(hours: Hours, minutes: int, *, wh: int) -> Act:
    return lambda station, one: station.measure(one, wh=wh, w=6_000, at=hours.after(minutes))


def stopped(hours: Hours, minutes: int, *, wh: int) -> Act:
    return lambda station, one: station.stop(one, wh=wh, at=hours.after(minutes))
