"""OCPP 2.0.1 and 2.1: orders of the CSMS and how they end, as the official cases play them."""

from collections.abc import Awaitable, Callable

import pytest

from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Json, Server, api_of
from tests.system.station import Fields, Hours, connected, now
from tests.system.station201 import Station201, card, metered
from tests.system.test_orders import started_remotely, with_effect
from tests.system.versions import a_name, a_token

Act = Callable[[Station201], Awaitable[object]]


async def given(
    server: Server,
    station_kind: type[Station201],
    action: str,
    answer: Fields,
    command: str,
    **fields: object,
) -> tuple[Json, Fields]:
    """The command after a station that answers like this was given it, and what it was told."""
    name = a_name(station_kind)
    url = server.url(name)
    async with api_of(server) as api, connected(station_kind, url, name) as station:
        station.answers[action] = answer
        ended = await api.order(name, command, wait_s=5, **fields)
        told = await station.ordered(action)
    return ended, told


@pytest.mark.parametrize(
    ("order", "answer", "wire"),
    [
        pytest.param(
            {"kind": "on_idle"}, "Accepted", {"type": "OnIdle"}, marks=for_2x("TC_B_20_CSMS")
        ),
        pytest.param(
            {"kind": "on_idle"}, "Scheduled", {"type": "OnIdle"}, marks=for_2x("TC_B_21_CSMS")
        ),
        pytest.param(
            {"kind": "immediate"}, "Accepted", {"type": "Immediate"}, marks=for_2x("TC_B_22_CSMS")
        ),
    ],
)
@both
async def test_a_reset_is_done_when_the_station_boots(
    server: Server, kind: type[Station201], order: Fields, answer: str, wire: Fields
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        async with connected(kind, server.url(name), name) as station:
            station.answers["Reset"] = {"status": answer}
            charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
            command = await api.order(name, "reset", **order)
            told = await station.ordered("Reset")
            await station.event(
                charging,
                "Ended",
                "ResetCommand",
                at=hours.after(9),
                info={"stopped_reason": "ImmediateReset"},
                meter_value=[metered(700, 0, hours.after(9), "Transaction.End")],
            )
            waits = await api.get(f"/commands/{command['id']}")
        async with connected(kind, server.url(name), name):
            done = await api.until(
                lambda: api.get(f"/commands/{command['id']}"), lambda it: it["state"] == "applied"
            )
        session = await api.only_session(name)

    assert told == wire
    assert (waits["state"], done["result"]) == ("accepted", answer)
    assert (session["stop_reason"], session["energy_wh"]) == ("ImmediateReset", 700)


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        pytest.param("on_idle", "Accepted", marks=for_2x("TC_B_25_CSMS")),
        pytest.param("on_idle", "Scheduled", marks=for_2x("TC_B_26_CSMS")),
        pytest.param("immediate", "Accepted", marks=for_2x("TC_B_27_CSMS")),
    ],
)
@both
async def test_one_evse_is_reset(
    server: Server, kind: type[Station201], word: str, answer: str
) -> None:
    command, told = await given(
        server, kind, "Reset", {"status": answer}, "reset", kind=word, evse=1
    )
    assert told == {"type": "OnIdle" if word == "on_idle" else "Immediate", "evse_id": 1}
    assert (command["state"], command["result"]) == ("accepted", answer)


@for_2x("TC_F_01_CSMS")
@for_2x("TC_F_03_CSMS")
@both
async def test_a_remote_start_with_the_cable_in(server: Server, kind: type[Station201]) -> None:
    name, token = a_name(kind), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(token)
        await station.plug_in()

        async def act() -> None:
            await started_remotely(station, token)

        command = await with_effect(api, name, act, "remote_start", token=token, evse=1)
        session = await api.only_session(name)

    assert command["state"] == "applied"
    assert (session["token"]["uid"], session["evse_id"]) == (token, 1)


@for_2x("TC_F_02_CSMS")
@both
async def test_a_remote_start_that_the_station_has_authorised(
    server: Server, kind: type[Station201]
) -> None:
    name, token = a_name(kind), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(token)

        async def act() -> None:
            order = await station.ordered("RequestStartTransaction")
            assert await station.authorize(token) == "Accepted"
            await station.plug_in()
            await station.start(token, wh=0, at=now(), remote_start_id=order["remote_start_id"])

        command = await with_effect(api, name, act, "remote_start", token=token, evse=1)

    assert command["state"] == "applied"


@for_2x("TC_F_04_CSMS")
@both
async def test_a_remote_start_without_a_cable_ends_by_timeout(
    server: Server, kind: type[Station201]
) -> None:
    name, token, at = a_name(kind), a_token(), now()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(token)
        await api.order(name, "remote_start", token=token, evse=1)
        order = await station.ordered("RequestStartTransaction")
        charging = station.transaction(token)
        info = {"remote_start_id": order["remote_start_id"], "charging_state": "Idle"}
        await station.event(
            charging, "Started", "RemoteStart", at=at, info=info, id_token=card(token)
        )
        await station.event(
            charging, "Ended", "EVConnectTimeout", at=at, info={"stopped_reason": "Timeout"}
        )
        session = await api.only_session(name)

    assert (session["stop_reason"], session["energy_wh"] or 0) == ("Timeout", 0)
    assert session["ended_at"] is not None


@for_2x("TC_E_21_CSMS")
@both
async def test_a_remote_stop(server: Server, kind: type[Station201]) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)

        async def act() -> None:
            order = await station.ordered("RequestStopTransaction")
            assert order == {"transaction_id": charging.transaction_id}
            await station.stop(charging, wh=900, at=hours.after(10), reason="Remote")

        number = charging.transaction_id
        command = await with_effect(api, name, act, "remote_stop", transaction_id=number)
        session = await api.only_session(name)

    assert command["state"] == "applied"
    assert (session["state"], session["stop_reason"]) == ("closed", "Remote")


