"""Run ``ogniwo`` under cProfile: ``python -m benchmarks.profiled OUT serve ...``.

Only the thread of the event loop is profiled. The profile slows it by half or
so: read the shares, not the rate.
"""

import cProfile
import pstats
import sys
from importlib import import_module
from pathlib import Path

LINES = 60


def main() -> None:
    out = Path(sys.argv.pop(1))
    sys.argv[0] = "ogniwo"
    profile = cProfile.Profile()
    try:
        profile.runcall(import_module("ogniwo.cli.main").run)
    finally:
        profile.dump_stats(out)
        with out.with_suffix(".txt").open("w") as text:
            for order in ("tottime", "cumulative"):
                pstats.Stats(profile, stream=text).sort_stats(order).print_stats(LINES)


if __name__ == "__main__":
    main()
