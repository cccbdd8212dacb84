"""Answers of a trace: how one compares with today's, and what a station answers to orders.

Pure. Two answers are alike when they are of the same kind (result, error) and carry the same
statuses or the same error code; times, intervals and numbers may differ.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from ogniwo.sim.replay_rewrite import with_id

ANSWERS_KEPT_MAX: Final = 64  # of one station to one action
WORD_CHARS_MAX: Final = 60
NO_ANSWER: Final = "no answer"
UNREADABLE: Final = "(unreadable)"

_NEVER_ASKED: Final = '[4,"","NotImplemented","the recorded station was never asked this",{}]'
# where versions put their statuses: in the payload itself, or in what it says about a card
_ABOUT_CARDS: Final = ("idTagInfo", "idTokenInfo")


class Asked(Struct, frozen=True):
    """A call as far as playing it needs to know; ``message_id`` None: nobody will answer it."""

    message_id: object
    action: str
    readable: bool


def read_call(text: str, answer: str | None) -> Asked:
    """What is no proper call (noise, almost JSON) is known by the answer it got, if any."""
    match _frame(text):
        case [2, (str() | int()) as message_id, str(action), *_]:
            return Asked(message_id, action, readable=True)
        case [6, _, str(action), *_]:
            return Asked(None, action, readable=True)
        case _:
            return Asked(answered_id(answer), UNREADABLE, readable=False)


def verdict(answer: str | None) -> str:
    """What an answer comes to, for comparing and for people: ``Accepted``, ``NotSupported``."""
    if answer is None:
        return NO_ANSWER
    match _frame(answer):
        case [3, _, dict() as payload, *_]:
            return ", ".join(_statuses(payload)) or "answered"
        case [3, *_]:
            return "answered"
        case [4, _, str(code), *_]:
            return f"error {code}"[:WORD_CHARS_MAX]
        case _:
            return UNREADABLE


class RecordedAnswers:
    """What one station answered to the orders it got, by action, in the recorded order."""

    def __init__(self) -> None:
        self._left: dict[str, deque[str]] = {}

    def keep(self, action: str, answer: str) -> None:
        kept = self._left.setdefault(action[:WORD_CHARS_MAX], deque())
        if len(kept) < ANSWERS_KEPT_MAX:
            kept.append(answer)

    def answer(self, action: str, message_id: object) -> str:
        """The next recorded one; the last is said again, for what never came there is an error."""
        kept = self._left.get(action[:WORD_CHARS_MAX])
        if not kept:
            return with_id(_NEVER_ASKED, message_id)
        return with_id(kept.popleft() if len(kept) > 1 else kept[0], message_id)


def order_in(text: str) -> tuple[object, str] | None:
    """(message id, action) of a call of the CSMS."""
    match _frame(text):
        case [2, message_id, str(action), *_]:
            return message_id, action
        case _:
            return None


def answered_id(text: str | None) -> object:
    """The message id that a frame of the CSMS answers; None when it is no answer."""
    match _frame(text):
        case [3 | 4, message_id, *_]:
            return message_id
        case _:
            return None


def _statuses(payload: Mapping[str, object]) -> list[str]:
    found = [payload.get("status")]
    for name in _ABOUT_CARDS:
        about = payload.get(name)
        found.append(about.get("status") if isinstance(about, dict) else None)
    return [str(it)[:WORD_CHARS_MAX] for it in found if it is not None]


def _frame(text: str | None) -> object:
    try:
        return msgspec.json.decode(text or "")
    except (msgspec.DecodeError, RecursionError):
        return None
