"""What people and programs read: the database's views with the living state laid over them."""

from datetime import datetime
from typing import Protocol

from msgspec.structs import asdict, replace

from ogniwo.app.filters import (
    CommandFilter,
    Cut,
    HoldingFilter,
    MessageFilter,
    OrphanFilter,
    SessionFilter,
    StationFilter,
    TokenFilter,
)
from ogniwo.app.overview import Models as OverviewModels
from ogniwo.app.overview import Overviews
from ogniwo.app.overview_views import OverviewView, SiteFigures
from ogniwo.app.ports import Presence
from ogniwo.app.read_models import ReadModels
from ogniwo.app.snapshot import Snapshot, StationLine
from ogniwo.app.views import (
    AttemptView,
    CommandView,
    EventView,
    HoldingView,
    MessageContext,
    MessageView,
    OrphanStopView,
    Page,
    SampleView,
    SessionView,
    SiteView,
    StationView,
    TelemetryView,
    TokenView,
)
from ogniwo.base.clock import Clock
from ogniwo.base.units import US_PER_SECOND, Instant, from_instant
from ogniwo.domain.holdings import Kind
from ogniwo.domain.people import Sites
from ogniwo.domain.reservations import state_now


class Models(ReadModels, OverviewModels, Protocol):
    def within(self, sites: Sites | None) -> "Models": ...


class Queries:
    """``ReadModels``, where a station's connection is what it is now, not what was stored."""

    def __init__(
        self,
        models: Models,
        presence: Presence,
        clock: Clock,
        *,
        alone: bool,
        overviews: Overviews | None = None,
    ) -> None:
        """``alone``: whoever is not connected to this node is not connected."""
        self._models = models
        self._presence = presence
        self._clock = clock
        self._alone = alone
        self._overviews = overviews or Overviews(clock)

    def within(self, sites: Sites | None) -> "Queries":
        if sites is None:
            return self
        models = self._models.within(sites)
        return Queries(
            models, self._presence, self._clock, alone=self._alone, overviews=self._overviews
        )

    async def stations(self, where: StationFilter, cut: Cut) -> Page[StationView]:
        page = await self._models.stations(where, cut)
        return replace(page, items=[self._alive(it) for it in page.items])

    async def snapshot(self) -> Snapshot:
        found = await self._models.snapshot()
        return replace(found, rows=[self._line_alive(it) for it in found.rows])

    async def station(self, identity: str) -> StationView | None:
        view = await self._models.station(identity)
        return None if view is None else self._alive(view)

    async def identities(self) -> frozenset[str]:
        return await self._models.identities()

    async def overview(
        self, time_zone: str, site_id: str | None = None, *, curve: bool = True
    ) -> OverviewView:
        number = None if site_id is None else int(site_id)
        return await self._overviews.overview(self._models, time_zone, number, curve=curve)

    async def site_figures(self, time_zone: str) -> list[SiteFigures]:
        found = await self._overviews.of_sites(self._models, time_zone)
        return [
            SiteFigures(site_id=None if site_id is None else str(site_id), **asdict(it))
            for site_id, it in found.items()
        ]

    async def sites(self, cut: Cut) -> Page[SiteView]:
        return await self._models.sites(cut)

    async def site(self, site_id: str) -> SiteView | None:
        return await self._models.site(site_id)

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]:
        if where.exception:
            where = replace(where, as_of=self._clock.now_us())
        return await self._models.sessions(where, cut)

    async def session(self, session_id: str) -> SessionView | None:
        return await self._models.session(session_id)

    async def orphan_stops(self, where: OrphanFilter, cut: Cut) -> Page[OrphanStopView]:
        return await self._models.orphan_stops(where, cut)

    async def orphan_stop(self, orphan_id: str) -> OrphanStopView | None:
        return await self._models.orphan_stop(orphan_id)

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]:
        return await self._models.samples(session_id, cut)

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]:
        return await self._models.messages(where, cut)

    async def message(self, message_id: str, *, around: int) -> MessageContext | None:
        return await self._models.message(message_id, around=around)

    async def tokens(self, where: TokenFilter, cut: Cut) -> Page[TokenView]:
        return await self._models.tokens(where, cut)

    async def token(self, uid: str) -> TokenView | None:
        return await self._models.token(uid)

    async def commands(self, where: CommandFilter, cut: Cut) -> Page[CommandView]:
        return await self._models.commands(where, cut)

    async def command(self, command_id: str) -> CommandView | None:
        return await self._models.command(command_id)

    async def attempts(self, cut: Cut) -> Page[AttemptView]:
        return await self._models.attempts(cut)

    async def attempt(self, attempt_id: str) -> AttemptView | None:
        return await self._models.attempt(attempt_id)

    async def events(self, *, after: int, limit: int, people: bool = False) -> list[EventView]:
        return await self._models.events(after=after, limit=limit, people=people)

    async def recent_events(self, limit: int, *, people: bool = False) -> list[EventView]:
        return await self._models.recent_events(limit, people=people)

    async def session_events(self, session_id: str) -> list[EventView]:
        return await self._models.session_events(session_id)

    async def latest_event_id(self) -> int:
        return await self._models.latest_event_id()

    async def holdings(self, where: HoldingFilter, cut: Cut) -> Page[HoldingView]:
        page = await self._models.holdings(where, cut)
        return replace(page, items=[self._as_now(it) for it in page.items])

    async def telemetry(self, identity: str, cut: Cut) -> Page[TelemetryView]:
        return await self._models.telemetry(identity, cut)

    def _as_now(self, view: HoldingView) -> HoldingView:
        """A reservation ends by the clock; nobody has to tell."""
        if view.kind != Kind.RESERVATION:
            return view
        state = state_now(view.state, view.data.get("expires_at"), self._clock.now_us())
        return view if state == view.state else replace(view, state=state)

    def _alive(self, view: StationView) -> StationView:
        since = self._presence.connected_since(view.id)
        seen = _moment(self._presence.last_seen_at(view.id)) or view.last_seen_at
        if since is None and not self._alone:
            return replace(view, last_seen_at=seen)
        return replace(
            view,
            connected=since is not None,
            connected_since=_moment(since),
            last_seen_at=seen,
        )

    def _line_alive(self, line: StationLine) -> StationLine:
        since = self._presence.connected_since(line.id)
        connected = since is not None or (line.connected and not self._alone)
        seen = self._presence.last_seen_at(line.id)
        if connected == line.connected and seen is None:
            return line
        seen_s = line.last_seen_at if seen is None else seen // US_PER_SECOND
        return replace(line, connected=connected, last_seen_at=seen_s)


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)
