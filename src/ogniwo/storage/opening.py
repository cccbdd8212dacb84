"""Opens the storage of a server: lock, migrations, writer, readers; and closes it in order."""

import asyncio
from pathlib import Path

from ogniwo.base.clock import Clock
from ogniwo.storage.checkpoints import Checkpoints
from ogniwo.storage.data_file import DataFile, path_from
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.read_models import SqlReadModels
from ogniwo.storage.readers import InlineReaders, PoolReaders, Readers, sqlite_engine
from ogniwo.storage.records import SqlRecords
from ogniwo.storage.sqlite import SqliteStore
from ogniwo.storage.writer import InlineWriter, ThreadWriter


class Storage:
    """One writer, the readers and what is read with them; opened within a running loop."""

    def __init__(self, file: DataFile, *, clock: Clock, inline: bool) -> None:
        self._file = file
        self._checkpoints: Checkpoints | None = None
        store = SqliteStore(file.path)
        engine = sqlite_engine(file.path)
        self._readers: Readers
        self.writer: InlineWriter | ThreadWriter
        if inline:
            self.writer = InlineWriter(store, now_ms=clock.now_ms)
            self._readers = InlineReaders(engine)
        else:
            self.writer = ThreadWriter(store, now_ms=clock.now_ms)
            self._readers = PoolReaders(engine)
            figures = self.writer.figures
            self._checkpoints = Checkpoints(file.path, lambda: figures.batches)
        self.records = SqlRecords(self._readers, self.writer)
        self.read_models = SqlReadModels(self._readers)

    async def close(self) -> None:
        """The last connection to close leaves one file, without a log beside it."""
        await self.writer.close()
        await asyncio.to_thread(self._close_the_rest)

    def _close_the_rest(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
        self._readers.close()
        self._file.close()


async def open_storage(url: str, *, clock: Clock, inline: bool = False) -> Storage:
    """``inline``: no threads, for deterministic simulation. Errors: ``UsageError``."""
    file = _opened(path_from(url)) if inline else await asyncio.to_thread(_opened, path_from(url))
    return Storage(file, clock=clock, inline=inline)


def _opened(path: Path) -> DataFile:
    file = DataFile(path)
    try:
        migrate_file(file)
    except BaseException:
        file.close()
        raise
    return file
