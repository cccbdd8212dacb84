"""Whatever goes wrong is a problem document that says what to do."""

import pytest

from ogniwo.app.ports import RowRefusedError, WriterStoppedError
from ogniwo.base.errors import RefusedError, UsageError
from tests.web.world import a_station, open_room

API = "/api/v1"


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "advice"),
    [
        ("GET", "/nowhere", 404, "not_found", "/api/v1/openapi.json"),
        ("GET", "/api/v1/nowhere", 404, "not_found", "/api/v1/openapi.json"),
        ("PUT", "/api/v1/stations", 405, "method_not_allowed", "Allow"),
        ("GET", "/api/v1/stations/X", 404, "no_such_station", "'X'"),
        ("GET", "/api/v1/commands/7", 404, "no_such_command", "'7'"),
        ("GET", "/api/v1/commands/x", 400, "usage", "ids are numbers"),
        ("GET", "/api/v1/sessions?from=today", 400, "usage", "2026-05-17T08:30:00Z"),
        ("GET", "/api/v1/sessions?from=2026-05-17T08:30:00", 400, "usage", "zone"),
        ("GET", "/api/v1/sessions?state=sleeping", 400, "invalid", "state"),
        ("GET", "/api/v1/stations?limit=0", 400, "invalid", "limit"),
        ("GET", "/api/v1/stations?limit=1001", 400, "invalid", "limit"),
    ],
)
async def test_a_request_that_cannot_be_served_says_why(
    method: str, path: str, status: int, code: str, advice: str
) -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.request(method, path)

        told = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
        assert told["type"] == f"urn:ogniwo:problem:{code}"
        assert advice in told["detail"]
        assert told["title"]


async def test_a_method_that_is_not_known_comes_with_those_that_are() -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.put(f"{API}/stations")

        assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "remote_start"}, "token"),
        ({"command": "remote_start", "token": "04AABB", "evse": 0}, "evse"),
        ({"command": "remote_start", "token": "04AABB", "evs": 1}, "evs"),
        ({"command": "dance"}, "command"),
        ({"command": "reset", "kind": "gently"}, "kind"),
        ({"command": "reset", "deadline_s": 0}, "deadline_s"),
        ({"command": "unlock", "evse": "one"}, "evse"),
        ([], "body"),
    ],
)
async def test_an_order_that_cannot_be_meant_names_the_field(body: object, field: str) -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()

        answer = await client.post(f"{API}/stations/CP-1/commands", json=body)

        assert answer.status_code == 400
        told = answer.json()
        assert any(field in one["field"] + one["detail"] for one in told["errors"]), told
        assert room.network.orders == []


@pytest.mark.parametrize(
    "text", ["", "{", "[1,", "null", "\ud800".encode("utf-8", "surrogatepass")]
)
async def test_a_body_that_is_no_json_is_told_apart(text: str | bytes) -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.post(
            f"{API}/stations", content=text, headers={"content-type": "application/json"}
        )

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_more_than_a_mebibyte_is_refused() -> None:
    async with open_room() as room, room.program() as client:
        body = {"id": "CP-1", "name": "x" * 1_100_000}

        answer = await client.post(f"{API}/stations", json=body)

        assert answer.status_code == 413
        assert "1 MiB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UsageError("give a name"), 400, "usage"),
        (RefusedError("queue_full", "32 orders wait already"), 409, "queue_full"),
        (RowRefusedError("integer out of range"), 409, "row_refused"),
        (WriterStoppedError("stopped"), 503, "not_storing"),
    ],
)
async def test_errors_of_the_application_have_their_status(
    error: Exception, status: int, code: str
) -> None:
    async with open_room() as room, room.program() as client:
        room.network.broken = error

        answer = await client.get(f"{API}/stations")

        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_fault_of_ours_shows_a_reference_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_room() as room, room.program() as client:
        room.network.broken = RuntimeError("secret detail of the inside")

        answer = await client.get(f"{API}/stations")

        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert "it is in the log as" in answer.json()["detail"]


async def test_registering_a_station_twice_is_refused_with_its_code() -> None:
    async with open_room() as room, room.program() as client:
        await client.post(f"{API}/stations", json={"id": "CP-1"})

        answer = await client.post(f"{API}/stations", json={"id": "CP-1"})

        assert (answer.status_code, answer.json()["code"]) == (409, "station_exists")


@pytest.mark.parametrize("identity", ["", "a/b", "x" * 49, "a\x00b", "a\nb"])
async def test_an_identity_that_no_station_can_have_is_refused(identity: str) -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.post(f"{API}/stations", json={"id": identity})

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "id"
