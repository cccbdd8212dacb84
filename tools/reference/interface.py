"""The HTTP interface, from the OpenAPI document of a running server and our own error table."""

from collections.abc import Iterator
from typing import Any, Final

from tools.reference.markdown import Page, code, codes, sentence
from tools.reference.problems import problem_codes
from tools.reference.server import Told

Json = dict[str, Any]

REF: Final = "#/components/schemas/"
BOUNDS: Final = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "default": "default `{}`",
}
TYPES: Final = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}
OUTSIDE: Final = """\
`GET /healthz` answers 200 while the process lives. `GET /readyz` answers 200 when it can work,
else 503 with the reasons. `GET /metrics` is told on [its own page](metrics.md). `GET /` is the
operator's page, `/login` the way in."""
PROBLEMS: Final = """\
Every error is `application/problem+json`: `code` is stable, for programs; `detail` is a
sentence for a person, here with its variable parts in braces."""


def interface_page(told: Told) -> str:
    document = told.api
    page = Page("HTTP interface", document["info"]["description"].strip())
    page.add(
        "The same, for machines, is at `/api/v1/openapi.json` (OpenAPI 3.1; needs a token too)."
    )
    by_tag = list(_operations(document))
    for tag in document["tags"]:
        page.section(_title(tag["name"]), tag["description"])
        for path, method, operation in by_tag:
            if tag["name"] in operation["tags"]:
                _tell_operation(page, path, method, operation)
    page.section("Outside the interface", OUTSIDE)
    page.section("Problems", PROBLEMS)
    page.table(
        ("status", "code", "detail"),
        [(str(status), code(name), sentence(detail)) for status, name, detail in problem_codes()],
    )
    page.section("Shapes", "A field that is not marked *always* may be null or absent.")
    for name, schema in sorted(document["components"]["schemas"].items()):
        _tell_shape(page, name, schema)
    return page.text


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _tell_operation(page: Page, path: str, method: str, operation: Json) -> None:
    told = f"**{operation['summary']}.** {operation['description']}"
    page.section(code(f"{method} {path}"), told, _needs(operation), level=3)
    rows = [
        (
            code(one["name"]),
            one["in"],
            _type(one["schema"]),
            _meaning(one.get("description", ""), one["schema"]),
        )
        for one in operation.get("parameters", [])
    ]
    if rows:
        page.table(("parameter", "in", "type", "meaning"), rows)
    if body := operation.get("requestBody"):
        page.add(f"Body: {_body(body['content'])}")
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            page.add(f"Answer: {status}{_answer(answer)}")


def _needs(operation: Json) -> str:
    needs = f"Takes the right {' or '.join(code(it) for it in operation['x-rights'])}"
    return f"{needs}; not limited to sites." if operation.get("x-everywhere") else f"{needs}."


def _body(content: Json) -> str:
    if "application/json" in content:
        return _type(content["application/json"]["schema"])
    return f"a file, as it is ({codes(content)})"


def _answer(answer: Json) -> str:
    content = answer.get("content", {})
    if "application/json" in content:
        return f" with {_type(content['application/json']['schema'])}"
    return f" with a stream ({codes(content)})" if content else ", empty"


def _tell_shape(page: Page, name: str, schema: Json) -> None:
    page.section(name, _told_of(schema), level=3)
    always = set(schema.get("required", []))
    rows = [
        (
            code(field),
            _type(one),
            "always" if field in always else "",
            _meaning(one.get("description", ""), one),
        )
        for field, one in schema.get("properties", {}).items()
    ]
    if rows:
        page.table(("field", "type", "", "meaning"), rows)


def _told_of(schema: Json) -> str:
    if "enum" in schema:
        return f"One of {codes(schema['enum'])}."
    return sentence(schema.get("description", ""))


def _type(schema: Json) -> str:
    """A schema in a few words; null is left out: the column `always` says enough."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(_type(one) for one in choices if one.get("type") != "null")
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return codes(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("format") == "date-time":
        return "time"
    return TYPES.get(schema.get("type", ""), "anything")


def _meaning(description: str, schema: Json) -> str:
    bounds = [text.format(_plain(schema[key])) for key, text in BOUNDS.items() if key in schema]
    return " ".join(part for part in (sentence(description), sentence(", ".join(bounds))) if part)


def _plain(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return str(value).lower().replace("none", "null")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _title(name: str) -> str:
    return name[0].upper() + name[1:]