@for_2x("TC_F_06_CSMS")
@both
async def test_a_connector_is_unlocked(server: Server, kind: type[Station201]) -> None:
    command, told = await given(
        server, kind, "UnlockConnector", {"status": "Unlocked"}, "unlock", evse=1
    )
    assert told == {"evse_id": 1, "connector_id": 1}
    assert (command["state"], command["result"]) == ("accepted", "Unlocked")


async def values(station: Station201) -> None:
    await station.call("MeterValues", evse_id=1, meter_value=[metered(5, 0, now(), "Trigger")])


async def session_values(station: Station201) -> None:
    charging = station.transaction("04AB")
    await station.event(
        charging, "Updated", "Trigger", at=now(), meter_value=[metered(5, 0, now(), "Trigger")]
    )


async def idle_log(station: Station201) -> None:
    await station.call("LogStatusNotification", status="Idle")


async def idle_firmware(station: Station201) -> None:
    await station.call("FirmwareStatusNotification", status="Idle")


async def occupied(station: Station201) -> None:
    await station.plug_in()


async def available(station: Station201) -> None:
    await station.available()


async def heartbeat(station: Station201) -> None:
    await station.heartbeat()


@pytest.mark.parametrize(
    ("message", "evse", "word", "act"),
    [
        pytest.param("meter_values", 1, "MeterValues", values, marks=for_2x("TC_F_11_CSMS")),
        pytest.param("meter_values", None, "MeterValues", values, marks=for_2x("TC_F_12_CSMS")),
        pytest.param(
            "transaction_event", 1, "TransactionEvent", session_values, marks=for_2x("TC_F_13_CSMS")
        ),
        pytest.param(
            "transaction_event",
            None,
            "TransactionEvent",
            session_values,
            marks=for_2x("TC_F_14_CSMS"),
        ),
        pytest.param(
            "log_status_notification",
            None,
            "LogStatusNotification",
            idle_log,
            marks=for_2x("TC_F_15_CSMS"),
        ),
        pytest.param(
            "firmware_status_notification",
            None,
            "FirmwareStatusNotification",
            idle_firmware,
            marks=for_2x("TC_F_18_CSMS"),
        ),
        pytest.param("heartbeat", None, "Heartbeat", heartbeat, marks=for_2x("TC_F_20_CSMS")),
        pytest.param(
            "status_notification", 1, "StatusNotification", available, marks=for_2x("TC_F_23_CSMS")
        ),
        pytest.param(
            "status_notification", 1, "StatusNotification", occupied, marks=for_2x("TC_F_24_CSMS")
        ),
    ],
)
@both
async def test_a_message_that_is_asked_for(
    server: Server, kind: type[Station201], message: str, evse: int | None, word: str, act: Act
) -> None:
    name = a_name(kind)
    where: Fields = {} if evse is None else {"evse": evse}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:

        async def both_ways() -> None:
            told = await station.ordered("TriggerMessage")
            assert told["requested_message"] == word
            assert ("evse" in told) == (evse is not None)
            await act(station)

        command = await with_effect(api, name, both_ways, "trigger", message=message, **where)

    assert (command["state"], command["result"]) == ("applied", "Accepted")


@for_2x("TC_F_27_CSMS")
@both
async def test_a_message_that_the_station_cannot_send(
    server: Server, kind: type[Station201]
) -> None:
    command, _ = await given(
        server,
        kind,
        "TriggerMessage",
        {"status": "NotImplemented"},
        "trigger",
        message="log_status_notification",
    )
    assert (command["state"], command["result"]) == ("rejected", "NotImplemented")


@pytest.mark.parametrize(
    ("where", "operative", "answer"),
    [
        pytest.param({"evse": 1}, "no", "Accepted", marks=for_2x("TC_G_03_CSMS")),
        pytest.param({"evse": 1}, "yes", "Accepted", marks=for_2x("TC_G_04_CSMS")),
        pytest.param({}, "no", "Accepted", marks=for_2x("TC_G_05_CSMS")),
        pytest.param({}, "yes", "Accepted", marks=for_2x("TC_G_06_CSMS")),
        pytest.param({"evse": 1, "connector": 1}, "no", "Accepted", marks=for_2x("TC_G_07_CSMS")),
        pytest.param({"evse": 1, "connector": 1}, "yes", "Accepted", marks=for_2x("TC_G_08_CSMS")),
        pytest.param({"evse": 1}, "no", "Scheduled", marks=for_2x("TC_G_11_CSMS")),
        pytest.param({}, "no", "Scheduled", marks=for_2x("TC_G_14_CSMS")),
        pytest.param({"evse": 1, "connector": 1}, "no", "Scheduled", marks=for_2x("TC_G_17_CSMS")),
    ],
)
@both
async def test_availability_is_changed_and_seen(
    server: Server, kind: type[Station201], where: Fields, operative: str, answer: str
) -> None:
    name, wanted = a_name(kind), operative == "yes"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["ChangeAvailability"] = {"status": answer}
        await (station.unavailable() if wanted else station.available())

        async def act() -> None:
            told = await station.ordered("ChangeAvailability")
            assert told["operational_status"] == ("Operative" if wanted else "Inoperative")
            evse = told.get("evse", {})
            assert (evse.get("id"), evse.get("connector_id")) == (
                where.get("evse"),
                where.get("connector"),
            )
            await (station.available() if wanted else station.unavailable())

        command = await with_effect(
            api, name, act, "change_availability", operative=wanted, **where
        )
        shown = await api.station(name)

    assert (command["state"], command["result"]) == ("applied", answer)
    assert shown["evses"][0]["status"] == ("available" if wanted else "unavailable")
