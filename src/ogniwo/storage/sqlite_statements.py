"""The acts of a batch in SQLite's words: compiled once, each for one row and for many.

The driver gives up the interpreter's lock at every step of a statement and must win it back
from a busy event loop, so a batch is written in few, wide statements rather than row by row:
twice the rate and a tenth of the worst case when the loop is busy.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert

from ogniwo.base.errors import invariant
from ogniwo.storage import acts
from ogniwo.storage.acts import Act

ROWS_PER_STATEMENT: Final = (64, 32, 16, 8, 4, 2, 1)  # 64 wide rows are 2,600 parameters
_DIALECT: Final = sqlite.dialect(paramstyle="qmark")
_NOW_US: Final = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


class Statement:
    """One text for each of ``ROWS_PER_STATEMENT``; ``exact`` claims that every row matches."""

    __slots__ = ("exact", "texts")

    def __init__(self, text_for: Callable[[str], str], row: str, *, exact: bool = False) -> None:
        self.exact = exact
        self.texts = tuple((rows, text_for(", ".join([row] * rows))) for rows in ROWS_PER_STATEMENT)


def _places(act: Act) -> str:
    return f"({', '.join('?' * len(act.columns))})"


def _adding(
    act: Act, refine: Callable[[Insert], Insert] = lambda statement: statement
) -> Statement:
    names = [column.name for column in act.columns]
    compiled = refine(insert(act.table)).compile(dialect=_DIALECT, column_keys=names)
    invariant(compiled.positiontup == names, "values in the table's order", act=act.name)
    before, row, after = str(compiled).partition(_places(act))
    invariant(row != "", "one row of placeholders", text=before)
    return Statement(lambda rows: before + rows + after, row)


def _replacing(act: Act) -> Statement:
    key = list(act.table.primary_key.columns)

    def refine(statement: Insert) -> Insert:
        news: Mapping[str, ColumnElement[object]] = {
            column.name: statement.excluded[column.name]
            for column in act.columns
            if column not in key
        }
        return statement.on_conflict_do_update(index_elements=key, set_=news)

    return _adding(act, refine)


def _keeping() -> Statement:
    """What is not given of a holding stays as it is."""
    act = acts.PUT_HOLDING
    key = list(act.table.primary_key.columns)

    def refine(statement: Insert) -> Insert:
        news = {
            column.name: func.coalesce(statement.excluded[column.name], act.table.c[column.name])
            for column in act.columns
            if column not in key
        }
        return statement.on_conflict_do_update(index_elements=key, set_=news)

    return _adding(act, refine)


def _having() -> Statement:
    return _adding(acts.HAVE_HEAD, lambda statement: statement.on_conflict_do_nothing())


def _counting() -> Statement:
    table = acts.COUNT_ATTEMPT.table
    same = [table.c.identity, table.c.reason, table.c.host]
    told = ("detail", "http_status", "peer", "path", "subprotocols", "user_agent", "last_at")

    def refine(statement: Insert) -> Insert:
        news: dict[str, ColumnElement[object]] = {name: statement.excluded[name] for name in told}
        news["times"] = table.c.times + statement.excluded["times"]
        return statement.on_conflict_do_update(index_elements=same, set_=news)

    return _adding(acts.COUNT_ATTEMPT, refine)


def _telling() -> Statement:
    return Statement(
        lambda rows: f"INSERT INTO change (kind, key, at) VALUES {rows}",  # noqa: S608 - places for values
        f"(?, ?, {_NOW_US})",
    )


def _changing(act: Act, where: str = "") -> Statement:
    """What stands under the key, if it is still there; ``where``: and what else must hold."""
    table = act.table.name
    given = {it.name: f"new.column{position}" for position, it in enumerate(act.columns, 1)}
    key = given.pop("id")
    news = ", ".join(f"{name} = {value}" for name, value in given.items())
    condition = f"{table}.id = {key}{where.format_map(given)}"
    return Statement(
        lambda rows: f"UPDATE {table} SET {news} FROM (VALUES {rows}) AS new WHERE {condition}",  # noqa: S608 - names of our own columns
        _places(act),
        exact=act.exact,
    )


def _for_each(text: str, *, exact: bool = False) -> Statement:
    return Statement(lambda rows: f"{text} IN (VALUES {rows})", "(?)", exact=exact)


def _removing(act: Act) -> Statement:
    key = ", ".join(it.name for it in act.columns)
    return Statement(
        lambda rows: f"DELETE FROM {act.table.name} WHERE ({key}) IN (VALUES {rows})",  # noqa: S608 - names of our own columns
        _places(act),
    )


def _taking(act: Act) -> Statement:
    """What is on file exactly as given, to the last column."""
    key = act.table.primary_key.columns
    same = " AND ".join(
        f"old.{it.name} {'=' if it.name in key else 'IS'} new.column{position}"
        for position, it in enumerate(act.columns, 1)
    )
    names = ", ".join(it.name for it in key)
    old = ", ".join(f"old.{it.name}" for it in key)
    return Statement(
        lambda rows: (
            f"DELETE FROM {act.table.name} WHERE ({names}) IN (SELECT {old}"  # noqa: S608 - names of our own columns
            f" FROM (VALUES {rows}) AS new JOIN {act.table.name} AS old ON {same})"
        ),
        _places(act),
        exact=True,
    )


_NEWEST_ATTEMPTS: Final = "SELECT last_at FROM connection_attempt ORDER BY last_at DESC LIMIT"

STATEMENTS: Final[Mapping[Act, Statement]] = {
    acts.ADD_MESSAGE: _adding(acts.ADD_MESSAGE),
    acts.ADD_SAMPLE: _adding(acts.ADD_SAMPLE),
    acts.ADD_EVENT: _adding(acts.ADD_EVENT),
    acts.ADD_BLOCK: _adding(acts.ADD_BLOCK),
    acts.ADD_CHANGE: _telling(),
    acts.COUNT_ATTEMPT: _counting(),
    acts.PUT_STATION: _replacing(acts.PUT_STATION),
    acts.PUT_QUARTER: _replacing(acts.PUT_QUARTER),
    acts.PRUNE_QUARTERS: Statement(
        lambda before: f"DELETE FROM site_quarter WHERE at < {before}",  # noqa: S608 - a place for a value
        "(?)",
    ),
    acts.PUT_SITE: _replacing(acts.PUT_SITE),
    acts.PUT_SECRET: _replacing(acts.PUT_SECRET),
    acts.PUT_CONNECTOR: _replacing(acts.PUT_CONNECTOR),
    acts.PUT_SESSION: _replacing(acts.PUT_SESSION),
    acts.PUT_COMMAND: _replacing(acts.PUT_COMMAND),
    acts.PUT_TOKEN: _replacing(acts.PUT_TOKEN),
    acts.PUT_API_TOKEN: _replacing(acts.PUT_API_TOKEN),
    acts.PUT_PROGRESS: _changing(acts.PUT_PROGRESS),
    acts.PUT_DOCUMENT: _replacing(acts.PUT_DOCUMENT),
    acts.PUT_HOLDING: _keeping(),
    acts.ADD_TELEMETRY: _adding(acts.ADD_TELEMETRY),
    acts.PUT_JOB: _replacing(acts.PUT_JOB),
    acts.PUT_JOB_STATION: _replacing(acts.PUT_JOB_STATION),
    acts.ADD_NOTE: _adding(acts.ADD_NOTE),
    acts.REMOVE_NOTE: _for_each("DELETE FROM note WHERE id", exact=True),
    acts.ADD_REPAIR: _adding(acts.ADD_REPAIR),
    acts.SWEEP_HOLDINGS: Statement(
        lambda rows: (
            "UPDATE holding SET state = 'gone' FROM "  # noqa: S608 - places for values
            f"(VALUES {rows}) AS new WHERE holding.station_id = new.column1"
            " AND holding.kind = new.column2 AND holding.at < new.column3"
        ),
        _places(acts.SWEEP_HOLDINGS),
    ),
    acts.REMOVE_DOCUMENT: Statement(
        lambda rows: f"DELETE FROM document WHERE (kind, key) IN (VALUES {rows})",  # noqa: S608 - places for values
        _places(acts.REMOVE_DOCUMENT),
    ),
    acts.HAVE_HEAD: _having(),
    acts.PUT_MESSAGE_HEAD: _replacing(acts.PUT_MESSAGE_HEAD),
    acts.PUT_SAMPLE_HEAD: _replacing(acts.PUT_SAMPLE_HEAD),
    acts.PUT_LAST_SEEN: _replacing(acts.PUT_LAST_SEEN),
    acts.PUT_CONNECTED: _replacing(acts.PUT_CONNECTED),
    acts.FREE_TOKEN: Statement(
        lambda rows: f"DELETE FROM token_hold WHERE (uid, station_id) IN (VALUES {rows})",  # noqa: S608 - places for values
        _places(acts.FREE_TOKEN),
    ),
    acts.ADD_TOKEN: _adding(acts.ADD_TOKEN),
    acts.TAKE_TOKEN: _taking(acts.TAKE_TOKEN),
    acts.REMOVE_TOKEN: _for_each("DELETE FROM token WHERE uid"),
    acts.REMOVE_API_TOKEN: _for_each("DELETE FROM api_token WHERE secret_hash", exact=True),
    acts.USE_API_TOKEN: _changing(acts.USE_API_TOKEN),
    acts.REMOVE_KEYS: _for_each("DELETE FROM api_token WHERE person_id"),
    acts.ADD_PERSON: _adding(acts.ADD_PERSON),
    acts.CHANGE_PERSON: _changing(acts.CHANGE_PERSON, " AND person.version = {version} - 1"),
    acts.SIGN_IN_PERSON: _changing(acts.SIGN_IN_PERSON),
    acts.REMOVE_PERSON: _for_each("DELETE FROM person WHERE id", exact=True),
    acts.KEEP_ADMIN: _for_each(
        f"UPDATE person SET role = role WHERE {acts.RULES} AND id",  # noqa: S608 - words of ours
        exact=True,
    ),
    acts.PRUNE_API_TOKENS: Statement(
        lambda before: f"DELETE FROM api_token WHERE expires_at < {before}",  # noqa: S608 - a place for a value
        "(?)",
    ),
    acts.MARK_STATION_REMOVED: _for_each("UPDATE station SET removed = id WHERE id"),
    acts.REMOVE_SITE: Statement(
        lambda rows: (
            "DELETE FROM site WHERE NOT EXISTS (SELECT 1 FROM station"  # noqa: S608 - places for values
            " WHERE station.site_id = site.id AND station.removed = 0)"
            f" AND id IN (VALUES {rows})"
        ),
        "(?)",
        exact=True,
    ),
    acts.REMOVE_SECRET: _for_each("DELETE FROM station_secret WHERE station_id"),
    acts.REMOVE_CONNECTORS: _for_each("DELETE FROM connector WHERE station_id"),
    acts.PRUNE_ATTEMPTS: Statement(
        lambda before: f"DELETE FROM connection_attempt WHERE last_at < {before}",  # noqa: S608 - a place for a value
        "(?)",
    ),
    acts.KEEP_ATTEMPTS: Statement(
        lambda kept: (
            "DELETE FROM connection_attempt WHERE last_at < "  # noqa: S608 - as above
            f"(SELECT min(last_at) FROM ({_NEWEST_ATTEMPTS} {kept}) AS newest)"
        ),
        "(?)",
    ),
    **{act: _replacing(act) for act in acts.PUT_PLAIN.values()},
    **{act: _removing(act) for act in acts.REMOVE_PLAIN.values()},
}
