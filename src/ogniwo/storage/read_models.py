"""``ReadModels`` of the application: which view answers which question, run by the readers."""

from ogniwo.app.ports import Cut, HoldingFilter, MessageFilter, SessionFilter
from ogniwo.app.views import (
    AttemptView,
    CommandView,
    EventView,
    HoldingView,
    MessageView,
    Page,
    SampleView,
    SessionView,
    StationView,
    TelemetryView,
    TokenView,
)
from ogniwo.storage import (
    views_access,
    views_commands,
    views_events,
    views_holdings,
    views_messages,
    views_sessions,
    views_stations,
)
from ogniwo.storage.readers import Readers


class SqlReadModels:
    def __init__(self, readers: Readers) -> None:
        self._run = readers.run

    async def stations(self, cut: Cut) -> Page[StationView]:
        return await self._run(lambda it: views_stations.stations(it, cut))

    async def station(self, identity: str) -> StationView | None:
        return await self._run(lambda it: views_stations.station_called(it, identity))

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]:
        return await self._run(lambda it: views_sessions.sessions(it, where, cut))

    async def session(self, session_id: str) -> SessionView | None:
        return await self._run(lambda it: views_sessions.session_called(it, session_id))

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]:
        return await self._run(lambda it: views_sessions.samples(it, session_id, cut))

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]:
        return await self._run(lambda it: views_messages.messages(it, where, cut))

    async def tokens(self, cut: Cut) -> Page[TokenView]:
        return await self._run(lambda it: views_access.tokens(it, cut))

    async def token(self, uid: str) -> TokenView | None:
        return await self._run(lambda it: views_access.token_called(it, uid))

    async def commands(self, station_id: str | None, cut: Cut) -> Page[CommandView]:
        return await self._run(lambda it: views_commands.commands(it, station_id, cut))

    async def command(self, command_id: str) -> CommandView | None:
        return await self._run(lambda it: views_commands.command_called(it, command_id))

    async def attempts(self, cut: Cut) -> Page[AttemptView]:
        return await self._run(lambda it: views_access.attempts(it, cut))

    async def attempt(self, attempt_id: str) -> AttemptView | None:
        return await self._run(lambda it: views_access.attempt_called(it, attempt_id))

    async def events(self, *, after: int, limit: int) -> list[EventView]:
        return await self._run(lambda it: views_events.events_after(it, after, limit))

    async def recent_events(self, limit: int) -> list[EventView]:
        return await self._run(lambda it: views_events.recent_events(it, limit))

    async def session_events(self, session_id: str) -> list[EventView]:
        return await self._run(lambda it: views_events.session_events(it, session_id))

    async def latest_event_id(self) -> int:
        return await self._run(views_events.latest_event_id)

    async def holdings(self, where: HoldingFilter, cut: Cut) -> Page[HoldingView]:
        return await self._run(lambda it: views_holdings.holdings(it, where, cut))

    async def telemetry(self, identity: str, cut: Cut) -> Page[TelemetryView]:
        return await self._run(lambda it: views_holdings.telemetry_of(it, identity, cut))
