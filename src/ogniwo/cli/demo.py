"""``ogniwo demo``: a server with a sample network whose stations are simulated and charging."""

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from ogniwo.base import log
from ogniwo.base.settings import load
from ogniwo.cli.serve import run_server

if TYPE_CHECKING:
    from ogniwo.wiring.server import Server

DATA_DIR = "./ogniwo-demo"
PASSWORD = "charging today"
SAMPLE_S = 5  # so that a person sees energy grow


def demo(
    data_dir: Annotated[str, typer.Option(help="where the demo keeps its database")] = DATA_DIR,
    http: Annotated[
        str, typer.Option(help="HOST:PORT of the API and the console")
    ] = "127.0.0.1:8080",
    ocpp: Annotated[str, typer.Option(help="HOST:PORT for stations")] = "127.0.0.1:9000",
    stations: Annotated[int, typer.Option(min=1, max=2_000, help="how many")] = 12,
    speed: Annotated[float, typer.Option(min=0.1, help="simulated seconds per second")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed gives the same day")] = 1,
) -> None:
    """Run the backend with a simulated fleet: sessions grow in the console within seconds."""
    from ogniwo.app.backups import DEMO_MARK
    from ogniwo.app.requests import TokenInput
    from ogniwo.cli.demo_network import settle
    from ogniwo.sim.clock import SimClock
    from ogniwo.sim.fleet import TOKENS, Fleet

    given = {"data_dir": data_dir, "http": http, "ocpp": ocpp, "unknown_stations": "accept"}
    settings = load(given, os.environ, None)
    log.set_up(level="warning")

    async def live(server: "Server") -> None:
        await server.is_ours(DEMO_MARK, "yes")
        for uid in TOKENS:
            await server.tokens.put_token(TokenInput(uid=uid))
        fleet = Fleet(
            url=f"ws://{server.ocpp}/ocpp",
            size=stations,
            seed=seed,
            prefix="DEMO",
            clock=SimClock(speed=speed),
            sample_s=SAMPLE_S,
        )
        await settle(server, fleet.identities())
        work = asyncio.get_running_loop().create_task(fleet.run(finish=False), name="fleet")
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            fleet.stop()
            await work
            raise

    run_server(settings, live, way_in=_let_in)


async def _let_in(server: "Server") -> str:
    """Somebody of each role; the demo's stations and cars are nobody's secret."""
    from ogniwo.app.requests import PersonInput
    from ogniwo.cli.demo_network import AUTHOR
    from ogniwo.domain.people import Role

    known = {it.login for it in await server.people.people()}
    roles = [*reversed(Role)]
    for role in roles:
        if role.value not in known:
            somebody = PersonInput(
                login=role.value, role=role, password=PASSWORD, must_change=False
            )
            await server.people.add(somebody, author=AUTHOR)
    *others, last = roles
    return f'{", ".join(others)} or {last}, each with the password "{PASSWORD}"'
