"""Make ``.venv`` hold exactly what a lock file says, and our package on top of it.

``environment.py run`` installs what the product needs, ``environment.py dev`` what its checks and
tests need as well. A stamp in ``.venv`` says what was installed last, so that doing it again costs
nothing. Runs on a bare Python with nothing installed: standard library only.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tools.setup import console

ROOT: Final = Path(__file__).resolve().parents[2]
ENVIRONMENT: Final = ROOT / ".venv"
PYTHON: Final = ENVIRONMENT / "bin" / "python"
LOG: Final = ENVIRONMENT / "setup.log"
# What each kind installs, smallest first: a larger one holds all of the smaller.
LOCKS: Final = {
    "run": ROOT / "requirements.lock",
    "dev": ROOT / "requirements-dev.lock",
}
NODE_LOCK: Final = ROOT / "requirements-node.lock"
LOG_LINES_TOLD: Final = 25
INTERRUPTED: Final = 130  # what a shell answers for Ctrl-C
PIP: Final = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-color")


class SetupError(Exception):
    """One sentence for a person; the details are in the log."""


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print(f"usage: environment.py {'|'.join(LOCKS)}", file=sys.stderr)
        return 2
    kind = arguments[0]
    with (ROOT / "pyproject.toml").open() as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)  # two makes at once: the second finds all done
        try:
            if not is_installed(kind):
                install(kind)
            build_console()
        except SetupError as error:
            print(f"{error}\nThe end of {LOG.relative_to(ROOT)}:\n{log_tail()}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return INTERRUPTED
    return 0


def is_installed(kind: str) -> bool:
    """A smaller kind is there when a larger one is."""
    kinds = list(LOCKS)
    return PYTHON.exists() and any(
        stamp(larger).exists() and stamp(larger).read_text() == fingerprint(larger)
        for larger in kinds[kinds.index(kind) :]
    )


def stamp(kind: str) -> Path:
    return ENVIRONMENT / f".installed-{kind}"


def fingerprint(kind: str) -> str:
    """Changes with what would be installed, and with the place: an environment cannot be moved."""
    digest = hashlib.sha256()
    for part in (LOCKS[kind], ROOT / "pyproject.toml"):
        digest.update(part.read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def install(kind: str) -> None:
    began_s = time.monotonic()
    lock = LOCKS[kind]
    print(f"Setting up .venv from {lock.name}: a minute or two ...", flush=True)
    make_environment()
    for old in LOCKS:
        stamp(old).unlink(missing_ok=True)  # cut short from here on, it is no environment
    pip("--require-hashes", "--requirement", str(lock))
    pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp(kind).write_text(fingerprint(kind))
    print(f"Set up in {time.monotonic() - began_s:.0f} s.", flush=True)


def build_console() -> None:
    """With a Node of our own where the system has none that is new enough."""
    try:
        if not console.is_built():
            if not console.node_found():
                pip("--require-hashes", "--requirement", str(NODE_LOCK))
            console.build()
    except console.ConsoleBuildError as error:
        raise SetupError(str(error)) from error


def make_environment() -> None:
    """A new one when there is none, or when the old one was moved or lost its Python."""
    if not runs_here():
        try:
            venv.create(ENVIRONMENT, clear=True, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise SetupError(f"Could not make {ENVIRONMENT}: {error}.") from error
    LOG.write_text("")


def runs_here() -> bool:
    """Its own scripts name the place they were made for; pip's is always among them."""
    script = ENVIRONMENT / "bin" / "pip"
    if not script.exists() or str(PYTHON) not in script.read_text(errors="replace"):
        return False
    works = subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True)
    return works.returncode == 0


def pip(*arguments: str) -> None:
    settings = os.environ | {"PYTHONWARNINGS": "ignore"}
    with LOG.open("a") as log:
        command = [str(PYTHON), *PIP, *arguments]
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        done = subprocess.run(
            command, check=False, stdout=log, stderr=subprocess.STDOUT, env=settings, cwd=ROOT
        )
    if done.returncode != 0:
        raise SetupError(f"pip could not install ({' '.join(arguments)}).")


def log_tail() -> str:
    lines = LOG.read_text(errors="replace").splitlines() if LOG.exists() else []
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES_TOLD:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
