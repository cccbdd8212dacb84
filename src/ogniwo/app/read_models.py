"""What the application needs of the database to show: views, paged and filtered."""

from typing import Protocol

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
from ogniwo.app.snapshot import Snapshot
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
from ogniwo.domain.people import Sites


class ReadModels(Protocol):
    """Views from the database. Lists are newest first, except stations and tokens (by name).

    Samples are oldest first, as a chart draws them.
    """

    def within(self, sites: Sites | None) -> "ReadModels":
        """The same for somebody limited to these sites: of other stations there is nothing."""
        ...

    async def stations(self, where: StationFilter, cut: Cut) -> Page[StationView]: ...

    async def snapshot(self) -> Snapshot:
        """All stations, by identity, with what flows now."""
        ...

    async def station(self, identity: str) -> StationView | None: ...

    async def identities(self) -> frozenset[str]:
        """Of all stations."""
        ...

    async def sites(self, cut: Cut) -> Page[SiteView]:
        """By name."""
        ...

    async def site(self, site_id: str) -> SiteView | None: ...

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]: ...

    async def session(self, session_id: str) -> SessionView | None: ...

    async def orphan_stops(self, where: OrphanFilter, cut: Cut) -> Page[OrphanStopView]:
        """Newest first."""
        ...

    async def orphan_stop(self, orphan_id: str) -> OrphanStopView | None: ...

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]: ...

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]: ...

    async def message(self, message_id: str, *, around: int) -> MessageContext | None:
        """By our id, with so many of its station before and after."""
        ...

    async def tokens(self, where: TokenFilter, cut: Cut) -> Page[TokenView]: ...

    async def token(self, uid: str) -> TokenView | None: ...

    async def commands(self, where: CommandFilter, cut: Cut) -> Page[CommandView]: ...

    async def command(self, command_id: str) -> CommandView | None: ...

    async def attempts(self, cut: Cut) -> Page[AttemptView]: ...

    async def events(self, *, after: int, limit: int, people: bool = False) -> list[EventView]:
        """Oldest first, strictly after the event of that id; ``people``: see ``ABOUT_PEOPLE``."""
        ...

    async def recent_events(self, limit: int, *, people: bool = False) -> list[EventView]:
        """Newest first."""
        ...

    async def attempt(self, attempt_id: str) -> AttemptView | None: ...

    async def session_events(self, session_id: str) -> list[EventView]: ...

    async def latest_event_id(self) -> int: ...

    async def holdings(self, where: HoldingFilter, cut: Cut) -> Page[HoldingView]:
        """Of one station, by kind and key."""
        ...

    async def telemetry(self, identity: str, cut: Cut) -> Page[TelemetryView]:
        """Of one station, newest first."""
        ...
