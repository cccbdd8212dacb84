"""PostgreSQL's own programs for copies: found, of a fitting version, and run.

Passwords reach them through their environment, never through arguments, which anybody on the
machine can read.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from sqlalchemy import URL, make_url

from ogniwo.app.copies import CopyError
from ogniwo.storage.pg_connect import Address

# Debian keeps the programs of each version apart, so do the packages of the PostgreSQL project.
_PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/*/bin")
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_CONNECT_S: Final = "10"


def program(name: str, server: int) -> Path:
    """The oldest one that is not older than the server. Errors: CopyError."""
    found = {version: path for path in _installed(name) if (version := _version(path)) is not None}
    fitting = sorted(version for version in found if version >= server)
    if fitting:
        return found[fitting[0]]
    had = f"only that of version {max(found)} is installed" if found else "it is not installed"
    raise CopyError(
        f"this needs {name} of PostgreSQL {server}, and {had}: "
        f"install postgresql-client-{server} (Debian, Ubuntu) or postgresql{server} (others)"
    )


def run(path: Path, *arguments: str, address: Address | None = None) -> str:
    """What it prints. Errors: CopyError with the first thing it complained about."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the distribution, arguments of ours
            [path, *_reaching(address), *arguments],
            env={**os.environ, **_secret(address)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise CopyError(f"{path} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").splitlines()
        raise CopyError(f"{path.name} failed: {_complaint(path.name, told)}")
    return done.stdout.decode(errors="replace")


def run_script(path: Path, before: str, source: Sequence[str | Path], address: Address) -> None:
    """In one transaction by ``psql``: ``before``, then what the program ``source`` writes.

    It is kept only if that program ended well. Errors: CopyError.
    """
    arguments = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 - programs of the distribution, arguments of ours
            [path, *_reaching(address), *arguments],
            env={**os.environ, **_secret(address)},
            stdin=subprocess.PIPE,
            stderr=complaints,
        ) as script,
        subprocess.Popen(  # noqa: S603 - as above
            source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
        ) as writing,
    ):
        try:
            _feed(script, before, writing)
        except BrokenPipeError:
            writing.kill()  # the script has stopped at an error, which it has told
        if script.wait() != 0 or writing.wait() != 0:
            complaints.seek(0)
            told = complaints.read().decode(errors="replace").splitlines()
            raise CopyError(f"nothing was changed: {_complaint(path.name, told)}")


def _feed(
    script: "subprocess.Popen[bytes]", before: str, writing: "subprocess.Popen[bytes]"
) -> None:
    """Without its last line the transaction comes to nothing."""
    if script.stdin is None or writing.stdout is None:
        return
    with script.stdin as to, writing.stdout as taken:
        to.write(f"BEGIN;\n{before}\n".encode())
        shutil.copyfileobj(taken, to)
        if writing.wait() == 0:
            to.write(b"COMMIT;\n")


def _reaching(address: Address | None) -> Sequence[str]:
    if address is None:
        return ()
    url = make_url(address.dsn)
    without = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return (f"--dbname={without.render_as_string(hide_password=False)}", "--no-password")


def _secret(address: Address | None) -> Mapping[str, str]:
    if address is None:
        return {}
    password = make_url(address.dsn).password
    given = {} if password is None else {"PGPASSWORD": str(password)}
    return {"PGAPPNAME": "ogniwo copy", "PGCONNECT_TIMEOUT": _CONNECT_S, **given}


def _complaint(name: str, told: Sequence[str]) -> str:
    lines = [line.removeprefix(f"{name}: ").removeprefix("error: ") for line in told if line]
    return lines[0] if lines else "it did not say why"


def _installed(name: str) -> Iterator[Path]:
    on_path = shutil.which(name)
    if on_path is not None:
        yield Path(on_path)
    for place in _PLACES:
        yield from Path("/").glob(f"{place.removeprefix('/')}/{name}")


def _version(path: Path) -> int | None:
    try:
        told = subprocess.run(  # noqa: S603 - as above
            [path, "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(told.stdout)
    return int(found[1]) if found else None
