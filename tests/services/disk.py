"""A disk with little room, for one test: a file system in memory, or a limit on files.

Where mounting is permitted the disk is a real one, and ENOSPC is what programs meet. Elsewhere
``Ceiling`` is put over the files of the programs, which they may not make larger: they meet
EFBIG. Both are full when the test says so.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from tests.services.processes import children_of

SIZE_BYTES: Final = 24 << 20
LEFT_BYTES: Final = 256 << 10  # of the room that is left when the disk fills: the load takes it
BLOCK_BYTES: Final = 4 << 10
CRAMMED_BYTES: Final = 16 << 10  # of a file: less than SQLite needs beside a database to open it
ENDED_WITHIN_S: Final = 10.0
# The one that mounts waits for us to end, whatever ends us, and tidies up.
MOUNT: Final = """
mount -t tmpfs -o "size=$2,mode=0777" none "$1" || exit 1
echo mounted
cat
umount -l "$1"
"""


class Disk(Protocol):
    """``folder`` is where the data belongs."""

    folder: Path

    def fill(self, pid: int) -> None:
        """Nearly: what the process with this id writes next takes the rest."""
        ...

    def make_room(self, pid: int) -> None: ...

    def crammed(self) -> AbstractContextManager[None]:
        """Not a block is left, for programs that begin meanwhile."""
        ...


class MountedDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, pid: int) -> None:
        self._take_all_but(LEFT_BYTES)

    def make_room(self, pid: int) -> None:
        self._ballast.unlink()

    @contextmanager
    def crammed(self) -> Iterator[None]:
        self._take_all_but(0)
        try:
            yield
        finally:
            self._ballast.unlink()

    def _take_all_but(self, size_bytes: int) -> None:
        state = os.statvfs(self.folder)
        room = state.f_bavail * state.f_frsize
        with self._ballast.open("ab", buffering=0) as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(room - size_bytes, BLOCK_BYTES))


class Ceiling:
    """Programs write at the beginning of their files only, as if there were no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        self._limit_family(pid, CRAMMED_BYTES)

    def make_room(self, pid: int) -> None:
        self._limit_family(pid, resource.RLIM_INFINITY)

    @contextmanager
    def crammed(self) -> Iterator[None]:
        self._limit(os.getpid(), CRAMMED_BYTES)
        try:
            yield
        finally:
            self._limit(os.getpid(), resource.RLIM_INFINITY)

    def _limit_family(self, parent: int, size_bytes: int) -> None:
        """The process and its children; one that ends at this moment writes no more."""
        for pid in (parent, *children_of(parent)):
            with suppress(ProcessLookupError):
                self._limit(pid, size_bytes)

    def _limit(self, pid: int, size_bytes: int) -> None:
        limits = (size_bytes, resource.RLIM_INFINITY)
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        except PermissionError:  # another user's: who may not even as root may as that user
            as_words = ":".join(
                "unlimited" if it == resource.RLIM_INFINITY else str(it) for it in limits
            )
            owner = Path(f"/proc/{pid}").stat()
            subprocess.run(
                ["prlimit", f"--pid={pid}", f"--fsize={as_words}"],
                check=True,
                user=owner.st_uid,
                group=owner.st_gid,
                extra_groups=[],
            )


@contextmanager
def small_disk(folder: Path, size_bytes: int = SIZE_BYTES) -> Iterator[Disk]:
    folder.mkdir()
    mounting = subprocess.Popen(
        ["/bin/sh", "-c", MOUNT, "mount", str(folder), str(size_bytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert mounting.stdout is not None
    try:
        mounted = mounting.stdout.readline() == b"mounted\n"
        yield MountedDisk(folder) if mounted else Ceiling(folder)
    finally:
        mounting.communicate(timeout=ENDED_WITHIN_S)
