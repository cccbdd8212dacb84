"""Where files lie on disk: those that are on their way, and those that came whole.

Their names on disk are numbers of ours: nothing of what a station says becomes part of a path.
All of it blocks, so it is called from threads.
"""

import errno
import hashlib
import os
import shutil
from io import BufferedRandom
from pathlib import Path
from typing import Final, NoReturn

from ogniwo.base.ids import instant_of
from ogniwo.base.units import Instant
from ogniwo.web.files.troubles import GapError, NoRoomError, TooLargeError

# Below it nothing is taken: the database shares the disk, and energy comes before logs.
FREE_BYTES_MIN: Final = 256 * 1024 * 1024
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Draft:
    """A file on its way, open at its end."""

    def __init__(self, file: BufferedRandom, path: Path, shelf: "Shelf") -> None:
        self._file = file
        self._path = path
        self._shelf = shelf

    @property
    def size(self) -> int:
        return self._file.tell()

    def write(self, chunk: bytes) -> None:
        """Errors: TooLargeError, NoRoomError; then nothing of the file is kept."""
        try:
            self._shelf.check(self.size + len(chunk))
            self._file.write(chunk)
            self._file.flush()
        except (TooLargeError, NoRoomError):
            self.drop()
            raise
        except OSError as error:
            self.drop()
            _refuse(error)

    def keep(self, target: Path) -> tuple[int, str]:
        """Whole and safe under its final name; its size and SHA-256."""
        try:
            os.fsync(self._file.fileno())
            self._file.seek(0)
            digest = hashlib.file_digest(self._file, "sha256").hexdigest()
            size = self._file.seek(0, os.SEEK_END)
            self._file.close()
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.replace(target)
            _sync(target.parent)
        except OSError as error:
            _refuse(error)
        return size, digest

    def close(self) -> None:
        self._file.close()

    def drop(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class Shelf:
    def __init__(self, root: Path, *, bytes_max: int, free_bytes_min: int = FREE_BYTES_MIN) -> None:
        self._incoming = root / "incoming"
        self._received = root / "received"
        self._firmware = root / "firmware"
        self._bytes_max = bytes_max
        self._free_bytes_min = free_bytes_min

    def offset(self, number: int) -> int:
        """How much of it is here."""
        try:
            return (self._incoming / str(number)).stat().st_size
        except FileNotFoundError:
            return 0

    def begin(self, number: int, offset: int, announced: int) -> Draft:
        """Go on at ``offset``, or begin anew at 0; ``announced`` bytes are to come.

        Errors: GapError, TooLargeError, NoRoomError.
        """
        path = self._incoming / str(number)
        here = self.offset(number)
        if offset > here:
            raise GapError(here)
        self.check(offset + announced)
        try:
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = path.open("r+b" if here else "w+b")
            file.truncate(offset)
            file.seek(offset)
        except OSError as error:
            _refuse(error)
        return Draft(file, path, self)

    def check(self, size: int) -> None:
        """Errors: TooLargeError, NoRoomError."""
        if size > self._bytes_max:
            raise TooLargeError(
                f"files of at most {self._bytes_max} bytes are taken: ask for a shorter time, "
                "or raise file_mb_max"
            )
        if self._free() < self._free_bytes_min:
            raise NoRoomError("the disk is nearly full: free some space on the server")

    def path(self, station_id: int, number: int) -> Path:
        return self._received / str(station_id) / str(number)

    def firmware(self, number: int) -> Path:
        """Of an operator, for stations to fetch; it stays until it is removed."""
        return self._firmware / str(number)

    def remove(self, before: Instant) -> list[tuple[int, int]]:
        """Files that were asked for before then: those removed, by station and number."""
        for path in self._old(self._incoming, before):
            path.unlink(missing_ok=True)
        removed = []
        for path in self._old(self._received, before):
            path.unlink(missing_ok=True)
            removed.append((int(path.parent.name), int(path.name)))
        return removed

    def _old(self, folder: Path, before: Instant) -> list[Path]:
        files = [it for it in folder.rglob("*") if it.name.isdecimal() and it.is_file()]
        return [it for it in files if instant_of(int(it.name)) < before]

    def _free(self) -> int:
        folder = self._incoming
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free


def _refuse(error: OSError) -> NoReturn:
    if error.errno in _FULL:
        raise NoRoomError("the disk is full: free some space on the server") from error
    raise error


def _sync(folder: Path) -> None:
    """The name too must be there after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
