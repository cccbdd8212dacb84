"""OCPP 1.6: orders of the central system, as the official cases play them."""

from datetime import timedelta

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.test_orders import started_remotely, with_effect
from tests.system.versions import a_name, a_token

case = pytest.mark.case


async def refused(
    server: Server, action: str, answer: dict[str, object], command: str, **fields: object
) -> dict[str, object]:
    """The command after a station that answers like this was given it."""
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers[action] = answer
        given: dict[str, object] = await api.order(name, command, wait_s=5, **fields)
        await station.ordered(action)
    return given


@case("1.6", "TC_010_CSMS")
async def test_a_remote_start_with_the_cable_in(server: Server) -> None:
    name, token = a_name(Station16), a_token()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.token(token)
        await station.plug_in()

        async def act() -> None:
            await started_remotely(station, token)

        command = await with_effect(api, name, act, "remote_start", token=token, evse=1)
        session = await api.only_session(name)

    assert command["state"] == "applied"
    assert (session["token"]["uid"], session["evse_id"]) == (token, 1)


@case("1.6", "TC_011_1_CSMS")
async def test_a_remote_start_before_the_cable(server: Server) -> None:
    name, token = a_name(Station16), a_token()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.token(token)

        async def act() -> None:
            order = await station.ordered("RemoteStartTransaction")
            assert order == {"id_tag": token, "connector_id": 1}
            assert await station.authorize(token) == "Accepted"
            await station.plug_in()
            await station.start(token, wh=0, at=now())

        command = await with_effect(api, name, act, "remote_start", token=token, evse=1)

    assert command["state"] == "applied"


@case("1.6", "TC_011_2_CSMS")
async def test_a_remote_start_without_a_cable_comes_to_nothing(server: Server) -> None:
    name, token = a_name(Station16), a_token()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.token(token)
        command = await api.order(name, "remote_start", token=token, evse=1)
        await station.ordered("RemoteStartTransaction")
        await station.plug_in()
        await station.available()
        after = await api.get(f"/commands/{command['id']}")
        sessions, shown = await api.sessions(name), await api.station(name)

    assert (after["state"], sessions) == ("accepted", []), "accepted is not applied"
    assert shown["evses"][0]["status"] == "available"


@case("1.6", "TC_012_CSMS")
async def test_a_remote_stop(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)

        async def act() -> None:
            order = await station.ordered("RemoteStopTransaction")
            assert order == {"transaction_id": int(charging.transaction_id)}
            await station.stop(charging, wh=500, at=hours.after(9), reason="Remote")

        number = charging.transaction_id
        command = await with_effect(api, name, act, "remote_stop", transaction_id=number)
        session = await api.only_session(name)

    assert command["state"] == "applied"
    assert (session["stop_reason"], session["energy_wh"]) == ("Remote", 500)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        pytest.param("hard", "Hard", marks=case("1.6", "TC_013_CSMS")),
        pytest.param("soft", "Soft", marks=case("1.6", "TC_014_CSMS")),
    ],
)
async def test_a_reset_is_done_when_the_station_boots(server: Server, kind: str, word: str) -> None:
    name = a_name(Station16)
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name) as station:
            before = await api.station(name)
            command = await api.order(name, "reset", kind=kind)
            told = await station.ordered("Reset")
        async with connected(Station16, server.url(name), name):
            after = await api.until(
                lambda: api.get(f"/commands/{command['id']}"), lambda it: it["state"] == "applied"
            )
            shown = await api.station(name)

    assert told == {"type": word}
    assert after["result"] == "Accepted"
    assert shown["booted_at"] > before["booted_at"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Unlocked", "accepted", marks=case("1.6", "TC_017_1_CSMS")),
        pytest.param("NotSupported", "rejected", marks=case("1.6", "TC_017_2_CSMS")),
        pytest.param("UnlockFailed", "rejected", marks=case("1.6", "TC_030_CSMS")),
        pytest.param("NotSupported", "rejected", marks=case("1.6", "TC_031_CSMS")),
    ],
)
async def test_an_unlock_ends_as_the_station_says(server: Server, answer: str, state: str) -> None:
    given = await refused(server, "UnlockConnector", {"status": answer}, "unlock", evse=1)
    assert (given["state"], given["result"]) == (state, answer)


