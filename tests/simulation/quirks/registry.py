"""All twists there are, found by listing this folder, and the drawing of some for a station."""

from importlib import import_module
from pathlib import Path
from random import Random
from typing import Final

from tests.simulation.quirks.twist import Stack, Twist

_NO_SUBJECTS: Final = frozenset({"twist", "registry", "bench", "csms", "referee", "words"})


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
    """Up to so many twists that this version can have, and that can be had together."""
    chosen: list[type[Twist]] = []
    for one in rng.sample(ALL, len(ALL)):
        fits = version in one.versions and not any(clash(one, other) for other in chosen)
        if fits and len(chosen) < how_many:
            chosen.append(one)
    return Stack(one(Random(rng.getrandbits(64))) for one in chosen)


def clash(one: type[Twist], other: type[Twist]) -> bool:
    return other.name in one.never_with or one.name in other.never_with
