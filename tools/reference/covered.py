"""Which tests prove which messages: those that carry ``@pytest.mark.covers("Reset", ...)``.

A mark speaks for the versions that its test is run with (each parameter that is a kind of station
or the name of a version), or for those that it names: ``covers("Reset", versions=("ocpp2.1",))``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ogniwo.ocpp.catalogue import VERSIONS

ROOT: Final = Path(__file__).resolve().parents[2]

Message = tuple[str, str]  # version and action


def covering_tests() -> dict[Message, set[str]]:
    """Message to the files with tests that cover it."""
    found: dict[Message, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "mark.covers(" not in path.read_text(encoding="utf-8"):
            continue
        place = path.relative_to(ROOT)
        module = import_module(".".join(place.with_suffix("").parts))
        for name, test in vars(module).items():
            marks = [*_marks_of(module), *_marks_of(test)]
            if name.startswith("test_"):
                for message in _of_test(marks, f"{place} {name}"):
                    found[message].add(str(place))
    return found


def messages_of(marks: Iterable[Any], parameters: Iterable[object]) -> set[Message]:
    """What the marks of a test claim, as far as these parameters play it."""
    played = _versions_among(parameters)
    found: set[Message] = set()
    for mark in marks:
        if mark.name == "covers":
            named = set(mark.kwargs.get("versions", ()))
            versions = named & played if named and played else named or played
            found |= {(it, action) for it in versions for action in mark.args}
    return {(it, action) for it, action in found if action in VERSIONS[it].messages}


def _of_test(marks: list[Any], test: str) -> set[Message]:
    """Errors: ValueError for a claim that means nothing."""
    found = messages_of(marks, _parameters(marks))
    claimed = {action for mark in marks if mark.name == "covers" for action in mark.args}
    if unknown := claimed - {action for _, action in found}:
        raise ValueError(f"{test}: no version that it is run with has {sorted(unknown)}")
    return found


def _marks_of(thing: object) -> list[Any]:
    marks = getattr(thing, "pytestmark", [])
    return list(marks) if isinstance(marks, list | tuple) else [marks]


def _parameters(marks: Iterable[Any]) -> Iterator[object]:
    for mark in marks:
        if mark.name == "parametrize":
            for values in mark.args[1]:
                given = values.values if hasattr(values, "marks") else values
                yield from given if isinstance(given, tuple | list) else (given,)


def _versions_among(parameters: Iterable[object]) -> set[str]:
    named = (getattr(it, "version", it) for it in parameters)
    return {it for it in named if isinstance(it, str) and it in VERSIONS}
