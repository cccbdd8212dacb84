"""A station worked by hand: for what well-behaved ones never do, and to keep charging points still.

OCPP 1.6 as plain JSON.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import aiohttp

ACCEPTED: Final = {"status": "Accepted"}
PATIENCE_S: Final = 10


class Hand:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)
        self._open: dict[str, asyncio.Future[Any]] = {}
        self._wanted: dict[int, asyncio.Future[str]] = {}

    async def call(self, action: str, **payload: Any) -> Any:
        number = str(next(self._ids))
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps([2, number, action, payload]))
        return await asyncio.wait_for(answer, PATIENCE_S)

    async def wanted(self, connector: int) -> str:
        """The card that somebody far away wants to charge with there."""
        return await asyncio.wait_for(self._far_start(connector), PATIENCE_S)

    def _far_start(self, connector: int) -> asyncio.Future[str]:
        loop = asyncio.get_running_loop()
        return self._wanted.setdefault(connector, loop.create_future())

    def _hear_of(self, connector: int, card: str) -> None:
        if not (told := self._far_start(connector)).done():
            told.set_result(card)

    async def status(self, connector: int, status: str, error: str = "NoError") -> None:
        await self.call("StatusNotification", connectorId=connector, status=status, errorCode=error)

    async def start(self, connector: int, card: str, *, wh: int, minutes_ago: float) -> int:
        await self.status(connector, "Preparing")
        await self.call("Authorize", idTag=card)
        answer = await self.call(
            "StartTransaction",
            connectorId=connector,
            idTag=card,
            meterStart=wh,
            timestamp=ago(minutes_ago),
        )
        await self.status(connector, "Charging")
        return int(answer["transactionId"])

    async def measure(
        self, connector: int, transaction: int, *, wh: int, w: int, minutes_ago: float
    ) -> None:
        sampled = [
            {"value": str(wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(w), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        await self.call(
            "MeterValues",
            connectorId=connector,
            transactionId=transaction,
            meterValue=[{"timestamp": ago(minutes_ago), "sampledValue": sampled}],
        )

    async def stop(self, connector: int, transaction: int, *, wh: int) -> None:
        await self.call(
            "StopTransaction",
            transactionId=transaction,
            meterStop=wh,
            timestamp=ago(0),
            reason="Local",
        )
        await self.status(connector, "Available")

    async def read(self) -> None:
        async for message in self._socket:
            frame = json.loads(message.data)
            if frame[0] == 2:
                if frame[2] == "RemoteStartTransaction":
                    self._hear_of(frame[3]["connectorId"], frame[3]["idTag"])
                await self._socket.send_str(json.dumps([3, frame[1], ACCEPTED]))
            elif answer := self._open.pop(frame[1], None):
                answer.set_result(frame[2] if frame[0] == 3 else {})


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@asynccontextmanager
async def by_hand(ocpp: str, identity: str, *, connectors: int = 1) -> AsyncIterator[Hand]:
    """Connected and booted, with nobody there."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://{ocpp}/ocpp/{identity}", protocols=["ocpp1.6"]) as socket,
    ):
        hand = Hand(socket)
        reading = asyncio.get_running_loop().create_task(hand.read(), name=identity)
        try:
            await hand.call(
                "BootNotification", chargePointVendor="Alfen", chargePointModel="Eve Double"
            )
            for connector in range(connectors + 1):
                await hand.status(connector, "Available")
            yield hand
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading


async def knock(ocpp: str, identity: str, password: str | None = None) -> None:
    """Somebody comes who is not let in."""
    auth = aiohttp.BasicAuth(identity, password) if password else None
    async with aiohttp.ClientSession(auth=auth) as session:
        with suppress(aiohttp.WSServerHandshakeError):
            async with session.ws_connect(f"ws://{ocpp}/ocpp/{identity}", protocols=["ocpp1.6"]):
                pass
