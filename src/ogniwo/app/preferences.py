"""Small things that somebody wants to find again: saved views, the columns of a table."""

from typing import Final

from ogniwo.app.ports import Document, DocumentRemoved, Records, Writer
from ogniwo.app.requests import Principal
from ogniwo.app.views import PreferenceView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError, UsageError

KEPT_MAX: Final = 100  # of one person: a page that keeps more keeps rubbish
KEY_LENGTH_MAX: Final = 100


class Preferences:
    def __init__(self, records: Records, writer: Writer, clock: Clock) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock

    async def all(self, whose: Principal) -> list[PreferenceView]:
        return [_view(it) for it in await self._records.documents(_kind(whose))]

    async def one(self, whose: Principal, key: str) -> PreferenceView:
        """Errors: MissingError."""
        for it in await self.all(whose):
            if it.key == key:
                return it
        raise MissingError("preference", key)

    async def put(self, whose: Principal, key: str, value: object) -> PreferenceView:
        """Errors: RefusedError ``too_many_preferences``, UsageError."""
        _check_key(key)
        others = [it for it in await self.all(whose) if it.key != key]
        if len(others) >= KEPT_MAX:
            raise RefusedError(
                "too_many_preferences", f"{KEPT_MAX} preferences are kept: remove one of them first"
            )
        written = Document(
            kind=_kind(whose),
            key=key,
            data={"value": value},
            author=whose.label,
            at=self._clock.now_us(),
        )
        await self._writer.write([written])
        return _view(written)

    async def remove(self, whose: Principal, key: str) -> None:
        """Errors: UsageError."""
        _check_key(key)
        await self._writer.write([DocumentRemoved(_kind(whose), key)])


def _check_key(key: str) -> None:
    if not key.isprintable() or len(key) > KEY_LENGTH_MAX:
        raise UsageError(f"a preference's key has at most {KEY_LENGTH_MAX} printable characters")


def _kind(whose: Principal) -> str:
    return f"preference of {whose.owner}"


def _view(written: Document) -> PreferenceView:
    return PreferenceView(key=written.key, value=written.data["value"])
