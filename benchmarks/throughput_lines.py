"""How contenders and their ratios are told: a line for each, a sentence for each goal."""

from collections.abc import Callable, Iterator
from statistics import median, mode
from typing import Final

from benchmarks.contenders import ALL
from benchmarks.row import Verdict
from benchmarks.tally import Goal, Measurement, Result

COLUMNS: Final = (
    "",
    "median",
    "low to high",
    "p50",
    "p99",
    "server CPU",
    "generator CPU",
    "database CPU",
    "strangers",
    "CPU each",
    "bound by",
)


def middle(runs: list[Measurement], figure: Callable[[Measurement], float]) -> float:
    return median(figure(run) for run in runs)


def contender_lines(result: Result) -> Iterator[tuple[str, ...]]:
    """A line per contender, its figures the medians of its repeats."""
    for name in result.contenders:
        runs = result.of(name)
        if not runs:
            continue
        rates = sorted(run.rate for run in runs)
        yield (
            ALL[name].title,
            f"{median(rates):,.0f}",
            f"{rates[0]:,.0f} to {rates[-1]:,.0f}",
            f"{middle(runs, lambda run: run.p50_ms):.1f} ms",
            f"{middle(runs, lambda run: run.p99_ms):.1f} ms",
            f"{middle(runs, lambda run: run.cpu.server):.0%}",
            f"{middle(runs, lambda run: run.cpu.generator):.0%}",
            f"{middle(runs, lambda run: run.cpu.services):.0%}" if ALL[name].needs else "",
            f"{middle(runs, lambda run: run.cpu.strangers):.0%}",
            f"{middle(runs, lambda run: run.cost_us):,.0f} us",
            mode(run.bound_by for run in runs),
        )


def goal_verdict(result: Result, goal: Goal) -> Verdict:
    ratio = result.ratio(goal.against)
    words = f"{ALL[goal.against].title}, goal at least {goal.at_least:.2g} times"
    if ratio is None:
        return Verdict(f"not measured against {words}")
    by_cost = result.cost_ratio(goal.against)
    return Verdict(
        f"{ratio:.2f} times ({by_cost:.2f} by server CPU) {words}", met=ratio >= goal.at_least
    )


def ratio_verdict(result: Result, name: str) -> Verdict | None:
    """No goal is set for these; None where they were not measured."""
    told = [
        f"{ratio:.2f} times {ALL[yardstick].title}"
        for yardstick in ("usual", "ceiling", "product")
        if (ratio := result.ratio(yardstick, of=name)) is not None
    ]
    return Verdict(f"{ALL[name].title}: {', '.join(told)}") if told else None


def verdicts(result: Result) -> list[Verdict]:
    told = [goal_verdict(result, goal) for goal in result.goals]
    told += [it for name in ("postgres", "gateways") if (it := ratio_verdict(result, name))]
    ceiling, usual = result.rate("ceiling"), result.rate("usual")
    if ceiling and usual:
        told.append(Verdict(f"the ceiling is {ceiling / usual:.1f} times the usual way"))
    return told
