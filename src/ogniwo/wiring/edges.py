"""The two edges: the port for stations, and HTTP for people, programs and watchers."""

import asyncio
import shutil
import socket
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry

from ogniwo.app.configuring import Configuring
from ogniwo.app.driving.office import Driving
from ogniwo.app.feed import Feed
from ogniwo.app.firmware import FirmwareFiles
from ogniwo.app.jobs import prune_files, recall_charging
from ogniwo.app.mass_orders import MassOrders
from ogniwo.app.notes import Notes
from ogniwo.app.orders import Orders
from ogniwo.app.preferences import Preferences
from ogniwo.app.queries import Queries
from ogniwo.app.repairing import Repairs
from ogniwo.app.routing import RoutedStations, Routing
from ogniwo.app.sites import SiteAdmin
from ogniwo.app.stations import StationAdmin
from ogniwo.app.system import System
from ogniwo.app.uploads import Uploads
from ogniwo.base.settings import Settings, address, networks
from ogniwo.base.units import Instant
from ogniwo.bus.metrics import BusMetrics
from ogniwo.gateway.abilities import Abilities
from ogniwo.gateway.admission import DIALECTS, AdmissionPolicy, UnknownStations, hash_secret
from ogniwo.gateway.directory import StationDirectory
from ogniwo.gateway.door import FrontDoor
from ogniwo.gateway.listener import Listener
from ogniwo.gateway.metrics import GatewayMetrics
from ogniwo.gateway.octt import CertificationCalls
from ogniwo.gateway.origin import TrustedProxies
from ogniwo.gateway.pinger import Pinger
from ogniwo.gateway.server import StationServer
from ogniwo.gateway.tls import make_server_context
from ogniwo.gateway.wheel import DeadlineWheel
from ogniwo.storage.metrics import BackupMetrics, WriterMetrics
from ogniwo.web.application import WebSettings, build, build_probes
from ogniwo.web.files.shelf import Shelf
from ogniwo.web.live import LiveHub
from ogniwo.web.ports import Doors
from ogniwo.web.server import serving
from ogniwo.wiring.core import Core
from ogniwo.wiring.place import busy, certificates_of, files_dir_of, map_file_of


def station_admin(core: Core) -> StationAdmin:
    return StationAdmin(
        mailboxes=core.mailboxes,
        records=core.storage.records,
        models=core.storage.read_models,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
        hash_secret=partial(hash_secret, core.server_key),
        orders=core.dispatch,
        cut_link=core.gateway.cut,
        versions=DIALECTS,
    )


def site_admin(core: Core) -> SiteAdmin:
    return SiteAdmin(
        records=core.storage.records,
        models=core.storage.read_models,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
    )


async def front_door(settings: Settings, core: Core, stations: StationAdmin) -> FrontDoor:
    """Who may come in, and whom to send away while nothing can be stored."""
    charging = recall_charging.RecallCharging(core.storage.records)
    await charging.run()
    core.tasks.every(recall_charging.EVERY_S, charging.run, name="recall who charges")
    directory = StationDirectory(
        records=core.storage.records,
        writer=core.storage.writer,
        spawn=core.tasks,
        clock=core.clock,
        ids=core.ids,
        adopt=stations.adopt,
        told=core.publishing.refused,
        quirks=core.quirks.of,
    )
    wheel = DeadlineWheel(core.clock)
    core.tasks(wheel.run(), name="deadline wheel")
    door = FrontDoor(
        directory=directory,
        on_link=core.gateway.serve,
        policy=AdmissionPolicy(
            server_key=core.server_key, unknown_stations=UnknownStations(settings.unknown_stations)
        ),
        clock=core.clock,
        pinger=Pinger(wheel),
        charging=charging,
    )
    _guard_storage(core, door)
    return door


async def station_server(settings: Settings, core: Core, stations: StationAdmin) -> StationServer:
    """Not listening yet: ``open_station_port`` does, when everything else is there."""
    return StationServer(
        _listeners(settings),
        door=await front_door(settings, core, stations),
        clock=core.clock,
        trusted=TrustedProxies(networks(settings.trusted_proxies)),
    )


async def open_station_port(server: StationServer, settings: Settings) -> None:
    """Errors: UsageError, when the address is taken."""
    try:
        await server.start()
    except OSError as error:
        plain_is_open = len(server.addresses) > 0
        option, where = (
            ("ocpp-tls", settings.ocpp_tls) if plain_is_open else ("ocpp", settings.ocpp)
        )
        raise busy(option, str(where), error) from error


def _listeners(settings: Settings) -> list[Listener]:
    plain = address(settings.ocpp, "ocpp")
    listeners = [
        Listener(
            host=plain.host,
            port=plain.port,
            proxy_protocol=settings.proxy_protocol,
            reuse_port=settings.share_ports,
        )
    ]
    if settings.ocpp_tls is not None:
        tls = address(settings.ocpp_tls, "ocpp-tls")
        client_ca = Path(settings.tls_client_ca) if settings.tls_client_ca else None
        context = make_server_context(certificates_of(settings), client_ca=client_ca)
        listeners.append(
            Listener(host=tls.host, port=tls.port, tls=context, reuse_port=settings.share_ports)
        )
    return listeners


def _guard_storage(core: Core, door: FrontDoor) -> None:
    """While nothing can be stored, stations keep their messages: nobody is left waiting."""

    async def guard() -> None:
        if not core.health.storage_given_up():
            door.resume()
        elif door.ready:
            await door.suspend("storage is away")

    core.tasks.every(1, guard, name="guard storage")


