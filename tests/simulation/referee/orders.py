"""Every order ends, and one that is called applied has had its effect at the station."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from ogniwo.base.units import US_PER_SECOND
from ogniwo.sim.stats import LedgerEntry
from tests.simulation.disk import Disk

CLOCK_S: Final = 400  # how wrong a node's clock may be
_COMMANDS: Final = (
    "SELECT c.id, c.name, c.state, c.is_open, c.order_json, c.created_at, s.identity"
    " FROM command c JOIN station s ON s.id = c.station_id ORDER BY c.id"
)


def differences(disk: Disk, entries: Sequence[LedgerEntry]) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong). Asked when the world is quiet."""
    started: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        started.setdefault((entry.station, entry.token), []).append(entry.started_s)
    for number, name, state, is_open, order, created_at, identity in disk.rows(_COMMANDS):
        what = f"{name} {number} to {identity}"
        if is_open:
            yield "every order ends", f"{what} is {state}"
        if name == "remote_start" and state == "applied":
            token = json.loads(order)["token"]["uid"]
            earliest_s = created_at // US_PER_SECOND - CLOCK_S
            if not any(it >= earliest_s for it in started.get((identity, token), ())):
                yield "applied is seen at the station", f"{what}: nothing started with {token}"
