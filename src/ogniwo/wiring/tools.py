"""What the command line does to a database and a set-up without a server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from ogniwo.app.copies import Copy, Moved, Restored
from ogniwo.base import advice, machine
from ogniwo.base.checkup import Check, fine, problem
from ogniwo.base.clock import Clock, SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.settings import Settings
from ogniwo.bus.checkup import bus_checked
from ogniwo.domain.audit import Finding
from ogniwo.gateway.certificates import certificates_checked
from ogniwo.storage.audit import examine_books
from ogniwo.storage.backup_note import note_backup
from ogniwo.storage.checkup import look_at, mark_of
from ogniwo.storage.copies import back_up, restore
from ogniwo.storage.data_file import path_from
from ogniwo.storage.migrate import Phase, migrate
from ogniwo.storage.moving import move
from ogniwo.storage.pg_connect import is_postgresql
from ogniwo.wiring.place import (
    KEY_MARK,
    certificates_of,
    check_map_file,
    data_dir_of,
    database_of,
    files_dir_of,
    key_file_of,
)


def migrate_database(settings: Settings, *, pre: bool = False, post: bool = False) -> str:
    """What was migrated, in words. Errors: UsageError."""
    url = database_of(settings, Path(settings.data_dir))
    if not is_postgresql(url):
        data_dir_of(settings)
    return migrate(url, phase=Phase.PRE if pre else Phase.POST if post else None)


def move_database(source: str, target: str, *, told: Callable[[str], None]) -> Moved:
    """Errors: OgniwoError; also while a server runs on either."""
    return move(source, target, now=SystemClock().now_us(), told=told)


def back_up_database(settings: Settings, target: Path, *, force: bool) -> Copy:
    """Also while a server runs on it. Errors: OgniwoError."""
    url, began_at = database_of(settings, Path(settings.data_dir)), SystemClock().now_us()
    copy = back_up(url, target, force=force)
    return replace(copy, noted=note_backup(url, began_at))


def restore_database(settings: Settings, backup: Path, *, force: bool) -> Restored:
    """Errors: OgniwoError, also while a server runs on it."""
    url = database_of(settings, Path(settings.data_dir))
    if not is_postgresql(url):
        data_dir_of(settings)
    return restore(url, backup, now=SystemClock().now_us(), force=force)


def key_beside(settings: Settings) -> Path:
    """What a backup of the database does not hold, and is of little use without."""
    return key_file_of(settings, Path(settings.data_dir))


def files_beside(settings: Settings) -> Path:
    """What stations uploaded; the database only lists it."""
    return files_dir_of(settings)


def key_checked(settings: Settings) -> Iterator[Check]:
    """Is the file here the key of the passwords in the database? Errors: UsageError."""
    mark = mark_of(database_of(settings, Path(settings.data_dir)), KEY_MARK)
    yield from machine.same_key(key_beside(settings), mark)


def check_database(settings: Settings) -> list[Finding]:
    """Also while a server runs on it. Errors: OgniwoError."""
    url = database_of(settings, Path(settings.data_dir))
    return examine_books(url, now=SystemClock().now_us())


def examine_setup(settings: Settings) -> Iterator[Check]:
    """Everything a server started with these settings would meet. Errors: UsageError."""
    clock, data_dir = SystemClock(), Path(settings.data_dir)
    url = database_of(settings, data_dir)
    processes = 1 + settings.gateways
    looked = look_at(url, clock=clock, processes=processes)
    yield from advice.of_settings(settings)
    yield from machine.data_directory(data_dir)
    yield from machine.private_file("key", key_beside(settings))
    yield from machine.same_key(key_beside(settings), looked.figures.key_mark)
    if not is_postgresql(url):
        yield from machine.private_file("database file", path_from(url))
    yield from looked.checks
    if settings.bus is not None:
        yield from bus_checked(settings.bus)
    yield from machine.ports(settings)
    yield from _certificates(settings, clock)
    yield from _street_map(settings)
    yield from machine.clock(clock.now_us(), looked.figures.newest_event_at)
    if settings.role in {"all", "gateway"}:
        sharing = max(looked.figures.gateways, settings.gateways, 1)
        yield from machine.file_limit(-(-looked.figures.stations // sharing))
    yield from machine.versions()


def _street_map(settings: Settings) -> Iterator[Check]:
    try:
        found = check_map_file(settings)
    except UsageError as error:
        what, _, todo = str(error).partition(": ")
        yield problem("street map", what, todo)
        return
    if found is not None:
        zooms = f"zooms {found.zoom_min} to {found.zoom_max}"
        yield fine("street map", f"{found.kind} tiles, {zooms}, source: {found.attribution or '?'}")


def _certificates(settings: Settings, clock: Clock) -> Iterator[Check]:
    if settings.ocpp_tls is None:
        return
    certificates = certificates_of(settings)
    host = urlsplit(settings.public_ocpp_url or "").hostname
    yield from certificates_checked(certificates, host=host, now=clock.now_us())
    for it in certificates:
        yield from machine.private_file("TLS key", it.key)
