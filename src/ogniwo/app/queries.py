"""What people and programs read: the database's views with the living state laid over them."""

from datetime import datetime

from msgspec.structs import replace

from ogniwo.app.ports import Cut, HoldingFilter, MessageFilter, Presence, ReadModels, SessionFilter
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
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.holdings import Kind
from ogniwo.domain.reservations import state_now


class Queries:
    """``ReadModels``, where a station's connection is what it is now, not what was stored."""

    def __init__(
        self, models: ReadModels, presence: Presence, clock: Clock, *, alone: bool
    ) -> None:
        """``alone``: whoever is not connected to this node is not connected."""
        self._models = models
        self._presence = presence
        self._clock = clock
        self._alone = alone

    async def stations(self, cut: Cut) -> Page[StationView]:
        page = await self._models.stations(cut)
        return replace(page, items=[self._alive(it) for it in page.items])

    async def station(self, identity: str) -> StationView | None:
        view = await self._models.station(identity)
        return None if view is None else self._alive(view)

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]:
        return await self._models.sessions(where, cut)

    async def session(self, session_id: str) -> SessionView | None:
        return await self._models.session(session_id)

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]:
        return await self._models.samples(session_id, cut)

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]:
        return await self._models.messages(where, cut)

    async def tokens(self, cut: Cut) -> Page[TokenView]:
        return await self._models.tokens(cut)

    async def token(self, uid: str) -> TokenView | None:
        return await self._models.token(uid)

    async def commands(self, station_id: str | None, cut: Cut) -> Page[CommandView]:
        return await self._models.commands(station_id, cut)

    async def command(self, command_id: str) -> CommandView | None:
        return await self._models.command(command_id)

    async def attempts(self, cut: Cut) -> Page[AttemptView]:
        return await self._models.attempts(cut)

    async def attempt(self, attempt_id: str) -> AttemptView | None:
        return await self._models.attempt(attempt_id)

    async def events(self, *, after: int, limit: int) -> list[EventView]:
        return await self._models.events(after=after, limit=limit)

    async def recent_events(self, limit: int) -> list[EventView]:
        return await self._models.recent_events(limit)

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


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)
