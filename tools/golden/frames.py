"""Right and wrong payloads of one message, from its official schema and the words of the trade.

Right are one with every field and one with the required ones only; wrong is the full one with a
single defect, each of another kind, with the fault that the specification has for it.
"""

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final, NamedTuple

from tools.golden import words

Json = Any
Schema = Mapping[str, Any]

Path = tuple[str | int, ...]
ABSENT: Final = object()
TOO_LONG: Final = "too long"


class Defect(NamedTuple):
    """What to put where, or to take away, and the fault in its neutral spelling."""

    kind: str
    path: Path
    fault: str
    value: Json = ABSENT

    def told(self, error: str) -> Json:
        where = ".".join(str(step) for step in self.path)
        change = {"at": where, "put": self.value}
        if self.value is ABSENT:
            change = {"without": where}
        elif self.kind == TOO_LONG:
            change = {"at": where, "chars": self.value}
        return {"why": self.kind, **change, "error": error}


class Payloads:
    """What can be said of one official schema file."""

    def __init__(self, folder: str, name: str, action: str) -> None:
        file = resources.files("ocpp") / folder / "schemas" / f"{name}.json"
        self._root: Schema = json.loads(file.read_text(encoding="utf-8-sig"))
        self._action = action

    def right(self) -> list[Json]:
        full = self._value(self._root, self._action, "", full=True)
        least = self._value(self._root, self._action, "", full=False)
        return [full] if full == least else [full, least]

    def wrong(self) -> Iterator[Defect]:
        """Defects of the payload with every field, one of each kind at most."""
        kinds = set()
        for defect in self._defects(self._root, ()):
            if defect.kind not in kinds:
                kinds.add(defect.kind)
                yield defect

    # -- right -------------------------------------------------------------------------------

    def _value(self, schema: Schema, owner: str, field: str, *, full: bool) -> Json:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self._root["definitions"][name]
            if schema.get("type") == "object":
                owner = name
        if "enum" in schema:
            return _choice(schema["enum"], owner, field, full=full)
        match schema.get("type"):
            case "object":
                return self._object(schema, owner, field, full=full)
            case "array":
                count = max(schema.get("minItems", 1), 1)
                return [self._value(schema["items"], owner, field, full=full)] * count
            case "string" if schema.get("format") == "date-time":
                return _named(words.TIMES, owner, field, words.NOW)
            case "string":
                return _text(owner, field, schema.get("maxLength"))
            case "boolean":
                return words.TRUTHS.get(field, True)
            case "integer" | "number" as kind:
                return _number(owner, field, schema, whole=kind == "integer")
            case _:
                return {"fan": "off", "since": words.NOW}

    def _object(self, schema: Schema, owner: str, field: str, *, full: bool) -> Json:
        inner = owner if "definitions" in self._root or not field else f"{owner}.{field}"
        required = schema.get("required", ())
        built = {
            name: self._value(part, inner, name, full=full)
            for name, part in schema.get("properties", {}).items()
            if (full and name != "customData") or name in required
        }
        if full and not field and "customData" in schema.get("properties", {}):
            built["customData"] = {"vendorId": "pl.voltex", "shelf": 4}
        return built

    # -- wrong -------------------------------------------------------------------------------

    def _defects(self, schema: Schema, path: Path) -> Iterator[Defect]:
        """Outermost first, for these are the easiest to read."""
        schema = self._resolved(schema)
        if schema.get("additionalProperties") is False:
            yield Defect("unknown field", (*path, "notOfThisWorld"), "FormatViolation", 1)
        for name in schema.get("required", ()):
            yield Defect("missing", (*path, name), "ProtocolError")
        parts = {
            name: self._resolved(part)
            for name, part in schema.get("properties", {}).items()
            if name != "customData"
        }
        for name, part in parts.items():
            yield from _leaf_defects(part, (*path, name))
        for name, part in parts.items():
            inner, where = part, (*path, name)
            if part.get("type") == "array":
                inner, where = self._resolved(part["items"]), (*path, name, 0)
            if inner.get("type") == "object":
                yield from self._defects(inner, where)

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        found: Schema = self._root["definitions"][schema["$ref"].rpartition("/")[2]]
        return found


def _leaf_defects(part: Schema, path: Path) -> Iterator[Defect]:
    kind = part.get("type")
    if kind in {"string", "integer", "boolean", "number", "array"}:
        wrong: Json = 7 if kind in {"string", "array"} else "seven"
        yield Defect("wrong type", path, "TypeConstraintViolation", wrong)
    if "enum" in part:
        yield Defect("unknown value", path, "PropertyConstraintViolation", "Perhaps")
    elif "maxLength" in part:
        chars = part["maxLength"] + 1
        yield Defect(TOO_LONG, path, "PropertyConstraintViolation", chars)
    if "minimum" in part:
        under = int(part["minimum"]) - 1
        yield Defect("out of range", path, "PropertyConstraintViolation", under)
    if kind == "array" and part.get("minItems"):
        yield Defect("no items", path, "OccurrenceConstraintViolation", [])
    if part.get("format") == "date-time":
        yield Defect("no time", path, "PropertyConstraintViolation", "soon")


def _named(table: Mapping[str, Any], owner: str, field: str, otherwise: Json) -> Json:
    for key in (f"{owner}.{field}", f"{owner.rpartition('.')[2]}.{field}", field):
        if key in table:
            return table[key]
    return otherwise


def _choice(known: list[str], owner: str, field: str, *, full: bool) -> str:
    wanted = () if full else _named(words.CHOICES_LEAST, owner, field, ())
    wanted = (*wanted, *_named(words.CHOICES, owner, field, ()), "Accepted")
    return next((word for word in wanted if word in known), known[0])


def _text(owner: str, field: str, length_max: int | None) -> str:
    text: str = _named(words.TEXTS, owner, field, f"{field} 1")
    return text if length_max is None else text[:length_max]


def _number(owner: str, field: str, schema: Schema, *, whole: bool) -> float:
    number = _named(words.NUMBERS, owner, field, None)
    if number is None:
        fitting = (size for name, size in words.MAGNITUDES if name.search(field))
        number = next(fitting, words.WHOLE)
    number = min(max(number, schema.get("minimum", number)), schema.get("maximum", number))
    return int(number) if whole else float(number)
