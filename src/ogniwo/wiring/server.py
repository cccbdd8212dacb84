"""Starts the parts that this process's role asks for, and stops them so that nothing is lost."""

import asyncio
import os
import platform
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ogniwo.app.bus import Bus
from ogniwo.app.keyring import KeyRing
from ogniwo.app.nodes import Nodes
from ogniwo.app.people import People
from ogniwo.app.queries import Queries
from ogniwo.app.routing import Routing
from ogniwo.app.sites import SiteAdmin
from ogniwo.app.stations import StationAdmin
from ogniwo.app.tokens_admin import TokenAdmin
from ogniwo.base import log
from ogniwo.base.clock import Clock, SystemClock
from ogniwo.base.errors import OgniwoError
from ogniwo.base.settings import Address, Settings, address, http_url
from ogniwo.base.tasks import Tasks
from ogniwo.bus.local import LocalBus
from ogniwo.bus.nats_bus import NatsBus
from ogniwo.gateway.server import StationServer
from ogniwo.storage.opening import open_storage
from ogniwo.wiring.core import Core, assemble
from ogniwo.wiring.driving import driving_of, follow
from ogniwo.wiring.edges import (
    open_probes,
    open_station_port,
    open_web,
    orders_through,
    site_admin,
    station_admin,
    station_server,
)
from ogniwo.wiring.jobs import go_on_with_mass_orders, start_jobs
from ogniwo.wiring.outside import outside_of
from ogniwo.wiring.place import (
    bind,
    bus_prefix,
    check_map_file,
    data_dir_of,
    database_of,
    server_key_of,
)

DRAIN_S: Final = 3.0
LEAVE_S: Final = 2.0  # for a word to the others, should the database be away

_log = log.get("wiring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, as the command line needs it."""

    role: str
    http: Address
    ocpp: Address | None  # None: this role has no stations
    ocpp_tls: Address | None
    keys: KeyRing
    people: People
    tokens: TokenAdmin
    stations: StationAdmin
    sites: SiteAdmin
    is_ours: Callable[[str, str], Awaitable[bool]]  # keeps a mark in the database
    given_up: asyncio.Event  # the other nodes count this one as dead: it must end


@asynccontextmanager
async def running(settings: Settings, *, admin_token: str | None = None) -> AsyncIterator[Server]:
    """Start everything, and stop it in the order that loses nothing. Errors: UsageError."""
    clock = SystemClock()
    data_dir = data_dir_of(settings)
    check_map_file(settings)
    listener = bind(address(settings.http, "http"), "http")
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        storage = await open_storage(database_of(settings, data_dir), clock=clock)
        stack.push_async_callback(storage.close)
        server_key = await server_key_of(settings, data_dir, storage)
        node = await storage.nodes.join(f"{platform.node()}:{os.getpid()}", settings.role)
        stack.push_async_callback(_leave, storage.nodes, node)
        tasks = Tasks()
        stack.push_async_callback(tasks.stop)
        bus = await _bus(stack, settings, node, bus_prefix(server_key), tasks, clock)
        core = await assemble(
            storage,
            bus=bus,
            node=node,
            clock=clock,
            tasks=tasks,
            server_key=server_key,
            public_url=_public_url(settings, listener),
            outside=await outside_of(settings, stack),
        )
        await start_jobs(core, settings)
        if admin_token is not None:
            await core.entrance.keys.put_admin_token(admin_token, "OGNIWO_ADMIN_TOKEN")
        core.health.starting = True  # HTTP answers before the stations' port is there
        port = await _open(stack, settings, core, listener)
        core.health.starting = False
        addresses = [] if port is None else [Address(*it) for it in port.addresses]
        yield Server(
            role=settings.role,
            http=Address(*listener.getsockname()[:2]),
            ocpp=addresses[0] if addresses else None,
            ocpp_tls=addresses[1] if len(addresses) > 1 else None,
            keys=core.entrance.keys,
            people=core.entrance.people,
            tokens=core.tokens,
            stations=station_admin(core),
            sites=site_admin(core),
            is_ours=storage.records.is_ours,
            given_up=core.duty.given_up,
        )
        core.health.stopping = True


def _public_url(settings: Settings, listener: socket.socket) -> str | None:
    """Where stations bring their files: to us, if people are served here too."""
    if settings.public_url is not None or settings.role not in {"all", "web"}:
        return settings.public_url
    return http_url(Address(*listener.getsockname()[:2]))


async def _leave(nodes: Nodes, number: int) -> None:
    """Good manners: without it the others miss us after a while."""
    try:
        async with asyncio.timeout(LEAVE_S):
            await nodes.leave(number)
    except (OgniwoError, TimeoutError) as error:
        _log.warning("left_without_a_word", node=number, reason=str(error) or "the database waits")


async def _bus(
    stack: AsyncExitStack, settings: Settings, node: int, prefix: str, tasks: Tasks, clock: Clock
) -> Bus:
    bus: Bus
    if settings.bus is None:
        bus = LocalBus(node)
    else:
        bus = await NatsBus.connect(
            settings.bus, node=node, spawn=tasks, clock=clock, prefix=prefix
        )
    stack.push_async_callback(bus.close)
    return bus


async def _open(
    stack: AsyncExitStack, settings: Settings, core: Core, listener: socket.socket
) -> StationServer | None:
    """HTTP first, so that a watcher sees the node come; the stations' port last."""
    stations = station_admin(core)
    routing = Routing(core.bus, core.dispatch, stations, core.repairing)
    await core.bus.serve(routing.answer)
    orders = orders_through(routing, core)
    go_on_with_mass_orders(core, orders)
    queries = Queries(core.storage.read_models, core.registry, core.clock, alone=core.node == 0)
    driving = driving_of(core, queries, orders)
    follow(core, driving)
    port = await station_server(settings, core, stations) if _has_stations(settings) else None
    if settings.role in {"all", "web"}:
        await open_web(
            stack,
            settings,
            core,
            routing=routing,
            orders=orders,
            stations=stations,
            queries=queries,
            driving=driving,
            port=port,
            listener=listener,
        )
    else:
        await open_probes(stack, settings, core, port=port, listener=listener)
    stack.callback(
        orders.close
    )  # before HTTP ends: whoever waits for an order is told how far it is
    if port is not None:
        stack.push_async_callback(port.stop, DRAIN_S)
        await open_station_port(port, settings)
    return port


def _has_stations(settings: Settings) -> bool:
    """With ``gateways`` this process is their parent and leaves the stations to them."""
    return settings.role == "gateway" or (settings.role == "all" and settings.gateways == 0)
