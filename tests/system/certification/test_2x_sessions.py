"""OCPP 2.0.1 and 2.1: sessions from their first to their last event, as the official cases play."""

from datetime import datetime
from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Charging, Fields, Hours, connected, now, text_of
from tests.system.station201 import Station201, card, metered
from tests.system.versions import KINDS_2X, a_name, a_token

case = pytest.mark.case
both = pytest.mark.parametrize("kind", KINDS_2X)
EVSE: Fields = {"evse": {"id": 1, "connector_id": 1}}


def for_2x(case_id: str) -> pytest.MarkDecorator:
    """Of 2.0.1 and of 2.1, as far as there is such a case."""
    return case("2.x", case_id)


async def begun(
    station: Station201,
    charging: Charging,
    trigger: str,
    *,
    at: datetime,
    state: str,
    **fields: Any,
) -> Any:
    info = {"charging_state": state}
    values = [metered(0, 0, at, "Transaction.Begin")]
    return await station.event(
        charging, "Started", trigger, at=at, info=info, meter_value=values, **EVSE, **fields
    )


@pytest.mark.parametrize(
    ("trigger", "state", "with_card"),
    [
        pytest.param("ChargingStateChanged", "Charging", "card", marks=for_2x("TC_E_01_CSMS")),
        pytest.param("ChargingStateChanged", "Charging", "card", marks=for_2x("TC_E_02_CSMS")),
        pytest.param("CablePluggedIn", "EVConnected", "", marks=for_2x("TC_E_09_CSMS")),
        pytest.param("Authorized", "Idle", "card", marks=for_2x("TC_E_10_CSMS")),
        pytest.param("SignedDataReceived", "EVConnected", "card", marks=for_2x("TC_E_11_CSMS")),
        pytest.param("EVDetected", "Idle", "", marks=for_2x("TC_E_12_CSMS")),
        pytest.param("ChargingStateChanged", "SuspendedEV", "card", marks=for_2x("TC_E_38_CSMS")),
    ],
)
@both
async def test_a_session_begins_where_the_station_s_start_point_is(
    server: Server, kind: type[Station201], trigger: str, state: str, with_card: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = station.transaction(token)
        fields = {"id_token": card(token)} if with_card else {}
        answer = await begun(station, charging, trigger, at=now(), state=state, **fields)
        if not with_card:
            later = await station.event(
                charging, "Updated", "Authorized", at=now(), id_token=card(token)
            )
            assert later.id_token_info["status"] == "Accepted"
        session = await api.only_session(name)

    assert (answer.id_token_info is not None) == bool(with_card)
    assert session["transaction_id"] == charging.transaction_id
    assert session["token"]["uid"] == token
    assert session["state"] in {"started", "charging", "suspended"}


@pytest.mark.parametrize(
    ("trigger", "reason", "state"),
    [
        pytest.param("StopAuthorized", "Local", "EVConnected", marks=for_2x("TC_E_07_CSMS")),
        pytest.param("StopAuthorized", "Local", "SuspendedEVSE", marks=for_2x("TC_E_08_CSMS")),
        pytest.param("EVCommunicationLost", "EVDisconnected", "Idle", marks=for_2x("TC_E_14_CSMS")),
        pytest.param("StopAuthorized", "Local", "EVConnected", marks=for_2x("TC_E_15_CSMS")),
        pytest.param("Deauthorized", "DeAuthorized", "EVConnected", marks=for_2x("TC_E_16_CSMS")),
        pytest.param("EVCommunicationLost", "EVDisconnected", "Idle", marks=for_2x("TC_E_17_CSMS")),
        pytest.param("EVDeparted", "Local", "Idle", marks=for_2x("TC_E_19_CSMS")),
        pytest.param("EVCommunicationLost", "EVDisconnected", "Idle", marks=for_2x("TC_E_20_CSMS")),
        pytest.param(
            "ChargingStateChanged", "StoppedByEV", "SuspendedEV", marks=for_2x("TC_E_22_CSMS")
        ),
        pytest.param("EVConnectTimeout", "Timeout", "Idle", marks=for_2x("TC_E_39_CSMS")),
    ],
)
@both
async def test_a_session_ends_where_the_station_s_stop_point_is(
    server: Server, kind: type[Station201], trigger: str, reason: str, state: str
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        await station.energy_flows(charging, at=hours.after(1))
        await station.measure(charging, wh=800, w=6_000, at=hours.after(8))
        end = hours.after(10)
        await station.event(
            charging,
            "Ended",
            trigger,
            at=end,
            info={"stopped_reason": reason, "charging_state": state},
            meter_value=[metered(900, 0, end, "Transaction.End")],
        )
        session = await api.only_session(name)

    assert (session["state"], session["energy_wh"]) == ("closed", 900)
    assert (session["stop_reason"], session["ended_at"]) == (reason, text_of(end))


@for_2x("TC_E_03_CSMS")
@for_2x("TC_J_07_CSMS")
@for_2x("TC_J_09_CSMS")
@for_2x("TC_J_10_CSMS")
@both
async def test_a_session_that_begins_with_the_plug(server: Server, kind: type[Station201]) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        plugged = await api.station(name)
        assert await station.authorize(token) == "Accepted"
        charging = await station.start(token, wh=100, at=hours.begin)
        await station.energy_flows(charging, at=hours.after(1))
        await station.measure(charging, wh=1_100, w=6_000, at=hours.after(11))
        charges = await api.station(name)
        await station.stop(charging, wh=2_100, at=hours.after(21))
        await station.available()
        session = await api.only_session(name)
        samples = await api.all(f"/sessions/{session['id']}/samples")

    assert plugged["evses"][0]["status"] == "preparing"
    assert charges["evses"][0]["status"] == "charging"
    assert (session["state"], session["energy_wh"]) == ("closed", 2_000)
    assert [it["energy_wh"] for it in samples] == [100, 1_100, 2_100]


@for_2x("TC_E_04_CSMS")
@for_2x("TC_J_08_CSMS")
@both
async def test_a_session_that_begins_with_the_card(server: Server, kind: type[Station201]) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = station.transaction(token)
        answer = await station.event(
            charging,
            "Started",
            "Authorized",
            at=hours.begin,
            info={"charging_state": "Idle"},
            id_token=card(token),
            meter_value=[metered(50, 0, hours.begin, "Transaction.Begin")],
        )
        nowhere = await api.only_session(name)
        await station.event(
            charging,
            "Updated",
            "CablePluggedIn",
            at=hours.after(1),
            info={"charging_state": "EVConnected"},
            **EVSE,
        )
        somewhere = await api.only_session(name)
        await station.stop(charging, wh=1_050, at=hours.after(12))
        session = await api.only_session(name)

    assert answer.id_token_info["status"] == "Accepted"
    assert (nowhere["evse_id"], somewhere["evse_id"]) == (None, 1)
    assert (session["state"], session["energy_wh"]) == ("closed", 1_000)


@for_2x("TC_E_26_CSMS")
@both
async def test_a_session_is_suspended_while_the_plug_is_out_at_the_car(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        await station.energy_flows(charging, at=hours.after(1))
        await station.event(
            charging,
            "Updated",
            "EVCommunicationLost",
            at=hours.after(5),
            info={"charging_state": "Idle"},
        )
        out = await api.only_session(name)
        await station.event(
            charging,
            "Updated",
            "CablePluggedIn",
            at=hours.after(6),
            info={"charging_state": "EVConnected"},
        )
        await station.energy_flows(charging, at=hours.after(7))
        again = await api.only_session(name)

    assert out["id"] == again["id"]
    assert (out["charging_state"], again["state"]) == ("idle", "charging")


@for_2x("TC_E_53_CSMS")
@both
async def test_numbers_begin_at_0_with_each_transaction(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        for first in (0, 30):
            charging = await station.start(token, wh=0, at=hours.after(first))
            await station.measure(charging, wh=500, w=6_000, at=hours.after(first + 5))
            await station.stop(charging, wh=900, at=hours.after(first + 9))
        sessions = await api.sessions(name)

    assert [(it["state"], it["energy_wh"]) for it in sessions] == [("closed", 900)] * 2
    assert all("sequence_restarted" not in it["flags"] for it in sessions)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        pytest.param(None, "Unknown", marks=for_2x("TC_C_02_CSMS")),
        pytest.param("blocked", "Blocked", marks=for_2x("TC_C_06_CSMS")),
        pytest.param("expired", "Expired", marks=for_2x("TC_C_07_CSMS")),
        pytest.param("accepted", "Accepted", marks=for_2x("TC_C_08_CSMS")),
        pytest.param("invalid", "Invalid", marks=for_2x("TC_C_20_CSMS")),
    ],
)
@both
async def test_a_card_is_judged_when_it_is_shown_and_again_at_the_start(
    server: Server, kind: type[Station201], state: str | None, verdict: str
) -> None:
    name, uid = a_name(kind), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        if state is not None:
            await api.post("/tokens", {"uid": uid, "type": "rfid", "status": state})
        said = await station.authorize(uid)
        charging = await station.start(uid, wh=0, at=now())
        session = await api.only_session(name)

    assert (said, charging.verdict) == (verdict, verdict)
    assert ("token_not_accepted" in session["flags"]) == (verdict != "Accepted")


@for_2x("TC_C_39_CSMS")
@both
async def test_cards_of_one_group_are_told_their_group(
    server: Server, kind: type[Station201]
) -> None:
    name, first, second, group = a_name(kind), a_token(), a_token(), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for uid in (first, second):
            await api.post("/tokens", {"uid": uid, "type": "rfid", "group": group})
        infos = [
            (await station.call("Authorize", id_token=card(uid))).id_token_info
            for uid in (first, second)
        ]
        charging = await station.start(first, wh=0, at=now())
        charging.token = second
        await station.stop(charging, wh=10, at=now())
        session = await api.only_session(name)

    assert [it["group_id_token"] for it in infos] == [{"id_token": group, "type": "Central"}] * 2
    assert session["state"] == "closed"
    assert session["token"]["uid"] == first


@for_2x("TC_J_01_CSMS")
@both
async def test_readings_by_the_clock_open_no_session(
    server: Server, kind: type[Station201]
) -> None:
    name, at = a_name(kind), Hours().begin
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        values = [metered(4_000, 0, at, "Sample.Clock")]
        await station.call("MeterValues", evse_id=1, meter_value=values)
        sessions = await api.sessions(name)
        (kept,) = await api.all("/messages", station_id=name, action="MeterValues")

    assert sessions == []
    assert kept["call"]["meterValue"][0]["sampledValue"][0]["value"] == 4_000


@for_2x("TC_J_02_CSMS")
@both
async def test_readings_by_the_clock_in_a_session_belong_to_it(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        values = [metered(4_000, 0, hours.after(5), "Sample.Clock")]
        await station.event(
            charging, "Updated", "MeterValueClock", at=hours.after(5), meter_value=values
        )
        session = await api.only_session(name)
        kept = (await api.all(f"/sessions/{session['id']}/samples"))[-1]

    assert (kept["context"], kept["energy_wh"]) == ("clock", 4_000)


@for_2x("TC_J_03_CSMS")
@both
async def test_readings_by_the_clock_in_the_last_event(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        values = [
            metered(600, 3_000, hours.after(5), "Sample.Clock"),
            metered(1_000, 0, hours.after(9), "Transaction.End"),
        ]
        await station.event(
            charging,
            "Ended",
            "StopAuthorized",
            at=hours.after(9),
            info={"stopped_reason": "Local"},
            meter_value=values,
        )
        session = await api.only_session(name)
        samples = await api.all(f"/sessions/{session['id']}/samples")

    assert (session["state"], session["energy_wh"]) == ("closed", 1_000)
    assert [(it["context"], it["energy_wh"]) for it in samples[1:]] == [
        ("clock", 600),
        ("end", 1_000),
    ]


@pytest.mark.parametrize(
    "context",
    [
        pytest.param("Sample.Clock", marks=for_2x("TC_J_04_CSMS")),
        pytest.param("Sample.Periodic", marks=for_2x("TC_J_11_CSMS")),
    ],
)
@both
async def test_signed_readings_are_kept_to_the_letter(
    server: Server, kind: type[Station201], context: str
) -> None:
    name, hours = a_name(kind), Hours()
    signed = {
        "signed_meter_data": "AP8=",
        "signing_method": "ECDSA-secp256r1-SHA256",
        "encoding_method": "OCMF",
        "public_key": "b2Nh",
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        value = metered(500, 0, hours.after(5), context)
        value["sampled_value"][0]["signed_meter_value"] = signed
        await station.event(
            charging, "Updated", "MeterValuePeriodic", at=hours.after(5), meter_value=[value]
        )
        session = await api.only_session(name)
        kept = (await api.all(f"/sessions/{session['id']}/samples"))[-1]

    assert "AP8=" in str(kept["extra"])
    assert "OCMF" in str(kept["extra"])
    assert kept["energy_wh"] == 500
