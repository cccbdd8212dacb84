"""Clocks that were never set, were set to the wrong zone, or jump; and odd ways to write a time."""

import re
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, Final

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import ANY, Frame, Spoilt, Twist, copy_of, is_call

_TIMES: Final = frozenset({"timestamp", "generatedAt"})
_CLOCKS: Final = frozenset(
    {"clock_of_1970", "clock_of_year_one", "local_time_as_utc", "odd_zone", "clock_jumps"}
)
_TIMES_ONLY: Final = frozenset({Spoilt.TIMES})
# Without times a reading that is said again, or late, cannot be told from another one, and a
# queue tells hours of charging in a moment: that energy is held.
_NO_CLOCK: Final = frozenset({Spoilt.TIMES, Spoilt.READINGS, Spoilt.ENERGY})
_NO_CLOCK_FLAGS: Final = frozenset(
    {Flag.CLOCK_WRONG, Flag.ENERGY_IMPLAUSIBLE, Flag.LATE_DATA, Flag.METER_STEPPED_BACK}
)


class OddClock(Twist):
    """Base of those that write another time into all that they say."""

    versions = ANY
    never_with = _CLOCKS

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame):
            return [frame]
        changed = copy_of(frame)
        self._rewrite(changed[3])
        return [changed]

    def written(self, at: datetime) -> str:
        """The same for the same moment, so that what is said again is the same."""
        raise NotImplementedError

    def _rewrite(self, node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                self._rewrite(item)
        elif isinstance(node, dict):
            for key, item in node.items():
                if key in _TIMES and isinstance(item, str):
                    node[key] = self.written(datetime.fromisoformat(item))
                else:
                    self._rewrite(item)


class ClockOf1970(OddClock):
    """A station whose clock was never set counts from 1970.

    Right: the time of receipt, and a flag; energy that came in one moment is held.
    """

    name = "clock_of_1970"  # it counts on, so that a reading said again is known by its moment
    spoils = _NO_CLOCK - {Spoilt.READINGS}
    explained_by = _NO_CLOCK_FLAGS

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._since: datetime | None = None

    def written(self, at: datetime) -> str:
        if self._since is None:
            self._since = at - timedelta(hours=1)
        return _plain(datetime(1970, 1, 1, tzinfo=UTC) + (at - self._since))


class ClockOfYearOne(OddClock):
    """Some write the zero of their time library, 0001-01-01, for want of a clock.

    Right: the time of receipt, and a flag; energy that came in one moment is held.
    """

    name = "clock_of_year_one"
    spoils = _NO_CLOCK
    explained_by = _NO_CLOCK_FLAGS

    def written(self, at: datetime) -> str:
        del at
        return "0001-01-01T00:00:00Z"


class LocalTimeAsUtc(OddClock):
    """Local time is written with a Z, as if it were UTC.

    Right: believed, as long as it is not absurd; energies do not depend on it.
    """

    name = "local_time_as_utc"
    spoils = _TIMES_ONLY

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._offset = timedelta(hours=rng.choice((-8, -5, 1, 2, 9)))

    def written(self, at: datetime) -> str:
        return _plain(at + self._offset)


class OddZone(OddClock):
    """The right time with an offset, whole or short, with decimals, or in lower case.

    Right: every one of them is read; nothing is lost.
    """

    name = "odd_zone"
    explained_by = frozenset({Flag.CONTENT_TOLERATED})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._form = rng.choice(("+02:00", "+02", "-0500", ".000000+01:00", ".0000000Z", "z", ""))

    def written(self, at: datetime) -> str:
        zone = re.search(r"[+-]\d+", self._form)
        hours = int(zone.group()[:3]) if zone else 0
        there = at.astimezone(timezone(timedelta(hours=hours)))
        return there.strftime("%Y-%m-%dT%H:%M:%S") + self._form


class ClockJumps(OddClock):
    """A poor clock runs off and is set right again, so that its time jumps both ways.

    Right: the energy is that of the registers; what cannot be explained by it is flagged.
    """

    name = "clock_jumps"
    spoils = frozenset({Spoilt.TIMES, Spoilt.ENERGY})
    explained_by = frozenset({Flag.METER_STEPPED_BACK, Flag.ENERGY_IMPLAUSIBLE})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._every_s = rng.randrange(600, 7_200)
        self._jump_s_max = rng.choice((30, 300, 3_600))

    def written(self, at: datetime) -> str:
        stretch = int(at.timestamp()) // self._every_s
        off_s = self.picks(["", "", stretch], range(-self._jump_s_max, self._jump_s_max))
        return _plain(at + timedelta(seconds=off_s))


def _plain(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
