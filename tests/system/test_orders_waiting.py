"""Orders that cannot be carried out now: queued, expired, refused, given twice, or raw."""

import asyncio

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Fields, Station, connected
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.versions import KINDS, a_name, a_token

WAIT_S = 20
QUEUE_MAX = 32
RAW = {"ocpp1.6": "GetConfiguration", "ocpp2.0.1": "GetVariables", "ocpp2.1": "GetVariables"}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_to_an_absent_station_is_sent_when_its_boot_is_accepted(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        async with connected(kind, server.url(name), name):
            pass
        await api.has_left(name)
        given = await api.order(name, "unlock", evse=1)
        async with connected(kind, server.url(name), name, accepted=False) as station:
            assert station.orders.empty()
            assert await station.boot() == "Accepted"
            await station.ordered("UnlockConnector")
            ended = await api.until(
                lambda: api.get(f"/commands/{given['id']}"), lambda it: it["state"] != "sent"
            )

    assert given["state"] == "queued"
    assert "not connected" in given["reason"]
    assert (ended["state"], ended["result"], ended["reason"]) == ("accepted", "Unlocked", None)


async def test_an_order_nobody_came_for_expires_at_its_deadline(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        command = await api.order(name, "reset", deadline_s=1, wait_s=WAIT_S)
        async with connected(Station16, server.url(name), name) as station:
            await station.heartbeat()
            assert station.orders.empty()

    assert command["state"] == "expired"
    assert "not reachable" in command["reason"]


async def test_orders_that_waited_are_sent_one_at_a_time_the_urgent_first(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        for command, fields in (
            ("reset", {}),
            ("unlock", {"evse": 2}),
            ("remote_stop", {"transaction_id": "77"}),
        ):
            await api.order(name, command, **fields)
        async with connected(Station16, server.url(name), name) as station:
            await station.ordered("RemoteStopTransaction")
            await station.ordered("UnlockConnector")
            await station.ordered("Reset")


async def test_no_second_call_is_sent_before_the_first_is_answered(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["Reset"] = None
        first = await api.order(name, "reset")
        await station.ordered("Reset")
        second = await api.order(name, "unlock", evse=1, wait_s=0.5)
        first = await api.get(f"/commands/{first['id']}")

    assert first["state"] == "sent"
    assert second["state"] == "queued"


async def test_a_station_that_leaves_without_an_answer_fails_its_order(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name) as station:
            station.answers["Reset"] = None
            command = await api.order(name, "reset")
            await station.ordered("Reset")
        ended = await api.until(
            lambda: api.get(f"/commands/{command['id']}"), lambda it: it["state"] != "sent"
        )

    assert ended["state"] == "failed"
    assert "disconnected" in ended["reason"]


async def test_an_order_with_the_same_key_is_given_once(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        first = await api.order(name, "unlock", evse=1, idempotency_key=f"{name}-k", wait_s=WAIT_S)
        again = await api.order(name, "unlock", evse=1, idempotency_key=f"{name}-k")
        await station.ordered("UnlockConnector")
        await station.heartbeat()
        nothing_more = station.orders.empty()
        listed = [it["id"] for it in await api.all("/commands", station_id=name)]

    assert again["id"] == first["id"]
    assert again["state"] == "accepted"
    assert nothing_more
    assert listed == [first["id"]]


async def test_one_key_given_many_times_at_one_moment_is_one_order(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        given = await asyncio.gather(
            *(api.order(name, "unlock", evse=1, idempotency_key=f"{name}-k") for _ in range(8))
        )
        await station.ordered("UnlockConnector")
        await station.heartbeat()
        nothing_more = station.orders.empty()

    assert len({it["id"] for it in given}) == 1
    assert nothing_more


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        (Station16, {"command": "reset", "kind": "on_idle"}),
        (Station16, {"command": "remote_start", "token": "X" * 21}),
        (Station16, {"command": "remote_stop", "transaction_id": "abc"}),
        (Station21, {"command": "trigger", "message": "status_notification"}),
    ],
)
async def test_what_a_version_cannot_say_is_refused_at_once_with_advice(
    server: Server, kind: type[Station], order: dict[str, str]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await api.client.post(f"/stations/{name}/commands", json=order)
        listed = await api.all("/commands", station_id=name)
        unheard = station.orders.empty()

    assert answer.status_code == 409
    assert answer.json()["code"] == "order_not_possible"
    assert ":" in answer.json()["detail"]  # what to do instead
    assert listed == []
    assert unheard


async def test_a_full_queue_refuses_the_next_order(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        for _ in range(QUEUE_MAX):
            await api.order(name, "unlock", evse=1)
        order = {"command": "unlock", "evse": 1}
        refused = await api.refused("POST", f"/stations/{name}/commands", order)

    assert refused == (409, "queue_full")


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"command": "unlock"}, 400),
        ({"command": "unlock", "evse": 0}, 400),
        ({"command": "unlock", "evse": 1, "evze": 2}, 400),
        ({"command": "explode"}, 400),
        ({}, 400),
        ({"command": "unlock", "evse": 1, "deadline_s": 0}, 400),
        (None, 400),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_with_its_field(
    server: Server, order: object, status: int
) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        refused = await api.refused("POST", f"/stations/{name}/commands", order)

    assert refused[0] == status


async def test_an_order_to_nobody_is_refused(server: Server) -> None:
    async with api_of(server) as api:
        refused = await api.refused("POST", "/stations/NOBODY/commands", {"command": "reset"})

    assert refused == (404, "no_such_station")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_raw_call_answers_in_the_words_of_the_station(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    action = RAW[kind.version]
    if kind is Station16:
        payload: object = {"key": ["HeartbeatInterval"]}
        said = {"configuration_key": [{"key": "HeartbeatInterval", "readonly": False}]}
        expected: object = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False}]}
    else:
        place: Fields = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "HeartbeatInterval"},
        }
        payload = {"getVariableData": [place]}
        result = {"attributeStatus": "Accepted", "attributeValue": "60", **place}
        said = {"get_variable_result": [result]}
        expected = {"getVariableResult": [result]}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers[action] = said
        answer = await api.post(f"/stations/{name}/ocpp", {"action": action, "payload": payload})
        await station.ordered(action)

    assert answer == {"state": "accepted", "payload": expected}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_raw_call_tells_the_error_of_the_station(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    call = {"action": "GetLocalListVersion", "payload": {}}
    async with api_of(server) as api, connected(kind, server.url(name), name):
        answer = await api.post(f"/stations/{name}/ocpp", {**call, "timeout_s": 1})

    assert answer["state"] == "failed"  # the station's own answer to it is not a right one
    assert "InternalError" in answer["error"]


async def test_a_raw_call_to_a_silent_station_answers_when_the_caller_wants_it(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["ClearCache"] = None
        call = {"action": "ClearCache", "payload": {}, "timeout_s": 0.2}
        answer = await api.post(f"/stations/{name}/ocpp", call)

    assert answer["state"] == "sent"
    assert "payload" not in answer


async def test_a_token_that_no_reader_could_send_is_not_put_on_file(server: Server) -> None:
    async with api_of(server) as api:
        for uid in ("", "x" * 256, "a\x00b"):
            status, _ = await api.refused("POST", "/tokens", {"uid": uid})
            assert status == 400
        assert (await api.refused("GET", f"/tokens/{a_token()}")) == (404, "no_such_token")
