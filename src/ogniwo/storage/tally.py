"""What a table holds, in figures that both engines work out alike: whether two are the same.

Of each column the rows that have a value; of numbers their sum, of texts and bytes the sum of
their lengths. Nothing of the kind is lost, cut or put into another column unnoticed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Boolean, Column, Float, LargeBinary, Table, Text

AnyColumn = Column[object]

_LOW_BITS: Final = 32  # a sum of both halves overflows on no engine
_LOW: Final = (1 << _LOW_BITS) - 1
_OCTETS: Final = {"sqlite": "length(CAST({} AS BLOB))", "postgresql": "octet_length({})"}


class Tally(Struct, frozen=True):
    rows: int
    figures: dict[str, dict[str, int | float | None]]  # column to its figures

    def sum_of(self, column: str) -> int:
        return int(self.figures[column]["sum"] or 0)

    def differing(self, other: "Tally") -> list[str]:
        """The columns in which two tables differ."""
        return [it for it, figures in self.figures.items() if figures != other.figures[it]]


def question(table: Table, columns: Sequence[AnyColumn], engine: str) -> str:
    """One scan; ``tally_from`` reads the row that answers it."""
    asked = ["count(*)", *(text for it in columns for _, text in _figures(it, engine))]
    return f"SELECT {', '.join(asked)} FROM {table.name}"  # noqa: S608 - names of our own schema


def tally_from(columns: Sequence[AnyColumn], answer: Sequence[Any], engine: str) -> Tally:
    rows, *values = answer
    rest = iter(values)
    told = {
        column.name: _joined({name: next(rest) for name, _ in _figures(column, engine)})
        for column in columns
    }
    return Tally(int(rows), told)


def _figures(column: AnyColumn, engine: str) -> Iterator[tuple[str, str]]:
    name = column.name
    yield "values", f"count({name})"
    if isinstance(column.type, Boolean):
        truth = name if engine == "postgresql" else f"{name} <> 0"
        yield "true", f"count(CASE WHEN {truth} THEN 1 END)"
    elif isinstance(column.type, Float):
        yield "lowest", f"min({name})"
        yield "highest", f"max({name})"
    elif isinstance(column.type, Text | LargeBinary):
        yield "bytes", f"coalesce(sum({_OCTETS[engine].format(name)}), 0)"
    else:
        yield "high", f"coalesce(sum({name} >> {_LOW_BITS}), 0)"
        yield "low", f"coalesce(sum({name} & {_LOW}), 0)"


def _joined(figures: Mapping[str, Any]) -> dict[str, int | float | None]:
    if "high" not in figures:
        return {it: _plain(value) for it, value in figures.items()}
    high, low = (int(figures[it]) for it in ("high", "low"))
    return {"values": _plain(figures["values"]), "sum": (high << _LOW_BITS) + low}


def _plain(value: Any) -> int | float | None:
    """PostgreSQL's sums are decimals."""
    return value if value is None or isinstance(value, float) else int(value)
