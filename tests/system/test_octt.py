"""Test support: what a tool asks for goes out, and what the station says comes back."""

from typing import Any

import httpx
import pytest

from tests.system.server import TOKEN, Server, api_of
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name


async def post(server: Server, path: str, body: Any = None, **headers: str) -> httpx.Response:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(trust_env=False, timeout=30.0) as client:
        return await client.post(
            f"http://{server.http}/api/octt/{path}", json=body, headers={**bearer, **headers}
        )


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Any:
    server = Server(tmp_path_factory.mktemp("octt") / "data")
    server.environment = {"OGNIWO_OCTT": "true"}
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_goes_out_in_the_tools_words_and_its_answer_comes_back(
    tested: Server, kind: type[Station]
) -> None:
    name, version = a_name(kind), kind.version.removeprefix("ocpp")
    payload = {"type": "Soft"} if kind is Station16 else {"type": "OnIdle"}
    async with api_of(tested) as api, connected(kind, tested.url(name), name) as station:
        answer = await post(tested, f"{version}/{name}/reset", payload)
        order = await station.ordered("Reset")
        (kept,) = await api.all("/messages", station_id=name, action="Reset")

    assert (answer.status_code, answer.json()) == (200, {"status": "Accepted"})
    assert order == payload
    assert kept["call"] == payload


async def test_an_action_of_several_words_is_written_with_hyphens(tested: Server) -> None:
    name = a_name(Station16)
    async with connected(Station16, tested.url(name), name) as station:
        answer = await post(tested, f"1.6/{name}/get-local-list-version")
        assert answer.status_code == 409  # the station has no answer prepared that fits
        station.answers["GetLocalListVersion"] = {"list_version": 3}
        answer = await post(tested, f"1.6/{name}/get-local-list-version")

    assert answer.json() == {"listVersion": 3}


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("1.6/{name}/reset", {"type": "Warm"}, 400, "type: unknown value"),
        ("1.6/{name}/reset", {}, 400, "type: missing"),
        ("1.6/{name}/dance", {}, 404, "dance"),
        ("1.6/{name}/heartbeat", {}, 404, "heartbeat"),
        ("1.5/{name}/reset", {"type": "Hard"}, 404, "1.5"),
        ("2.1/{name}/reset", {"type": "OnIdle"}, 409, "speaks ocpp1.6"),
        ("1.6/NOBODY/reset", {"type": "Hard"}, 404, "NOBODY"),
    ],
)
async def test_what_is_no_right_command_never_goes_out(
    tested: Server, path: str, body: Any, status: int, told: str
) -> None:
    name = a_name(Station16)
    async with connected(Station16, tested.url(name), name) as station:
        answer = await post(tested, path.format(name=name), body)
        assert station.orders.empty()

    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text


async def test_a_call_goes_out_as_it_is_even_if_it_is_wrong(tested: Server) -> None:
    name = a_name(Station16)
    async with api_of(tested) as api, connected(Station16, tested.url(name), name):
        answer = await post(tested, f"1.6/{name}/call/Reset", {"type": "Warm"})
        (kept,) = await api.all("/messages", station_id=name, action="Reset")

    assert kept["call"] == {"type": "Warm"}
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_answer"


async def test_it_is_not_there_for_others_than_this_machine(tested: Server) -> None:
    answer = await post(
        tested, "1.6/ANY/reset", {"type": "Hard"}, **{"x-forwarded-for": "192.0.2.1"}
    )
    assert answer.status_code == 404


async def test_it_takes_the_token_that_opens_everything(tested: Server) -> None:
    answer = await post(tested, "1.6/ANY/reset", {"type": "Hard"}, authorization="Bearer another")
    assert answer.status_code == 401


async def test_it_is_not_there_unless_it_is_switched_on(server: Server) -> None:
    name = a_name(Station16)
    async with connected(Station16, server.url(name), name) as station:
        answer = await post(server, f"1.6/{name}/reset", {"type": "Hard"})
        assert station.orders.empty()

    assert answer.status_code == 404
