"""Stations of the mixed fleet: the `ocpp` package's, speaking payloads as they stand on the wire.

The package checks what it sends and what it receives against the official schemas; here is noted
what crossed the socket. Which messages that are is in the scripts.
"""

import json
from collections.abc import Iterator
from dataclasses import make_dataclass
from importlib import import_module
from typing import Any, ClassVar, Final

from websockets.asyncio.client import ClientConnection

from tests.ocpp.golden_frames import golden_of
from tests.system import spoken
from tests.system.station import Fields, Station
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201

CALL, RESULT = 2, 3
Crossed = tuple[str, str]  # "up" or "down", and the action

_package: Any = import_module("ocpp.charge_point")  # the package is not typed


class Noted:
    """A socket that remembers the frames that crossed it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[tuple[str, list[Any]]] = []

    async def send(self, text: str) -> None:
        self.frames.append(("up", json.loads(text)))
        await self.socket.send(text)

    async def recv(self) -> str:
        text = await self.socket.recv(decode=True)
        self.frames.append(("down", json.loads(text)))
        return text

    def answered(self) -> set[Crossed]:
        """The calls of either side that had a result, and that one on the way back."""
        results = {(way, frame[1]) for way, frame in self.frames if frame[0] == RESULT}
        back = {"up": "down", "down": "up"}
        return {(way, frame[2]) for way, frame in self.calls() if (back[way], frame[1]) in results}

    def calls(self) -> Iterator[tuple[str, list[Any]]]:
        return ((way, frame) for way, frame in self.frames if frame[0] == CALL)

    def disputes(self) -> list[tuple[str, list[Any]]]:
        """Whatever is neither a call nor a result: each is somebody's objection."""
        return [it for it in self.frames if it[1][0] not in (CALL, RESULT)]


class Member(Station):
    """A station whose calls and answers are given in the protocol's own spelling."""

    notes: ClassVar[type[Noted]] = Noted

    def __init__(self, identity: str, socket: ClientConnection) -> None:
        self.noted = self.notes(socket)
        super().__init__(identity, self.noted)  # type: ignore[arg-type] # all that is used of it

    async def say(self, action: str, payload: Fields, *, message_id: str | None = None) -> Fields:
        """The payload of the answer."""
        spoken.note(self.version, action)
        request = as_it_stands(action, payload)
        await self._point.call(request, suppress=False, unique_id=message_id)
        # The newest from there: what it drew may have been answered from here already.
        results = (
            it for way, it in reversed(self.noted.frames) if (way, it[0]) == ("down", RESULT)
        )
        answer: Fields = next(results)[2]
        return answer

    async def _answer(self, action: str, **fields: Any) -> Any:
        spoken.note(self.version, action)
        return as_it_stands(action, self.answers[action] or {})


class Member16(Member, Station16): ...


class Member201(Member, Station201): ...


class Member21(Member, Station21): ...


MEMBERS: Final[tuple[type[Member], ...]] = (Member16, Member201, Member21)


def as_it_stands(action: str, payload: Fields) -> Any:
    """The package makes its payloads of dataclasses; this one has the keys of the wire already."""
    assert can_be_said(payload), f"{action}: the package would spell a key of it otherwise"
    return make_dataclass(action, payload)(**payload)


def can_be_said(payload: Fields) -> bool:
    return bool(_package.snake_to_camel_case(payload) == payload)


def golden_request(version: str, action: str) -> Fields:
    """The fullest one that the package can spell: it knows no ``limit_L2``, for one."""
    (golden,) = (
        it for it in golden_of(version) if (it.message.action, it.half) == (action, "request")
    )
    return dict(next(it for it in golden.valid if can_be_said(it)))
