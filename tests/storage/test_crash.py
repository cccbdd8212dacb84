"""A process is killed while it writes: what it was told is durable is there, and whole."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ogniwo.storage import schema
from tests.storage.engines import SQLITE, Engine, aggregates

THREADED = SQLITE

# Twenty stations write without end; each says on its output what it was told is durable.
WRITE = """
    import asyncio, sys
    from pathlib import Path
    from tests.storage.engines import SQLITE
    from tests.storage.trade import a_charging_station

    async def charge(storage, number):
        station = a_charging_station(number, first_id=number * 10**9)
        await storage.writer.write([station.station, station.session])
        while True:
            rows = station.unit()
            await storage.writer.write(rows)
            print(rows[1].id, flush=True)

    async def main():
        async with SQLITE.opened(Path(sys.argv[1])) as storage:
            async with asyncio.TaskGroup() as group:
                for number in range(1, 21):
                    group.create_task(charge(storage, number))

    asyncio.run(main())
"""


@pytest.mark.parametrize("after_s", [0.05, 0.3, 0.9])
async def test_no_acknowledged_unit_is_missing_after_kill_9(tmp_path: Path, after_s: float) -> None:
    acknowledged = _killed_while_writing(tmp_path / "data", after_s)

    async with THREADED.opened(tmp_path / "data") as storage:
        heads = {
            it.station.id: it.message_head
            for it in await aggregates(
                storage.records, [f"CP{number:04}" for number in range(1, 21)]
            )
        }
    messages = _by_id(THREADED, tmp_path / "data", "message")
    samples = _by_id(THREADED, tmp_path / "data", "sample")
    sessions = _by_id(THREADED, tmp_path / "data", "session")

    assert len(acknowledged) > 20
    assert acknowledged <= messages.keys()
    assert len(messages) == len(samples)
    for station_id, head in heads.items():
        trail = _trail(messages, head)
        assert len(trail) == sum(it["station_id"] == station_id for it in messages.values())
    for session in sessions.values():
        trail = _trail(samples, session["sample_head"])
        assert len(trail) == session["samples"]


def _killed_while_writing(folder: Path, after_s: float) -> set[int]:
    with (folder.parent / "acknowledged").open("w+b") as told:
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITE), str(folder)],
            stdout=told,
            cwd=Path(__file__).parents[2],
        ) as writer:
            deadline = time.monotonic() + 20
            while told.tell() == 0 and time.monotonic() < deadline:
                time.sleep(0.01)
                told.seek(0, 2)
            time.sleep(after_s)
            writer.send_signal(signal.SIGKILL)
        told.seek(0)
        whole_lines, _, _ = told.read().rpartition(b"\n")
    return {int(line) for line in whole_lines.split()}


def _by_id(engine: Engine, folder: Path, name: str) -> dict[object, dict[str, object]]:
    return {row["id"]: row for row in engine.rows(folder, schema.metadata.tables[name])}


def _trail(rows: dict[object, dict[str, object]], head: object) -> list[object]:
    """Back along ``prev``; a link that leads nowhere is a KeyError."""
    trail = []
    while head is not None:
        trail.append(head)
        head = rows[head]["prev"]
    return trail
