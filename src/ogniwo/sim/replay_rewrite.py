"""What must change in a recorded text before it can be sent again; all else stays to the byte.

Pure. The texts are changed in place, by pattern and not through a parser: what was odd about them
is why they are played.
"""

import re
from datetime import datetime, timedelta
from typing import Final

import msgspec

_TRANSACTION: Final = re.compile(r'("transactionId"\s*:\s*"?)(-?\d{1,20})\b')
# RFC 3339, also with the space and without the zone that some stations write.
_MOMENT: Final = re.compile(
    r'"(\d{4}-\d\d-\d\d)([Tt ])(\d\d:\d\d:\d\d)((?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?)"'
)
_ANSWER_ID: Final = re.compile(r'^(\s*\[\s*[34]\s*,\s*)("(?:[^"\\]|\\.)*"|-?\d+)')


class TransactionIds:
    """In 1.6 the CSMS numbers the transactions: of one station, the recorded number and the new."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}

    def learn(self, recorded: str | None, answered: str | None) -> None:
        """From both answers to one StartTransaction; what is no such answer teaches nothing."""
        old, new = _transaction_in(recorded), _transaction_in(answered)
        if old is not None and new is not None:
            self._new[old] = new

    def translate(self, text: str) -> str:
        """Numbers given before the trace began stay as they are: nobody knows the new ones."""
        if not self._new:
            return text
        return _TRANSACTION.sub(lambda found: found[1] + self._new.get(found[2], found[2]), text)


def shift_times(text: str, shift_s: int) -> str:
    """Every moment later by whole seconds: form, fraction and zone remain as they were."""
    if shift_s == 0:
        return text
    span = timedelta(seconds=shift_s)

    def later(found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(f"{found[1]}T{found[3]}") + span
        except (ValueError, OverflowError):
            return found[0]  # no moment after all, and that may be the point of the message
        return f'"{moment:%Y-%m-%d}{found[2]}{moment:%H:%M:%S}{found[4]}"'

    return _MOMENT.sub(later, text)


def with_id(answer: str, message_id: object) -> str:
    """A recorded answer under the id of the call that it answers now."""
    written = msgspec.json.encode(message_id).decode()
    return _ANSWER_ID.sub(lambda found: found[1] + written, answer, count=1)


def _transaction_in(answer: str | None) -> str | None:
    try:
        frame = msgspec.json.decode(answer or "")
    except msgspec.DecodeError:
        return None
    match frame:
        case [3, _, {"transactionId": int(number)}, *_]:
            return str(number)
        case _:
            return None
