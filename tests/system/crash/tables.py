"""What an audit reads past the product: the tables of either engine, asked in the same words."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol


class Tables(Protocol):
    async def rows(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        """``given`` are $1, $2 and so on of ``sql``."""
        ...

    async def damage(self) -> str | None:
        """What the engine itself finds wrong with its files."""
        ...


class SqliteTables:
    def __init__(self, database: Path) -> None:
        self._url = f"file:{database}?mode=ro"

    async def rows(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        named = {str(number): value for number, value in enumerate(given, 1)}
        with closing(sqlite3.connect(self._url, uri=True)) as connection:
            return connection.execute(sql, named).fetchall()

    async def damage(self) -> str | None:
        ((verdict,),) = await self.rows("PRAGMA integrity_check")
        return None if verdict == "ok" else str(verdict)
