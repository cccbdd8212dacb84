"""The writer's statements: compiled once from the tables, each for one row and for many.

The driver gives up the interpreter's lock at every step of a statement and must win it back
from a busy event loop, so a batch is written in few, wide statements rather than row by row:
twice the rate and a tenth of the worst case when the loop is busy.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert

from ogniwo.base.errors import invariant
from ogniwo.domain.session import PROGRESS_FIELDS
from ogniwo.storage import schema

ROWS_PER_STATEMENT: Final = (64, 16, 4, 1)  # descending; 64 wide rows are 2,600 parameters
_DIALECT: Final = sqlite.dialect(paramstyle="qmark")


class Statement:
    """One text for each of ``ROWS_PER_STATEMENT``; ``exact`` claims that every row matches."""

    __slots__ = ("exact", "texts", "width")

    def __init__(self, text_for: Callable[[str], str], *, width: int, exact: bool = False) -> None:
        row = f"({', '.join('?' * width)})"
        self.width = width
        self.exact = exact
        self.texts = tuple((rows, text_for(", ".join([row] * rows))) for rows in ROWS_PER_STATEMENT)


def _adding(
    table: Table,
    columns: Iterable[Column[object]] | None = None,
    refine: Callable[[Insert], Insert] = lambda statement: statement,
) -> Statement:
    names = [column.name for column in (table.columns if columns is None else columns)]
    compiled = refine(insert(table)).compile(dialect=_DIALECT, column_keys=names)
    invariant(compiled.positiontup == names, "values in the table's order", table=table.name)
    before, row, after = str(compiled).partition(f"({', '.join('?' * len(names))})")
    invariant(row != "", "one row of placeholders", text=before)
    return Statement(lambda rows: before + rows + after, width=len(names))


def _replacing(table: Table, *columns: Column[object]) -> Statement:
    """The row of the same key is replaced, or of it only the columns that are named."""
    named = columns or tuple(table.columns)
    key = list(table.primary_key.columns)

    def refine(statement: Insert) -> Insert:
        news: Mapping[str, ColumnElement[object]] = {
            column.name: statement.excluded[column.name] for column in named if column not in key
        }
        return statement.on_conflict_do_update(index_elements=key, set_=news)

    return _adding(table, named, refine)


def _counting_attempts() -> Statement:
    table = schema.connection_attempt
    same = [table.c.identity, table.c.reason, table.c.host]
    told = ("detail", "http_status", "peer", "path", "subprotocols", "user_agent", "last_at")

    def refine(statement: Insert) -> Insert:
        news: dict[str, ColumnElement[object]] = {name: statement.excluded[name] for name in told}
        news["times"] = table.c.times + statement.excluded["times"]
        return statement.on_conflict_do_update(index_elements=same, set_=news)

    return _adding(table, None, refine)


def _progressing() -> Statement:
    news = ", ".join(
        f"{name} = new.column{position}" for position, name in enumerate(PROGRESS_FIELDS, 1)
    )
    key = f"new.column{len(PROGRESS_FIELDS) + 1}"
    return Statement(
        lambda rows: (
            f"UPDATE session SET {news} FROM (VALUES {rows}) AS new WHERE session.id = {key}"  # noqa: S608 - names of our own columns
        ),
        width=len(PROGRESS_FIELDS) + 1,
        exact=True,
    )


def _removing(text: str) -> Statement:
    return Statement(lambda rows: f"{text} IN (VALUES {rows})", width=1)


_STATION_COLUMNS: Final = [it for it in schema.station.columns if it.name != "removed"]
_EVENT_COLUMNS: Final = [it for it in schema.event.columns if it.name != "tx"]
_HEAD: Final = schema.station_head.c

ADD_MESSAGE: Final = _adding(schema.message)
ADD_SAMPLE: Final = _adding(schema.sample)
ADD_EVENT: Final = _adding(schema.event, _EVENT_COLUMNS)  # the database numbers itself
ADD_BLOCK: Final = _adding(schema.transaction_id_block)
COUNT_ATTEMPT: Final = _counting_attempts()

PUT_STATION: Final = _replacing(schema.station, *_STATION_COLUMNS)
PUT_SECRET: Final = _replacing(schema.station_secret)
PUT_CONNECTOR: Final = _replacing(schema.connector)
PUT_SESSION: Final = _replacing(schema.session)
PUT_COMMAND: Final = _replacing(schema.command)
PUT_TOKEN: Final = _replacing(schema.token)
PUT_API_TOKEN: Final = _replacing(schema.api_token)
PUT_PROGRESS: Final = _progressing()
PUT_MESSAGE_HEAD: Final = _replacing(schema.station_head, _HEAD.station_id, _HEAD.message_head)
PUT_SAMPLE_HEAD: Final = _replacing(schema.station_head, _HEAD.station_id, _HEAD.sample_head)
PUT_LAST_SEEN: Final = _replacing(schema.station_head, _HEAD.station_id, _HEAD.last_seen_at)

_NEWEST_ATTEMPTS: Final = "SELECT last_at FROM connection_attempt ORDER BY last_at DESC LIMIT"

PRUNE_ATTEMPTS: Final = (
    Statement(lambda before: f"DELETE FROM connection_attempt WHERE last_at < {before}", width=1),  # noqa: S608 - a place for a value
    Statement(
        lambda kept: (
            "DELETE FROM connection_attempt WHERE last_at < "  # noqa: S608 - as above
            f"(SELECT min(last_at) FROM ({_NEWEST_ATTEMPTS} {kept}) AS newest)"
        ),
        width=1,
    ),
)
REMOVE_TOKEN: Final = _removing("DELETE FROM token WHERE uid")
# The station stays on file, marked, because its sessions name it.
REMOVE_STATION: Final = (
    _removing("UPDATE station SET removed = id WHERE id"),
    _removing("DELETE FROM station_secret WHERE station_id"),
    _removing("DELETE FROM connector WHERE station_id"),
)
