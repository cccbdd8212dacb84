"""A day at the sample network: the hours behind us go by in a minute, then time is everybody's.

So a picture shows what a control room sees: a curve, finished sessions, cars in the middle of
theirs.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from ogniwo.cli.demo_network import SITES
from ogniwo.sim.clock import SimClock
from ogniwo.sim.facts import FAULTS
from ogniwo.sim.fleet import TOKENS, Fleet
from tools.screenshots.curve import draw_curve

TOKEN: Final = "only for these pictures, and for nothing else"
STATIONS: Final = 48
BEHIND_S: Final = 9 * 3_600
HASTE: Final = 300.0
SAMPLE_S: Final = 60
FAULTED: Final = 3
AWAY: Final = 3
PREFIX: Final = "PL-OGN-"
START_S_MAX: Final = 60.0


class DayClock(SimClock):
    """In haste until it has caught up with the machine's clock, then no faster than that."""

    def exactly_s(self) -> float:
        return min(super().exactly_s(), self._machine_s())

    def real_s(self, span_s: float) -> float:
        caught_up = super().exactly_s() >= self._machine_s()
        return span_s if caught_up else span_s / self.speed

    def _machine_s(self) -> float:
        return self._machine.now_us() / 1e6


@dataclass(frozen=True)
class Backend:
    """Of one server: where its pages are, where stations go, and its interface."""

    http: str
    ocpp: str
    database: Path
    api: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        return await self._asked("GET", path, params=query)

    async def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return await self._asked("POST", path, json=body, params=query)

    async def put(self, path: str, body: Any) -> Any:
        return await self._asked("PUT", path, json=body)

    async def patch(self, path: str, body: Any) -> Any:
        return await self._asked("PATCH", path, json=body)

    async def _asked(self, method: str, path: str, **options: Any) -> Any:
        answer = await self.api.request(method, f"/api/v1{path}", **options)
        if answer.is_error:
            raise RefusedError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


class RefusedError(Exception):
    """The server would not do what the pictures need."""


def free_port() -> int:
    """Stations are shown the address, so it is no zero."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def backend() -> AsyncIterator[Backend]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ogniwo", "serve", "--data-dir", f"{folder}/data"]
        command += ["--http", "127.0.0.1:0", "--ocpp", f"127.0.0.1:{free_port()}"]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"OGNIWO_ADMIN_TOKEN": TOKEN},
        )
        try:
            async with asyncio.timeout(START_S_MAX):
                http, ocpp = await _addresses(process)
            headers = {"authorization": f"Bearer {TOKEN}"}
            async with httpx.AsyncClient(
                base_url=f"http://{http}", headers=headers, timeout=30
            ) as api:
                yield Backend(http, ocpp, Path(folder) / "data" / "ogniwo.db", api)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.communicate()


async def _addresses(process: asyncio.subprocess.Process) -> list[str]:
    """It prints two lines: the console's address, then that for stations."""
    told: list[str] = []
    while process.stdout is not None and (line := await process.stdout.readline()):
        _, scheme, rest = line.decode().partition("://")
        if scheme:
            told.append(rest.split("/")[0].strip())
        if len(told) == 2:
            return told
    raise RefusedError("the server ended before it said where its pages are")


@asynccontextmanager
async def day(server: Backend) -> AsyncIterator[Fleet]:
    """A fleet that has been at work since the morning."""
    clock = DayClock(speed=HASTE)
    clock.start_s -= BEHIND_S
    fleet = Fleet(
        url=f"ws://{server.ocpp}/ocpp",
        size=STATIONS,
        prefix=PREFIX,
        clock=clock,
        sample_s=SAMPLE_S,
    )
    await _settle(server, fleet)
    work = asyncio.get_running_loop().create_task(fleet.run(finish=False), name="fleet")
    try:
        await asyncio.sleep(BEHIND_S / HASTE + 5)
        _trouble(fleet)
        draw_curve(server.database, await _sessions(server), fleet.clock.now_s())
        yield fleet
    finally:
        fleet.stop()
        await work


async def _settle(server: Backend, fleet: Fleet) -> None:
    """Cards, sites, and stations with names."""
    for uid in TOKENS:
        await server.post("/tokens", {"uid": uid, "concurrent": True})
    places = [
        await server.post("/sites", {name: getattr(one, name) for name in one.__struct_fields__})
        for one in SITES
    ]
    for number, identity in enumerate(fleet.identities()):
        place = places[number % len(places)]
        name = f"{place['name']} {number // len(places) + 1}"
        await server.post("/stations", {"id": identity, "name": name, "site_id": place["id"]})


async def _sessions(server: Backend) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while not found or cursor:
        page = await server.get("/sessions", limit=200, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def _trouble(fleet: Fleet) -> None:
    """Some stand broken, some cannot be reached."""
    now_s = fleet.clock.now_s()
    for fault, station in zip(FAULTS, fleet.stations[5::7][:FAULTED], strict=False):
        station.evses[0].break_down(fault, now_s)
    for station in fleet.stations[3::13][:AWAY]:
        station.link.switch_off()
