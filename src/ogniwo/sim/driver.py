"""The people: when cars come to one EVSE, what their drivers do there, and when they leave.

Everything a visit will contain is drawn before it begins, so that the same seed tells the same
story however the backend behaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from random import Random
from typing import Final

from ogniwo.sim.agenda import Agenda
from ogniwo.sim.car import Car, draw_car
from ogniwo.sim.evse import Evse
from ogniwo.sim.facts import FAULTS, Fault

# How busy an hour of the day (UTC) is, relative to the average.
BUSY_BY_HOUR: Final = (
    *(0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 1.8, 1.6, 1.2, 1.1, 1.1),
    *(1.2, 1.1, 1.1, 1.3, 1.7, 2.0, 1.8, 1.4, 1.0, 0.7, 0.5, 0.3),
)
GAP_S_MEAN: Final = 45 * 60  # between two cars at one EVSE at an average hour
FIRST_CAR_S_MAX: Final = 15
EARLY_SHARE: Final = 0.6  # EVSEs that get a car at once

UNKNOWN_CARD_SHARE: Final = 0.03
FAULT_SHARE: Final = 0.03
CARD_FIRST_SHARE: Final = 0.25
EARLY_STOP_SHARE: Final = 0.35
CARD_AT_END_SHARE: Final = 0.5

SECOND_TRY_S: Final = 15
STAY_S_MAX: Final = 10 * 3_600  # even when the station gives nothing
FAULT_S_RANGE: Final = (240, 1_800)


class Patience(Enum):
    """How the visit is meant to end."""

    EARLY_CARD = "early_card"  # stops by card before the car is full
    EARLY_UNPLUG = "early_unplug"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    car: Car
    token: str
    connector: int
    card_first: bool
    pause_s: int  # between plug and card, or card and plug
    patience: Patience
    charging_s: int  # before an early end
    idle_s: int  # the car is full and stays
    card_at_end: bool
    parting_s: int  # from the end of charging to the pulled plug
    fault: Fault | None
    fault_after_s: int
    fault_s: int


class Driver:
    """All visitors of one EVSE, one after the other."""

    def __init__(
        self,
        evse: Evse,
        agenda: Agenda,
        *,
        rng: Random,
        tokens: Sequence[str],
        eager: bool,
        pace: float = 1.0,
    ) -> None:
        """``pace``: how much faster than usual people come and go."""
        self._pace = pace
        self._evse = evse
        self._agenda = agenda
        self._rng = rng
        self._tokens = tokens
        self._eager = eager or rng.random() < EARLY_SHARE
        self._visit: Visit | None = None
        self._home = False  # nobody comes any more
        evse.visitor = self

    def begin(self, at_s: int) -> None:
        if self._eager:
            self._agenda.add(at_s + self._rng.randint(1, FIRST_CAR_S_MAX), self._arrive)
        else:
            self._expect_next(at_s)

    def go_home(self) -> None:
        """Whoever is here finishes; nobody comes after."""
        self._home = True

    # -- told by the EVSE

    def refused(self, at_s: int) -> None:
        visit = self._visit
        if visit is not None:
            self._agenda.add(at_s + visit.parting_s, lambda then_s: self._leave(visit, then_s))

    def started(self, at_s: int) -> None:
        visit = self._visit
        if visit is None:
            return
        if visit.fault is not None:
            self._agenda.add(
                at_s + visit.fault_after_s, lambda then_s: self._break_down(visit, then_s)
            )
        self._agenda.add(at_s + STAY_S_MAX, lambda then_s: self._finish(visit, then_s))
        if visit.patience is not Patience.FULL:
            self._agenda.add(
                at_s + visit.charging_s, lambda then_s: self._lose_patience(visit, then_s)
            )

    def satisfied(self, at_s: int) -> None:
        visit = self._visit
        if visit is not None:
            self._agenda.add(at_s + visit.idle_s, lambda then_s: self._finish(visit, then_s))

    def over(self, at_s: int) -> None:
        visit = self._visit
        if visit is not None:
            self._agenda.add(at_s + visit.parting_s, lambda then_s: self._leave(visit, then_s))

    def invited(self, at_s: int) -> None:
        """The app was used: its user is on the way with a car, and needs no card."""
        if self._visit is None and not self._home:
            visit = self._visit = self._draw_visit()
            self._agenda.add(at_s + visit.pause_s, lambda then_s: self._plug(visit, then_s))
            self._agenda.add(
                at_s + visit.pause_s + SECOND_TRY_S, lambda then_s: self._show_card(visit, then_s)
            )

    # -- the story of one visit

    def _arrive(self, at_s: int) -> None:
        if self._home or self._visit is not None:
            return
        visit = self._draw_visit()
        if not self._evse.free:
            self._expect_next(at_s)
            return
        self._visit = visit
        first, second = self._plug, self._show_card
        if visit.card_first:
            first, second = second, first
            # The station may have grown tired of waiting for the cable.
            self._agenda.add(
                at_s + visit.pause_s + SECOND_TRY_S, lambda then_s: self._show_card(visit, then_s)
            )
        first(visit, at_s)
        self._agenda.add(at_s + visit.pause_s, lambda then_s: second(visit, then_s))

    def _plug(self, visit: Visit, at_s: int) -> None:
        if self._visit is visit and not self._evse.plugged:
            self._evse.plug_in(visit.car, at_s, visit.connector)

    def _show_card(self, visit: Visit, at_s: int) -> None:
        if self._visit is visit and self._evse.transaction is None:
            self._evse.show_card(visit.token, at_s)

    def _lose_patience(self, visit: Visit, at_s: int) -> None:
        if self._visit is not visit or self._evse.transaction is None:
            return
        if visit.patience is Patience.EARLY_CARD:
            self._evse.show_card(visit.token, at_s)
        else:
            self._leave(visit, at_s)

    def _finish(self, visit: Visit, at_s: int) -> None:
        if self._visit is not visit or self._evse.transaction is None:
            return
        if visit.card_at_end:
            self._evse.show_card(visit.token, at_s)
        else:
            self._leave(visit, at_s)

    def _leave(self, visit: Visit, at_s: int) -> None:
        if self._visit is not visit:
            return
        # Cleared first: ending the transaction by pulling the plug must not book another leave.
        self._visit = None
        self._evse.unplug(at_s)
        self._expect_next(at_s)

    def _break_down(self, visit: Visit, at_s: int) -> None:
        if self._visit is not visit or visit.fault is None or self._evse.transaction is None:
            return
        self._evse.break_down(visit.fault, at_s)
        self._agenda.add(at_s + visit.fault_s, self._evse.recover)

    def _expect_next(self, at_s: int) -> None:
        if self._home:
            return
        hour = datetime.fromtimestamp(at_s, UTC).hour
        gap_s = self._rng.expovariate(self._pace * BUSY_BY_HOUR[hour] / GAP_S_MEAN)
        self._agenda.add(at_s + 60 + round(gap_s), self._arrive)

    def _draw_visit(self) -> Visit:
        rng, outlet = self._rng, self._evse.outlet.type
        early = rng.random() < 1 - (1 - EARLY_STOP_SHARE) / self._pace
        minutes = (8, 35) if outlet.dc else (20, 150)
        return Visit(
            car=draw_car(rng, dc=outlet.dc),
            token=self._draw_token(),
            connector=rng.randint(1, len(outlet.plugs)),
            card_first=rng.random() < CARD_FIRST_SHARE,
            pause_s=rng.randint(4, 25),
            patience=rng.choice((Patience.EARLY_CARD, Patience.EARLY_UNPLUG))
            if early
            else Patience.FULL,
            charging_s=round((rng.randint(*minutes) * 60 + rng.randint(0, 59)) / self._pace),
            idle_s=round(rng.randint(60, 1_200 if outlet.dc else 5_400) / self._pace),
            card_at_end=rng.random() < CARD_AT_END_SHARE,
            parting_s=rng.randint(8, 90),
            fault=rng.choice(FAULTS) if rng.random() < FAULT_SHARE else None,
            fault_after_s=rng.randint(60, 1_500),
            fault_s=rng.randint(*FAULT_S_RANGE),
        )

    def _draw_token(self) -> str:
        stranger = f"{self._rng.getrandbits(56):014X}"
        known = self._rng.choice(self._tokens)
        return stranger if self._rng.random() < UNKNOWN_CARD_SHARE else known