@case("1.6", "TC_018_1_CSMS")
async def test_an_unlock_during_a_session_ends_it(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        command = await api.order(name, "unlock", evse=1, wait_s=5)
        assert await station.ordered("UnlockConnector") == {"connector_id": 1}
        await station.stop(charging, wh=300, at=hours.after(5), reason="UnlockCommand")
        session = await api.only_session(name)

    assert (command["state"], command["result"]) == ("accepted", "Unlocked")
    assert (session["state"], session["stop_reason"]) == ("closed", "UnlockCommand")


@case("1.6", "TC_026_CSMS")
async def test_a_remote_start_that_the_station_rejects(server: Server) -> None:
    given = await refused(
        server,
        "RemoteStartTransaction",
        {"status": "Rejected"},
        "remote_start",
        token=a_token(),
        evse=1,
    )
    assert (given["state"], given["result"]) == ("rejected", "Rejected")
    assert "Rejected" in str(given["reason"])


@case("1.6", "TC_028_CSMS")
async def test_a_remote_stop_that_the_station_rejects(server: Server) -> None:
    given = await refused(
        server,
        "RemoteStopTransaction",
        {"status": "Rejected"},
        "remote_stop",
        transaction_id="4711",
    )
    assert (given["state"], given["result"]) == ("rejected", "Rejected")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("NotSupported", "rejected", marks=case("1.6", "TC_040_1_CSMS")),
        pytest.param("Rejected", "rejected", marks=case("1.6", "TC_040_2_CSMS")),
    ],
)
async def test_a_setting_that_is_not_taken_is_not_on_file(
    server: Server, answer: str, state: str
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["ChangeConfiguration"] = {"status": answer}
        command = await set_one(api, name, "MeterValueSampleInterval", "10")
        told = await station.ordered("ChangeConfiguration")
        held = await api.all(f"/stations/{name}/holdings", kind="variable")

    assert told == {"key": "MeterValueSampleInterval", "value": "10"}
    assert command["state"] == state
    assert "MeterValueSampleInterval" in str(command["reason"])
    assert all(it["value"] != "10" for it in held)


@case("1.6", "TC_021_CSMS")
async def test_a_setting_that_is_taken_is_on_file(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["ChangeConfiguration"] = {"status": "Accepted"}
        command = await set_one(api, name, "MeterValueSampleInterval", "60")
        await station.ordered("ChangeConfiguration")
        kept = await api.only_holding(name, "variable")

    assert command["state"] == "accepted"
    assert kept["value"] == "60"
    assert "MeterValueSampleInterval" in kept["key"]


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        pytest.param("report", {}, marks=case("1.6", "TC_019_1_CSMS")),
        pytest.param(
            "get_variables",
            {"names": ["SupportedFeatureProfiles"]},
            marks=case("1.6", "TC_019_2_CSMS"),
        ),
    ],
)
async def test_configuration_that_is_read_is_on_file(
    server: Server, order: str, fields: dict[str, object]
) -> None:
    name = a_name(Station16)
    profiles = {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core,SmartCharging"}
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetConfiguration"] = {"configuration_key": [profiles]}
        command = await api.order(name, order, wait_s=5, **fields)
        told = await station.ordered("GetConfiguration")
        kept = await api.only_holding(name, "variable")

    assert command["state"] in {"accepted", "applied"}
    assert told.get("key") == fields.get("names")
    assert kept["value"] == "Core,SmartCharging"


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("Faulted", marks=case("1.6", "TC_048_1_CSMS")),
        pytest.param("Occupied", marks=case("1.6", "TC_048_2_CSMS")),
        pytest.param("Unavailable", marks=case("1.6", "TC_048_3_CSMS")),
        pytest.param("Rejected", marks=case("1.6", "TC_048_4_CSMS")),
    ],
)
async def test_a_reservation_that_is_not_taken(server: Server, word: str) -> None:
    until = text_of(now() + timedelta(minutes=30))
    given = await refused(
        server, "ReserveNow", {"status": word}, "reserve", token="04AB", evse=1, expires_at=until
    )
    assert (given["state"], given["result"]) == ("rejected", word)


