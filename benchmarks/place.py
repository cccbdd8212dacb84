"""Where one run of one server lives: a directory, free ports, and the services it needs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.contenders import Contender, Place, free_ports
from benchmarks.row import Plan
from benchmarks.services import services

PORTS_MAX: Final = 10  # for stations, for HTTP, and HTTP of each gateway


@contextmanager
def place_for(contender: Contender, plan: Plan, *, spread: bool = False) -> Iterator[Place]:
    """An empty data directory, removed afterwards unless it is to be kept, and what it needs.

    ``spread``: its services may run on every core.
    """
    profile = plan.profile if contender.name == "product" else None
    directory = Path(tempfile.mkdtemp(prefix=f"bench-{contender.name}-", dir=plan.scratch))
    try:
        with services(
            postgres="postgres" in contender.needs,
            bus="bus" in contender.needs,
            folder=directory,
            cores=None if spread else plan.cores,
        ) as beside:
            ocpp_port = free_ports(PORTS_MAX)
            yield Place(directory, ocpp_port, ocpp_port + 1, profile, beside)
    finally:
        if not plan.keep:
            shutil.rmtree(directory)
