"""OCPP 1.6: boot, sessions, and cards, as the official cases play them."""

from datetime import timedelta

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

case = pytest.mark.case


async def connector_of(api: Api, name: str, evse: int = 1) -> dict[str, object]:
    station = await api.station(name)
    (found,) = [it for it in station["evses"] if it["id"] == evse]
    return dict(found["connectors"][0])


@case("1.6", "TC_001_CSMS")
async def test_a_cold_boot_tells_who_the_station_is_and_what_its_connectors_do(
    server: Server,
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        for connector in (0, 1, 2):
            await station.available(connector)
        told_time = await station.heartbeat()
        shown = await api.station(name)

    assert (shown["registration"], shown["connected"]) == ("accepted", True)
    assert (shown["vendor"], shown["firmware_version"]) == ("Volta", "1.6.0")
    assert [it["status"] for it in shown["evses"]] == ["available", "available"]
    assert told_time.endswith("Z")


@case("1.6", "TC_003_CSMS")
async def test_a_session_that_begins_with_the_plug(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        assert (await connector_of(api, name))["status"] == "preparing"
        assert await station.authorize(token) == "Accepted"
        charging = await station.start(token, wh=100, at=hours.begin)
        await station.energy_flows(charging, at=hours.after(1))
        assert (await connector_of(api, name))["status"] == "charging"
        await station.measure(charging, wh=2_600, w=7_400, at=hours.after(20))
        await station.stop(charging, wh=3_100, at=hours.after(30))
        await station.available()
        session = await api.only_session(name)

    assert (session["state"], session["energy_wh"], session["stop_reason"]) == (
        "closed",
        3_000,
        "Local",
    )
    assert session["token"]["uid"] == token
    assert (session["meter_start_wh"], session["meter_stop_wh"]) == (100, 3_100)


@case("1.6", "TC_004_1_CSMS")
async def test_a_session_that_begins_with_the_card(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        assert await station.authorize(token) == "Accepted"
        await station.plug_in()
        charging = await station.start(token, wh=0, at=hours.begin)
        await station.stop(charging, wh=900, at=hours.after(10))
        session = await api.only_session(name)

    assert (session["state"], session["energy_wh"]) == ("closed", 900)


@case("1.6", "TC_004_2_CSMS")
async def test_a_card_without_a_cable_is_no_session(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        assert await station.authorize(token) == "Accepted"
        await station.plug_in()
        await station.available()
        sessions = await api.sessions(name)
        connector = await connector_of(api, name)

    assert sessions == []
    assert connector["status"] == "available"


@case("1.6", "TC_005_1_CSMS")
async def test_a_plug_pulled_at_the_car_ends_the_session(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        await station.car_pauses(charging, at=hours.after(9))
        assert (await connector_of(api, name))["status"] == "suspended_ev"
        await station.stop(charging, wh=700, at=hours.after(10), reason="EVDisconnected")
        await station.available()
        session, connector = await api.only_session(name), await connector_of(api, name)

    assert (session["state"], session["stop_reason"]) == ("closed", "EVDisconnected")
    assert connector["status"] == "available"


@case("1.6", "TC_007_CSMS")
async def test_a_card_that_the_station_remembers_is_judged_at_the_start(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = await station.start(token, wh=0, at=now())
        session = await api.only_session(name)

    assert charging.verdict == "Accepted"
    assert int(charging.transaction_id) > 0
    assert (session["transaction_id"], session["token"]["uid"]) == (charging.transaction_id, token)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        pytest.param(None, "Invalid", marks=case("1.6", "TC_023_1_CSMS")),
        pytest.param("expired", "Expired", marks=case("1.6", "TC_023_2_CSMS")),
        pytest.param("blocked", "Blocked", marks=case("1.6", "TC_023_3_CSMS")),
    ],
)
async def test_a_card_that_may_not_charge_is_told_why(
    server: Server, state: str | None, verdict: str
) -> None:
    name, uid = a_name(Station16), a_token()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        if state is not None:
            await api.post("/tokens", {"uid": uid, "type": "rfid", "status": state})
        said = await station.authorize(uid)
        charging = await station.start(uid, wh=0, at=now())
        session = await api.only_session(name)

    assert (said, charging.verdict) == (verdict, verdict)
    assert session["flags"] == ["token_not_accepted"]


@case("1.6", "TC_024_CSMS")
async def test_a_lock_that_fails_is_a_fault_of_the_connector(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        assert await station.authorize(token) == "Accepted"
        await station.status(1, "Faulted", "ConnectorLockFailure")
        connector, sessions = await connector_of(api, name), await api.sessions(name)

    assert (connector["status"], connector["error_code"]) == ("faulted", "ConnectorLockFailure")
    assert sessions == []


@case("1.6", "TC_032_1_CSMS")
async def test_a_session_cut_off_by_a_power_failure_ends_after_the_boot(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name) as station:
            charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        async with connected(Station16, server.url(name), name) as station:
            await station.stop(charging, wh=450, at=hours.after(15), reason="PowerLoss")
            session = await api.only_session(name)

    assert (session["state"], session["stop_reason"]) == ("closed", "PowerLoss")
    assert session["energy_wh"] == 450


@case("1.6", "TC_037_1_CSMS")
async def test_a_start_from_offline_with_a_good_card_is_booked_at_its_own_time(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=3)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = await station.start(token, wh=0, at=began)
        session = await api.only_session(name)

    assert charging.verdict == "Accepted"
    assert (session["started_at"], session["state"]) == (text_of(began), "started")


@case("1.6", "TC_037_3_CSMS")
async def test_a_start_from_offline_with_a_bad_card_is_booked_refused_and_ended(
    server: Server,
) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(a_token(), wh=0, at=hours.begin)
        await station.stop(charging, wh=120, at=hours.after(3), reason="DeAuthorized")
        session = await api.only_session(name)

    assert charging.verdict == "Invalid"
    assert (session["stop_reason"], session["energy_wh"]) == ("DeAuthorized", 120)


@case("1.6", "TC_039_CSMS")
async def test_a_whole_session_from_offline_is_booked_at_its_own_times(server: Server) -> None:
    name, hours = a_name(Station16), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        await station.measure(charging, wh=1_000, w=6_000, at=hours.after(10))
        await station.stop(charging, wh=2_000, at=hours.after(20))
        session = await api.only_session(name)

    assert (session["started_at"], session["ended_at"]) == (
        text_of(hours.begin),
        text_of(hours.after(20)),
    )
    assert (session["state"], session["energy_wh"]) == ("closed", 2_000)


@case("1.6", "TC_064_CSMS")
async def test_vendor_data_is_answered_and_kept_in_the_trace(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        answer = await station.call("DataTransfer", vendor_id="com.volta.none", data="x=1")
        (kept,) = await api.all("/messages", station_id=name, action="DataTransfer")

    assert answer.status in {"UnknownVendorId", "Rejected"}
    assert kept["call"]["data"] == "x=1"
