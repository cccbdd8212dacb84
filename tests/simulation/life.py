"""One world from its beginning to its end, in a folder that is gone afterwards."""

import tempfile
from pathlib import Path
from typing import Final
from unittest.mock import patch

from ogniwo.app import reference
from tests.simulation.loop import run
from tests.simulation.world import Outcome, Plan, World

REFERENCE_S: Final = 10.0  # how often copies are looked after: most of an idle node's work
MEMORY: Final = Path("/dev/shm")


def live(seed: int, hours: float, *, bug: str | None = None) -> Outcome:
    plan = Plan.of(seed, hours)
    where = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ogniwo-sim-", dir=where) as folder:

        async def whole() -> Outcome:
            return await World(plan, Path(folder), bug=bug).live()

        with patch.object(reference, "EVERY_S", REFERENCE_S):
            return run(whole())
