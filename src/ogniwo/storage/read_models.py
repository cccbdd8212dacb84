"""``ReadModels`` of the application: which view answers which question, run by the readers."""

from collections.abc import Mapping

from ogniwo.app.backups import BackupTrace
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
from ogniwo.app.overview_views import Found, QuarterView, Shares
from ogniwo.app.snapshot import Snapshot
from ogniwo.app.system import DatabaseView
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
from ogniwo.base.units import Instant
from ogniwo.domain.people import Sites
from ogniwo.storage import (
    backup_note,
    views_access,
    views_commands,
    views_events,
    views_holdings,
    views_messages,
    views_orphans,
    views_overview,
    views_sessions,
    views_sites,
    views_snapshot,
    views_stations,
    views_system,
)
from ogniwo.storage.notes import SqlNotes
from ogniwo.storage.readers import Readers


class SqlReadModels:
    def __init__(self, readers: Readers, within: Sites | None = None) -> None:
        self._readers = readers
        self._run = readers.run
        self._within = within
        self.notes = SqlNotes(readers)

    def within(self, sites: Sites | None) -> "SqlReadModels":
        return SqlReadModels(self._readers, sites)

    async def stations(self, where: StationFilter, cut: Cut) -> Page[StationView]:
        return await self._run(lambda it: views_stations.stations(it, where, cut, self._within))

    async def snapshot(self) -> Snapshot:
        return await self._run(lambda it: views_snapshot.snapshot(it, self._within))

    async def station(self, identity: str) -> StationView | None:
        return await self._run(lambda it: views_stations.station_called(it, identity, self._within))

    async def identities(self) -> frozenset[str]:
        return await self._run(lambda it: views_stations.identities(it, self._within))

    async def figures(self, since: Instant, known: Mapping[int, int]) -> Found:
        return await self._run(lambda it: views_overview.figures(it, since, known, self._within))

    async def delivered(self, since: Instant, until: Instant) -> Mapping[int | None, Shares]:
        return await self._run(lambda it: views_overview.delivered(it, since, until, self._within))

    async def quarters(self, since: Instant, site_id: int | None) -> list[QuarterView]:
        return await self._run(lambda it: views_overview.quarters(it, since, site_id, self._within))

    async def database(self) -> DatabaseView:
        return await self._run(views_system.database)

    async def backup_trace(self) -> BackupTrace:
        return await self._run(backup_note.trace)

    async def sites(self, cut: Cut) -> Page[SiteView]:
        return await self._run(lambda it: views_sites.sites(it, cut, self._within))

    async def site(self, site_id: str) -> SiteView | None:
        return await self._run(lambda it: views_sites.site_called(it, site_id, self._within))

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]:
        return await self._run(lambda it: views_sessions.sessions(it, where, cut, self._within))

    async def session(self, session_id: str) -> SessionView | None:
        return await self._run(
            lambda it: views_sessions.session_called(it, session_id, self._within)
        )

    async def orphan_stops(self, where: OrphanFilter, cut: Cut) -> Page[OrphanStopView]:
        return await self._run(lambda it: views_orphans.stops(it, where, cut, self._within))

    async def orphan_stop(self, orphan_id: str) -> OrphanStopView | None:
        return await self._run(lambda it: views_orphans.stop_called(it, orphan_id, self._within))

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]:
        return await self._run(lambda it: views_sessions.samples(it, session_id, cut, self._within))

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]:
        return await self._run(lambda it: views_messages.messages(it, where, cut, self._within))

    async def message(self, message_id: str, *, around: int) -> MessageContext | None:
        return await self._run(
            lambda it: views_messages.message_called(it, message_id, around, self._within)
        )

    async def tokens(self, where: TokenFilter, cut: Cut) -> Page[TokenView]:
        return await self._run(lambda it: views_access.tokens(it, where, cut))

    async def token(self, uid: str) -> TokenView | None:
        return await self._run(lambda it: views_access.token_called(it, uid))

    async def commands(self, where: CommandFilter, cut: Cut) -> Page[CommandView]:
        return await self._run(lambda it: views_commands.commands(it, where, cut, self._within))

    async def command(self, command_id: str) -> CommandView | None:
        return await self._run(
            lambda it: views_commands.command_called(it, command_id, self._within)
        )

    async def attempts(self, cut: Cut) -> Page[AttemptView]:
        return await self._run(lambda it: views_access.attempts(it, cut))

    async def attempt(self, attempt_id: str) -> AttemptView | None:
        return await self._run(lambda it: views_access.attempt_called(it, attempt_id))

    async def events(self, *, after: int, limit: int, people: bool = False) -> list[EventView]:
        return await self._run(
            lambda it: views_events.events_after(it, after, limit, self._within, people=people)
        )

    async def recent_events(self, limit: int, *, people: bool = False) -> list[EventView]:
        return await self._run(
            lambda it: views_events.recent_events(it, limit, self._within, people=people)
        )

    async def session_events(self, session_id: str) -> list[EventView]:
        return await self._run(lambda it: views_events.session_events(it, session_id, self._within))

    async def latest_event_id(self) -> int:
        return await self._run(views_events.latest_event_id)

    async def holdings(self, where: HoldingFilter, cut: Cut) -> Page[HoldingView]:
        return await self._run(lambda it: views_holdings.holdings(it, where, cut, self._within))

    async def telemetry(self, identity: str, cut: Cut) -> Page[TelemetryView]:
        return await self._run(
            lambda it: views_holdings.telemetry_of(it, identity, cut, self._within)
        )
