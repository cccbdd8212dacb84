"""Sites as people see them, with the number of stations on each."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page, SiteView
from ogniwo.base.errors import UsageError
from ogniwo.base.units import from_instant
from ogniwo.domain.people import Sites
from ogniwo.domain.site import Site
from ogniwo.storage import values
from ogniwo.storage.paging import identifier, page_of, rows_wanted
from ogniwo.storage.schema import site, station

SITES: Final = (
    select(site)
    .where(tuple_(site.c.name, site.c.id) > tuple_(bindparam("name"), bindparam("last_id")))
    .order_by(site.c.name, site.c.id)
    .limit(bindparam("limit"))
)
SITE: Final = select(site).where(site.c.id == bindparam("id"))
STATIONS_ON: Final = (
    select(station.c.site_id, func.count().label("stations"))
    .where(station.c.removed == 0, station.c.site_id.in_(bindparam("ids", expanding=True)))
    .group_by(station.c.site_id)
)


def sites(connection: Connection, cut: Cut, within: Sites | None) -> Page[SiteView]:
    last_id, name = _place_of(cut)
    given = {"last_id": last_id, "name": name, "limit": rows_wanted(cut) + 1}
    rows = connection.execute(_only(SITES, within), given).all()
    page = page_of(rows, cut, values.to_site, lambda row: f"{row.id}.{row.name}")
    return Page(_counted(connection, page.items), page.next_cursor)


def site_called(connection: Connection, site_id: str, within: Sites | None) -> SiteView | None:
    rows = connection.execute(_only(SITE, within), {"id": identifier(site_id)})
    views = _counted(connection, [values.to_site(row) for row in rows])
    return views[0] if views else None


def _only(query: Select[*tuple[Any, ...]], within: Sites | None) -> Select[*tuple[Any, ...]]:
    return query if within is None else query.where(site.c.id.in_(sorted(within)))


def _counted(connection: Connection, found: Sequence[Site]) -> list[SiteView]:
    ids = {"ids": [it.id for it in found]}
    stations = {row.site_id: row.stations for row in connection.execute(STATIONS_ON, ids)}
    return [_site_view(it, stations.get(it.id, 0)) for it in found]


def _place_of(cut: Cut) -> tuple[int, str]:
    if cut.cursor is None:
        return -1, ""
    number, _, name = cut.cursor.partition(".")
    last_id = identifier(number)
    if last_id is None:
        raise UsageError(f"{cut.cursor!r} is no cursor of this list: start again without one")
    return last_id, name


def _site_view(it: Site, stations: int) -> SiteView:
    return SiteView(
        id=str(it.id),
        name=it.name,
        time_zone=it.time_zone,
        address=it.address,
        postal_code=it.postal_code,
        city=it.city,
        country=it.country,
        latitude=it.latitude,
        longitude=it.longitude,
        limit_w=it.limit_w,
        note=it.note,
        stations=stations,
        created_at=from_instant(it.created_at),
    )
