"""The kinds of columns that tables are made of, alike on every engine."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeEngine

# SQLite's own row number stands for the key only when its type reads INTEGER.
KEY: Final = BigInteger().with_variant(Integer, "sqlite")
# Names are in the order of their bytes whatever the database's language, as on SQLite.
NAME: Final = Text().with_variant(Text(collation="C"), "postgresql")
# Room on each page for the next version of its rows: a change that no index sees stays there.
MOST_FREE: Final = {"fillfactor": 50}
SOME_FREE: Final = {"fillfactor": 80}


class _Transaction(FunctionElement[int]):
    """The number of the transaction that writes the row; 0 where transactions have no number.

    Rows of one stream are read in the order of (tx, id), and only those whose transaction is
    older than all that still run: nothing can be committed later before what was read.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(_Transaction, "sqlite")
def _no_transaction(*_: object, **__: object) -> str:
    return "0"


@compiles(_Transaction, "postgresql")
def _transaction(*_: object, **__: object) -> str:
    return "(pg_current_xact_id()::text::bigint)"


def id_(name: str = "id") -> Column[int]:
    return Column(name, KEY, primary_key=True, autoincrement=False)


def number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def number_or_none(name: str) -> Column[int | None]:
    return Column(name, BigInteger)


def text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def text_or_none(name: str) -> Column[str | None]:
    return Column(name, Text)


def raw(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def raw_or_none(name: str) -> Column[bytes | None]:
    return Column(name, LargeBinary)


def claim(name: str) -> Column[bool]:
    kind: TypeEngine[bool] = Boolean(create_constraint=False)
    return Column(name, kind, nullable=False)


def name_(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, NAME, nullable=False, primary_key=primary_key)


def transaction_number() -> Column[int]:
    return Column("tx", BigInteger, nullable=False, server_default=_Transaction())


def measured(name: str) -> Column[float | None]:
    return Column(name, Float(53))
