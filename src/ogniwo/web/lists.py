"""What all lists and filters of the API share: the cut of a page, moments, and the caller."""

import re
from datetime import datetime
from typing import Annotated, Final

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, HeaderParameter, QueryParameter
from msgspec import Meta

from ogniwo.app.filters import Cut
from ogniwo.base.errors import UsageError
from ogniwo.base.limits import PAGE_ROWS, PAGE_ROWS_MAX
from ogniwo.base.units import Instant, to_instant
from ogniwo.domain.people import Sites
from ogniwo.web.gate import principal_in
from ogniwo.web.ports import Principal
from ogniwo.web.texts import Language, choose

IDENTIFIER_MAX: Final = 2**63 - 1
AnyRequest = Request[object, object, State]

Limit = Annotated[
    int, QueryParameter(ge=1, le=PAGE_ROWS_MAX, description="The most items to answer with.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(description="`next_cursor` of the page before; leave it out for the first."),
]
From = Annotated[
    str | None,
    QueryParameter(name="from", description="Not before this moment (RFC 3339, with a zone)."),
]
To = Annotated[
    str | None, QueryParameter(name="to", description="Before this moment (RFC 3339, with a zone).")
]
Lang = Annotated[
    str | None,
    QueryParameter(description="Language of `words`: `pl` or `en`; default by Accept-Language."),
]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="Like `idempotency_key` in the body, which wins.",
    ),
]
Wanted = FromQuery[str | None]
SiteIds = (
    Annotated[
        list[Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]],
        Meta(max_length=1_000, description="Limited to these; null: everywhere."),
    ]
    | None
)
Page_ = NamedDependency[Cut]
Author = NamedDependency[Principal]
Speech = NamedDependency[Language]

_ZONE_AFTER_SPACE: Final = re.compile(r" (\d\d:\d\d)$")


def cut_of(limit: Limit = PAGE_ROWS, cursor: Cursor = None) -> Cut:
    return Cut(limit=limit, cursor=cursor)


def caller_of(request: AnyRequest) -> Principal:
    principal = principal_in(request.scope)
    if principal is None:  # the gate lets nobody through to where a caller is needed
        raise UsageError("sign in first")
    return principal


def language_of(request: AnyRequest, lang: Lang = None) -> Language:
    return choose(request.headers.get("accept-language", ""), lang)


def moment(text: str | None, name: str) -> Instant | None:
    """RFC 3339; the plus of a zone arrives as a space when a client forgot to encode it."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(_ZONE_AFTER_SPACE.sub(r"+\1", text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UsageError(f"write {name!r} like 2026-05-17T08:30:00Z, with date, time and zone")
    return to_instant(at)


def to_sites(ids: list[str] | None) -> Sites | None:
    return None if ids is None else frozenset(map(int, ids))


def identifier(text: str, kind: str) -> int:
    """A number among our identifiers, sent as text because JavaScript cannot count so far."""
    if not text.isascii() or not text.isdigit() or int(text[:20]) > IDENTIFIER_MAX:
        raise UsageError(
            f"{text[:40]!r} is no id of {kind}: ids are numbers, as the lists show them"
        )
    return int(text)
