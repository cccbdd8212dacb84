"""That a backup was made is noted beside the server that writes, and read by it."""

import asyncio
from pathlib import Path

from ogniwo.app.backups import DEMO_MARK, BackupTrace
from ogniwo.base.units import US_PER_MS
from ogniwo.domain.events import Event, EventKind
from ogniwo.storage.backup_note import note_backup
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import HOUR_US

DAY_US = 24 * HOUR_US


@on_every_engine
async def test_a_server_sees_when_the_last_backup_was_made(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        seen = [await storage.read_models.backup_trace()]
        await storage.writer.write(
            [
                Event(id=number, kind=EventKind.SITE_CREATED, at=number * DAY_US)
                for number in (1, 2, 3)
            ]
        )
        noted = []
        for at in (4 * DAY_US, 5 * DAY_US + 7 * US_PER_MS):
            noted.append(await asyncio.to_thread(note_backup, engine.url(tmp_path), at))
            seen.append(await storage.read_models.backup_trace())
        await storage.records.is_ours(DEMO_MARK, "yes")
        seen.append(await storage.read_models.backup_trace())

    last = BackupTrace(last_at=5 * DAY_US + 7 * US_PER_MS, oldest_at=DAY_US)
    assert noted == [True, True]
    assert seen == [
        BackupTrace(),
        BackupTrace(last_at=4 * DAY_US, oldest_at=DAY_US),
        last,
        BackupTrace(last_at=last.last_at, oldest_at=DAY_US, demo=True),
    ]


async def test_what_somebody_else_wrote_into_the_note_is_no_backup(tmp_path: Path) -> None:
    engine = Engine(name="sqlite", inline=True)
    (tmp_path / "ogniwo.db.backed-up").write_bytes(b"yesterday, I think\n")
    async with engine.opened(tmp_path) as storage:
        assert (await storage.read_models.backup_trace()).last_at is None


def test_a_note_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert not note_backup(f"sqlite:///{tmp_path / 'nowhere' / 'ogniwo.db'}", DAY_US)
    assert not note_backup("postgresql://ogniwo:none@127.0.0.1:1/ogniwo", DAY_US)
