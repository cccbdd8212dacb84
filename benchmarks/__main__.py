"""``python -m benchmarks [ROW ...]``: run, print ratios, optionally write the page."""

import argparse
import json
import shlex
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import machine
from benchmarks.contenders import ALL
from benchmarks.measure import Plan, Result, measure_row
from benchmarks.report import print_result, to_json, to_markdown, write_page
from benchmarks.rows import all_rows


def parse_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("rows", nargs="*", metavar="ROW", help=f"of {', '.join(all_rows())}; all by default")
    add("--contenders", default=",".join(ALL), help="comma-separated: %(default)s")
    add("--stations", type=int, default=100, help="connections (%(default)s)")
    add("--seconds", type=float, default=4.0, help="measured in each repeat (%(default)s)")
    add("--warmup", type=float, default=1.0, help="unmeasured before that (%(default)s)")
    add("--repeats", type=int, default=3, help="rounds over all contenders (%(default)s)")
    add("--scratch", type=Path, help="directory for the data; its disk is what is measured")
    add("--keep", action="store_true", help="leave the data directories behind")
    add("--profile", type=Path, metavar="FILE", help="run the product under cProfile into FILE")
    add("--json", action="store_true", help="print everything as JSON")
    add("--write", action="store_true", help="put the result into docs/reference/performance.md")
    options = parser.parse_args(arguments)
    options.rows = options.rows or list(all_rows())
    options.contenders = options.contenders.split(",")
    unknown = [*(set(options.rows) - set(all_rows())), *(set(options.contenders) - set(ALL))]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    return options


def run_rows(options: argparse.Namespace, console: Console) -> list[Result]:
    plan = Plan(
        stations=options.stations,
        warmup_s=options.warmup,
        seconds=options.seconds,
        repeats=options.repeats,
        scratch=options.scratch,
        keep=options.keep,
        profile=options.profile,
    )
    cores = machine.choose_cores()
    if cores.shared:
        console.print("Only one core: server and generator share it, the ratios are unreliable.")
    rows = all_rows()
    return [
        measure_row(rows[name], options.contenders, plan, cores, console.print)
        for name in options.rows
    ]


def main(arguments: list[str]) -> int:
    options = parse_options(arguments)
    console = Console(stderr=True)
    results = run_rows(options, console)
    described = machine.describe(options.scratch or Path(tempfile.gettempdir()))
    if options.json:
        print(json.dumps({"machine": described, "results": [to_json(each) for each in results]}))
    else:
        out = Console(width=max(Console().width, 150))
        for result in results:
            print_result(result, out)
        for name, value in described.items():
            out.print(f"  {name}: {value}", highlight=False)
    if options.write:
        command = shlex.join(["python", "-m", "benchmarks", *arguments])
        write_page(to_markdown(results, described, command))
    return 1 if any(result.voids for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
