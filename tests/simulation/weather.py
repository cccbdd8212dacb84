"""What goes wrong in the simulated world, when and how often: drawn from the seed."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Final

from ogniwo.base.units import US_PER_SECOND
from tests.simulation.network import Connection, Roughness
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World

GAP_S_MEAN: Final = 40.0  # between two mishaps
FUSE_S_MAX: Final = 600.0  # an aimed kill that finds nothing to aim at is called off

Mishap = Callable[["Weather"], Awaitable[None]]


class Weather:
    def __init__(self, world: "World", rng: Random) -> None:
        self.world = world
        self.rng = rng
        self._mishaps = [(it, weight) for it, weight, many in MISHAPS if not many or world.many]
        self.happened: dict[str, int] = {}

    async def blow(self) -> None:
        """Until cancelled; each mishap mends itself, in a task of its own."""
        names = [it for it, _ in self._mishaps]
        weights = [weight for _, weight in self._mishaps]
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(self.rng.expovariate(1 / GAP_S_MEAN))
                (mishap,) = self.rng.choices(names, weights)
                name = mishap.__name__
                self.happened[name] = self.happened.get(name, 0) + 1
                tasks.create_task(mishap(self), name=name)

    def a_line(self) -> Connection | None:
        lines = [it for node in self.world.servers() for it in node.connections]
        return self.rng.choice(lines) if lines else None

    def a_node(self) -> Node | None:
        nodes = self.world.servers()
        return self.rng.choice(nodes) if nodes else None


async def cut_line(weather: Weather) -> None:
    if (line := weather.a_line()) is not None:
        line.cut()


async def sever_line(weather: Weather) -> None:
    if (line := weather.a_line()) is not None:
        line.sever()


async def desert_line(weather: Weather) -> None:
    """The station comes back while its old connection still brings what was under way."""
    if (line := weather.a_line()) is not None:
        line.up.stall_s = weather.rng.uniform(1, 20)
        await asyncio.sleep(weather.rng.uniform(0.1, 15))
        line.desert(line.up.stall_s)


async def stall_line(weather: Weather) -> None:
    if (line := weather.a_line()) is not None:
        line.up.stall_s = weather.rng.uniform(0, 40)
        line.down.stall_s = weather.rng.uniform(0, 40)
        await asyncio.sleep(weather.rng.uniform(1, 120))
        line.up.stall_s = line.down.stall_s = 0.0


async def lose_network(weather: Weather) -> None:
    """One station, for minutes up to an hour."""
    street = weather.world.street
    identity = weather.rng.choice(sorted(street.twists))
    street.without_network.add(identity)
    line = street.lines.get(identity)
    if line is not None:
        line.sever() if weather.rng.random() < 0.5 else line.cut()
    await asyncio.sleep(weather.rng.uniform(30, 3_600))
    street.without_network.discard(identity)


async def kill_node(weather: Weather) -> None:
    if (node := weather.a_node()) is not None:
        await weather.world.replace(node, silently=weather.rng.random() < 0.5)


async def kill_at_answer(weather: Weather) -> None:
    """The very moment after a station was answered."""
    await _aimed(weather, "answer")


async def kill_at_order(weather: Weather) -> None:
    """The very moment after an order was sent, and before its answer."""
    await _aimed(weather, "order")


async def kill_at_commit(weather: Weather) -> None:
    """The very moment after something was stored, and before anybody knows."""
    await _aimed(weather, "commit")


async def _aimed(weather: Weather, at: str) -> None:
    node = weather.a_node()
    if node is None:
        return
    struck = asyncio.Event()
    weather.world.aim(node, at, struck.set)
    try:
        async with asyncio.timeout(FUSE_S_MAX):
            await struck.wait()
    except TimeoutError:
        return
    await weather.world.replace(node)


async def stop_node(weather: Weather) -> None:
    """An update: one node in good order, and again."""
    if (node := weather.a_node()) is not None:
        await weather.world.replace(node, politely=True)


async def cut_power(weather: Weather) -> None:
    nodes = weather.world.servers()
    async with asyncio.TaskGroup() as tasks:
        for node in nodes:
            tasks.create_task(weather.world.replace(node, silently=True))


async def lose_database(weather: Weather) -> None:
    mood = weather.world.disk.mood
    mood.away = True
    longest_s = weather.rng.choice((2.0, 9.0, 60.0))
    await asyncio.sleep(weather.rng.uniform(0.1, longest_s))
    mood.away = False


async def fill_disk(weather: Weather) -> None:
    mood = weather.world.disk.mood
    mood.full = True
    await asyncio.sleep(weather.rng.uniform(1, 120))
    mood.full = False


async def forget_commits(weather: Weather) -> None:
    mood = weather.world.disk.mood
    mood.unknown = 0.3
    await asyncio.sleep(weather.rng.uniform(10, 120))
    mood.unknown = 0.0


async def poison(weather: Weather) -> None:
    mood = weather.world.disk.mood
    mood.poisonous = True
    await asyncio.sleep(weather.rng.uniform(60, 900))
    mood.poisonous = False


async def roughen(weather: Weather) -> None:
    rough: Roughness = weather.world.rough
    rough.lost, rough.doubled, rough.overtaken = (weather.rng.uniform(0, 0.05) for _ in range(3))
    await asyncio.sleep(weather.rng.uniform(60, 600))
    rough.lost = rough.doubled = rough.overtaken = 0.0


async def cut_off_bus(weather: Weather) -> None:
    node = weather.a_node()
    if node is None or node.bus is None:
        return
    bus = node.bus
    bus.cut_off(away=True)
    await asyncio.sleep(weather.rng.uniform(5, 120))
    bus.cut_off(away=False)


async def set_clock(weather: Weather) -> None:
    """A node's clock jumps, and some time later is put right."""
    node = weather.a_node()
    if node is None:
        return
    node.clock.off_us = round(weather.rng.uniform(-300, 300) * US_PER_SECOND)
    await asyncio.sleep(weather.rng.uniform(60, 1_800))
    node.clock.off_us = 0


# What, how often compared to the others, and whether it needs more than one node.
MISHAPS: Final = (
    (cut_line, 6, False),
    (sever_line, 6, False),
    (desert_line, 6, False),
    (stall_line, 4, False),
    (lose_network, 5, False),
    (kill_node, 3, False),
    (kill_at_answer, 4, False),
    (kill_at_commit, 4, False),
    (kill_at_order, 4, False),
    (stop_node, 2, False),
    (cut_power, 1, False),
    (lose_database, 3, False),
    (fill_disk, 2, False),
    (forget_commits, 2, False),
    (poison, 3, False),
    (roughen, 3, False),
    (set_clock, 2, False),
    (cut_off_bus, 3, True),
)
