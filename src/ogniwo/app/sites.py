"""Sites as the operator administers them: made, changed, removed when nothing stands there."""

from typing import Final

from msgspec import UNSET
from msgspec.structs import asdict, replace

from ogniwo.app.filters import Cut
from ogniwo.app.ports import Records, RowRefusedError, SiteRemoved, Writer
from ogniwo.app.read_models import ReadModels
from ogniwo.app.requests import SiteChanges, SiteInput
from ogniwo.app.views import SiteView
from ogniwo.app.zones import zone_called
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.site import Site

_PLACES: Final = ("latitude", "longitude")


class SiteInUseError(RefusedError):
    def __init__(self, site_id: str) -> None:
        super().__init__(
            "site_in_use", f"site {site_id} has stations: move them to another site first"
        )


class SiteAdmin:
    def __init__(
        self,
        *,
        records: Records,
        models: ReadModels,
        writer: Writer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._records = records
        self._models = models
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def all_sites(self) -> list[SiteView]:
        sites: list[SiteView] = []
        cut = Cut()
        while True:
            page = await self._models.sites(cut)
            sites += page.items
            if page.next_cursor is None:
                return sites
            cut = replace(cut, cursor=page.next_cursor)

    async def create_site(self, given: SiteInput, *, author: str) -> SiteView:
        """Errors: UsageError."""
        site = Site(id=self._ids.next(), created_at=self._clock.now_us(), **asdict(given))
        _check(site)
        await self._writer.write([site, self._event(EventKind.SITE_CREATED, site, author=author)])
        return await self._view(site)

    async def change_site(self, site_id: str, changes: SiteChanges, *, author: str) -> SiteView:
        """Errors: MissingError, UsageError."""
        before = await self._on_file(site_id)
        given = {name: value for name, value in asdict(changes).items() if value is not UNSET}
        site = replace(before, **given)
        _check(site)
        changed = ",".join(sorted(given))
        told = self._event(EventKind.SITE_CHANGED, site, author=author, changed=changed)
        await self._writer.write([site, told])
        return await self._view(site)

    async def remove_site(self, site_id: str, *, author: str) -> None:
        """Errors: MissingError, RefusedError ``site_in_use``."""
        site = await self._on_file(site_id)
        told = self._event(EventKind.SITE_REMOVED, site, author=author)
        try:
            await self._writer.write([SiteRemoved(site.id), told])
        except RowRefusedError:  # a station stands there, or another removed it just now
            await self._on_file(site_id)
            raise SiteInUseError(site_id) from None

    async def _on_file(self, site_id: str) -> Site:
        site = await self._records.find_site(site_id)
        if site is None:
            raise MissingError("site", site_id)
        return site

    def _event(self, kind: EventKind, site: Site, **data: str) -> Event:
        return Event(
            id=self._ids.next(),
            kind=kind,
            at=self._clock.now_us(),
            data={"site_id": str(site.id), "name": site.name, **data},
        )

    async def _view(self, site: Site) -> SiteView:
        view = await self._models.site(str(site.id))
        if view is None:
            raise MissingError("site", str(site.id))
        return view


def _check(site: Site) -> None:
    zone_called(site.time_zone)
    known = [name for name in _PLACES if getattr(site, name) is not None]
    if len(known) == 1:
        raise UsageError("a place on the map needs both its latitude and its longitude")
