"""Every order ends, once; one that may do harm is sent once; an applied one has had its effect."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from ogniwo.base.units import US_PER_SECOND
from ogniwo.sim.stats import LedgerEntry
from tests.simulation.disk import Disk
from tests.simulation.referee.talk import ORDERS_ONCE_ONLY, Talk

CLOCK_S: Final = 400  # how wrong a node's clock may be
_COMMANDS: Final = (
    "SELECT c.id, c.name, c.state, c.is_open, c.order_json, c.created_at, c.effect_by, s.identity"
    " FROM command c JOIN station s ON s.id = c.station_id ORDER BY c.id"
)
_NAME: Final = "SELECT name FROM command WHERE id = ?"
_ONCE_ONLY: Final = frozenset(it.__struct_config__.tag for it in ORDERS_ONCE_ONLY)


def sent_twice(disk: Disk, talk: Talk) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong). Asked now and then, of what was said since."""
    again, talk.sent_again = talk.sent_again, []
    for number, what in again:
        names = [name for (name,) in disk.rows(_NAME, int(number))]
        if not names or names[0] in _ONCE_ONLY:
            yield "no order is sent twice", f"{number}, {what}: {names}"


def differences(disk: Disk, entries: Sequence[LedgerEntry]) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong). Asked when the world is quiet."""
    started: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        started.setdefault((entry.station, entry.token), []).append(entry.started_s)
    now = disk.clock.now_us()
    for number, name, state, is_open, order, created_at, due, identity in disk.rows(_COMMANDS):
        what = f"{name} {number} to {identity}"
        if is_open and (due is None or due < now):  # firmware may take a day
            yield "every order ends", f"{what} is {state}"
        if name == "remote_start" and state == "applied":
            token = json.loads(order)["token"]["uid"]
            earliest_s = created_at // US_PER_SECOND - CLOCK_S
            if not any(it >= earliest_s for it in started.get((identity, token), ())):
                yield "applied is seen at the station", f"{what}: nothing started with {token}"
