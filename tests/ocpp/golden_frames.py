"""The golden frames: payloads written from the specification, with what is wrong about the wrong.

One file for each message of each version. An invalid payload is the first valid one with a single
change: ``at`` a place something is ``put`` (or so many ``chars``), or it is ``without`` it.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from ogniwo.ocpp.catalogue import VERSIONS
from ogniwo.ocpp.messages import Message, Payload
from tests.ocpp.schema_official import Official, read_official

FOLDER: Final = Path(__file__).parent / "golden"
OFFICIAL: Final = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}

Half = Literal["request", "response"]


class Invalid(NamedTuple):
    why: str
    payload: Any
    error: str  # in the version's own spelling


class Golden(NamedTuple):
    """One payload type of one message."""

    version: str
    message: Message
    half: Half
    struct: type[Payload]
    valid: list[Any]
    invalid: list[Invalid]

    @property
    def official(self) -> Official:
        action = self.message.action
        plain = self.version == "ocpp1.6" or self.message.kind == "send"
        name = action if plain else f"{action}Request"
        return read_official(
            OFFICIAL[self.version], name if self.half == "request" else f"{action}Response"
        )

    def __str__(self) -> str:
        return f"{self.version} {self.message.action} {self.half}"


def path_of(version: str, action: str) -> Path:
    return FOLDER / version.removeprefix("ocpp") / f"{action}.json"


@cache
def golden_of(version: str) -> tuple[Golden, ...]:
    return tuple(_golden_of(version))


def _golden_of(version: str) -> Iterator[Golden]:
    for message in VERSIONS[version].messages.values():
        path = path_of(version, message.action)
        if not path.exists():
            continue
        told = json.loads(path.read_text(encoding="utf-8"))
        yield _golden(version, message, "request", message.request, told["request"])
        if message.response is not None:
            yield _golden(version, message, "response", message.response, told["response"])


def _golden(version: str, message: Message, half: Half, struct: type[Payload], told: Any) -> Golden:
    valid = told["valid"]
    invalid = [Invalid(it["why"], _spoilt(valid[0], it), it["error"]) for it in told["invalid"]]
    return Golden(version, message, half, struct, valid, invalid)


def _spoilt(payload: Any, change: Any) -> Any:
    payload = json.loads(json.dumps(payload))
    *way, last = (change.get("at") or change["without"]).split(".")
    owner = payload
    for step in way:
        owner = owner[int(step) if step.isdecimal() else step]
    if "without" in change:
        del owner[last]
    else:
        owner[last] = change["put"] if "put" in change else "x" * change["chars"]
    return payload
