"""The description of the API is valid, complete, and says how errors look."""

import re
from typing import Any, Final, get_args

import jsonschema

from ogniwo.domain.orders import AnyOrder
from tests.web.world import open_room

Json = dict[str, Any]

ADDRESSES: Final = {
    "/map",
    "/map/file",
    "/api-tokens",
    "/roles",
    "/api-tokens/{token_id}",
    "/codes/sheet.pdf",
    "/commands",
    "/commands/{command_id}",
    "/config-templates",
    "/config-templates/{name}",
    "/connection-attempts",
    "/connection-attempts/{attempt_id}/accept",
    "/driver-rules",
    "/driver-rules/sites/{site_id}",
    "/driver-rules/stations/{identity}",
    "/drivers",
    "/drivers/{driver_id}",
    "/drivers/{driver_id}/invite",
    "/event-log",
    "/events",
    "/firmware",
    "/firmware/{name}",
    "/jobs",
    "/jobs/{job_id}",
    "/jobs/{job_id}/cancel",
    "/jobs/{job_id}/resume",
    "/jobs/{job_id}/retry-failed",
    "/jobs/{job_id}/stations",
    "/me",
    "/me/password",
    "/me/preferences",
    "/me/preferences/{key}",
    "/messages",
    "/messages/export",
    "/messages/{message_id}",
    "/orphan-stops",
    "/orphan-stops/{orphan_id}",
    "/orphan-stops/{orphan_id}/decisions",
    "/problem-reports",
    "/problem-reports/{report_id}/close",
    "/qr-codes",
    "/quirk-profiles",
    "/quirk-profiles/{name}",
    "/sessions",
    "/sessions/export",
    "/sessions/{session_id}",
    "/sessions/{session_id}/evidence",
    "/sessions/{session_id}/messages",
    "/sessions/{session_id}/repairs",
    "/sessions/{session_id}/samples",
    "/sessions/{session_id}/timeline",
    "/sessions/{session_id}/wish",
    "/sites",
    "/sites/{site_id}",
    "/stations",
    "/overview",
    "/overview/sites",
    "/system",
    "/stations/snapshot",
    "/stations/{identity}",
    "/stations/{identity}/capabilities",
    "/stations/{identity}/codes",
    "/stations/{identity}/codes/{evse}",
    "/stations/{identity}/commands",
    "/stations/{identity}/configuration",
    "/stations/{identity}/configuration/push",
    "/stations/{identity}/files",
    "/stations/{identity}/files/{file_id}",
    "/stations/{identity}/holdings",
    "/stations/{identity}/notes",
    "/stations/{identity}/notes/{note_id}",
    "/stations/{identity}/ocpp",
    "/stations/{identity}/quirks",
    "/stations/{identity}/telemetry",
    "/tokens",
    "/tokens/{uid}",
    "/users",
    "/users/{user_id}",
    "/users/{user_id}/invitation",
}


async def _document() -> Json:
    async with open_room() as room, room.program() as client:
        document: Json = (await client.get("/api/v1/openapi.json")).json()
        return document


def _operations(document: Json) -> list[tuple[str, str, Json]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_it_is_openapi_3_1_with_a_bearer_scheme() -> None:
    document = await _document()

    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]


async def test_every_resource_is_described() -> None:
    document = await _document()

    paths = {path.removeprefix("/api/v1") for path in document["paths"]}
    assert paths == ADDRESSES


async def test_every_operation_has_a_summary_a_description_and_its_problems() -> None:
    document = await _document()

    for path, method, operation in _operations(document):
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        for status in ("400", "401", "403", "404", "409"):
            content = operation["responses"][status]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")


async def test_every_reference_leads_somewhere_and_names_are_readable() -> None:
    document = await _document()

    schemas = document["components"]["schemas"]
    references = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))
    assert references <= set(schemas)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in schemas), sorted(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def test_the_handlers_own_dependencies_are_no_parameters() -> None:
    document = await _document()

    told = {
        parameter["name"]
        for _, _, operation in _operations(document)
        for parameter in operation.get("parameters", [])
    }
    assert told <= {
        "Range", "file_id", "driver_id", "report_id", "site_id", "evse", "open", "q",
        "identity", "command_id", "session_id", "orphan_id", "settled",
        "attempt_id", "uid", "limit", "cursor", "wait",
        "Idempotency-Key", "station_id", "state", "token", "running", "flagged", "from", "to",
        "action", "after", "Last-Event-ID", "lang", "texts", "kind", "key", "gone", "name",
        "exception", "errors", "direction", "message_id", "around", "dry_run", "job_id", "note_id",
        "user_id", "token_id",
        "topics", "time_zone", "status", "connected", "vendor", "model", "firmware",
        "protocol", "registration", "error",
        "format", "columns", "redact",
        "type", "command", "author", "v",
    }  # fmt: skip


async def test_an_order_s_body_is_told_by_its_command() -> None:
    document = await _document()

    post = document["paths"]["/api/v1/stations/{identity}/commands"]["post"]
    bodies = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    names = [body["$ref"].rsplit("/")[-1] for body in bodies]
    schemas = document["components"]["schemas"]
    told = {schemas[name]["properties"]["command"]["const"] for name in names}
    orders = {it.__struct_config__.tag for it in get_args(AnyOrder)}
    assert told == orders - {"raw"}  # which has a resource of its own


async def test_a_handler_that_takes_a_file_says_so() -> None:
    document = await _document()

    put = document["paths"]["/api/v1/firmware/{name}"]["put"]
    assert put["requestBody"]["required"] is True
    file = {"schema": {"type": "string", "format": "binary"}}
    assert put["requestBody"]["content"] == {"application/octet-stream": file}
    bodies = [(it, it.get("requestBody")) for _, _, it in _operations(document)]
    sending = [it for it, body in bodies if "octet-stream" in str(body)]
    assert sending == [put]


async def test_an_order_s_body_tells_which_right_it_takes() -> None:
    schemas = (await _document())["components"]["schemas"]

    assert schemas["ResetBody"]["x-right"] == "serve"
    assert schemas["SetLimitBody"]["x-right"] == "limit"
    assert schemas["SendLocalListBody"]["x-right"] == "operate"
