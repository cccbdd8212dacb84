"""Every order: what it does, its fields and their limits, and the message that carries it."""

from collections.abc import Iterator
from typing import Any, Final, cast, get_args

from msgspec import NODEFAULT, inspect

from ogniwo.domain.orders import AnyOrder, Order, RawCall
from ogniwo.ocpp.catalogue import VERSIONS
from ogniwo.web.orders import ORDERS, OrderBody
from tools.reference.markdown import Page, code, codes, sentence

LEAD: Final = """\
The orders that a station can be given, in the words of no version. Each is a body for `POST
/api/v1/stations/{id}/commands` (`{"command": "reserve", "token": ...}`) and a line for `ogniwo
command send STATION reserve token=...`; a field without a default is needed. How an order goes on
after that is told in [Control a station](../how-to/control-a-station.md). Whether a station can do
it at all: `ogniwo station capabilities STATION`.

Every order also takes `deadline_s`, after which it is given up, and `idempotency_key`: the same key
again answers with the first command."""

BOUNDS: Final = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
    "pattern": "like `{}`",
}
SIMPLE: Final[dict[type[inspect.Type], str]] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "time",
    inspect.FloatType: "number",
    inspect.IntType: "integer",
    inspect.StrType: "text",
}


def orders_page() -> str:
    page = Page("Orders", LEAD)
    for order in sorted(get_args(AnyOrder), key=lambda it: str(it.__struct_config__.tag)):
        if order is not RawCall:
            _tell(page, order)
    return page.text


def _tell(page: Page, order: type[Order]) -> None:
    page.section(str(order.__struct_config__.tag), *_paragraphs(order.__doc__))
    own = {*order.__struct_fields__} | set(_body_fields(order))
    fields = [it for it in _fields_of(ORDERS[order]) if it.name in own]
    rows = list(_rows(fields, ""))
    if rows:
        page.table(("field", "type", "default", "limits"), rows)
    page.add(*_facts(order))


def _body_fields(order: type[Order]) -> Iterator[str]:
    common = set(OrderBody.__struct_fields__)
    yield from (it for it in ORDERS[order].__struct_fields__ if it not in common)


def _facts(order: type[Order]) -> Iterator[str]:
    if order.seen_by:
        seen = f"Its effect is seen by {order.seen_by}."
    elif order.reported is not None:
        seen = f"The station tells later how it went; it is kept as {code(order.reported.value)}."
    else:
        seen = "The station's answer is the end of it."
    yield f"Takes the right {code(order.right)}. Sent as {_carried(order)}. {seen}"
    traits = [
        "It may be repeated: done twice, it does what it does once." if order.repeatable else "",
        "" if order.while_pending else "Not for a station whose registration is pending.",
    ]
    yield " ".join(it for it in traits if it)


def _carried(order: type[Order]) -> str:
    """By which message in which version: "`Reset`", or "`GetLog` in 2.0.1 and 2.1, nothing..."."""
    versions: dict[str, list[str]] = {}
    for name, version in VERSIONS.items():
        adapter = version._outbound.get(order)
        by = "nothing" if adapter is None else " or ".join(code(it) for it in adapter.actions)
        versions.setdefault(by, []).append(name.removeprefix("ocpp"))
    if len(versions) == 1:
        return next(iter(versions))
    return ", ".join(f"{by} in {' and '.join(names)}" for by, names in versions.items())


def _fields_of(struct: type[Any]) -> list[inspect.Field]:
    info = cast("inspect.StructType", inspect.type_info(struct))
    return list(info.fields)


def _rows(fields: list[inspect.Field], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    """A field that is made of fields is followed by them."""
    for field in fields:
        name = prefix + field.encode_name
        default = (
            "" if field.default is NODEFAULT or field.default is None else _value(field.default)
        )
        words, limits, inner = _type(field.type)
        yield code(name), words, default or ("needed" if field.required else ""), limits
        if inner is not None and prefix.count(".") < 4:
            yield from _rows(_fields_of(inner), f"{name}.")


def _value(default: object) -> str:
    told = getattr(default, "value", default)
    return code(str(told).lower() if isinstance(told, bool) else told)


def _type(kind: inspect.Type) -> tuple[str, str, type[Any] | None]:
    """In words, its limits, and the struct that it is or lists."""
    match kind:
        case inspect.Metadata(type=inner):
            return _type(inner)
        case inspect.UnionType(types=types):
            told = [_type(it) for it in types if not isinstance(it, inspect.NoneType)]
            words = " or ".join(dict.fromkeys(it[0] for it in told))
            return words, "; ".join(it[1] for it in told if it[1]), told[0][2]
        case inspect.EnumType(cls=cls):
            return codes(it.value for it in cls), "", None
        case inspect.LiteralType(values=values):
            return codes(values), "", None
        case inspect.StructType(cls=cls) | inspect.DataclassType(cls=cls):
            return "object", "", cls
        case inspect.CollectionType(item_type=item):
            words, limits, listed = _type(item)
            return f"list of {words}", "; ".join(it for it in (_limits(kind), limits) if it), listed
        case inspect.DictType(value_type=value):
            return f"object of {_type(value)[0]}", "", None
        case _:
            return SIMPLE.get(type(kind), "object"), _limits(kind), None


def _limits(kind: inspect.Type) -> str:
    return ", ".join(
        text.format(bound)
        for key, text in BOUNDS.items()
        if (bound := getattr(kind, key, None)) is not None
    )


def _paragraphs(doc: str | None) -> list[str]:
    return [sentence(it) for it in (doc or "").split("\n\n")]
