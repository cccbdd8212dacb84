"""Read the official JSON schemas of one version into a ``Model``.

Only the schema words that the official files use are known; any other stops the generator, so
that a new edition of the schemas cannot lose a limit silently.
"""

import json
from importlib import resources
from typing import Any, Final

from tools.schemas.facts import (
    ENUMERATION_NAMES,
    OBJECT_NAMES,
    UNBOUNDED_LISTS,
    WIDENED_ENUMERATIONS,
    Version,
)
from tools.schemas.model import Enumeration, Field, Model, Object

Schema = dict[str, Any]

# Told to people or to other generators. `default` is a hint for the reader of an absent value:
# here absent stays absent. `multipleOf` (0.1, in 1.6) cannot be checked with binary fractions:
# 8.1 would be refused. `format` is checked for date-time, by its type.
UNCHECKED: Final = {
    *("$id", "$schema", "comment", "definitions", "description", "javaType", "title"),
    *("additionalItems", "default", "format", "multipleOf"),
}
CHECKED: Final = {
    *("$ref", "type", "enum", "properties", "required", "additionalProperties"),
    *("items", "minItems", "maxItems", "maxLength", "minimum", "maximum"),
}
OPEN_OBJECT: Final = "CustomDataType"  # hand-written, in ogniwo.ocpp.messages


class UnknownSchemaError(Exception):
    """The official files contain something that this generator was not written for."""


def read_version(version: Version) -> Model:
    """Read the request and the response of every action of one version."""
    folder = resources.files("ocpp") / version.folder / "schemas"
    found = {file.name.removesuffix(".json"): file for file in folder.iterdir()}
    model = Model()
    for action in sorted(version.actions()):
        for name in file_names(action, version):
            schema = json.loads(found.pop(name).read_text(encoding="utf-8-sig"))
            Reader(model, schema).declare_object(class_name(action, name), schema)
    if found:
        raise UnknownSchemaError(f"{version.title}: no direction known for {sorted(found)}")
    return model


def file_names(action: str, version: Version) -> list[str]:
    if action in version.sends:
        return [action]
    request = action if version.folder == "v16" else f"{action}Request"
    return [request, f"{action}Response"]


def class_name(action: str, file_name: str) -> str:
    return f"{action}Response" if file_name.endswith("Response") else f"{action}Request"


class Reader:
    """Reads one file; what several files define alike lands in the model once."""

    def __init__(self, model: Model, root: Schema) -> None:
        self.model = model
        self.definitions: dict[str, Schema] = root.get("definitions", {})

    def declare_object(self, name: str, schema: Schema) -> str:
        check_words(name, schema)
        if schema["additionalProperties"] is not False:
            raise UnknownSchemaError(f"{name} is open")
        required = schema.get("required", ())
        fields = tuple(
            Field(
                wire=wire, annotation=self.annotation(name, wire, part), required=wire in required
            )
            for wire, part in schema.get("properties", {}).items()
        )
        return self.declare(name, Object(fields))

    def declare_enumeration(self, name: str, schema: Schema) -> str:
        values = tuple(schema["enum"])
        known = self.model.types.get(name)
        if isinstance(known, Enumeration) and name in WIDENED_ENUMERATIONS:
            values = known.values + tuple(v for v in values if v not in known.values)
            self.model.types[name] = Enumeration(values)
            return name
        return self.declare(name, Enumeration(values))

    def declare(self, name: str, shape: Enumeration | Object) -> str:
        if self.model.types.setdefault(name, shape) != shape:
            raise UnknownSchemaError(f"{name} has two shapes")
        return name

    def annotation(self, owner: str, wire: str, schema: Schema) -> str:
        """The Python type of one property of ``owner``."""
        check_words(f"{owner}.{wire}", schema)
        if "$ref" in schema:
            return self.reference(schema["$ref"])
        if "enum" in schema:
            return self.declare_enumeration(ENUMERATION_NAMES[f"{owner}.{wire}"], schema)
        match schema.get("type"):
            case None:  # 2.x DataTransfer: any JSON
                return "object"
            case "object":
                return self.declare_object(OBJECT_NAMES[wire], schema)
            case "array":
                item = self.annotation(owner, wire, schema["items"])
                bounds = {} if f"{owner}.{wire}" in UNBOUNDED_LISTS else schema
                return list_of(item, bounds.get("minItems"), bounds.get("maxItems"))
            case "string":
                return self.text(schema)
            case "boolean":
                return "bool"
            case "integer" | "number" as kind:
                return self.number(kind, schema)
            case other:
                raise UnknownSchemaError(f"{owner}.{wire} is of type {other}")

    def reference(self, pointer: str) -> str:
        name = pointer.removeprefix("#/definitions/")
        if name == OPEN_OBJECT:
            return name
        schema = self.definitions[name]
        check_words(name, schema)
        if "enum" in schema:
            return self.declare_enumeration(name, schema)
        return self.declare_object(name, schema)

    def text(self, schema: Schema) -> str:
        if schema.get("format") == "date-time":
            return self.alias("Moment", "Annotated[datetime, Meta(tz=True)]")
        length_max = schema.get("maxLength")
        if length_max is None:
            return "str"
        return self.alias(f"Text{length_max}", f"Annotated[str, Meta(max_length={length_max})]")

    def number(self, kind: str, schema: Schema) -> str:
        lowest, highest = whole(schema.get("minimum")), whole(schema.get("maximum"))
        name = "Integer" if kind == "integer" else "Number"
        name += "" if lowest is None else f"From{lowest}"
        name += "" if highest is None else f"To{highest}"
        if name == "Number":
            return "float"
        if kind == "integer":
            lowest = "INTEGER_MIN" if lowest is None else lowest
            highest = "INTEGER_MAX" if highest is None else highest
        bounds = [f"ge={lowest}"] * (lowest is not None) + [f"le={highest}"] * (highest is not None)
        python = "int" if kind == "integer" else "float"
        return self.alias(name, f"Annotated[{python}, Meta({', '.join(bounds)})]")

    def alias(self, name: str, definition: str) -> str:
        self.model.aliases[name] = definition
        return name


def check_words(place: str, schema: Schema) -> None:
    if unknown := set(schema) - CHECKED - UNCHECKED:
        raise UnknownSchemaError(f"{place} uses {sorted(unknown)}")


def whole(limit: float | None) -> str | None:
    """Write a limit such as 100.0 as a whole number; the schemas have no others."""
    if limit is None:
        return None
    if limit != int(limit):
        raise UnknownSchemaError(f"the limit {limit} is not a whole number")
    return str(int(limit))


def list_of(item: str, count_min: int | None, count_max: int | None) -> str:
    limits = [f"min_length={count_min}"] * (count_min is not None)
    limits += [f"max_length={count_max}"] * (count_max is not None)
    return f"Annotated[list[{item}], Meta({', '.join(limits)})]" if limits else f"list[{item}]"
