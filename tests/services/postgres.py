"""A PostgreSQL of our own: the distribution's programs, in a temporary directory, for one run.

``postgres`` is the server, which a test may stop and start; ``database_url`` a database of the
product's schema for one test, ``empty_database_url`` one without a table. A server refuses to
run as root, so root starts it as another user.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.services.ports import HOST, free_ports
from tests.services.processes import children_of, is_running

USER: Final = "ogniwo"
PASSWORD: Final = "geheim-7781"
READY_S: Final = 30.0
STOPPED_S: Final = 30.0
COMMAND_S: Final = 30.0
LOG_LINES_TOLD: Final = 40

How = Literal["fast", "immediate"]
_SIGNALS: Final[dict[How, signal.Signals]] = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,  # as in a crash: nothing is tidied up
}
_SETTINGS: Final = (
    f"listen_addresses = '{HOST}'",
    "unix_socket_directories = ''",
    "shared_buffers = 64MB",
    "max_connections = 200",
    "timezone = 'UTC'",
    "log_line_prefix = '%m [%p] %d %a '",
)


def programs() -> Path | None:
    """Where the newest installed server's programs lie: Debian keeps them off the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda it: int(it.parts[-3])
    )
    elsewhere = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(elsewhere).resolve().parent if elsewhere else None


class Postgres:
    def __init__(self, binaries: Path, *, wal: Path | None = None) -> None:
        """``wal``: an empty folder for its write-ahead log, in small files; else with the rest."""
        (self.port,) = free_ports(1)
        self._binaries = binaries
        self._wal = wal
        self._user = _unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="ogniwo-postgres-"))
        self._log = self._folder / "log"
        self._server: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._template = ""
        self._log.touch()
        for path in (self._folder, self._log, *([] if wal is None else [wal])):
            if self._user is not None:
                shutil.chown(path, self._user, pwd.getpwnam(self._user).pw_gid)
        self._make_cluster()

    # -- the server ---------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        assert self._server is not None, "the server is not running"
        return self._server.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._server = self._popen(
                [self._binaries / "postgres", "-D", self._folder / "data", "-p", str(self.port)],
                output=log.fileno(),
            )
        self._wait_until_ready()

    def stop(self, how: How = "fast") -> None:
        if self._server is not None:
            self._server.send_signal(_SIGNALS[how])
            self._server.wait(STOPPED_S)
            self._server = None

    def kill(self) -> None:
        """SIGKILL: nothing is told to anybody; its processes end when they see that it is gone."""
        if self._server is None:
            return
        orphans = children_of(self._server.pid)
        self._server.kill()
        self._server.wait(STOPPED_S)
        self._server = None
        deadline = time.monotonic() + STOPPED_S
        while left := [pid for pid in orphans if is_running(pid)]:
            assert time.monotonic() < deadline, f"outlive their server: {left}"
            time.sleep(0.02)

    def kill_connection_of(self, application: str) -> None:
        """As a machine out of memory does: the server then ends all others and recovers."""
        self._wait_until_ready()
        (pid, *_) = self.run(
            f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE '{application}%'"
        ).splitlines()
        self.signal(int(pid), signal.SIGKILL)

    def signal(self, pid: int, number: signal.Signals) -> None:
        """To one of its processes, e.g. to freeze a connection."""
        assert Path(f"/proc/{pid}/stat").read_text().split()[3] == str(self.pid)
        os.kill(pid, number)

    @property
    def told(self) -> str:
        """Its log; empty when it was removed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def log_tail(self) -> str:
        return "\n".join(self.told.splitlines()[-LOG_LINES_TOLD:])

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder)

    # -- its databases ------------------------------------------------------------------------

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@{HOST}:{self.port}/{database}"

    def new_database(self, *, empty: bool = False) -> str:
        """Its name. If not empty it is a copy of one that was prepared once, as by a first node."""
        if not empty and not self._template:
            self._template = self._create("template0")
            with ThreadPoolExecutor(1) as elsewhere:  # the test may have a loop running
                elsewhere.submit(_prepare, self.url(self._template)).result()
        return self._create("template0" if empty else self._template)

    def drop(self, database: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def run(self, sql: str, database: str = "postgres") -> str:
        """Past the product, as an administrator would: what ``psql`` prints, without a frame."""
        return self._psql(sql, database, check=True).stdout.strip()

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _psql(self, sql: str, database: str, *, check: bool) -> subprocess.CompletedProcess[str]:
        arguments = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql)
        return subprocess.run(
            [self._binaries / "psql", *arguments, self.url(database)],
            check=check,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
        )

    def _make_cluster(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        arguments = ("-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8")
        made = self._popen(
            [
                *(self._binaries / "initdb", "-D", self._folder / "data", "--no-sync"),
                *(*arguments, f"--pwfile={secret}", *_on_its_own(self._wal)),
            ],
            output=subprocess.PIPE,
        )
        told, _ = made.communicate(timeout=COMMAND_S)
        assert made.returncode == 0, told.decode()
        with (self._folder / "data" / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{line}\n" for line in _SETTINGS)

    def _popen(self, command: list[str | Path], *, output: int) -> subprocess.Popen[bytes]:
        group = None if self._user is None else pwd.getpwnam(self._user).pw_gid
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            user=self._user,
            group=group,
            extra_groups=None if group is None else [],
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while self._psql("SELECT 1", "postgres", check=False).returncode != 0:
            assert self.running, f"the server ended:\n{self.log_tail()}"
            assert time.monotonic() < deadline, f"the server is not ready:\n{self.log_tail()}"
            time.sleep(0.05)


def _on_its_own(wal: Path | None) -> tuple[str, ...]:
    return () if wal is None else (f"--waldir={wal}", "--wal-segsize=1")


def _prepare(url: str) -> None:
    from ogniwo.base.clock import SystemClock  # noqa: PLC0415 - loaded for every test run
    from ogniwo.storage.pg_connect import address_from  # noqa: PLC0415 - as above
    from ogniwo.storage.pg_opening import prepare  # noqa: PLC0415 - as above

    asyncio.run(prepare(address_from(url), SystemClock()))


def _unprivileged() -> str | None:
    """None: as we are."""
    if os.geteuid() != 0:
        return None
    names = {it.pw_name for it in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


# -- for tests --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _cluster() -> Iterator[Postgres]:
    binaries = programs()
    if binaries is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    server = Postgres(binaries)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres(_cluster: Postgres) -> Postgres:
    if not _cluster.running:  # a test stopped it
        _cluster.start()
    return _cluster


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    yield from _database(postgres, empty=False)


@pytest.fixture
def empty_database_url(postgres: Postgres) -> Iterator[str]:
    yield from _database(postgres, empty=True)


def _database(postgres: Postgres, *, empty: bool) -> Iterator[str]:
    name = postgres.new_database(empty=empty)
    yield postgres.url(name)
    if not postgres.running:
        postgres.start()
    postgres.drop(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    server = getattr(item, "funcargs", {}).get("postgres")
    if report.failed and isinstance(server, Postgres):
        report.sections.append(("PostgreSQL log", server.log_tail()))
    return report
