"""The only place that names concrete classes and joins them into a running server."""

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry

from ogniwo.app.copies import Copy, Restored
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.feed import WATCHED, Feed
from ogniwo.app.health import Health
from ogniwo.app.ingest import Ingest
from ogniwo.app.jobs import (
    close_waiting_sessions,
    end_lost_sessions,
    prune_attempts,
    write_last_seen,
)
from ogniwo.app.keyring import KeyRing
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.orders import Orders
from ogniwo.app.queries import Queries
from ogniwo.app.stations import StationAdmin
from ogniwo.app.tokens import TokenFile, TokenUse
from ogniwo.app.tokens_admin import TokenAdmin
from ogniwo.app.transaction_numbers import TransactionNumbers
from ogniwo.base import machine
from ogniwo.base.checkup import Check
from ogniwo.base.clock import Clock, SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.ids import Ids, TimeOrderedIds
from ogniwo.base.settings import Address, Settings, address
from ogniwo.base.tasks import Tasks
from ogniwo.domain.audit import Finding
from ogniwo.domain.commands import Command
from ogniwo.domain.session import Session
from ogniwo.gateway.admission import DIALECTS, AdmissionPolicy, UnknownStations, hash_secret
from ogniwo.gateway.certificates import certificates_checked
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.directory import StationDirectory
from ogniwo.gateway.gateway import Gateway
from ogniwo.gateway.listener import Listener
from ogniwo.gateway.metrics import GatewayMetrics
from ogniwo.gateway.pinger import Pinger
from ogniwo.gateway.registry import Registry
from ogniwo.gateway.server import StationServer
from ogniwo.gateway.tls import ServerCertificate, make_server_context
from ogniwo.gateway.wheel import DeadlineWheel
from ogniwo.storage.audit import examine_books
from ogniwo.storage.checkup import database_checked, figures_of, file_of
from ogniwo.storage.copies import back_up, restore
from ogniwo.storage.metrics import WriterMetrics
from ogniwo.storage.migrate import migrate

# WriterMetrics
from ogniwo.storage.opening import Storage, open_storage
from ogniwo.web.application import WebSettings, build
from ogniwo.web.live import LiveHub
from ogniwo.web.ports import Doors
from ogniwo.web.server import serving

DATABASE_FILE: Final = "ogniwo.db"
KEY_FILE: Final = "server.key"
KEY_BYTES: Final = 32
HTTP_BACKLOG: Final = 1_024
DRAIN_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, as the command line needs it."""

    http: Address
    ocpp: Address
    ocpp_tls: Address | None
    keys: KeyRing
    tokens: TokenAdmin


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Everything between the sockets and the storage."""

    storage: Storage
    clock: Clock
    ids: Ids
    tasks: Tasks
    registry: Registry
    mailboxes: Mailboxes
    dispatch: Dispatch
    gateway: Gateway
    feed: Feed
    health: Health
    tokens: TokenAdmin
    keys: KeyRing
    server_key: bytes


@asynccontextmanager
async def running(settings: Settings, *, admin_token: str | None = None) -> AsyncIterator[Server]:
    """Start everything, and stop it in the order that loses nothing. Errors: UsageError."""
    clock = SystemClock()
    data_dir = _data_dir(settings)
    listener = _bind(address(settings.http, "http"), "http")
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        storage = await open_storage(_database(settings, data_dir), clock=clock)
        stack.push_async_callback(storage.close)
        tasks = Tasks()
        stack.push_async_callback(tasks.stop)
        server_key = _server_key(data_dir)
        core = await assemble(storage, clock=clock, tasks=tasks, server_key=server_key)
        if admin_token is not None:
            await core.keys.put_admin_token(admin_token, "OGNIWO_ADMIN_TOKEN")
        stations = _stations(core)
        station_server = _station_server(settings, core, _directory(core, stations))
        doors = _doors(core, stations)
        await _web(stack, settings, core, doors, station_server.counts, listener)
        stack.push_async_callback(station_server.stop, DRAIN_S)
        await _listen(station_server, settings)
        _guard_storage(core, station_server)
        addresses = [Address(host, port) for host, port in station_server.addresses]
        yield Server(
            http=Address(*listener.getsockname()[:2]),
            ocpp=addresses[0],
            ocpp_tls=addresses[1] if settings.ocpp_tls else None,
            keys=core.keys,
            tokens=core.tokens,
        )
        core.health.stopping = True


async def _listen(server: StationServer, settings: Settings) -> None:
    try:
        await server.start()
    except OSError as error:
        plain_is_open = len(server.addresses) > 0
        option, where = (
            ("ocpp-tls", settings.ocpp_tls) if plain_is_open else ("ocpp", settings.ocpp)
        )
        raise _busy(option, str(where), error) from error


