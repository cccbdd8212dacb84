"""What a station holds: variables, profiles, reservations, files; and its streams of values."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter

from ogniwo.app.filters import HoldingFilter
from ogniwo.app.views import HoldingView, Page, TelemetryView
from ogniwo.base.errors import MissingError
from ogniwo.domain.holdings import Kind
from ogniwo.web.doors import Queries
from ogniwo.web.lists import Page_

OfKind = Annotated[Kind | None, QueryParameter(description="Only of this kind.")]
KeyFrom = Annotated[str | None, QueryParameter(description="Only keys that begin like this.")]
AlsoGone = Annotated[
    bool, QueryParameter(description="Also what the station does not hold any more.")
]


@get("/stations/{identity:str}/holdings", summary="What a station holds", tags=["stations"])
async def list_holdings(
    queries: Queries,
    cut: Page_,
    identity: FromPath[str],
    kind: OfKind = None,
    key: KeyFrom = None,
    gone: AlsoGone = False,  # noqa: FBT002 - by name, like all of a query
) -> Page[HoldingView]:
    """By kind and key, as the station or an accepted order told it last."""
    await _known(queries, identity)
    where = HoldingFilter(
        station_id=identity, kind=None if kind is None else kind.value, key=key, gone=gone
    )
    return await queries.holdings(where, cut)


@get("/stations/{identity:str}/telemetry", summary="Streams of values", tags=["stations"])
async def list_telemetry(
    queries: Queries, cut: Page_, identity: FromPath[str]
) -> Page[TelemetryView]:
    """What the station's periodic event streams told, newest message first."""
    await _known(queries, identity)
    return await queries.telemetry(identity, cut)


async def _known(queries: Queries, identity: str) -> None:
    if await queries.station(identity) is None:
        raise MissingError("station", identity)


HANDLERS = [list_holdings, list_telemetry]
