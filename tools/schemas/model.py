"""What the generator knows about one version between reading and writing."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property; ``annotation`` is Python text, without the ``| None`` of optional fields."""

    wire: str
    annotation: str
    required: bool


@dataclass(frozen=True)
class Enumeration:
    values: tuple[str, ...]


@dataclass(frozen=True)
class Object:
    fields: tuple[Field, ...]


@dataclass
class Model:
    """Everything that goes into one ``schema.py``, each type after those it is made of."""

    aliases: dict[str, str] = field(default_factory=dict)
    types: dict[str, Enumeration | Object] = field(default_factory=dict)
