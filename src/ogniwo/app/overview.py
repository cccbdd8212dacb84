"""The network in figures: as it is now, what it delivered today, and the day's curve.

A day begins at midnight where the asker says. What sessions across midnight had delivered by
then is found once for each and remembered: it takes reading their trail back so far.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Protocol

from ogniwo.app.overview_views import Figures, Found, OverviewView, QuarterView
from ogniwo.app.zones import zone_called
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, from_instant, seconds, to_instant

QUARTER_US: Final = seconds(900)
CURVE_US: Final = 96 * QUARTER_US  # a day
MIDNIGHTS_MAX: Final = 16  # remembered: of so many zones and days


class Models(Protocol):
    async def figures(self, since: Instant, known: Mapping[int, int]) -> Found:
        """Of each site; ``since`` is midnight, ``known`` what sessions had delivered by then."""
        ...

    async def quarters(self, since: Instant, site_id: int | None) -> list[QuarterView]:
        """Oldest first."""
        ...


class Overviews:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._before: OrderedDict[Instant, dict[int, int]] = OrderedDict()

    async def of_sites(self, models: Models, zone: str) -> dict[int | None, Figures]:
        """Errors: UsageError."""
        since = self._midnight(zone)
        known = self._before.get(since, {})
        found = await models.figures(since, known)
        self._before[since] = found.before
        self._before.move_to_end(since)
        while len(self._before) > MIDNIGHTS_MAX:
            self._before.popitem(last=False)
        return found.sites

    async def overview(
        self, models: Models, zone: str, site_id: int | None = None, *, curve: bool = True
    ) -> OverviewView:
        """Of one site, or of all. Errors: UsageError."""
        sites = await self.of_sites(models, zone)
        wanted = sites.values() if site_id is None else [sites.get(site_id, Figures())]
        total = Figures()
        for one in wanted:
            total = added(total, one)
        now = self._clock.now_us()
        since = (now - CURVE_US) // QUARTER_US * QUARTER_US
        return OverviewView(
            **{name: getattr(total, name) for name in Figures.__struct_fields__},
            at=from_instant(now),
            time_zone=zone,
            since=from_instant(self._midnight(zone)),
            quarters=await models.quarters(since, site_id) if curve else [],
        )

    def _midnight(self, zone: str) -> Instant:
        now = from_instant(self._clock.now_us()).astimezone(zone_called(zone))
        return to_instant(now.replace(hour=0, minute=0, second=0, microsecond=0))


def added(one: Figures, other: Figures) -> Figures:
    statuses = {**one.connectors}
    for status, count in other.connectors.items():
        statuses[status] = statuses.get(status, 0) + count
    return Figures(
        stations=one.stations + other.stations,
        connected=one.connected + other.connected,
        never_seen=one.never_seen + other.never_seen,
        connectors=statuses,
        faulted=one.faulted + other.faulted,
        active_sessions=one.active_sessions + other.active_sessions,
        power_w=one.power_w + other.power_w,
        energy_today_wh=one.energy_today_wh + other.energy_today_wh,
        sessions_today=one.sessions_today + other.sessions_today,
    )
