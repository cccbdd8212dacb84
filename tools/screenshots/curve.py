"""The day's curve before the server started, which it would have reckoned quarter by quarter."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

QUARTER_S: Final = 900
PUT: Final = (
    "INSERT OR REPLACE INTO site_quarter (at, site_id, energy_wh, sessions) VALUES (?,?,?,?)"
)


def draw_curve(database: Path, sessions: Iterable[dict[str, Any]], until_s: float) -> None:
    """Each session's energy evenly over the quarters that it lasted."""
    energy: Counter[tuple[int, int]] = Counter()
    present: Counter[tuple[int, int]] = Counter()
    for one in sessions:
        start, end = _seconds(one["started_at"]), _seconds(one["ended_at"]) or until_s
        if start is None or not one["energy_wh"]:
            continue
        site = int(one["site_id"] or 0)
        for quarter in range(int(start // QUARTER_S), int(end // QUARTER_S) + 1):
            at = quarter * QUARTER_S
            share = min(end, at + QUARTER_S) - max(start, at)
            energy[at, site] += round(one["energy_wh"] * share / max(end - start, 1))
            present[at, site] += 1
    rows = [
        (at * 1_000_000, site, wh, present[at, site])
        for (at, site), wh in energy.items()
        if at + QUARTER_S <= until_s
    ]
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        connection.executemany(PUT, rows)
    connection.close()


def _seconds(at: str | None) -> float | None:
    return None if at is None else datetime.fromisoformat(at).timestamp()
