"""The files of this repository, for the tests that read them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "ogniwo"
CODE: Final = ("src", "tests", "tools", "benchmarks")
NEVER_OURS: Final = {".git", ".venv", "node_modules", "__pycache__", "build", "dist"}


def files() -> list[Path]:
    """Everything git keeps or would keep; without git (a source archive) everything but caches."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        return sorted(path for path in ROOT.rglob("*") if path.is_file() and _is_ours(path))
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def _is_ours(path: Path) -> bool:
    return not any(
        part in NEVER_OURS or part.endswith("_cache") for part in path.relative_to(ROOT).parts
    )


def texts() -> Iterator[tuple[Path, str]]:
    """Each text file with its content; pictures and the like are passed over."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def python_files() -> list[Path]:
    """Python written by hand: the generated schemas answer to their generator."""
    return [
        path
        for path in files()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in CODE
        and not (path.name == "schema.py" and path.is_relative_to(PACKAGE / "ocpp"))
    ]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path, line: int | None = None) -> str:
    place = str(path.relative_to(ROOT))
    return place if line is None else f"{place}:{line}"
