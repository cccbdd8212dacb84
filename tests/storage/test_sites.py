"""Sites on file: kept, listed by name with what stands there, removed when nothing does."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import Cut
from ogniwo.app.ports import RowRefusedError, SiteRemoved, StationRemoved
from ogniwo.base.errors import UsageError
from ogniwo.base.units import from_instant
from ogniwo.domain.site import Site
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import HOUR_US, a_station

YARD = Site(
    id=70,
    name="Yard",
    time_zone="Europe/Warsaw",
    address="ul. Prosta 1",
    postal_code="00-001",
    city="Warszawa",
    country="PL",
    latitude=52.25,
    longitude=21.0,
    limit_w=400_000,
    note="gate code at reception",
    created_at=HOUR_US,
)


@on_every_engine
async def test_all_that_is_said_of_a_site_is_kept(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([YARD])
        await storage.writer.write([replace(YARD, note=None, limit_w=500_000)])

        assert await storage.records.find_site("70") == replace(YARD, note=None, limit_w=500_000)
        view = await storage.read_models.site("70")
        assert view is not None
        assert (view.id, view.latitude, view.country, view.created_at) == (
            "70", 52.25, "PL", from_instant(HOUR_US)
        )  # fmt: skip
        assert await storage.records.find_site("71") is None
        assert await storage.records.find_site("Yard") is None
        assert await storage.read_models.site("Yard") is None


@on_every_engine
async def test_sites_come_by_name_with_the_stations_on_them(engine: Engine, tmp_path: Path) -> None:
    names = ["C", "A", "B", "A"]
    stations = [replace(a_station(n), site_id=70 + n % 2) for n in (1, 2, 3)]
    async with engine.opened(tmp_path) as storage:
        sites = [replace(YARD, id=70 + n, name=name) for n, name in enumerate(names)]
        await storage.writer.write([*sites, *stations, StationRemoved(1)])
        first = await storage.read_models.sites(Cut(limit=2))
        rest = await storage.read_models.sites(Cut(limit=2, cursor=first.next_cursor))
        with pytest.raises(UsageError):
            await storage.read_models.sites(Cut(cursor="A"))

    told = [(it.name, it.id, it.stations) for it in (*first.items, *rest.items)]
    assert told == [("A", "71", 1), ("A", "73", 0), ("B", "72", 0), ("C", "70", 1)]
    assert rest.next_cursor is None


@on_every_engine
async def test_a_site_with_stations_is_not_removed(engine: Engine, tmp_path: Path) -> None:
    station = replace(a_station(1), site_id=70)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([YARD, replace(YARD, id=71), station])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([SiteRemoved(70)])
        assert await storage.records.find_site("70") == YARD

        await storage.writer.write([StationRemoved(1)])
        await storage.writer.write([SiteRemoved(70)])
        assert await storage.records.find_site("70") is None
        assert await storage.records.find_site("71") is not None
        with pytest.raises(RowRefusedError):
            await storage.writer.write([SiteRemoved(70)])
