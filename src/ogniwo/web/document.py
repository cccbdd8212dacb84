"""The API's description, OpenAPI 3.1, made from the handlers and put into readable form.

The framework knows nothing of our problem documents and names generic types by their Python path;
both are set right here, once, when the description is first asked for.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute

import ogniwo
from ogniwo.web.addresses import API
from ogniwo.web.orders import ORDERS
from ogniwo.web.problems import MEDIA_TYPE, Problem
from ogniwo.web.rights import needs_of

Json = dict[str, Any]

FILE_BODY: Final = "file_body"  # in a handler's ``opt``: the body is a file, as it is
_FILE: Final = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

_GENERIC: Final = re.compile(r"(\w+)_ogniwo\.[\w.]+\.(\w+)_")
_PROBLEMS: Final = {
    "400": "The request is not acceptable; `errors` names the fields.",
    "401": "No valid token was sent.",
    "403": "The caller's role does not permit it; `roles` names those that do.",
    "404": "What was named does not exist.",
    "409": "A rule says no; `code` says which.",
    "500": "A fault of ours; it is logged under the reference in `detail`.",
}
_DESCRIPTION: Final = """\
Everything the operator's page does, it does through this API.

Send `Authorization: Bearer TOKEN`. Lists answer `{"items": [...], "next_cursor": ...}`: pass
`next_cursor` as `cursor` to go on until it is null. Times are RFC 3339 in UTC, energy is in Wh,
power in W, ids are text. Errors are problem documents (RFC 9457) that say what to do.
`x-rights` of an operation names the rights of which the caller needs one; with `x-everywhere`
it is for those who are not limited to sites. `x-right` of an order's body is the right it takes.
Fields may be added to answers at any time; none is renamed or removed.
"""


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Ogniwo",
        version=getattr(ogniwo, "__version__", "0"),
        description=_DESCRIPTION,
        path=f"{API}/openapi.json",  # the framework's own "not found" page stays below it
        use_handler_docstrings=True,
        render_plugins=[_Document(path=["/", "/openapi.json"])],
        security=[{"token": []}],
        components=Components(
            security_schemes={
                "token": SecurityScheme(
                    type="http", scheme="bearer", description="An API token of this server."
                )
            }
        ),
        tags=[
            Tag(name="stations", description="Charging stations and their connectors."),
            Tag(name="overview", description="The network in figures."),
            Tag(name="system", description="How the system itself is."),
            Tag(name="sites", description="Places where stations stand."),
            Tag(name="commands", description="Orders to stations and what came of them."),
            Tag(name="jobs", description="One order for many stations, at its pace."),
            Tag(name="sessions", description="Charging sessions, running and closed."),
            Tag(name="messages", description="The trace of OCPP messages."),
            Tag(name="tokens", description="Who may charge."),
            Tag(name="users", description="People and programs, and what they may do."),
            Tag(name="drivers", description="Drivers, and the codes by which they charge."),
            Tag(name="connection attempts", description="Stations that were refused."),
            Tag(name="events", description="What changed, live and afterwards."),
        ],
    )


class _Document(JsonRenderPlugin):
    _text: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        if self._text is None:
            self._text = msgspec.json.encode(_readable(openapi_schema, request.app))
        return self._text


def _readable(document: Json, app: Litestar) -> Json:
    text = msgspec.json.encode(document).decode()
    renamed = cast("Json", msgspec.json.decode(_GENERIC.sub(r"\1Of\2", text)))
    (_, schemas) = msgspec.json.schema_components(
        [Problem], ref_template="#/components/schemas/{name}"
    )
    renamed["components"]["schemas"].update(schemas)
    for path in renamed["paths"].values():
        for operation in path.values():
            _tell_problems(operation["responses"])
    for path, method, rights, everywhere in needs_of(app):
        operation = renamed["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            operation["x-rights"] = list(rights)
            operation |= {"x-everywhere": True} if everywhere else {}
    for operation in _sending_files(renamed["paths"], app):
        operation["requestBody"] = _FILE
    for order, body in ORDERS.items():
        renamed["components"]["schemas"][body.__name__]["x-right"] = order.right
    return renamed


def _sending_files(paths: Json, app: Litestar) -> Iterator[Json]:
    """Their handlers take the request itself, of whose body the framework knows nothing."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.opt.get(FILE_BODY):
                    yield from (paths[route.path_format][it.lower()] for it in handler.http_methods)


def _tell_problems(responses: Json) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in _PROBLEMS.items():
        responses[status] = {"description": description, "content": content}
