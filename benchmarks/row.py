"""What every row of the result shares: how it is asked for, and what it answers with.

A row is a goal of the product. How it is measured is its own business; it hands back a table,
what it says of the goal, and why it would not count.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from benchmarks.machine import Cores

DISTURBED: Final = 0.15  # of a core; the kernel's share of our own work stays below


class Size(StrEnum):
    """How large a row is measured. Only the full one can be held against the goals' sizes."""

    TINY = "tiny"  # seconds; it shows that the row works
    SHORT = "short"  # all rows in some minutes
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure, where. None: as the row has it for this size."""

    size: Size
    cores: Cores
    tell: Callable[[str], None]
    contenders: frozenset[str] | None = None
    stations: int | None = None
    warmup_s: float | None = None
    seconds: float | None = None
    repeats: int | None = None
    scratch: Path | None = None
    keep: bool = False
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence about a figure. ``met`` is None where no goal is set."""

    text: str
    met: bool | None = None

    def told(self, *, void: bool) -> str:
        if self.met is None:
            return self.text
        word = "VOID" if void else "met" if self.met else "MISSED"
        return f"{word}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a row."""

    name: str
    title: str
    scale: str  # with which numbers it was measured
    columns: tuple[str, ...]
    lines: list[tuple[str, ...]]
    verdicts: list[Verdict]
    voids: list[str] = field(default_factory=list)
    strangers: float = 0.0  # the largest share of a core that they took meanwhile
    figures: dict[str, object] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        told = [verdict.told(void=bool(self.voids)) for verdict in self.verdicts]
        if self.strangers > DISTURBED:
            told.append(
                f"DISTURBED: strangers took up to {self.strangers:.0%} of a core; trust only what"
                " is said by processor time, or measure again on a quiet machine"
            )
        return told + [f"VOID, {void}" for void in self.voids]


class Row(Protocol):
    @property
    def order(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def run(self, plan: Plan) -> Outcome: ...


def at_most(figure: float, bound: float, unit: str, what: str) -> Verdict:
    shown = f"{figure:,.0f}" if figure >= 100 else f"{figure:,.3g}"
    return Verdict(f"{what} {shown} {unit}, goal at most {bound:g} {unit}", met=figure <= bound)
