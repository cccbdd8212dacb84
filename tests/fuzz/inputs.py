"""Texts that no station should send, made from texts that it should: the same seed, the same texts.

A golden payload is taken, spoilt in places (values, fields, nesting), put into an envelope that
may be spoilt too, and its text may be cut and stirred at last.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from ogniwo.ocpp.catalogue import VERSIONS
from tests.ocpp.golden_frames import golden_of

Json = Any

ODD: Final[tuple[Json, ...]] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**40, 1.5, -0.0, 1e308),
    *(
        "",
        " ",
        "x" * 21,
        "x" * 600,
        "0",
        "-1",
        "1e5",
        "\x00",
        "\ud7ff\ue000",
        "\u202eabc",
        "ż" * 300,
    ),
    *("2026-13-45T99:99:99Z", "1970-01-01T00:00:00", "9999-12-31T23:59:59.999999999+14:00", "now"),
    *([], {}, [[]], [None], {"": {}}, {"vendorId": 7}, [{}] * 30),
)
IDS: Final[tuple[Json, ...]] = (
    "m1",
    "",
    "x" * 36,
    "x" * 37,
    "\x00",
    "ż",
    7,
    -1,
    None,
    [],
    {},
    2**70,
)
KINDS: Final[tuple[Json, ...]] = (2, 3, 4, 5, 6, 0, 1, 7, -2, "2", 2.0, None, [], True)
STRAY: Final = (
    b"\x00",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\xff",
    b"\xed\xa0\x80",
    b"NaN",
)


class Input(NamedTuple):
    version: str
    text: bytes


class Inputs:
    def __init__(self, seed: object) -> None:
        self._rng = Random(f"fuzz {seed}")
        self._ids = count(1_000_000)  # of one length: no stirred one is another's

    def next(self, version: str | None = None) -> Input:
        rng = self._rng
        version = version or rng.choice(tuple(VERSIONS))
        action, payload = rng.choice(_templates(version))
        payload = self.spoilt(payload)
        text = self._enveloped(action, payload)
        if rng.random() < 0.15:
            text = self._stirred(text)
        return Input(version, text)

    def spoilt(self, payload: Json) -> Json:
        """A copy with up to four defects; sometimes none."""
        payload = json.loads(json.dumps(payload))
        for _ in range(self._rng.choice((0, 1, 1, 2, 4))):
            payload = self._defect(payload)
        return payload

    def _enveloped(self, action: str, payload: Json) -> bytes:
        rng = self._rng
        kind: Json = 2
        frame: list[Json] = [kind, f"m{next(self._ids)}", action, payload]
        if rng.random() < 0.2:
            place = rng.randrange(5)
            if place == 4:
                del frame[rng.randrange(len(frame)) :]
            else:
                frame[place] = rng.choice((KINDS, IDS, (*IDS, "Reset", "NoSuchThing"), ODD)[place])
        return json.dumps(frame, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")

    def _stirred(self, text: bytes) -> bytes:
        rng = self._rng
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(text) + 1)
            way = rng.randrange(4)
            if way == 0:
                text = text[:at]
            elif way == 1:
                text = text[:at] + rng.choice(STRAY) + text[at:]
            elif way == 2:
                text = text[:at] + text[at + rng.randrange(1, 9) :]
            else:
                text = text[:at] + rng.randbytes(rng.randrange(1, 5)) + text[at:]
        return text

    def _defect(self, payload: Json) -> Json:
        owners = list(_owners(payload))
        if not owners:
            return deepcopy(self._rng.choice(ODD))
        owner = self._rng.choice(owners)
        self._rng.choice(DEFECTS)(self._rng, owner)
        return payload


def _owners(value: Json) -> list[Json]:
    """Every object and list in it that is not empty."""
    if not isinstance(value, dict | list) or not value:
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for it in inner for found in _owners(it))]


def _place(rng: Random, owner: Json) -> Json:
    return rng.choice(list(owner)) if isinstance(owner, dict) else rng.randrange(len(owner))


def _replace(rng: Random, owner: Json) -> None:
    owner[_place(rng, owner)] = deepcopy(rng.choice(ODD))


def _remove(rng: Random, owner: Json) -> None:
    del owner[_place(rng, owner)]


def _rename(rng: Random, owner: Json) -> None:
    if isinstance(owner, dict):
        key = _place(rng, owner)
        owner[rng.choice((key.upper(), f"{key} ", "x", ""))] = owner.pop(key)


def _wrap(rng: Random, owner: Json) -> None:
    place = _place(rng, owner)
    for _ in range(rng.choice((1, 2, 60))):
        owner[place] = [owner[place]] if rng.random() < 0.5 else {"x": owner[place]}


def _repeat(rng: Random, owner: Json) -> None:
    if isinstance(owner, list):
        owner.extend(deepcopy(owner[0]) for _ in range(rng.choice((1, 5, 50))))


def _as_text(rng: Random, owner: Json) -> None:
    place = _place(rng, owner)
    owner[place] = json.dumps(owner[place])


DEFECTS: Final[tuple[Callable[[Random, Json], None], ...]] = (
    *(_replace, _replace, _replace, _remove, _rename, _wrap, _repeat, _as_text),
)


@cache
def _templates(version: str) -> list[tuple[str, Json]]:
    """Every golden request, whoever may send it."""
    return [
        (golden.message.action, payload)
        for golden in golden_of(version)
        if golden.half == "request"
        for payload in golden.valid
    ]