def _guard_storage(core: Core, server: StationServer) -> None:
    """While nothing can be stored, stations keep their messages: nobody is left waiting."""

    async def guard() -> None:
        if not core.health.storage_given_up():
            server.resume()
        elif server.ready:
            await server.suspend("storage is away")

    core.tasks.every(1, guard, name="guard storage")


async def assemble(storage: Storage, *, clock: Clock, tasks: Tasks, server_key: bytes) -> Core:
    """Join the rooms around one storage and take up what the run before left."""
    writer, records, models = storage.writer, storage.records, storage.read_models
    ids = TimeOrderedIds(clock.now_us, after=await records.highest_id())
    registry = Registry(clock)
    mailboxes = Mailboxes(records, writer, tasks)
    token_file = TokenFile(records, writer, tasks)
    token_use = TokenUse()
    token_use.restore(await records.tokens_in_use())
    dispatch = Dispatch(mailboxes=mailboxes, records=records, clock=clock, ids=ids, spawn=tasks)
    feed = Feed(models, registry)
    mailboxes.watch(token_use.session_written, Session)
    mailboxes.watch(dispatch.command_written, Command)
    mailboxes.watch(feed.written, *WATCHED)
    await dispatch.start()
    ingest = Ingest(
        mailboxes=mailboxes,
        records=records,
        tokens=token_file,
        token_use=token_use,
        numbers=TransactionNumbers(records),
        clock=clock,
        ids=ids,
    )
    core = Core(
        storage=storage,
        clock=clock,
        ids=ids,
        tasks=tasks,
        registry=registry,
        mailboxes=mailboxes,
        dispatch=dispatch,
        gateway=Gateway(
            mailboxes=mailboxes,
            ingest=ingest,
            dispatch=dispatch,
            registry=registry,
            clock=clock,
            spawn=tasks,
        ),
        feed=feed,
        health=Health(writer, clock),
        tokens=TokenAdmin(token_file, models, clock),
        keys=KeyRing(records=records, writer=writer, clock=clock, draw_secret=_draw_secret),
        server_key=server_key,
    )
    _start_jobs(core)
    return core


def _draw_secret() -> str:
    return secrets.token_urlsafe(24)


def _start_jobs(core: Core) -> None:
    records, writer = core.storage.records, core.storage.writer
    given = (core.mailboxes, records, core.registry, core.clock, core.ids)
    late = close_waiting_sessions.CloseWaitingSessions(*given)
    lost = end_lost_sessions.EndLostSessions(*given)
    old = prune_attempts.PruneAttempts(writer, core.clock)
    seen = write_last_seen.WriteLastSeen(core.registry.harvest_seen, writer, core.clock)

    async def settle() -> None:
        core.gateway.settle()

    core.tasks.every(1, core.dispatch.expire, name="expire commands")
    core.tasks.every(1, settle, name="settle links")
    core.tasks.every(close_waiting_sessions.EVERY_S, late.run, name="close waiting sessions")
    core.tasks.every(end_lost_sessions.EVERY_S, lost.run, name="end lost sessions")
    core.tasks.every(prune_attempts.EVERY_S, old.run, name="prune attempts")
    core.tasks.every(write_last_seen.EVERY_S, seen.run, name="write last seen")


def _stations(core: Core) -> StationAdmin:
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


def _directory(core: Core, stations: StationAdmin) -> StationDirectory:
    return StationDirectory(
        records=core.storage.records,
        writer=core.storage.writer,
        spawn=core.tasks,
        clock=core.clock,
        ids=core.ids,
        adopt=stations.adopt,
        told=core.feed.nudge,
    )


def _station_server(settings: Settings, core: Core, directory: StationDirectory) -> StationServer:
    wheel = DeadlineWheel(core.clock)
    core.tasks(wheel.run(), name="deadline wheel")
    plain = address(settings.ocpp, "ocpp")
    listeners = [Listener(host=plain.host, port=plain.port)]
    if settings.ocpp_tls is not None:
        tls = address(settings.ocpp_tls, "ocpp-tls")
        context = make_server_context(_certificates(settings))
        listeners.append(Listener(host=tls.host, port=tls.port, tls=context))
    return StationServer(
        listeners,
        directory=directory,
        on_link=core.gateway.serve,
        policy=AdmissionPolicy(
            server_key=core.server_key, unknown_stations=UnknownStations(settings.unknown_stations)
        ),
        clock=core.clock,
        pinger=Pinger(wheel),
    )


