"""All twists there are, found by listing this folder, and the drawing of some for a station."""

from importlib import import_module
from pathlib import Path
from random import Random
from typing import Final

from tests.simulation.quirks.twist import Stack, Twist

_NO_SUBJECTS: Final = frozenset({"twist", "registry", "__init__"})


def _found() -> tuple[type[Twist], ...]:
    stems = sorted(it.stem for it in Path(__file__).parent.glob("*.py"))
    twists: dict[str, type[Twist]] = {}
    for stem in stems:
        if stem not in _NO_SUBJECTS:
            module = import_module(f"tests.simulation.quirks.{stem}")
            twists |= {it.name: it for it in vars(module).values() if _is_twist(it)}
    return tuple(twists[name] for name in sorted(twists))


def _is_twist(it: object) -> bool:
    """Not one of the bases, which have no name of their own."""
    return isinstance(it, type) and issubclass(it, Twist) and bool(vars(it).get("name"))


ALL: Final = _found()


def draw(rng: Random, version: str, how_many: int) -> Stack:
    """So many different twists that this version can have, each with chance of its own."""
    fitting = [one for one in ALL if version in one.versions]
    chosen = rng.sample(fitting, min(how_many, len(fitting)))
    return Stack(one(Random(rng.getrandbits(64))) for one in chosen)
