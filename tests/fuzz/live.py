"""Texts nobody should send, over a real socket: each call answered once, and everybody lives on."""

import json
import re
from itertools import count
from typing import Any

from tests.fuzz.inputs import Inputs
from tests.system.server import Server
from tests.system.versions import a_name
from tests.system.wire import Wire, wired

TOGETHER = 25  # texts sent before the answers are read
BREATH = 1_500  # texts to one link: fewer than a station may send at once

OURS = re.compile(r"m\d{7}")  # as ``Inputs`` counts them

_beats = count(1)


async def mistreat(server: Server, version: str, texts: int, *, seed: int) -> None:
    inputs = Inputs(f"live {version} {seed}")
    async with wired(server.url(a_name()), "ocpp1.6") as neighbour:
        for begin in range(0, texts, BREATH):
            async with wired(server.url(a_name()), version) as wire:
                for _ in range(0, min(BREATH, texts - begin), TOGETHER):
                    sent = [inputs.next(version).text for _ in range(TOGETHER)]
                    await _sent_and_answered(wire, [it for it in sent if _is_text(it)])
                assert await wire.is_alive()
        assert await neighbour.is_alive()


async def _sent_and_answered(wire: Wire, texts: list[bytes]) -> None:
    for text in texts:
        await wire.send(text)
    beat = f"beat-{next(_beats)}"
    await wire.send(json.dumps([2, beat, "Heartbeat", {}]))
    answers = []
    while (frame := await wire.receive())[1] != beat:
        answers.append(frame[1])
    for message_id in map(_call_id, texts):
        if message_id is not None:
            assert answers.count(message_id) == 1, (message_id, texts)


def _call_id(text: bytes) -> str | None:
    """Of a call beyond doubt, with the id it was given: odd ones stand in several texts."""
    try:
        frame: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match frame:
        case [int(kind), str(message_id), str(action), dict(), *_] if kind == 2:
            usual = OURS.fullmatch(message_id) and 0 < len(action) <= 50 and action.isprintable()
            return message_id if usual else None
    return None


def _is_text(text: bytes) -> bool:
    """Other bytes close the link, as they should."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
