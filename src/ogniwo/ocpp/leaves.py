"""Apply a function to the leaves of one kind in a message, touching nothing else.

The way to the leaves is worked out once per type; a type without such leaves costs nothing.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, inspect, structs

Change = Callable[[Any], Any]
ChangeOf = Callable[[inspect.Type], Change | None]


def change_leaves(kind: inspect.Type, change_of: ChangeOf) -> Change | None:
    """A function that returns its argument itself when no leaf changes; None: no such leaf."""
    match kind:
        case inspect.StructType():
            return _struct_change(kind, change_of)
        case inspect.ListType():
            return _list_change(change_leaves(kind.item_type, change_of))
        case inspect.UnionType():
            changes = [change_leaves(one, change_of) for one in kind.types]
            return next((change for change in changes if change is not None), None)
        case _:
            return change_of(kind)


def _struct_change(kind: inspect.StructType, change_of: ChangeOf) -> Change | None:
    found = [(field.name, change_leaves(field.type, change_of)) for field in kind.fields]
    steps = [(name, change) for name, change in found if change is not None]

    def apply(payload: Struct) -> Struct:
        changed: dict[str, object] = {}
        for name, change in steps:
            old = getattr(payload, name)
            if old is not None:
                new = change(old)
                if new is not old:
                    changed[name] = new
        return structs.replace(payload, **changed) if changed else payload

    return apply if steps else None


def _list_change(change: Change | None) -> Change | None:
    if change is None:
        return None

    def apply(items: list[object]) -> list[object]:
        for index, old in enumerate(items):
            new = change(old)
            if new is not old:
                return [*items[:index], new, *(change(item) for item in items[index + 1 :])]
        return items

    return apply
