"""A station played by the independent client: the `ocpp` package on a `websockets` socket.

The package checks both directions of every message against the official schemas, and an error
in place of an answer is raised. A version's own words are in its own file; tests that hold for
every version use the verbs declared here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ogniwo.base.clock import SystemClock
from ogniwo.base.units import from_instant
from tests.system import spoken

logging.getLogger("ocpp").setLevel(logging.CRITICAL)

ANSWER_WITHIN_S = 10
OCPPError: Any = import_module("ocpp.exceptions").OCPPError  # the package is not typed
Fields = dict[str, Any]


@dataclass
class Charging:
    """A transaction as its station sees it."""

    transaction_id: str
    evse: int
    token: str
    verdict: str | None  # on the token, in the version's own word
    seq_no: int = 0
    remote_start_id: int | None = None


@dataclass
class Order:
    """A call of the server."""

    action: str
    fields: Fields


@dataclass
class Asked:
    """A call of the station, to be sent again."""

    request: Any
    message_id: str | None


class Station:
    version: ClassVar[str]
    charge_point: ClassVar[Any]  # the package is not typed
    calls: ClassVar[Any]
    results: ClassVar[Any]
    answers_usual: ClassVar[dict[str, Fields]]

    def __init__(self, identity: str, socket: ClientConnection) -> None:
        self.identity = identity
        self.socket = socket
        self.answers: dict[str, Fields | None] = {**self.answers_usual}  # None: never answered
        self.last: Asked | None = None
        self.orders: asyncio.Queue[Order] = asyncio.Queue()
        self._point = self.charge_point(identity, socket, response_timeout=ANSWER_WITHIN_S)
        self._point.route_map = {
            action: {
                "_on_action": partial(self._answer, action),
                "_after_action": partial(self._note, action),
            }
            for action in vars(self.results)
            if action[0].isupper()
        }

    # -- what every version can say ----------------------------------------------------------

    async def boot(self) -> str:
        """The registration status that came back."""
        raise NotImplementedError

    async def heartbeat(self) -> str:
        raise NotImplementedError

    async def authorize(self, token: str) -> str:
        raise NotImplementedError

    async def available(self, evse: int = 1) -> None:
        raise NotImplementedError

    async def plug_in(self, evse: int = 1) -> None:
        """The cable is in and nothing flows."""
        raise NotImplementedError

    async def fault(self, evse: int = 1) -> None:
        raise NotImplementedError

    async def unavailable(self, evse: int = 1) -> None:
        raise NotImplementedError

    async def start(self, token: str, *, wh: int, at: datetime, evse: int = 1) -> Charging:
        raise NotImplementedError

    async def energy_flows(self, charging: Charging, *, at: datetime) -> None:
        raise NotImplementedError

    async def car_pauses(self, charging: Charging, *, at: datetime) -> None:
        raise NotImplementedError

    async def measure(self, charging: Charging, *, wh: int, w: int, at: datetime) -> None:
        raise NotImplementedError

    async def stop(
        self, charging: Charging, *, wh: int, at: datetime, reason: str = "Local"
    ) -> None:
        raise NotImplementedError

    # -- the conversation --------------------------------------------------------------------

    async def call(self, action: str, /, *, message_id: str | None = None, **fields: Any) -> Any:
        """The answer as the package read it. Errors: ``OCPPError`` for a CALLERROR."""
        spoken.note(self.version, action)
        request = getattr(self.calls, action)(**fields)
        self.last = Asked(request, message_id)
        return await self._point.call(request, suppress=False, unique_id=message_id)

    async def repeat(self, asked: Asked | None = None, *, message_id: str | None = None) -> Any:
        """The same content once more; a new message id, unless one is given."""
        asked = asked or self.last
        assert asked is not None, "nothing was sent yet"
        return await self._point.call(asked.request, suppress=False, unique_id=message_id)

    async def ordered(self, action: str) -> Fields:
        """The next call of the server, which must be this one; it is answered already."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            order = await self.orders.get()
        assert order.action == action, order
        return order.fields

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            await self._point.start()

    async def _answer(self, action: str, **fields: Any) -> Any:
        spoken.note(self.version, action)
        answer = self.answers.get(action, {"status": "Accepted"})
        if answer is None:
            self._note(action, **fields)
            await asyncio.Event().wait()  # a station that hangs reads nothing more either
        return getattr(self.results, action)(**(answer or {}))

    def _note(self, action: str, **fields: Any) -> None:
        """Called when the answer is on its way: a station acts after it has answered."""
        self.orders.put_nowait(Order(action, fields))


async def refusal_of(call: Awaitable[object]) -> str:
    """The error code a call was answered with."""
    try:
        answer = await call
    except OCPPError as error:
        return str(error.code)
    raise AssertionError(f"it was not refused: {answer}")


S = TypeVar("S", bound=Station)


@asynccontextmanager
async def connected(
    kind: type[S], url: str, identity: str, *, accepted: bool = True, **options: Any
) -> AsyncIterator[S]:
    """A station on a socket of its own; ``accepted``: it has booted and may serve."""
    async with connect(
        url,
        subprotocols=[Subprotocol(kind.version)],
        ping_interval=None,
        **options,
    ) as socket:
        station = kind(identity, socket)
        reader = asyncio.get_running_loop().create_task(station.read(), name=f"read {identity}")
        try:
            if accepted:
                assert await station.boot() == "Accepted"
            yield station
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader


@dataclass
class Hours:
    """Moments of a session that is over by now: whole seconds, so that nothing is rounded."""

    begin: datetime = field(default_factory=lambda: now() - timedelta(hours=2))

    def after(self, minutes: float) -> datetime:
        return self.begin + timedelta(minutes=minutes)


def now() -> datetime:
    return from_instant(SystemClock().now_us()).replace(microsecond=0)


def text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