def orders_through(routing: Routing, core: Core) -> Orders:
    return Orders(
        routing=routing,
        records=core.storage.records,
        models=core.storage.read_models,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
    )


async def open_web(  # noqa: PLR0913 - each is made by the caller for others too
    stack: AsyncExitStack,
    settings: Settings,
    core: Core,
    *,
    routing: Routing,
    orders: Orders,
    stations: StationAdmin,
    queries: Queries,
    driving: Driving,
    port: StationServer | None,
    listener: socket.socket,
) -> None:
    """The whole API and the pages. ``port``: of the stations, if it is this node's too."""
    models = core.storage.read_models
    feed = Feed(models, core.bus, node=core.node)
    await feed.listen()
    configuring = Configuring(
        records=core.storage.records,
        writer=core.storage.writer,
        queries=queries,
        orders=orders,
        clock=core.clock,
    )
    abilities = Abilities(queries, core.storage.records)
    uploads = _uploads(core)
    _forget_files(settings, core, uploads)
    doors = Doors(
        uploads=uploads,
        firmware=_firmware(core),
        queries=queries,
        stations=RoutedStations(routing, stations, queries),
        sites=site_admin(core),
        system=_system(settings, core),
        tokens=core.tokens,
        orders=orders,
        abilities=abilities,
        repairs=_repairs(core, routing),
        jobs=_mass_orders(core, abilities),
        notes=Notes(core.storage.read_models.notes, core.storage.writer, core.clock, core.ids),
        octt=CertificationCalls(orders, queries) if settings.octt else None,
        feed=feed,
        health=core.health,
        keys=core.entrance.keys,
        api_tokens=core.entrance.keys,
        people=core.entrance.people,
        sign_in=core.entrance.sign_in,
        preferences=Preferences(core.storage.records, core.storage.writer, core.clock),
        quirks=core.quirks,
        configuring=configuring,
        driving=driving,
    )
    hub = LiveHub(doors.feed, doors.queries)
    app = build(doors, hub, _web_settings(settings), _metrics(core, port))
    await stack.enter_async_context(serving(app, hub, listener))


async def open_probes(
    stack: AsyncExitStack,
    settings: Settings,
    core: Core,
    *,
    port: StationServer | None,
    listener: socket.socket,
) -> None:
    """Health and metrics alone, for a node that has no business with people."""
    app = build_probes(
        core.health, core.entrance.keys, _web_settings(settings), _metrics(core, port)
    )
    await stack.enter_async_context(serving(app, None, listener))


def _system(settings: Settings, core: Core) -> System:
    def disk_free() -> int | None:
        with suppress(OSError):
            return shutil.disk_usage(settings.data_dir).free
        return None

    return System(
        version=version("ogniwo"),
        node=core.node,
        nodes=core.storage.nodes,
        writer=core.storage.writer,
        database=core.storage.read_models.database,
        backup=core.backups.now,
        bus=core.bus,
        presence=core.registry,
        clock=core.clock,
        disk_free=disk_free,
    )


def _repairs(core: Core, routing: Routing) -> Repairs:
    return Repairs(
        desk=routing,
        repairing=core.repairing,
        file=core.storage.records.repairs,
        clock=core.clock,
    )


def _mass_orders(core: Core, abilities: Abilities) -> MassOrders:
    return MassOrders(
        book=core.storage.records.jobs,
        numbers=core.storage.records,
        abilities=abilities,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
        told=core.publishing.nudge,
    )


def _uploads(core: Core) -> Uploads:
    return Uploads(
        urls=core.upload_urls,
        records=core.storage.records,
        models=core.storage.read_models,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
    )


def _firmware(core: Core) -> FirmwareFiles:
    return FirmwareFiles(
        key=core.server_key,
        records=core.storage.records,
        writer=core.storage.writer,
        clock=core.clock,
        ids=core.ids,
    )


def _forget_files(settings: Settings, core: Core, uploads: Uploads) -> None:
    shelf = Shelf(files_dir_of(settings), bytes_max=0)  # it only removes

    async def remove(before: Instant) -> list[tuple[int, int]]:
        return await asyncio.to_thread(shelf.remove, before)

    old = prune_files.PruneFiles(
        remove, uploads.forgotten, core.clock, days=settings.keep_files_days
    )
    core.tasks.every(prune_files.EVERY_S, old.run, name="prune files")


def _web_settings(settings: Settings) -> WebSettings:
    return WebSettings(
        ocpp_url=settings.public_ocpp_url or f"ws://{settings.ocpp}/ocpp/",
        files_dir=files_dir_of(settings),
        file_bytes_max=settings.file_mb_max * 1024 * 1024,
        metrics_open=settings.metrics_open,
        secure_cookies=settings.secure_cookies,
        trusted_proxies=networks(settings.trusted_proxies),
        map_file=map_file_of(settings),
    )


def _metrics(core: Core, port: StationServer | None) -> CollectorRegistry:
    metrics = CollectorRegistry()
    if port is not None:
        metrics.register(GatewayMetrics(port.door.counts, core.gateway.counts))
    metrics.register(WriterMetrics(core.storage.writer))
    metrics.register(BackupMetrics(core.backups))
    metrics.register(BusMetrics(core.bus, core.node))
    return metrics
