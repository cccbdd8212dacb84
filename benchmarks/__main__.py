"""``python -m benchmarks [ROW ...]``: run, print ratios, optionally write the page."""

import argparse
import json
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rich.console import Console

from benchmarks import machine
from benchmarks.cluster import Shared
from benchmarks.contenders import ALL
from benchmarks.report import foot, print_outcome, to_json, to_markdown, write_page
from benchmarks.row import Outcome, Plan, Size
from benchmarks.rows import all_rows


def parse_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("rows", nargs="*", metavar="ROW", help=f"of {', '.join(all_rows())}; all by default")
    add("--size", type=Size, default=Size.SHORT, help="tiny, short or full (%(default)s)")
    add("--contenders", help=f"of the rows that compare, comma-separated: {','.join(ALL)}")
    add("--stations", type=int, help="connections, instead of what the size says")
    add("--seconds", type=float, help="measured each time, likewise")
    add("--warmup", type=float, help="unmeasured before that, likewise")
    add("--repeats", type=int, help="rounds over all contenders, likewise")
    add("--scratch", type=Path, help="directory for the data; its disk is what is measured")
    add("--keep", action="store_true", help="leave the data directories behind")
    add("--profile", type=Path, metavar="FILE", help="run the product under cProfile into FILE")
    add("--json", action="store_true", help="print everything as JSON")
    add("--write", action="store_true", help="put the result into docs/reference/performance.md")
    options = parser.parse_args(arguments)
    options.rows = options.rows or list(all_rows())
    if options.contenders is not None:
        options.contenders = frozenset(options.contenders.split(","))
    unknown = [*(set(options.rows) - set(all_rows())), *((options.contenders or set()) - set(ALL))]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    return options


def plan_of(options: argparse.Namespace, console: Console) -> Plan:
    cores = machine.choose_cores()
    if cores.shared:
        console.print("Only one core: server and generator share it, the ratios are unreliable.")
    return Plan(
        size=options.size,
        cores=cores,
        tell=console.print,
        contenders=options.contenders,
        stations=options.stations,
        warmup_s=options.warmup,
        seconds=options.seconds,
        repeats=options.repeats,
        scratch=options.scratch,
        keep=options.keep,
        profile=options.profile,
    )


def run_rows(options: argparse.Namespace, console: Console) -> Iterator[Outcome]:
    """One that fails is told and left out: the others took their time too."""
    plan = plan_of(options, console)
    with closing(Shared(plan)) as shared:
        for name in options.rows:
            began_s = time.monotonic()
            try:
                outcome = shared.run(all_rows()[name])
            except Exception:  # noqa: BLE001 - whatever it was, it is shown, and the run fails
                console.print(f"{name} FAILED", style="bold red")
                console.print_exception(width=150)
            else:
                yield outcome
            console.print(f"{name}: took {time.monotonic() - began_s:.0f} s", highlight=False)


def main(arguments: list[str]) -> int:
    options = parse_options(arguments)
    # As Ctrl-C does: whatever was started is ended before we are.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    outcomes: list[Outcome] = []
    out = Console(width=max(Console().width, 150))
    described = machine.describe(options.scratch or Path(tempfile.gettempdir()))
    for outcome in run_rows(options, Console(stderr=True)):
        outcomes.append(outcome)
        if not options.json:
            print_outcome(outcome, options.size, out)
        if options.write:  # at once: a later row may fail
            command = shlex.join(["python", "-m", "benchmarks", *arguments])
            section = to_markdown(outcome, options.size, command)
            titles = [row.title for row in all_rows().values()]
            write_page([section, foot(described)], titles)
    if options.json:
        print(json.dumps({"machine": described, "results": [to_json(it) for it in outcomes]}))
    else:
        for name, value in described.items():
            out.print(f"  {name}: {value}", highlight=False)
    whole = len(outcomes) == len(options.rows)
    return 0 if whole and not any(outcome.voids for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
