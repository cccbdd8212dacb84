"""Someone else's CSMS for our stations: the `ocpp` package behind a `websockets` server.

The package checks every message against the official schemas, in both directions; what it
refuses shows up in the fleet's ``calls_refused``.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Payload = dict[str, Any]

# Untyped, all of it: named here once.
CALLS: dict[str, Any] = {
    name: import_module(f"ocpp.{name}.call") for name in ("v16", "v201", "v21")
}
RESULTS: dict[str, Any] = {name: import_module(f"ocpp.{name}.call_result") for name in CALLS}
CHARGE_POINTS: dict[str, Any] = {name: import_module(f"ocpp.{name}").ChargePoint for name in CALLS}
NotImplementedCall: Any = import_module("ocpp.exceptions").NotImplementedError
untyped_on: Any = import_module("ocpp.routing").on

Handler = TypeVar("Handler", bound=Callable[..., Any])


def on(action: str) -> Callable[[Handler], Handler]:
    return cast("Callable[[Handler], Handler]", untyped_on(action))


logging.getLogger("ocpp").setLevel(logging.CRITICAL)


@dataclass
class Heard:
    station: str
    action: str
    payload: Payload
    connection: int


@dataclass
class Csms:
    heartbeat_s: int = 300
    refused_tokens: set[str] = field(default_factory=set)
    boot_answers: list[str] = field(default_factory=list)  # then Accepted
    heard: list[Heard] = field(default_factory=list)
    answered: list[tuple[str, str, Payload]] = field(default_factory=list)
    points: dict[str, Any] = field(default_factory=dict)
    connections: int = 0
    port: int = 0
    error_once: set[str] = field(default_factory=set)  # actions answered with an error once
    ignored: set[str] = field(default_factory=set)  # actions that get no answer at all
    transactions: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _server: Server | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    async def open(self) -> None:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self.port,
            subprotocols=list(POINTS),  # type: ignore[arg-type] # plain str is fine
            ping_interval=None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def note(self, heard: Heard) -> None:
        self.heard.append(heard)
        self._news.set()

    async def until(self, claim: Callable[[], bool], *, within_s: float = 8.0) -> None:
        """Wait for something to be heard that makes the claim true."""
        async with asyncio.timeout(within_s):
            while not claim():
                self._news.clear()
                await self._news.wait()

    def said(self, station: str, action: str) -> list[Payload]:
        return [one.payload for one in self.heard if (one.station, one.action) == (station, action)]

    def statuses(self, station: str) -> list[str]:
        return [
            one.get("status") or one["connectorStatus"]
            for one in self.said(station, "StatusNotification")
        ]

    def events(self, station: str, kind: str | None = None) -> list[Payload]:
        events = self.said(station, "TransactionEvent")
        return [one for one in events if kind in {None, one["eventType"]}]

    async def call(self, station: str, action: str, **fields: Any) -> Any:
        """The answer of the station, as the package read and validated it."""
        point = self.points[station]
        request = getattr(point.calls, action)(**fields)
        return await point.call(request, suppress=False)

    async def _handle(self, socket: ServerConnection) -> None:
        identity = unquote(socket.request.path.rsplit("/", 1)[-1] if socket.request else "")
        self.connections += 1
        point = POINTS[str(socket.subprotocol)](identity, socket)
        point.csms, point.number = self, self.connections
        self.points[identity] = point
        try:
            await point.start()
        except ConnectionClosed:
            return


class Answers:
    """What the central system of one station answers, whatever the version."""

    results: Any
    calls: Any
    csms: Csms
    number: int
    id: str

    async def route_message(self, raw: str) -> None:
        frame = json.loads(raw)
        if frame[0] != 2:
            await super().route_message(raw)  # type: ignore[misc] # of the class mixed in
            return
        heard = Heard(self.id, frame[2], frame[3], self.number)
        if frame[2] in self.csms.error_once:
            self.csms.error_once.discard(frame[2])
            await self._send(  # type: ignore[attr-defined] # of the class mixed in
                json.dumps([4, frame[1], "InternalError", "later", {}])
            )
        elif frame[2] not in self.csms.ignored:
            await super().route_message(raw)  # type: ignore[misc] # of the class mixed in
        self.csms.note(heard)

    @on("BootNotification")
    def on_boot(self, **_: Any) -> Any:
        status = self.csms.boot_answers.pop(0) if self.csms.boot_answers else "Accepted"
        interval = self.csms.heartbeat_s if status == "Accepted" else 5
        return self.results.BootNotification(current_time=now(), interval=interval, status=status)

    @on("Heartbeat")
    def on_heartbeat(self, **_: Any) -> Any:
        return self.results.Heartbeat(current_time=now())

    @on("StatusNotification")
    def on_status(self, **_: Any) -> Any:
        return self.results.StatusNotification()

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> Any:
        return self.results.MeterValues()

    def verdict(self, token: str) -> dict[str, str]:
        return {"status": "Blocked" if token in self.csms.refused_tokens else "Accepted"}


class Answers16(Answers):
    @on("Authorize")
    def on_authorize(self, **fields: Any) -> Any:
        return self.results.Authorize(id_tag_info=self.verdict(fields["id_tag"]))

    @on("StartTransaction")
    def on_start(self, **fields: Any) -> Any:
        self.csms.transactions += 1
        return self.results.StartTransaction(
            transaction_id=self.csms.transactions, id_tag_info=self.verdict(fields["id_tag"])
        )

    @on("StopTransaction")
    def on_stop(self, **_: Any) -> Any:
        return self.results.StopTransaction()


class Answers2x(Answers):
    @on("Authorize")
    def on_authorize(self, **fields: Any) -> Any:
        info = self.verdict(fields["id_token"]["id_token"])
        return self.results.Authorize(id_token_info=info)

    @on("TransactionEvent")
    def on_event(self, **fields: Any) -> Any:
        token = fields.get("id_token")
        info = None if token is None else self.verdict(token["id_token"])
        return self.results.TransactionEvent(id_token_info=info)

    @on("NotifyEvent")
    def on_notify_event(self, **_: Any) -> Any:
        return self.results.NotifyEvent()

    @on("NotifyReport")
    def on_notify_report(self, **_: Any) -> Any:
        return self.results.NotifyReport()

    @on("NotifyMonitoringReport")
    def on_notify_monitoring_report(self, **_: Any) -> Any:
        return self.results.NotifyMonitoringReport()

    @on("NotifyDisplayMessages")
    def on_notify_display_messages(self, **_: Any) -> Any:
        return self.results.NotifyDisplayMessages()


def _point(name: str, answers: type[Answers]) -> Any:
    facts = {"results": RESULTS[name], "calls": CALLS[name]}
    return type(name, (answers, CHARGE_POINTS[name]), facts)


POINTS: dict[str, Any] = {
    "ocpp1.6": _point("v16", Answers16),
    "ocpp2.0.1": _point("v201", Answers2x),
    "ocpp2.1": _point("v21", Answers2x),
}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")  # noqa: TID251 - another program


@asynccontextmanager
async def running_csms(**options: Any) -> AsyncIterator[Csms]:
    csms = Csms(**options)
    await csms.open()
    try:
        yield csms
    finally:
        await csms.close()
