"""The machine a server runs on, looked at for ``ogniwo doctor``: nothing is changed or made."""

import ctypes
import errno
import hashlib
import json
import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from importlib import metadata
from pathlib import Path
from typing import Final

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.base.settings import Address, Settings, address
from ogniwo.base.units import Instant, seconds, to_rfc3339

SPACE_BYTES_MIN: Final = 1_000_000_000  # a day's log and one backup of a small network
FILES_BESIDE_STATIONS: Final = 256  # database, browsers, programs, our own
ANSWER_S: Final = 3.0
KEY_ADVICE: Final = (
    "copy the server.key of another node, or of the server before, and name it with "
    "--server-key-file"
)
CLOCK_STEP_S: Final = 5  # stations' times are ours only to the second
_UNSYNCHRONISED: Final = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES: Final = 512  # more than any machine's struct timex
_MINIMUM: Final = re.compile(r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?>=(?P<version>[\d.]+)")


def data_directory(path: Path) -> Iterator[Check]:
    """The directory, or the nearest above it that exists: `ogniwo serve` makes the rest."""
    subject = "data directory"
    nearest = path.absolute()
    while not os.access(nearest, os.F_OK):
        nearest = nearest.parent
    if not nearest.is_dir():
        advice = "move that file away, or give another --data-dir"
        yield problem(subject, f"{nearest} is no directory", advice)
        return
    if not os.access(nearest, os.W_OK | os.X_OK):
        advice = "give its user the right to write there, or another --data-dir"
        yield problem(subject, f"{nearest} cannot be written to by this user", advice)
    elif nearest != path.absolute():
        yield fine(subject, f"{path} will be made at the first start")
    else:
        yield fine(subject, f"{path} can be written to")
    yield free_space("free space", nearest, "free space: on a full disk stations are sent away")


def free_space(subject: str, path: Path, advice: str) -> Check:
    free = shutil.disk_usage(path).free
    if free < SPACE_BYTES_MIN:
        return problem(subject, f"{free / 1e9:.1f} GB are left for {path}", advice)
    return fine(subject, f"{free / 1e9:.1f} GB")


def private_file(subject: str, path: Path) -> Iterator[Check]:
    """A file that nobody else on this machine may read; none yet is nothing to tell."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        yield problem(subject, f"{path}: {error.strerror}", "run this as the server's user")
        return
    if not os.access(path, os.R_OK):
        yield problem(subject, f"{path} cannot be read by this user", "run as the server's user")
    elif mode & 0o077:
        what = f"{path} can be read by other users of this machine (mode {mode & 0o777:o})"
        yield problem(subject, what, f"chmod 600 {path}")
    else:
        yield fine(subject, f"{path} is readable by its owner alone")


def same_key(path: Path, mark: str | None) -> Iterator[Check]:
    """``mark``: what the nodes have written of theirs into the database; None: nothing yet."""
    subject = "key"
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if mark is not None:
            what = f"{path} is missing, and the database has passwords of stations hashed with it"
            yield problem(subject, what, KEY_ADVICE)
        return
    except OSError:
        return  # told by ``private_file``
    if mark is None:
        yield fine(subject, "no node has used this database with any key yet")
    elif hashlib.sha256(key).hexdigest() != mark:
        what = f"{path} is not the key that this database's passwords were hashed with"
        yield problem(subject, what, KEY_ADVICE)
    else:
        yield fine(subject, "it is the one of this database")


def ports(settings: Settings) -> Iterator[Check]:
    """Free, or used by an ogniwo that is ready; of the ports that this role opens."""
    wanted: dict[str, str | None] = {"http": settings.http}
    if settings.role in {"all", "gateway"}:
        wanted |= {"ocpp": settings.ocpp, "ocpp-tls": settings.ocpp_tls}
    answer = _readiness(address(settings.http, "http"))
    for option, text in wanted.items():
        if text is None:
            continue
        where = address(text, option)
        subject = f"port --{option}"
        number = _binding(where)
        if number is None:
            yield fine(subject, f"{where} is free")
        elif number == errno.EADDRINUSE:
            yield _used(subject, where, option, answer)
        else:
            advice = f"choose another address with --{option}, or allow this one"
            yield problem(subject, f"{where}: {os.strerror(number)}", advice)


def _used(subject: str, where: Address, option: str, answer: list[str] | None) -> Check:
    if answer is None:
        advice = f"end the program that uses it, or choose another with --{option}"
        return problem(subject, f"{where} is used, and no ogniwo answers at --http", advice)
    if answer:
        return problem(subject, f"the ogniwo at {where} is not ready", " ".join(answer))
    return fine(subject, f"{where} is used by a running ogniwo, which is ready")


def _binding(where: Address) -> int | None:
    """The error number that a server would meet there."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((where.host, where.port))
            probe.listen(1)
        except OSError as error:
            return error.errno if (error.errno or 0) > 0 else errno.EADDRNOTAVAIL
    return None


def _readiness(where: Address) -> list[str] | None:
    """What keeps the ogniwo there from being ready; None where none answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where.host, where.host)  # noqa: S104 - asked, not bound
    connection = HTTPConnection(host, where.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/readyz")
        told = json.loads(connection.getresponse().read())
        return [str(it["detail"]) for it in told.get("problems", [])] if "status" in told else None
    except (OSError, HTTPException, ValueError, AttributeError, TypeError, KeyError):
        return None  # somebody else's answer, or none
    finally:
        connection.close()


def file_limit(stations: int) -> Iterator[Check]:
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = stations + FILES_BESIDE_STATIONS
    what = f"{limit} files at once for {stations} stations"
    if limit != resource.RLIM_INFINITY and limit < wanted:
        how = f"ulimit -n {wanted}" if most >= wanted else f"LimitNOFILE={wanted} of the service"
        yield problem("open files", what, f"raise it to at least {wanted}: {how}")
    else:
        yield fine("open files", what)


def clock(now: Instant, newest: Instant | None) -> Iterator[Check]:
    """Ours against what it showed before, and against the network's where the system knows."""
    installed = int(Path(__file__).stat().st_mtime * 1_000_000)
    before = max(installed, newest or 0)
    if now < before - seconds(CLOCK_STEP_S):
        known = "the newest event" if before == newest else "this program's files"
        what = f"it shows {to_rfc3339(now)}, but {known} are of {to_rfc3339(before)}"
        yield problem("clock", what, "set it right before the server starts: sessions are billed")
    else:
        yield fine("clock", to_rfc3339(now))
    synchronised = _is_synchronised()
    if synchronised is False:
        advice = "run an NTP service, unless the machine beneath this one keeps the time"
        yield notice("clock", "the system says it is not synchronised", advice)
    elif synchronised:
        yield fine("clock", "synchronised with the network")


def _is_synchronised() -> bool | None:
    """What the kernel says, without a program to ask; None where it cannot be asked."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != _UNSYNCHRONISED)


def versions() -> Iterator[Check]:
    yield fine("version", f"ogniwo {metadata.version('ogniwo')}, Python {sys.version.split()[0]}")
    told = []
    for requirement in metadata.requires("ogniwo") or []:
        found = _MINIMUM.match(requirement)
        if found is None:
            continue
        name, minimum = found["name"], found["version"]
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield problem("libraries", f"{name} is not installed", "install this program anew")
            continue
        if _numbers(version) < _numbers(minimum):
            what = f"{name} {version} is older than {minimum}"
            yield problem("libraries", what, "install this program anew, from its lock file")
        told.append(f"{name} {version}")
    yield fine("libraries", ", ".join(told))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
