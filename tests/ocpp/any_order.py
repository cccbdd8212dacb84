"""Orders of every kind, as far as their types allow: what the API would let through."""

from datetime import UTC, datetime
from functools import cache, reduce
from operator import or_
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import inspect

from ogniwo.domain.orders import Order
from ogniwo.domain.orders.certificates import PEM_BEGINS
from tests.ocpp.pem import a_certificate

LONG_MAX: Final = 2**31 - 1
# Readable by every version, beside anything at all.
TEXTS: Final = (
    "1",
    "04A1B2C3",
    "tx-17",
    "pl",
    "https://files.example/a",
    "\u0142\u00f3\u017c",
    "a/b",
)
MOMENTS: Final = st.integers(1_767_225_600, 1_800_000_000).map(
    lambda it: datetime.fromtimestamp(it, UTC)
)
A_CERTIFICATE: Final = a_certificate("Root", 0xA1B)
ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)

SIMPLE: Final[dict[type[inspect.Type], st.SearchStrategy[Any]]] = {
    inspect.AnyType: ANYTHING,
    inspect.BoolType: st.booleans(),
    inspect.DateTimeType: MOMENTS,
    inspect.NoneType: st.none(),
}


@cache
def orders_of(kind: type[Order]) -> st.SearchStrategy[Any]:
    return _values(inspect.type_info(kind))


def _values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata(type=inner):
            return _values(inner)
        case inspect.StructType(cls=cls, fields=fields):
            required = {it.name: _values(it.type) for it in fields if it.required}
            optional = {it.name: _values(it.type) for it in fields if not it.required}
            return st.fixed_dictionaries(required, optional=optional).map(lambda it: cls(**it))
        case inspect.UnionType(types=types):
            return reduce(or_, map(_values, types))
        case inspect.ListType(item_type=item) | inspect.CollectionType(item_type=item):
            return st.lists(_values(item), min_size=kind.min_length or 0, max_size=_few(kind))
        case inspect.VarTupleType(item_type=item):
            lists = st.lists(_values(item), min_size=kind.min_length or 0, max_size=_few(kind))
            return lists.map(tuple)
        case inspect.DictType(key_type=key, value_type=value):
            fewest = kind.min_length or 0
            return st.dictionaries(
                _values(key), _values(value), min_size=fewest, max_size=_few(kind)
            )
        case _:
            return _leaf(kind)


def _few(kind: Any) -> int:
    return min((kind.min_length or 0) + 2, kind.max_length or 1_000)


def _leaf(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.IntType():
            return st.integers(
                _bound(kind, "ge", "gt", -LONG_MAX), _bound(kind, "le", "lt", LONG_MAX)
            )
        case inspect.FloatType():
            low, high = _bound(kind, "ge", "gt", -1e6), _bound(kind, "le", "lt", 1e6)
            return st.floats(low, high, allow_nan=False)
        case inspect.StrType():
            return _texts(kind)
        case inspect.EnumType(cls=cls):
            return st.sampled_from(list(cls))
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case _:
            return SIMPLE[type(kind)]


def _bound(kind: Any, inclusive: str, exclusive: str, otherwise: Any) -> Any:
    if (bound := getattr(kind, inclusive)) is not None:
        return bound
    if (bound := getattr(kind, exclusive)) is not None:
        return bound + (1 if exclusive == "gt" else -1)
    return otherwise


def _texts(kind: inspect.StrType) -> st.SearchStrategy[str]:
    if kind.pattern == PEM_BEGINS:
        return st.just(A_CERTIFICATE)
    if kind.pattern is not None:
        return st.from_regex(kind.pattern, fullmatch=False).filter(
            lambda it: (kind.min_length or 0) <= len(it) <= (kind.max_length or 10_000)
        )
    shortest, longest = kind.min_length or 0, kind.max_length or 60
    usual = [it for it in TEXTS if shortest <= len(it) <= longest]
    odd = st.text(min_size=shortest, max_size=max(shortest, min(longest, 300)))
    return st.sampled_from(usual) | odd if usual else odd
