"""Orders to stations: what was sent, what was answered, and what was seen to happen."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.system.server import Api, Json, Server, api_of
from tests.system.station import Charging, Fields, Hours, Station, connected, now
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name, a_token

WAIT_S = 20


def start_action(kind: type[Station]) -> str:
    return "RemoteStartTransaction" if kind is Station16 else "RequestStartTransaction"


def stop_action(kind: type[Station]) -> str:
    return "RemoteStopTransaction" if kind is Station16 else "RequestStopTransaction"


async def with_effect(
    api: Api, name: str, act: Callable[[], Awaitable[None]], command: str, **fields: object
) -> Json:
    """Give an order, let the station act on it, and get the command once it has ended."""
    async with asyncio.TaskGroup() as both:
        given = both.create_task(api.order(name, command, wait_s=WAIT_S, **fields))
        both.create_task(_acting(act))
    return given.result()


async def _acting(act: Callable[[], Awaitable[None]]) -> None:
    await act()


async def started_remotely(station: Station, token: str) -> tuple[Charging, Fields]:
    order = await station.ordered(start_action(type(station)))
    if isinstance(station, Station201):
        remote_start_id = order["remote_start_id"]
        charging = await station.start(token, wh=0, at=now(), remote_start_id=remote_start_id)
        return charging, order
    assert await station.authorize(token) == "Accepted"
    return await station.start(token, wh=0, at=now()), order


@pytest.mark.covers("RemoteStartTransaction", "RequestStartTransaction")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_remote_start_is_applied_when_the_session_starts(
    server: Server, kind: type[Station]
) -> None:
    name, token = a_name(kind), a_token()
    orders: list[Fields] = []
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(token)

        async def act() -> None:
            orders.append((await started_remotely(station, token))[1])

        command = await with_effect(api, name, act, "remote_start", token=token, evse=1)
        session = await api.only_session(name)
        log = (await api.get("/event-log", limit=200))["items"]

    told = [it["data"]["state"] for it in log if it["command_id"] == command["id"]]
    assert told == ["applied", "accepted", "sent"]  # newest first: whoever follows sees its end
    assert (command["state"], command["result"]) == ("applied", "Accepted")
    assert command["finished_at"] is not None
    assert session["token"]["uid"] == token
    assert session["state"] == "started"
    if kind is Station16:
        assert orders == [{"id_tag": token, "connector_id": 1}]
    else:
        assert orders[0]["evse_id"] == 1
        assert orders[0]["id_token"] == {"id_token": token, "type": "ISO14443"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_remote_start_is_only_accepted_as_long_as_nothing_starts(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        command = await api.order(name, "remote_start", token=token, evse=1, wait_s=0.5)
        await station.ordered(start_action(kind))
        # another's session proves nothing
        await station.start(await api.token(a_token()), wh=0, at=now())
        after = await api.get(f"/commands/{command['id']}")

    assert (after["state"], after["result"], after["finished_at"]) == ("accepted", "Accepted", None)


@pytest.mark.covers("RemoteStopTransaction", "RequestStopTransaction")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_remote_stop_is_applied_when_the_session_ends(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)

        async def act() -> None:
            order = await station.ordered(stop_action(kind))
            assert str(order["transaction_id"]) == charging.transaction_id
            await station.stop(charging, wh=900, at=hours.after(10), reason="Remote")

        number = charging.transaction_id
        command = await with_effect(api, name, act, "remote_stop", transaction_id=number)
        session = await api.only_session(name)

    assert command["state"] == "applied"
    assert (session["state"], session["stop_reason"]) == ("closed", "Remote")


@pytest.mark.covers("Reset")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_reset_is_applied_when_the_station_boots_again(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        async with connected(kind, server.url(name), name) as station:
            command = await api.order(name, "reset", kind="soft")
            order = await station.ordered("Reset")
        before = await api.until(
            lambda: api.get(f"/commands/{command['id']}"), lambda it: it["state"] != "sent"
        )
        async with connected(kind, server.url(name), name):
            after = await api.get(f"/commands/{command['id']}")

    assert order == {"type": "Soft" if kind is Station16 else "Immediate"}
    assert before["state"] == "accepted"
    assert after["state"] == "applied"


@pytest.mark.covers("ChangeAvailability")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_of_availability_is_applied_when_the_connector_shows_it(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.available()

        async def close() -> None:
            await station.ordered("ChangeAvailability")
            await station.unavailable()

        async def open_again() -> None:
            await station.ordered("ChangeAvailability")
            await station.available()

        closed = await with_effect(api, name, close, "change_availability", operative=False, evse=1)
        while_closed = await api.evse_statuses(name)
        opened = await with_effect(
            api, name, open_again, "change_availability", operative=True, evse=1
        )
        in_the_end = await api.evse_statuses(name)

    assert (closed["state"], opened["state"]) == ("applied", "applied")
    assert (while_closed, in_the_end) == ({1: "unavailable"}, {1: "available"})


@pytest.mark.covers("TriggerMessage")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_triggered_status_is_applied_when_it_arrives(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:

        async def act() -> None:
            order = await station.ordered("TriggerMessage")
            assert order["requested_message"] == "StatusNotification"
            await station.available()

        command = await with_effect(
            api, name, act, "trigger", message="status_notification", evse=1
        )

    assert command["state"] == "applied"


@pytest.mark.covers("ExtendedTriggerMessage", versions=("ocpp1.6",))
async def test_what_only_the_security_extension_can_trigger_is_asked_for_by_its_message(
    server: Server,
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:

        async def act() -> None:
            order = await station.ordered("ExtendedTriggerMessage")
            assert order == {"requested_message": "LogStatusNotification"}
            await station.call("LogStatusNotification", status="Idle", request_id=-1)

        command = await with_effect(api, name, act, "trigger", message="log_status_notification")

    assert command["state"] == "applied"


@pytest.mark.covers("UnlockConnector")
@pytest.mark.parametrize("kind", KINDS)
async def test_an_unlock_ends_with_the_word_of_the_station(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        unlocked = await api.order(name, "unlock", evse=1, wait_s=WAIT_S)
        station.answers["UnlockConnector"] = {"status": "UnlockFailed"}
        failed = await api.order(name, "unlock", evse=1, wait_s=WAIT_S)

    assert (unlocked["state"], unlocked["result"]) == ("accepted", "Unlocked")
    assert (failed["state"], failed["result"]) == ("rejected", "UnlockFailed")


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_rejection_keeps_the_reason_of_the_station(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    info = {"reason_code": "CableMissing", "additional_info": "plug in first"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["RequestStartTransaction"] = {"status": "Rejected", "status_info": info}
        command = await api.order(name, "remote_start", token=a_token(), evse=1, wait_s=WAIT_S)

    assert (command["state"], command["result"]) == ("rejected", "Rejected")
    assert command["reason"] == "CableMissing: plug in first"


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_is_in_the_trace_with_its_answer(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        await api.order(name, "reset", kind="hard", wait_s=0.3)
        (message,) = await api.all("/messages", station_id=name, action="Reset")

    assert message["direction"] == "down"
    assert message["call"] == {"type": "Hard" if kind is Station16 else "Immediate"}
    assert message["answered"] == "result"
    assert "Accepted" in str(message["answer"])
    assert message["latency_ms"] > 0
