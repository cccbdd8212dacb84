"""One world from its beginning to its end, in a folder that is gone afterwards."""

import tempfile
from pathlib import Path
from typing import Final
from unittest.mock import patch

from ogniwo.app import reference
from ogniwo.wiring import jobs
from tests.simulation.loop import run
from tests.simulation.world import Outcome, Plan, World

LOOK_S: Final = 10.0  # idle nodes look for what nobody told them: most of what they do
MEMORY: Final = Path("/dev/shm")


def live(seed: int, hours: float, *, bug: str | None = None) -> Outcome:
    plan = Plan.of(seed, hours)
    where = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ogniwo-sim-", dir=where) as folder:

        async def whole() -> Outcome:
            return await World(plan, Path(folder), bug=bug).live()

        seldom = patch.object(reference, "EVERY_S", LOOK_S), patch.object(jobs, "TAKE_UP_S", LOOK_S)
        with seldom[0], seldom[1]:
            return run(whole())
