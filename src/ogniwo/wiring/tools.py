"""What the command line does to a database and a set-up without a server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ogniwo.app.copies import Copy, Moved, Restored
from ogniwo.base import machine
from ogniwo.base.checkup import Check
from ogniwo.base.clock import SystemClock
from ogniwo.base.settings import Settings
from ogniwo.domain.audit import Finding
from ogniwo.gateway.certificates import certificates_checked
from ogniwo.storage.audit import examine_books
from ogniwo.storage.checkup import database_checked, figures_of, file_of
from ogniwo.storage.copies import back_up, name_of, restore
from ogniwo.storage.migrate import Phase, migrate
from ogniwo.storage.moving import move
from ogniwo.storage.pg_connect import is_postgresql
from ogniwo.wiring.place import KEY_FILE, certificates_of, data_dir_of, database_of


def migrate_database(settings: Settings, *, pre: bool = False, post: bool = False) -> str:
    """What was migrated, in words. Errors: UsageError."""
    url = database_of(settings, Path(settings.data_dir))
    if not is_postgresql(url):
        data_dir_of(settings)
    migrate(url, phase=Phase.PRE if pre else Phase.POST if post else None)
    return name_of(url)


def move_database(source: str, target: str, *, told: Callable[[str], None]) -> Moved:
    """Errors: OgniwoError; also while a server runs on either."""
    return move(source, target, now=SystemClock().now_us(), told=told)


def back_up_database(settings: Settings, target: Path, *, force: bool) -> Copy:
    """Also while a server runs on it. Errors: OgniwoError."""
    return back_up(database_of(settings, Path(settings.data_dir)), target, force=force)


def restore_database(settings: Settings, backup: Path) -> Restored:
    """Errors: OgniwoError, also while a server runs on it."""
    url = database_of(settings, data_dir_of(settings))
    return restore(url, backup, now=SystemClock().now_us())


def check_database(settings: Settings) -> list[Finding]:
    """Also while a server runs on it. Errors: OgniwoError."""
    url = database_of(settings, Path(settings.data_dir))
    return examine_books(url, now=SystemClock().now_us())


def examine_setup(settings: Settings) -> Iterator[Check]:
    """Everything a server started with these settings would meet. Errors: UsageError."""
    now = SystemClock().now_us()
    data_dir = Path(settings.data_dir)
    database = file_of(database_of(settings, data_dir))
    figures = figures_of(database)
    yield from machine.data_directory(data_dir)
    yield from machine.private_file("key", data_dir / KEY_FILE)
    yield from machine.private_file("database file", database)
    yield from database_checked(database)
    yield from machine.ports(settings)
    if settings.ocpp_tls is not None:
        certificates = certificates_of(settings)
        host = urlsplit(settings.public_ocpp_url or "").hostname
        yield from certificates_checked(certificates, host=host, now=now)
        for it in certificates:
            yield from machine.private_file("TLS key", it.key)
    yield from machine.clock(now, figures.newest_event_at)
    yield from machine.file_limit(figures.stations)
    yield from machine.versions()
