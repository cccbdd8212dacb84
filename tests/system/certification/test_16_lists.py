"""OCPP 1.6: local lists, the cache, and reservations that are used, as the cases play them."""

from datetime import timedelta

import pytest

from tests.system.certification.test_16_orders import refused, reserved
from tests.system.server import Server, api_of
from tests.system.station import Hours, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

case = pytest.mark.case


@pytest.mark.parametrize(
    ("version", "state"),
    [
        pytest.param(-1, "not_supported", marks=case("1.6", "TC_042_1_CSMS")),
        pytest.param(0, "none", marks=case("1.6", "TC_042_2_CSMS")),
    ],
)
async def test_a_station_without_a_local_list(server: Server, version: int, state: str) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetLocalListVersion"] = {"list_version": version}
        await api.order(name, "get_local_list_version", wait_s=5)
        await station.ordered("GetLocalListVersion")
        kept = await api.only_holding(name, "local_list")

    assert (kept["value"], kept["state"]) == ("0", state)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("NotSupported", marks=case("1.6", "TC_043_1_CSMS")),
        pytest.param("Failed", marks=case("1.6", "TC_043_3_CSMS")),
    ],
)
async def test_a_list_that_is_not_taken(server: Server, answer: str) -> None:
    entry = {"uid": a_token()}
    given = await refused(
        server, "SendLocalList", {"status": answer}, "send_local_list", entries=[entry], version=2
    )
    assert (given["state"], given["result"]) == ("rejected", answer)
    assert given["reason"]


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        pytest.param("full", "Full", marks=case("1.6", "TC_043_4_CSMS")),
        pytest.param("differential", "Differential", marks=case("1.6", "TC_043_5_CSMS")),
    ],
)
async def test_a_list_that_is_taken(server: Server, mode: str, word: str) -> None:
    name, uid = a_name(Station16), a_token()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.order(
            name, "send_local_list", mode=mode, version=4, entries=[{"uid": uid}], wait_s=5
        )
        told = await station.ordered("SendLocalList")
        kept = await api.only_holding(name, "local_list")

    assert (told["list_version"], told["update_type"]) == (4, word)
    (entry,) = told["local_authorization_list"]
    assert (entry["id_tag"], entry["id_tag_info"]["status"]) == (uid, "Accepted")
    assert kept["value"] == "4"


@case("1.6", "TC_061_CSMS")
async def test_the_cache_is_cleared(server: Server) -> None:
    given = await refused(server, "ClearCache", {"status": "Accepted"}, "clear_cache")
    assert (given["state"], given["result"]) == ("accepted", "Accepted")


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"evse": 1}, marks=case("1.6", "TC_046_CSMS")),
        pytest.param({}, marks=case("1.6", "TC_049_CSMS")),
    ],
)
async def test_a_reservation_that_is_used(server: Server, where: dict[str, object]) -> None:
    name, token, hours = a_name(Station16), a_token(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.token(token)
        await reserved(api, name, token, **where)
        told = await station.ordered("ReserveNow")
        answer = await station.call(
            "StartTransaction",
            connector_id=1,
            id_tag=token,
            meter_start=0,
            timestamp=text_of(hours.begin),
            reservation_id=5,
        )
        session = await api.only_session(name)
        kept = await api.only_holding(name, "reservation")

    assert (told["connector_id"], told["id_tag"]) == (where.get("evse", 0), token)
    assert answer.id_tag_info["status"] == "Accepted"
    assert session["token"]["uid"] == token
    assert (kept["key"], kept["value"]) == ("5", token)


@case("1.6", "TC_053_CSMS")
async def test_a_reservation_is_used_by_a_card_of_the_group(server: Server) -> None:
    name, first, second, group = a_name(Station16), a_token(), a_token(), "FLEET-7"
    until = text_of(now() + timedelta(minutes=30))
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        for uid in (first, second):
            await api.post("/tokens", {"uid": uid, "type": "rfid", "group": group})
        await api.order(
            name,
            "reserve",
            token=first,
            group=group,
            evse=1,
            expires_at=until,
            reservation=5,
            wait_s=5,
        )
        told = await station.ordered("ReserveNow")
        answer = await station.call("Authorize", id_tag=second)
        charging = await station.start(second, wh=0, at=now())
        session = await api.only_session(name)

    assert told["parent_id_tag"] == group
    assert answer.id_tag_info["parent_id_tag"] == group
    assert (charging.verdict, session["token"]["uid"]) == ("Accepted", second)
