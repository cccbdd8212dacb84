"""Plain rows: structs whose fields are the columns of their table, by name.

To add such a table, put it into ``schema.PLAIN`` and its struct here.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Table

from ogniwo.domain.drivers import (
    Charge,
    Driver,
    DriverKey,
    EvseCode,
    Favourite,
    ProblemReport,
    Wish,
)
from ogniwo.storage import schema_driving as driving
from ogniwo.storage.rows import Value, Values
from ogniwo.storage.values import AnyRow

AnyStruct = Struct
S = TypeVar("S", bound=Struct)

TABLES: Final[Mapping[type[Struct], Table]] = {
    Driver: driving.driver,
    DriverKey: driving.driver_key,
    Charge: driving.charge,
    Wish: driving.wish,
    Favourite: driving.favourite,
    EvseCode: driving.evse_code,
    ProblemReport: driving.problem_report,
}


def values_of(row: Struct, table: Table) -> Values:
    return tuple(_value(getattr(row, name)) for name in _columns(table))


def key_of(row: Struct, table: Table) -> Values:
    return tuple(_value(getattr(row, it.name)) for it in table.primary_key)


def to_struct(kind: type[S], row: AnyRow) -> S:
    fields = {name: getattr(row, name) for name in _columns(TABLES[kind])}
    return msgspec.convert(fields, kind, builtin_types=(bytes,))


@cache
def _columns(table: Table) -> tuple[str, ...]:
    return tuple(str(it.name) for it in table.columns)  # plain text, not SQLAlchemy's kind


def _value(value: Value | StrEnum) -> Value:
    return value.value if isinstance(value, StrEnum) else value
