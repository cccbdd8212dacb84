"""What a row of sessions holds when they are taken away, and how it is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ogniwo.app.views import SessionView
from ogniwo.base.errors import UsageError
from ogniwo.web.spreadsheet import Cell, Row
from ogniwo.web.texts import Catalogue, Language, catalogue

WH_PER_KWH: Final = 1_000

Value = Callable[[SessionView, Catalogue], Cell]


@cache
def zone(name: str | None) -> ZoneInfo | None:
    """None: it is not known, and UTC stands in."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _local(at: datetime | None, session: SessionView) -> datetime | None:
    place = zone(session.time_zone)
    return None if at is None else _plain(at.astimezone(place or UTC))


def _plain(at: datetime | None) -> datetime | None:
    """Spreadsheets know no zones: what the column says is what stands in it."""
    return None if at is None else at.replace(tzinfo=None, microsecond=0)


def _kwh(energy_wh: int | None) -> float | None:
    return None if energy_wh is None else energy_wh / WH_PER_KWH


COLUMNS: Final[Mapping[str, Value]] = {
    "id": lambda it, _: it.id,
    "station": lambda it, _: it.station_id,
    "site": lambda it, _: it.site_id,
    "evse": lambda it, _: it.evse_id,
    "connector": lambda it, _: it.connector_id,
    "transaction": lambda it, _: it.transaction_id,
    "stay": lambda it, _: it.stay_id,
    "token": lambda it, _: None if it.token is None else it.token.uid,
    "state": lambda it, texts: texts.word("states", it.state),
    "started": lambda it, _: _local(it.started_at, it),
    "ended": lambda it, _: _local(it.ended_at, it),
    "time_zone": lambda it, _: "UTC" if zone(it.time_zone) is None else it.time_zone,
    "started_utc": lambda it, _: _plain(it.started_at),
    "ended_utc": lambda it, _: _plain(it.ended_at),
    "energy_kwh": lambda it, _: _kwh(it.energy_wh),
    "meter_start_kwh": lambda it, _: _kwh(it.meter_start_wh),
    "meter_stop_kwh": lambda it, _: _kwh(it.meter_stop_wh),
    "stop_reason": lambda it, texts: (
        None if it.stop_reason is None else texts.word("wire.reason", it.stop_reason)
    ),
    "flags": lambda it, texts: ", ".join(texts.word("flags", flag) for flag in it.flags),
}


def columns_of(wanted: str | None) -> list[str]:
    """Errors: UsageError."""
    if wanted is None:
        return list(COLUMNS)
    names = [it.strip() for it in wanted.split(",") if it.strip()]
    unknown = [it for it in names if it not in COLUMNS]
    if unknown or not names:
        told = ", ".join(COLUMNS)
        raise UsageError(f"there is no column {', '.join(unknown) or wanted!r}: choose of {told}")
    return names


class SessionRows:
    def __init__(self, columns: Sequence[str], language: Language) -> None:
        self._texts = catalogue(language)
        self._columns = columns

    @property
    def names(self) -> list[str]:
        return [self._texts.text(f"export.sessions.{it}") for it in self._columns]

    def rows(self, sessions: Sequence[SessionView]) -> Iterator[Row]:
        for session in sessions:
            yield [COLUMNS[name](session, self._texts) for name in self._columns]
