"""Pages of a list: one row more than asked tells whether another page follows."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page
from ogniwo.base.errors import UsageError
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.storage.values import AnyRow

ID_MAX: Final = 2**63 - 1

T = TypeVar("T")


def rows_wanted(cut: Cut) -> int:
    return min(max(cut.limit, 1), PAGE_ROWS_MAX)


def page_of(
    rows: Sequence[AnyRow],
    cut: Cut,
    to_view: Callable[[AnyRow], T],
    cursor: Callable[[AnyRow], str],
) -> Page[T]:
    """``rows`` are up to one more than wanted; the cursor is that of the last one shown."""
    wanted = rows_wanted(cut)
    shown = rows[:wanted]
    return Page([to_view(row) for row in shown], cursor(shown[-1]) if len(rows) > wanted else None)


def identifier(text: str | None) -> int | None:
    """An id as the API shows it, or None where the text can be nobody's."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > len(str(ID_MAX)):
        return None
    number = int(text)
    return number if number <= ID_MAX else None


def before_id(cut: Cut) -> int:
    """For lists whose cursor is the id of the last row shown, newest first."""
    return ID_MAX if cut.cursor is None else numbers_in(cut.cursor, count=1)[0]


def numbers_in(cursor: str, *, count: int) -> list[int]:
    numbers = [identifier(part) for part in cursor.split(".")]
    known = [number for number in numbers if number is not None]
    if len(known) != count or len(numbers) != count:
        raise UsageError(f"{cursor!r} is no cursor of this list: start again without one")
    return known
