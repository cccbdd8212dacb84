"""What a row of the trace holds when it is taken away: as a table, or a line of JSON each."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from ogniwo.app.views import MessageView
from ogniwo.web.redaction import Redactor
from ogniwo.web.spreadsheet import Row

NAMES: Final = (
    "id", "at_utc", "station", "session", "direction", "action", "message_id", "latency_ms",
    "answered", "call", "answer", "notes",
)  # fmt: skip
_JSON: Final = msgspec.json.Encoder()


class MessageRows:
    def __init__(self, redactor: Redactor | None) -> None:
        self._redactor = redactor

    def rows(self, messages: Sequence[MessageView]) -> Iterator[Row]:
        for it in self._told(messages):
            yield [
                it.id,
                it.at.isoformat(timespec="milliseconds"),
                it.station_id,
                it.session_id,
                it.direction,
                it.action,
                it.message_id,
                it.latency_ms,
                it.answered,
                _JSON.encode(it.call).decode(),
                None if it.answer is None else _JSON.encode(it.answer).decode(),
                it.notes,
            ]

    def lines(self, messages: Sequence[MessageView]) -> bytes:
        return b"".join(_JSON.encode(it) + b"\n" for it in self._told(messages))

    def _told(self, messages: Sequence[MessageView]) -> Iterator[MessageView]:
        for it in messages:
            yield it if self._redactor is None else redacted(it, self._redactor)


def redacted(message: MessageView, redactor: Redactor) -> MessageView:
    station = message.station_id
    return replace(
        message,
        station_id=redactor.name("station", station),
        call=redactor.payload(message.call, station),
        answer=redactor.payload(message.answer, station),
        notes=None if message.notes is None else redactor.text(message.notes, station),
        call_text=None,
        answer_text=None,
    )
