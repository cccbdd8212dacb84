"""A whole list as one answer, however long: page by page from the database, piece by piece out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from litestar.response import Stream

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.web.spreadsheet import Csv, Row, Xlsx
from ogniwo.web.texts import Language

T = TypeVar("T")

CHUNK_BYTES: Final = 256 * 1024
CSV: Final = "text/csv; charset=utf-8"
JSON_LINES: Final = "application/x-ndjson"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Read = Callable[[Cut], Awaitable[Page[T]]]
ToRows = Callable[[Sequence[T]], Iterable[Row]]


async def pages(read: Read[T]) -> AsyncIterator[list[T]]:
    """All of a list; one page of it is in memory at a time."""
    cut = Cut(limit=PAGE_ROWS_MAX)
    while True:
        page = await read(cut)
        yield page.items
        if page.next_cursor is None:
            return
        cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)


async def csv_of(
    read: Read[T], names: Sequence[str], to_rows: ToRows[T], language: Language
) -> AsyncIterator[bytes]:
    sheet = Csv(language)
    yield sheet.head(names)
    async for items in pages(read):
        yield await asyncio.to_thread(lambda items=items: sheet.lines(to_rows(items)))  # type: ignore[misc] # mypy reads no default of a lambda


async def xlsx_of(read: Read[T], names: Sequence[str], to_rows: ToRows[T]) -> AsyncIterator[bytes]:
    """By way of a disk: what it begins with is known only when all is written."""
    with TemporaryDirectory(prefix="ogniwo-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = Xlsx(path, names)
        async for items in pages(read):
            await asyncio.to_thread(lambda items=items: book.lines(to_rows(items)))  # type: ignore[misc] # as above
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


def download(chunks: AsyncIterator[bytes], name: str, media_type: str) -> Stream:
    """As a browser saves it under this name."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(chunks, media_type=media_type, headers=headers)