async def reserved(api: Api, name: str, token: str, **fields: object) -> None:
    until = text_of(now() + timedelta(minutes=30))
    command = await api.order(
        name, "reserve", token=token, expires_at=until, reservation=5, wait_s=5, **fields
    )
    assert command["state"] == "accepted"


@case("1.6", "TC_047_CSMS")
async def test_a_reservation_that_expires(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await reserved(api, name, a_token(), evse=1)
        told = await station.ordered("ReserveNow")
        await station.status(1, "Reserved")
        kept = await api.station(name)
        await station.available()
        shown = await api.station(name)

    assert (told["connector_id"], told["reservation_id"]) == (1, 5)
    assert kept["evses"][0]["status"] == "reserved"
    assert shown["evses"][0]["status"] == "available"


@case("1.6", "TC_051_CSMS")
async def test_a_reservation_that_is_cancelled(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await reserved(api, name, a_token(), evse=1)
        await station.ordered("ReserveNow")
        await api.order(name, "cancel_reservation", reservation=5, wait_s=5)
        told = await station.ordered("CancelReservation")
        kept = await api.only_holding(name, "reservation")

    assert told == {"reservation_id": 5}
    assert kept["state"] == "cancelled"


@case("1.6", "TC_052_CSMS")
async def test_a_reservation_that_the_station_does_not_cancel(server: Server) -> None:
    given = await refused(
        server,
        "CancelReservation",
        {"status": "Rejected"},
        "cancel_reservation",
        reservation=6,
    )
    assert (given["state"], given["result"]) == ("rejected", "Rejected")


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("boot_notification", "BootNotification"),
        ("status_notification", "StatusNotification"),
        ("heartbeat", "Heartbeat"),
        ("meter_values", "MeterValues"),
        ("firmware_status_notification", "FirmwareStatusNotification"),
        ("diagnostics_status_notification", "DiagnosticsStatusNotification"),
    ],
)
@case("1.6", "TC_054_CSMS")
async def test_a_message_that_is_asked_for(server: Server, message: str, word: str) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:

        async def act() -> None:
            assert await station.ordered("TriggerMessage") == {"requested_message": word}
            match word:
                case "BootNotification":
                    await station.boot()
                case "StatusNotification":
                    await station.available()
                case "Heartbeat":
                    await station.heartbeat()
                case "MeterValues":
                    await station.call(
                        "MeterValues",
                        connector_id=1,
                        meter_value=[
                            {"timestamp": text_of(now()), "sampled_value": [{"value": "7"}]}
                        ],
                    )
                case _:
                    await station.call(word, status="Idle")

        command = await with_effect(api, name, act, "trigger", message=message)

    assert (command["state"], command["result"]) == ("applied", "Accepted")


@case("1.6", "TC_055_CSMS")
async def test_a_message_that_the_station_does_not_send(server: Server) -> None:
    given = await refused(
        server, "TriggerMessage", {"status": "Rejected"}, "trigger", message="meter_values"
    )
    assert (given["state"], given["result"]) == ("rejected", "Rejected")


async def set_one(api: Api, name: str, key: str, value: str) -> dict[str, object]:
    command: dict[str, object] = await api.order(
        name, "set_variables", values={key: value}, wait_s=5
    )
    return command
