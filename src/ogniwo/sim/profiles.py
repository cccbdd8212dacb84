"""Charging profiles as a station reads them: what is allowed at one instant.

On purpose this shares nothing with the backend's planning: it looks at one moment at a time, so
it can serve as the referee of schedules that were computed in one sweep.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ogniwo.sim.car import VOLTS_NOMINAL

PHASES_ASSUMED: Final = 3  # numberPhases absent
DAY_S: Final = 86_400


class Purpose(Enum):
    STATION_MAX = "station_max"
    DEFAULT = "default"
    TRANSACTION = "transaction"


class Kind(Enum):
    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Limit:
    """The same bound in both units; AC outlets heed the current, DC outlets the power."""

    amps: float  # on each phase
    watts: float  # all phases together
    phases: int

    def and_also(self, other: "Limit") -> "Limit":
        return Limit(
            min(self.amps, other.amps),
            min(self.watts, other.watts),
            min(self.phases, other.phases),
        )


UNLIMITED: Final = Limit(float("inf"), float("inf"), PHASES_ASSUMED)


@dataclass(frozen=True, slots=True)
class Period:
    start_s: int  # after the beginning of the schedule
    limit: float
    phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    evse: int  # 0: every EVSE for itself, or the whole station for STATION_MAX
    unit: str  # A or W
    periods: tuple[Period, ...]
    start_s: int | None = None
    duration_s: int | None = None
    repeat_s: int = DAY_S
    valid_from_s: int | None = None
    valid_to_s: int | None = None

    def limit_at(self, at_s: int, begun_s: int) -> Limit | None:
        """None: this profile has nothing to say now. ``begun_s`` anchors a relative one."""
        if self.valid_from_s is not None and at_s < self.valid_from_s:
            return None
        if self.valid_to_s is not None and at_s >= self.valid_to_s:
            return None
        offset_s = at_s - self._occurrence_s(at_s, begun_s)
        if offset_s < 0 or (self.duration_s is not None and offset_s >= self.duration_s):
            return None
        running = [period for period in self.periods if period.start_s <= offset_s]
        return self._limit(running[-1]) if running else None

    def edges_s(self, at_s: int, begun_s: int) -> Iterator[int]:
        """Moments at which the answer of ``limit_at`` may change, near ``at_s``."""
        base_s = self._occurrence_s(at_s, begun_s)
        repeats = (base_s, base_s + self.repeat_s) if self.kind is Kind.RECURRING else (base_s,)
        for start_s in repeats:
            yield from (start_s + period.start_s for period in self.periods)
            if self.duration_s is not None:
                yield start_s + self.duration_s
        yield from (edge for edge in (self.valid_from_s, self.valid_to_s) if edge is not None)

    def _occurrence_s(self, at_s: int, begun_s: int) -> int:
        if self.kind is Kind.RELATIVE or self.start_s is None:
            return begun_s
        if self.kind is Kind.RECURRING:
            return self.start_s + (at_s - self.start_s) // self.repeat_s * self.repeat_s
        return self.start_s

    def _limit(self, period: Period) -> Limit:
        phases = period.phases or PHASES_ASSUMED
        volts = VOLTS_NOMINAL * phases
        if self.unit == "W":
            return Limit(period.limit / volts, period.limit, phases)
        return Limit(period.limit, period.limit * volts, phases)


@dataclass(slots=True)
class ProfileBook:
    """Every profile the station was given."""

    profiles: list[Profile] = field(default_factory=list)

    def put(self, new: Profile) -> None:
        """The same id, or the same purpose, level and EVSE, replaces."""
        self.profiles = [old for old in self.profiles if not _replaces(new, old)]
        self.profiles.append(new)

    def remove(self, matching: Iterable[Profile]) -> bool:
        doomed = {profile.id for profile in matching}
        self.profiles = [one for one in self.profiles if one.id not in doomed]
        return bool(doomed)

    def transaction_over(self, evse: int) -> None:
        self.profiles = [
            one
            for one in self.profiles
            if not (one.purpose is Purpose.TRANSACTION and one.evse == evse)
        ]

    def limit_at(self, at_s: int, *, evse: int, begun_s: int, sharers: int) -> Limit:
        """The transaction's own profile replaces the default one; the station's cap always holds.

        ``sharers`` EVSEs draw at this moment; each may take an equal part of the station's cap.
        """
        own = self._top(Purpose.TRANSACTION, at_s, (evse,), begun_s) or self._top(
            Purpose.DEFAULT, at_s, (evse, 0), begun_s
        )
        if evse == 0:  # the grid connection: only the cap concerns it
            own = None
        cap = self._top(Purpose.STATION_MAX, at_s, (0,), begun_s)
        limit = own or UNLIMITED
        if cap is None:
            return limit
        share = max(1, sharers)
        return limit.and_also(Limit(cap.amps / share, cap.watts / share, cap.phases))

    def composite(
        self, from_s: int, span_s: int, *, evse: int, begun_s: int, otherwise: Limit
    ) -> list[tuple[int, Limit]]:
        """Offset and limit of each stretch; ``otherwise`` is what the hardware allows."""
        stretches: list[tuple[int, Limit]] = []
        at_s: int | None = from_s
        while at_s is not None and at_s < from_s + span_s:
            limit = otherwise.and_also(self.limit_at(at_s, evse=evse, begun_s=begun_s, sharers=1))
            if not stretches or stretches[-1][1] != limit:
                stretches.append((at_s - from_s, limit))
            at_s = self.next_edge_s(at_s, evse=evse, begun_s=begun_s)
        return stretches

    def next_edge_s(self, at_s: int, *, evse: int, begun_s: int) -> int | None:
        edges = (
            edge
            for one in self.profiles
            if one.evse in {0, evse}
            for edge in one.edges_s(at_s, begun_s)
            if edge > at_s
        )
        return min(edges, default=None)

    def _top(
        self, purpose: Purpose, at_s: int, evses: tuple[int, ...], begun_s: int
    ) -> Limit | None:
        said = [
            (one.stack_level, limit)
            for one in self.profiles
            if one.purpose is purpose
            and one.evse in evses
            and (limit := one.limit_at(at_s, begun_s)) is not None
        ]
        return max(said, key=lambda pair: pair[0])[1] if said else None


def _replaces(new: Profile, old: Profile) -> bool:
    same_place = (new.purpose, new.stack_level, new.evse) == (
        old.purpose,
        old.stack_level,
        old.evse,
    )
    return new.id == old.id or same_place
