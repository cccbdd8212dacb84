"""A file that appears under its name only when it is whole and lies safely on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ogniwo.app.copies import CopyError
from ogniwo.base.errors import UsageError


def existing(path: Path) -> Path:
    """Opening would make an empty database where none is."""
    try:
        if path.is_file():
            return path
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror}): use the server's user") from error
    raise UsageError(f"there is no database at {path}: check the path, or give --data-dir")


def check_may_write(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise CopyError(f"{target} exists: name another file, or overwrite it with --force")


@contextmanager
def draft_of(path: Path, ending: str = ".part") -> Iterator[Path]:
    """Readable by us alone from its first byte, and gone if it does not become a copy."""
    draft = path.with_name(path.name + ending)
    try:
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
    except OSError as error:
        raise CopyError(f"cannot write {draft}: {error.strerror}") from error
    try:
        yield draft
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            draft.with_name(draft.name + end).unlink(missing_ok=True)


def publish(draft: Path, path: Path) -> None:
    """A new name is durable only with its directory."""
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
