"""The sites of the network in memory."""

from ogniwo.app.backups import BackupView
from ogniwo.app.filters import Cut
from ogniwo.app.overview_views import OverviewView, SiteFigures
from ogniwo.app.requests import SiteChanges, SiteInput
from ogniwo.app.snapshot import Snapshot
from ogniwo.app.system import DatabaseView, SystemView, WriterView
from ogniwo.app.views import Page, SiteView
from ogniwo.base.errors import MissingError, UsageError
from tests.web.things import NOW


class Places:
    """Nothing stands anywhere: what sites do is told in ``tests/system``."""

    def __init__(self) -> None:
        self.all_sites: dict[str, SiteView] = {}
        self.overviews = 0  # asked for

    async def sites(self, cut: Cut) -> Page[SiteView]:
        return Page(items=list(self.all_sites.values())[: cut.limit])

    async def site(self, site_id: str) -> SiteView | None:
        return self.all_sites.get(site_id)

    async def snapshot(self) -> Snapshot:
        return Snapshot(event_id="0", rows=[])

    async def overview(
        self, time_zone: str, site_id: str | None = None, *, curve: bool = True
    ) -> OverviewView:
        self.overviews += 1
        return OverviewView(at=NOW, since=NOW, time_zone=time_zone, stations=self.overviews // 2)

    async def site_figures(self, time_zone: str) -> list[SiteFigures]:
        return []

    async def now(self, live_clients: int) -> SystemView:
        return SystemView(
            version="0",
            at=NOW,
            started_at=NOW,
            nodes=[],
            database=DatabaseView(kind="sqlite", schema="0", size_bytes=0),
            backup=BackupView(at=None, overdue=False),
            writer=WriterView(
                healthy=True, rows_waiting=0, commits=0, rows_written=0, commit_ms_mean=None
            ),
            bus_connected=True,
            live_clients=live_clients,
            links=0,
            disk_free_bytes=None,
        )

    async def create_site(self, given: SiteInput, *, author: str) -> SiteView:
        raise UsageError("nobody makes sites here")

    async def change_site(self, site_id: str, changes: SiteChanges, *, author: str) -> SiteView:
        raise MissingError("site", site_id)

    async def remove_site(self, site_id: str, *, author: str) -> None:
        raise MissingError("site", site_id)
