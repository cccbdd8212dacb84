"""``ogniwo serve`` and what it shares with ``ogniwo demo``: run a server until told to stop."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop
from rich.console import Console

from ogniwo.app.keyring import ADMIN_TOKEN_LENGTH_MIN
from ogniwo.base import log
from ogniwo.base.errors import OgniwoError
from ogniwo.base.settings import Settings, load, strangers
from ogniwo.cli.gateways import keep_gateways

if TYPE_CHECKING:
    from ogniwo.wiring.server import Server

ADMIN_TOKEN = "OGNIWO_ADMIN_TOKEN"

_log = log.get("cli")

GC_ALLOCATIONS = 20_000  # between two looks at the youngest objects; Python's own is 700

While = Callable[["Server"], Awaitable[None]]
"""What runs beside the server until it is cancelled."""
WayIn = Callable[["Server"], Awaitable[str]]
"""Tells how to sign in, and sees to it that one can."""


def serve(  # noqa: PLR0913, PLR0917 - one parameter for each option
    data_dir: Annotated[str | None, typer.Option(help="where the database and keys are")] = None,
    http: Annotated[str | None, typer.Option(help="HOST:PORT of the API and the console")] = None,
    ocpp: Annotated[str | None, typer.Option(help="HOST:PORT for stations, unencrypted")] = None,
    ocpp_tls: Annotated[str | None, typer.Option(help="HOST:PORT for stations, TLS")] = None,
    tls_certificate: Annotated[str | None, typer.Option(help="PEM file(s), by commas")] = None,
    tls_key: Annotated[str | None, typer.Option(help="PEM file(s), by commas")] = None,
    tls_client_ca: Annotated[
        str | None, typer.Option(help="PEM file: who issues stations' certificates")
    ] = None,
    trusted_proxies: Annotated[
        str | None, typer.Option(help="networks, by commas, of proxies in front of stations")
    ] = None,
    proxy_protocol: Annotated[
        bool | None, typer.Option("--proxy-protocol", help="proxies send PROXY headers")
    ] = None,
    database: Annotated[str | None, typer.Option(help="URL; default: a file in DATA_DIR")] = None,
    bus: Annotated[str | None, typer.Option(help="nats://HOST:4222, for several processes")] = None,
    role: Annotated[str | None, typer.Option(help="all, gateway, web or worker")] = None,
    gateways: Annotated[
        int | None, typer.Option(help="gateway processes to start on the OCPP port")
    ] = None,
    share_ports: Annotated[
        bool | None, typer.Option("--share-ports", help="other gateways listen there too")
    ] = None,
    server_key_file: Annotated[
        str | None, typer.Option(help="hashes stations' passwords; the same on every node")
    ] = None,
    keep_messages_days: Annotated[
        int | None, typer.Option(help="how long the message log is kept; default 30")
    ] = None,
    keep_samples_days: Annotated[
        int | None, typer.Option(help="how long single readings are kept; default 90")
    ] = None,
    keep_telemetry_days: Annotated[
        int | None,
        typer.Option(help="how long streams, and what is held no more, are kept; default 30"),
    ] = None,
    unknown_stations: Annotated[
        str | None, typer.Option(help="refuse, quarantine or accept stations nobody registered")
    ] = None,
    map_file: Annotated[
        str | None, typer.Option(help="PMTiles file: a street map for the console")
    ] = None,
    allow_plain: Annotated[
        bool | None, typer.Option("--allow-plain", help="unencrypted, not only for this machine")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning, error")] = None,
    log_json: Annotated[bool | None, typer.Option("--log-json", help="log as JSON")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with the same names")] = None,
) -> None:
    """Run the backend: stations connect by OCPP, people and programs by HTTP."""
    given = {name: value for name, value in locals().items() if name != "config"}
    settings = load(given, os.environ, config or _config_named_outside())
    log.set_up(level=settings.log_level, as_json=settings.log_json)
    for sentence in strangers(os.environ):
        _log.warning("unknown_variable", what=sentence)
    beside = partial(keep_gateways, settings) if settings.gateways else _until_stopped
    run_server(settings, beside)


def run_server(
    settings: Settings,
    beside: While,
    *,
    admin_token: str | None = None,
    way_in: WayIn | None = None,
) -> None:
    """Blocks until SIGINT or SIGTERM. Errors: UsageError."""
    gc.disable()  # until the server stands, next to nothing that is made is garbage
    os.umask(0o077)  # what we write is secret or personal: for our own user alone
    token = admin_token or os.environ.get(ADMIN_TOKEN) or None
    if token is not None and len(token) < ADMIN_TOKEN_LENGTH_MIN:
        _log.warning(
            "weak_admin_token",
            advice=f"give {ADMIN_TOKEN} at least {ADMIN_TOKEN_LENGTH_MIN} random characters: "
            "it opens everything",
        )
    uvloop.run(_run(settings, beside, token, way_in or partial(_way_in, has_token=bool(token))))


async def _run(settings: Settings, beside: While, admin_token: str | None, way_in: WayIn) -> None:
    from ogniwo.wiring.server import running

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, admin_token=admin_token) as server:
        _spare_the_collector()
        await _greet(server, settings, way_in)
        work = loop.create_task(_forever(beside, server), name="beside the server")
        stopped = loop.create_task(stop.wait(), name="stop signal")
        given_up = loop.create_task(server.given_up.wait(), name="given up")
        await asyncio.wait({work, stopped, given_up}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped, given_up):
            task.cancel()
        await asyncio.gather(stopped, given_up, return_exceptions=True)
        await _ended(work)
        if server.given_up.is_set():
            raise OgniwoError(
                "the other nodes took this one for dead and have its stations now: start it again, "
                "and look why it could not reach the database"
            )


def _spare_the_collector() -> None:
    """What exists now lives as long as the process, and messages leave no cycles behind.

    Looking through all of it again and again took an eighth of the loop's time under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, 20, 50)
    gc.enable()


async def _forever(beside: While, server: "Server") -> None:
    await beside(server)


async def _ended(work: asyncio.Task[None]) -> None:
    try:
        await work
    except asyncio.CancelledError:
        return


async def _until_stopped(_server: "Server") -> None:
    await asyncio.Event().wait()


async def _greet(server: "Server", settings: Settings, way_in: WayIn) -> None:
    console = Console(stderr=False, highlight=False, soft_wrap=True)
    has_page = server.role in {"all", "web"}
    console.print(f"{'Console' if has_page else 'Health'}   http://{server.http}/")
    if server.ocpp is not None or settings.gateways:
        url = settings.public_ocpp_url or f"ws://{server.ocpp or settings.ocpp}/ocpp/"
        console.print(f"OCPP      {url}STATION_ID")
    if server.ocpp_tls is not None:
        console.print(f"OCPP TLS  wss://{server.ocpp_tls}/ocpp/STATION_ID")
    if has_page:
        console.print(f"Sign in   {await way_in(server)}")


async def _way_in(server: "Server", *, has_token: bool) -> str:
    if await server.people.has_admin():
        return "with your login and password"
    if has_token:
        return f"with the token in {ADMIN_TOKEN}"
    link = f"http://{server.http}/login?code={await server.keys.issue_code()}"
    return f"{link}  (makes the first administrator, for 15 minutes)"


def _config_named_outside() -> Path | None:
    name = os.environ.get("OGNIWO_CONFIG")
    return Path(name) if name else None