async def _web(
    stack: AsyncExitStack,
    settings: Settings,
    core: Core,
    doors: Doors,
    counts: GatewayCounts,
    listener: socket.socket,
) -> None:
    hub = LiveHub(doors.feed, doors.queries)
    metrics = CollectorRegistry()
    metrics.register(GatewayMetrics(counts, core.gateway.counts))
    metrics.register(WriterMetrics(core.storage.writer))
    shown = settings.public_ocpp_url or f"ws://{settings.ocpp}/ocpp/"
    web = WebSettings(
        ocpp_url=shown, metrics_open=settings.metrics_open, secure_cookies=settings.secure_cookies
    )
    await stack.enter_async_context(serving(build(doors, hub, web, metrics), hub, listener))


def _doors(core: Core, stations: StationAdmin) -> Doors:
    return Doors(
        queries=Queries(core.storage.read_models, core.registry),
        stations=stations,
        tokens=core.tokens,
        orders=Orders(core.dispatch, core.storage.read_models),
        feed=core.feed,
        health=core.health,
        keys=core.keys,
    )


def _data_dir(settings: Settings) -> Path:
    path = Path(settings.data_dir)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot make the data directory {path}: {error.strerror}; "
            "give a writable one with --data-dir"
        ) from error
    return path


def _database(settings: Settings, data_dir: Path) -> str:
    return settings.database or f"sqlite:///{data_dir / DATABASE_FILE}"


def _server_key(data_dir: Path) -> bytes:
    """What stations' secrets are hashed with; made once, readable by us alone."""
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _write_at_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read or make {path}: {error.strerror}") from error
    if len(key) < KEY_BYTES:
        raise UsageError(
            f"{path} is damaged: restore it from a backup, or remove it and set the stations' "
            "passwords anew"
        )
    return key


def _write_at_once(path: Path, content: bytes) -> None:
    """Whole or not at all, whenever the power goes."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _certificates(settings: Settings) -> list[ServerCertificate]:
    chains = (settings.tls_certificate or "").split(",")
    keys = (settings.tls_key or "").split(",")
    if len(chains) != len(keys):
        raise UsageError("--tls-certificate and --tls-key must name the same number of files")
    return [ServerCertificate(Path(a), Path(b)) for a, b in zip(chains, keys, strict=True)]


def _bind(where: Address, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(HTTP_BACKLOG)  # or a second server could bind here as well until we do
    except OSError as error:
        listener.close()
        raise _busy(option, str(where), error) from error
    return listener


def _busy(option: str, where: str, error: OSError) -> UsageError:
    number = error.errno or 0  # negative: a name that was not found
    reason = os.strerror(number) if number > 0 else error.strerror
    return UsageError(
        f"cannot listen on {where}: {reason}; end the program that uses it, "
        f"or choose another address with --{option}"
    )


def migrate_database(settings: Settings) -> str:
    """Errors: UsageError."""
    url = _database(settings, _data_dir(settings))
    migrate(url)
    return url


def back_up_database(settings: Settings, target: Path, *, force: bool) -> Copy:
    """Also while a server runs on it. Errors: OgniwoError."""
    return back_up(_database(settings, Path(settings.data_dir)), target, force=force)


def restore_database(settings: Settings, backup: Path) -> Restored:
    """Errors: OgniwoError, also while a server runs on it."""
    url = _database(settings, _data_dir(settings))
    return restore(url, backup, now=SystemClock().now_us())


def check_database(settings: Settings) -> list[Finding]:
    """Also while a server runs on it. Errors: OgniwoError."""
    url = _database(settings, Path(settings.data_dir))
    return examine_books(url, now=SystemClock().now_us())


def examine_setup(settings: Settings) -> Iterator[Check]:
    """Everything a server started with these settings would meet. Errors: UsageError."""
    now = SystemClock().now_us()
    data_dir = Path(settings.data_dir)
    database = file_of(_database(settings, data_dir))
    figures = figures_of(database)
    yield from machine.data_directory(data_dir)
    yield from machine.private_file("key", data_dir / KEY_FILE)
    yield from machine.private_file("database file", database)
    yield from database_checked(database)
    yield from machine.ports(settings)
    if settings.ocpp_tls is not None:
        certificates = _certificates(settings)
        host = urlsplit(settings.public_ocpp_url or "").hostname
        yield from certificates_checked(certificates, host=host, now=now)
        for it in certificates:
            yield from machine.private_file("TLS key", it.key)
    yield from machine.clock(now, figures.newest_event_at)
    yield from machine.file_limit(figures.stations)
    yield from machine.versions()
