"""The official JSON schemas as a judge, and as a source of right and wrong payloads.

Independent of the generator under ``tools/``: it reads the files again, with its own eyes.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib import import_module, resources
from random import Random
from typing import Any, Final, NamedTuple

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for

from ogniwo.ocpp.messages import Message, Messages, Payload

Schema = dict[str, Any]

FOLDERS: Final = ("v16", "v201", "v21")

# Written the way msgspec writes them, so that what goes round can be compared as it is.
TIMES: Final = (
    "2026-02-28T23:59:59Z",
    "2026-05-01T12:00:00.123000Z",
    "2026-05-01T12:00:00+02:00",
)
WRONG_KINDS: Final[dict[str, tuple[object, ...]]] = {
    "object": ([], "x", 7, True),
    "array": ({}, "x", 7, False),
    "string": (7, True, ["x"], {}),
    "boolean": ("true", 1, 0, []),
    "integer": ("7", True, [7], {}),
    "number": ("7.5", True, [7.5], {}),
}


class Case(NamedTuple):
    """One payload type of one version: our struct and the official file."""

    folder: str
    name: str
    struct: type[Payload]
    official: "Official"

    def rng(self) -> Random:
        return Random(f"{self.folder} {self.name}")


class Wrong(NamedTuple):
    """A payload spoilt in one place; the judge may still find it right."""

    how: str
    place: str
    payload: Any


def messages_of(folder: str) -> Messages:
    messages: Messages = import_module(f"ogniwo.ocpp.{folder}.schema").MESSAGES
    return messages


@cache
def cases(folder: str) -> list[Case]:
    return [case for message in messages_of(folder).values() for case in _cases(folder, message)]


def _cases(folder: str, message: Message) -> Iterator[Case]:
    request = message.action if folder == "v16" else f"{message.action}Request"
    if message.kind == "send":
        request = message.action
    yield Case(folder, request, message.request, read_official(folder, request))
    if message.response is not None:
        response = f"{message.action}Response"
        yield Case(folder, response, message.response, read_official(folder, response))


def read_official(folder: str, name: str) -> "Official":
    file = resources.files("ocpp") / folder / "schemas" / f"{name}.json"
    return Official(name, json.loads(file.read_text(encoding="utf-8-sig")))


def _in_whole_steps(
    _judge: Validator, step: float, value: object, _schema: Schema
) -> Iterator[ValidationError]:
    """In decimals, as it is written: 0.7 is seven tenths, though not in binary."""
    if isinstance(value, int | float) and Decimal(str(value)) % Decimal(str(step)):
        yield ValidationError(f"{value} is not a multiple of {step}")


class Official:
    """One official schema file."""

    def __init__(self, name: str, root: Schema) -> None:
        self.name = name
        self.root = root
        judge = extend(  # type: ignore[no-untyped-call] # as jsonschema has it
            validator_for(root), {"multipleOf": _in_whole_steps}
        )
        self._validator: Validator = judge(root)

    def accepts(self, payload: Any) -> bool:
        return self._validator.is_valid(payload)

    def right(self, rng: Random, *, fullness: float) -> Any:
        """A payload that obeys the schema, with this share of its optional fields."""
        return self._right(self.root, rng, fullness)

    def wrong(self, rng: Random, done: set[str]) -> Iterator[Wrong]:
        """The smallest right payload, spoilt in one place at a time.

        A place in a named type that stands in ``done`` is left out: the type is the same wherever
        it is used.
        """
        return self._wrong(self.root, self.name, rng, done)

    def _resolved(self, schema: Schema, place: str) -> tuple[Schema, str]:
        if "$ref" not in schema:
            return schema, place
        name = schema["$ref"].rpartition("/")[2]
        return self.root["definitions"][name], name

    def _right(self, schema: Schema, rng: Random, fullness: float) -> Any:
        schema, _ = self._resolved(schema, "")
        if "enum" in schema:
            return rng.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._right_object(schema, rng, fullness)
            case "array":
                count = max(schema.get("minItems", 0), rng.choice((1, 2)) if fullness else 1)
                count = min(count, schema.get("maxItems", count))
                return [self._right(schema["items"], rng, fullness) for _ in range(count)]
            case "string":
                return right_text(schema, rng)
            case "integer" | "number" as kind:
                return right_number(kind, schema, rng)
            case "boolean":
                return rng.choice((True, False))
            case _:  # no type: any JSON
                return rng.choice(("anything", 7.5, ["x", {"y": 1}], {"z": False}))

    def _right_object(self, schema: Schema, rng: Random, fullness: float) -> Schema:
        required = schema.get("required", ())
        payload = {
            wire: self._right(part, rng, fullness)
            for wire, part in schema.get("properties", {}).items()
            if wire in required or rng.random() < fullness
        }
        if schema.get("additionalProperties") is not False:
            payload["somethingOfTheVendor"] = [{"kept": True}]
        return payload

    def _wrong(self, schema: Schema, place: str, rng: Random, done: set[str]) -> Iterator[Wrong]:
        schema, place = self._resolved(schema, place)
        for how, payload in wrong_values(schema):
            yield Wrong(how, place, payload)
        if schema.get("type") == "object":
            yield from self._wrong_object(schema, place, rng, done)
        if schema.get("type") == "array":
            yield from self._wrong_array(schema, place, rng, done)

    def _wrong_object(
        self, schema: Schema, place: str, rng: Random, done: set[str]
    ) -> Iterator[Wrong]:
        if place in done:
            return
        done.add(place)
        least = self._right(schema, rng, 0)
        required = schema.get("required", ())
        yield Wrong("unknown property", place, least | {"notOfThisWorld": 1})
        for wire, part in schema.get("properties", {}).items():
            here = f"{place}.{wire}"
            if wire in required:
                yield Wrong("missing", here, {k: v for k, v in least.items() if k != wire})
            null = "null for required" if wire in required else "null for optional"
            yield Wrong(null, here, least | {wire: None})
            for how, where, value in self._wrong(part, here, rng, done):
                yield Wrong(how, where, least | {wire: value})

    def _wrong_array(
        self, schema: Schema, place: str, rng: Random, done: set[str]
    ) -> Iterator[Wrong]:
        def items(count: int) -> list[Any]:
            return [self._right(schema["items"], rng, 0)] * count

        count_min = schema.get("minItems", 0)
        yield Wrong("no items", place, [])
        yield Wrong("null as item", place, [None, *items(count_min - 1)])
        if count_min > 1:
            yield Wrong("too few items", place, items(count_min - 1))
        if "maxItems" in schema:
            yield Wrong("most items", place, items(schema["maxItems"]))
            yield Wrong("too many items", place, items(schema["maxItems"] + 1))
        for how, where, item in self._wrong(schema["items"], place, rng, done):
            yield Wrong(how, where, [item, *items(count_min - 1)])


def right_text(schema: Schema, rng: Random) -> str:
    if schema.get("format") == "date-time":
        return rng.choice(TIMES)
    length_max = schema.get("maxLength", 60)
    length = rng.choice((0, min(5, length_max), length_max))
    return "".join(rng.choice('aZ09 .:-_żŁ€😀"\\\n') for _ in range(length))


def right_number(kind: str, schema: Schema, rng: Random) -> float:
    lowest = schema.get("minimum", -(2**31))
    highest = schema.get("maximum", 2**31 - 1)
    if kind == "integer":
        return rng.choice((int(lowest), int(highest), rng.randint(int(lowest), int(highest))))
    return rng.choice((lowest, highest, rng.randint(int(lowest), int(highest) - 1) + 0.5))


def wrong_values(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Values that this node should refuse, each with what is wrong with it."""
    for value in WRONG_KINDS.get(schema.get("type", ""), ()):
        yield "wrong type", value
    if "enum" in schema:
        yield from (("bad enum", f"{schema['enum'][0]}x"), ("bad enum", ""))
        yield "bad enum", schema["enum"][0].swapcase()
    if "maxLength" in schema:
        yield "longest", "ż" * schema["maxLength"]
        yield "too long", "ż" * (schema["maxLength"] + 1)
    if schema.get("format") == "date-time":
        yield from (("not a time", "yesterday"), ("not a time", "2026-02-30T00:00:00Z"))
        yield "a time without a zone", "2026-05-01T12:00:00"
    if schema.get("type") in {"integer", "number"}:
        yield from wrong_numbers(schema)


def wrong_numbers(schema: Schema) -> Iterator[tuple[str, Any]]:
    if "minimum" in schema:
        yield "out of range", schema["minimum"] - 1
    if "maximum" in schema:
        yield "out of range", schema["maximum"] + 1
    if schema["type"] == "integer":
        yield "whole number with a point", float(schema.get("maximum", 1))
        yield "fraction for integer", 1.5
        yield from (("beyond 64 bits", 2**63), ("beyond 64 bits", -(2**63) - 1))
        yield "beyond 64 bits", 10**30
    if "multipleOf" in schema:
        yield from (("multiple of 0.1", 8.1), ("more than one decimal", 8.25))
