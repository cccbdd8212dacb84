"""A list as a program reads it: page after page."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page


class Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)


async def all_ids(read: Callable[[Cut], Awaitable[Page[N]]], *, limit: int = 2) -> list[str]:
    """Every id of a list, page by page; no page is longer than asked."""
    ids: list[str] = []
    cut = Cut(limit=limit)
    while True:
        page = await read(cut)
        assert len(page.items) <= limit
        ids += [it.id for it in page.items]
        if page.next_cursor is None:
            return ids
        cut = Cut(limit=limit, cursor=page.next_cursor)
