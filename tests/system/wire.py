"""A socket without a library's opinion on messages: text out, text in."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.system import spoken

ANSWER_WITHIN_S = 10.0

_ids = count(1)


class Wire:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, text: str | bytes) -> None:
        """Bytes go out as a text frame too, whatever is in them."""
        spoken.note_text(self.socket.subprotocol, text)
        await self.socket.send(text, text=True)

    async def receive(self) -> list[Any]:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            text = await self.socket.recv()
        spoken.note_text(self.socket.subprotocol, text)
        frame: list[Any] = json.loads(text)
        return frame

    async def ask(self, text: str | bytes) -> list[Any]:
        await self.send(text)
        return await self.receive()

    async def call(self, action: str, payload: object, message_id: str | None = None) -> list[Any]:
        message_id = message_id or f"w{next(_ids)}"
        answer = await self.ask(json.dumps([2, message_id, action, payload]))
        assert answer[1] == message_id, answer
        return answer

    async def tell(self, action: str, payload: object) -> None:
        """A SEND (2.1), which is never answered."""
        await self.send(json.dumps([6, f"w{next(_ids)}", action, payload]))

    async def is_alive(self) -> bool:
        """The next answer is the one to the next question: nothing else was on its way."""
        return bool((await self.call("Heartbeat", {}))[0] == 3)

    async def closed_with(self) -> int | None:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await self.socket.wait_closed()
        return self.socket.close_code


def boot(version: str) -> dict[str, Any]:
    if version == "ocpp1.6":
        return {"chargePointVendor": "Volta", "chargePointModel": "One"}
    return {"reason": "PowerUp", "chargingStation": {"vendorName": "Volta", "model": "Two"}}


@asynccontextmanager
async def wired(url: str, version: str, *, booted: bool = True) -> AsyncIterator[Wire]:
    async with connect(
        url,
        subprotocols=[Subprotocol(version)],
        ping_interval=None,
        max_size=None,
    ) as socket:
        wire = Wire(socket)
        if booted:
            assert (await wire.call("BootNotification", boot(version)))[2]["status"] == "Accepted"
        yield wire


def basic(user: str, password: str) -> dict[str, str]:
    return raw_basic(user, password.encode())


def raw_basic(user: str, password: bytes) -> dict[str, str]:
    """The key of an OCPP 1.6 station need be no text."""
    both = base64.b64encode(user.encode() + b":" + password).decode()
    return {"Authorization": f"Basic {both}"}


async def status_of(url: str, *versions: str, **options: Any) -> int:
    """What HTTP answers to a handshake; 101 for a station that is let in."""
    try:
        async with connect(url, subprotocols=[Subprotocol(it) for it in versions], **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code
