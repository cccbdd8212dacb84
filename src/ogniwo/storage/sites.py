"""What somebody sees who is limited to sites: one condition, the same for every view."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select

from ogniwo.domain.people import Sites
from ogniwo.storage.schema import station

Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])


def only_within(query: Q, sites: Sites | None, station_id: ColumnElement[Any]) -> Q:
    """Only rows of stations of these sites; also of those removed, which stay of their site."""
    if sites is None:
        return query
    of_sites = select(station.c.id).where(station.c.site_id.in_(sorted(sites)))
    return query.where(station_id.in_(of_sites))
