"""The tables of a SQLite database, read for another engine: in order of their keys, in chunks.

What SQLite holds and others do not (text with NUL in it, or that is no UTF-8) is mended: each
such byte becomes a question mark, so that lengths stay the same.
"""

import codecs
import sqlite3
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from sqlalchemy import Boolean, Table

from ogniwo.base.ids import first_id_at, instant_of
from ogniwo.base.units import Instant, seconds
from ogniwo.storage.sqlite_copies import opened
from ogniwo.storage.tally import AnyColumn, Tally, question, tally_from

ROWS_AT_ONCE: Final = 5_000
DAY_US: Final = seconds(86_400)

_MENDING: Final = "ogniwo-mending"
_Rows = list[tuple[object, ...]]


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


codecs.register_error(_MENDING, _stand_in)


class SqliteSource:
    """Used by one thread at a time; nobody writes to the file meanwhile."""

    def __init__(self, path: Path) -> None:
        self.mended = 0
        self._connection = opened(path, in_one_thread=False)
        self._connection.execute("PRAGMA cache_size = -65536")

    def close(self) -> None:
        self._connection.close()

    def tally(self, table: Table, columns: Sequence[AnyColumn]) -> Tally:
        answer = self._connection.execute(question(table, columns, "sqlite")).fetchone()
        return tally_from(columns, answer, "sqlite")

    def days(self, table: Table) -> list[Instant]:
        """A moment of each day of which there are rows, by their identifiers."""
        found: list[Instant] = []
        after = 0
        nearest = f"SELECT min(id) FROM {table.name} WHERE id >= ?"  # noqa: S608 - a name of ours
        while (row := self._connection.execute(nearest, (after,)).fetchone()) != (None,):
            at = instant_of(row[0])
            found.append(at)
            after = first_id_at(at - at % DAY_US + DAY_US)
        return found

    def rows(
        self, table: Table, columns: Sequence[AnyColumn]
    ) -> Generator[tuple[object, ...], None, None]:
        """The next chunk is read while this one is being used."""
        to_truth = _truths(columns)
        self._connection.text_factory = self._mending if self._has_nul(table, columns) else str
        with ThreadPoolExecutor(1, thread_name_prefix="ogniwo-source") as beside:
            waiting = beside.submit(self._chunk, table, columns, None)
            while chunk := waiting.result():
                waiting = beside.submit(self._chunk, table, columns, chunk[-1])
                yield from to_truth(chunk)

    def _chunk(
        self, table: Table, columns: Sequence[AnyColumn], last: tuple[object, ...] | None
    ) -> _Rows:
        key = [it.name for it in table.primary_key.columns]
        places = [[it.name for it in columns].index(name) for name in key]
        after = f"WHERE ({', '.join(key)}) > ({', '.join('?' * len(key))})" if last else ""
        text = (
            f"SELECT {', '.join(it.name for it in columns)} FROM {table.name} {after}"  # noqa: S608 - names of our own schema
            f" ORDER BY {', '.join(key)} LIMIT {ROWS_AT_ONCE}"
        )
        given = [last[it] for it in places] if last else []
        try:
            return self._connection.execute(text, given).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error) or self._connection.text_factory is not str:
                raise
            self._connection.text_factory = self._mending
            return self._connection.execute(text, given).fetchall()

    def _has_nul(self, table: Table, columns: Sequence[AnyColumn]) -> bool:
        texts = [it.name for it in columns if it.type.python_type is str]
        if not texts:
            return False
        found = " OR ".join(f"instr({name}, char(0))" for name in texts)
        query = f"SELECT 1 FROM {table.name} WHERE {found} LIMIT 1"  # noqa: S608 - as above
        return self._connection.execute(query).fetchone() is not None

    def _mending(self, text: bytes) -> str:
        mended = text.decode(errors=_MENDING).replace("\0", "?")
        self.mended += mended.encode() != text
        return mended


def _truths(columns: Sequence[AnyColumn]) -> Callable[[_Rows], _Rows]:
    """SQLite keeps truth as a number."""
    places = [place for place, it in enumerate(columns) if isinstance(it.type, Boolean)]

    def convert(rows: _Rows) -> _Rows:
        for at in places:
            rows = [(*row[:at], row[at] != 0, *row[at + 1 :]) for row in rows]
        return rows

    return convert
