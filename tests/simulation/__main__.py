"""``python -m tests.simulation``: lives through worlds and tells what the referee found.

Exactly repeatable: the interpreter's own chance (the order of sets of text) is switched off.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Final

SHOWN_MAX: Final = 20


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, action="append", default=[], help="live through this world")
    add("--seeds", metavar="A-B", help="and through these")
    add("--hours", type=float, default=2.0, help="simulated (%(default)s)")
    add("--bug", help="plant this bug into the server; the worlds then end with the first find")
    add("--trace", type=Path, help="write what was said on the wires into this file")
    add("--budget", type=float, metavar="S", help="start no new world after so many seconds")
    add("--quiet", action="store_true", help="tell only of what is wrong")
    return parser.parse_args(arguments)


def seeds_of(options: argparse.Namespace) -> list[int]:
    seeds = list(options.seed)
    if options.seeds:
        first, _, last = options.seeds.partition("-")
        seeds += range(int(first), int(last) + 1)
    return seeds or [time.time_ns() % 1_000_000]  # noqa: TID251 - any number will do


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    from tests.simulation.life import live  # noqa: PLC0415 - after the interpreter is set up

    began_s = time.monotonic()
    failed = 0
    for seed in seeds_of(options):
        if options.budget and time.monotonic() - began_s > options.budget:
            break
        outcome = live(seed, options.hours, bug=options.bug)
        if options.trace:
            options.trace.write_text("\n".join(outcome.trace))
        if outcome.findings or not options.quiet:
            tell(outcome.summary)
        for line in outcome.findings[:SHOWN_MAX]:
            tell(f"  {line}")
        if outcome.findings:
            failed += 1
            bug = f" BUG={options.bug}" if options.bug else ""
            tell(f"  again: make sim SEED={seed} HOURS={options.hours:g}{bug}")
            if options.bug:
                break
    return 1 if failed else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    sys.exit(main(sys.argv[1:]))
