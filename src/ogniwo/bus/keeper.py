"""Keeps one connection to the bus: tries all servers, for ever, and says since when there is none.

The first connection is waited for once; after that whoever needs it finds it in ``link`` or
finds None. Each episode without a connection is one line in the log, and its end another.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from ogniwo.app.ports import Spawn
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.bus.client import CannotConnectError, Client, OnError, open_client
from ogniwo.bus.link import Link, LinkLostError
from ogniwo.bus.servers import Server

RETRY_S_FIRST: Final = 0.1
RETRY_S_MAX: Final = 2.0  # so soon the bus is back after its server

_log = log.get("bus")


class Keeper:
    def __init__(
        self,
        servers: tuple[Server, ...],
        *,
        name: str,
        clock: Clock,
        tls: ssl.SSLContext | None,
        new_link: Callable[[Client], Link],
        prepare: Callable[[Link], Awaitable[None]],
        on_error: OnError,
    ) -> None:
        self._servers = list(servers)
        self._name = name
        self._clock = clock
        self._tls = tls
        self._new_link = new_link
        self._prepare = prepare
        self._on_error = on_error
        self._chance = Random()  # noqa: S311 - spreads attempts, guards nothing
        self._link: Link | None = None
        self._away_since_ms: int | None = clock.now_ms()
        self._away_told = False
        self._was_connected = False
        self._stop = asyncio.Event()
        self._tried = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def link(self) -> Link | None:
        """None the moment the connection is known to be lost."""
        if self._link is not None and not self._link.alive:
            self._lose()
        return self._link

    @property
    def away_since_ms(self) -> int | None:
        return self._away_since_ms if self.link is None else None

    async def start(self, spawn: Spawn) -> None:
        """Returns when every server was tried once, or one was found."""
        spawn(self._run(), name="bus connection")
        await self._tried.wait()

    async def stop(self) -> None:
        self._stop.set()
        await self._ended.wait()

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep(), name="bus keeper")
                await self._stop.wait()
                keeping.cancel()
        finally:
            self._tried.set()
            self._ended.set()

    async def _keep(self) -> None:
        wait_s = RETRY_S_FIRST
        while True:
            try:
                if await self._live_once():
                    wait_s = RETRY_S_FIRST
            except Exception:  # noqa: BLE001 - the next connection may do better
                _log.exception("bus_keeper_failed")
            self._tried.set()
            # The nodes of a cluster must not all come back at the same instant.
            await asyncio.sleep(wait_s * self._chance.uniform(0.5, 1.0))
            wait_s = min(2 * wait_s, RETRY_S_MAX)

    async def _live_once(self) -> bool:
        """Lives as long as a connection; False when there was none."""
        client = await self._connect()
        if client is None:
            return False
        link = self._new_link(client)
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(link.send(), name="bus sender")
                try:
                    await self._prepare(link)
                    self._gain(link)
                    await link.lost()
                except LinkLostError as error:
                    self._tell_away([f"{link.server}: {error}"])
                    return False
                finally:
                    await link.drop()
                    sending.cancel()
        finally:
            self._lose()
            link.fail_questions("the connection to the bus was lost")
        return True

    async def _connect(self) -> Client | None:
        self._chance.shuffle(self._servers)
        reasons = []
        for server in self._servers:
            try:
                return await open_client(
                    server, name=self._name, tls=self._tls, on_error=self._on_error
                )
            except CannotConnectError as error:
                reasons.append(f"{server.url}: {error}")
        self._tell_away(reasons)
        return None

    def _tell_away(self, reasons: list[str]) -> None:
        if not self._away_told:
            self._away_told = True
            _log.warning("bus_away", reasons=reasons)

    def _gain(self, link: Link) -> None:
        away_ms = self._clock.now_ms() - (self._away_since_ms or 0)
        if self._was_connected or self._away_told:
            _log.info("bus_back", server=link.server, away_ms=away_ms)
        else:
            _log.info("bus_connected", server=link.server)
        self._link = link
        self._away_since_ms = None
        self._away_told = False
        self._was_connected = True
        self._tried.set()

    def _lose(self) -> None:
        if self._link is not None:
            self._link = None
            self._away_since_ms = self._clock.now_ms()
