"""A. The password of a station: changed on both sides, whatever becomes of the station's answer."""

from typing import Any

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS, a_name
from tests.system.wire import basic, raw_basic, status_of

OLD = "the-password-before"
GIVEN = "a-new:password_1"
TEXT = "never-stored+1@x"  # of the test alone that looks for it in the file
case = pytest.mark.case
ACTION: dict[type[Station], str] = {
    Station16: "ChangeConfiguration",
    Station201: "SetVariables",
    Station21: "SetVariables",
}


def answer(kind: type[Station], word: str) -> dict[str, Any]:
    if kind is Station16:
        return {"status": word}
    result = {
        "attribute_status": word,
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
    }
    return {"set_variable_result": [result]}


def password_in(kind: type[Station], told: dict[str, Any]) -> tuple[str, bytes]:
    """As it was written in the call, and as the station sends it from then on."""
    if kind is Station16:
        assert told["key"] == "AuthorizationKey"
        return told["value"], bytes.fromhex(told["value"])
    (data,) = told["set_variable_data"]
    assert data["component"] == {"name": "SecurityCtrlr"}
    assert data["variable"] == {"name": "BasicAuthPassword"}
    return data["attribute_value"], data["attribute_value"].encode()


async def let_in(server: Server, kind: type[Station], name: str, password: bytes) -> int:
    headers = raw_basic(name, password)
    return await status_of(server.url(name), kind.version, additional_headers=headers)


async def a_station(api: Api, kind: type[Station]) -> str:
    name = a_name(kind)
    await api.post("/stations", {"id": name, "password": OLD, "security_profile": 1})
    return name


@case("1.6", "TC_073_CSMS")
@case("2.x", "TC_A_09_CSMS")
@pytest.mark.covers("ChangeConfiguration", "SetVariables")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [None, TEXT, "AB" * 16])
async def test_a_new_password_lets_in_and_the_old_one_no_more_once_it_was_used(
    server: Server, kind: type[Station], given: str | None
) -> None:
    async with api_of(server) as api:
        name = await a_station(api, kind)
        url, old = server.url(name), basic(name, OLD)
        async with connected(kind, url, name, additional_headers=old) as station:
            station.answers[ACTION[kind]] = answer(kind, "Accepted")
            order = await api.order(name, "set_password", password=given)
            written, sent = password_in(kind, await station.ordered(ACTION[kind]))
        lost_power = await let_in(server, kind, name, OLD.encode())
        accepted = await api.get(f"/commands/{order['id']}")
        async with connected(kind, url, name, additional_headers=raw_basic(name, sent)):
            applied = await api.get(f"/commands/{order['id']}")
        again = await let_in(server, kind, name, sent)
        refused = await let_in(server, kind, name, OLD.encode())
        traces = [
            await api.all("/messages", station_id=name, texts="true"),
            await api.all("/commands", station_id=name),
            await api.all(f"/stations/{name}/holdings"),
            (await api.get("/event-log", limit=200))["items"],
        ]

    assert (accepted["state"], applied["state"]) == ("accepted", "applied")
    assert (lost_power, again, refused) == (101, 101, 401)
    if given is None:
        assert len(sent) >= 20
    else:
        is_key = kind is Station16 and given != TEXT
        assert sent == (bytes.fromhex(given) if is_key else given.encode())
    for text in {written, sent.decode(errors="replace"), given or written}:
        assert text not in str(traces)
        assert text.encode() not in server.database.read_bytes()
        assert text not in server.stderr


@case("2.x", "TC_A_10_CSMS")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_password_that_the_station_did_not_take_lets_nobody_in(
    server: Server, kind: type[Station]
) -> None:
    async with api_of(server) as api:
        name = await a_station(api, kind)
        headers = basic(name, OLD)
        async with connected(kind, server.url(name), name, additional_headers=headers) as station:
            station.answers[ACTION[kind]] = answer(kind, "Rejected")
            order = await api.order(name, "set_password", password=GIVEN, wait_s=5)
            await station.ordered(ACTION[kind])
        new = await let_in(server, kind, name, GIVEN.encode())
        old = await let_in(server, kind, name, OLD.encode())

    assert order["state"] == "rejected"
    assert (new, old) == (401, 101)


@pytest.mark.parametrize("kind", KINDS)
async def test_both_passwords_let_in_while_nobody_knows_which_the_station_has(
    server: Server, kind: type[Station]
) -> None:
    """It hung up before it answered, and may have taken it or not."""
    async with api_of(server) as api:
        name = await a_station(api, kind)
        headers = basic(name, OLD)
        async with connected(kind, server.url(name), name, additional_headers=headers) as station:
            station.answers[ACTION[kind]] = None
            order = await api.order(name, "set_password", password=GIVEN)
            await station.ordered(ACTION[kind])
        ended = await api.until(
            lambda: api.get(f"/commands/{order['id']}"), lambda it: it["finished_at"] is not None
        )
        old = await let_in(server, kind, name, OLD.encode())
        new = await let_in(server, kind, name, GIVEN.encode())
        after = await let_in(server, kind, name, OLD.encode())

    assert (ended["state"], ended["parameters"]["password"]) == ("failed", None)
    assert (old, new, after) == (101, 101, 401)


async def test_a_password_that_counts_after_the_next_start_does_not_end_the_one_before(
    server: Server,
) -> None:
    async with api_of(server) as api:
        name = await a_station(api, Station16)
        headers = basic(name, OLD)
        url = server.url(name)
        async with connected(Station16, url, name, additional_headers=headers) as station:
            station.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
            await api.order(name, "set_password", password=GIVEN)
            await station.ordered("ChangeConfiguration")
        before = await let_in(server, Station16, name, OLD.encode())
        booted = await let_in(server, Station16, name, GIVEN.encode())
        after = await let_in(server, Station16, name, OLD.encode())

    assert (before, booted, after) == (101, 101, 401)


async def test_a_first_password_locks_no_station_out_that_sends_none_yet(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name) as station:
            await api.order(name, "set_password", password=GIVEN)
            await station.ordered("ChangeConfiguration")
        without = await status_of(server.url(name), "ocpp1.6")
        wrong = await let_in(server, Station16, name, OLD.encode())
        used = await let_in(server, Station16, name, GIVEN.encode())
        after = await status_of(server.url(name), "ocpp1.6")

    assert (without, wrong, used, after) == (101, 401, 101, 401)


@pytest.mark.parametrize(
    ("kind", "variable", "instead"),
    [
        (Station16, "AuthorizationKey", "set_password"),
        (Station201, "SecurityCtrlr/BasicAuthPassword", "set_password"),
        (Station16, "SecurityProfile", "raise_security_profile"),
    ],
)
async def test_what_decides_who_is_let_in_is_no_plain_variable(
    server: Server, kind: type[Station], variable: str, instead: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        body = {"command": "set_variables", "values": {variable: "2"}}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)
        assert station.orders.empty()

    assert refused.status_code == 409
    assert instead in refused.json()["detail"]


async def test_a_password_that_fits_no_key_of_1_6_is_refused_with_what_would(
    server: Server,
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name):
        body = {"command": "set_password", "password": "x" * 21}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)

    assert refused.status_code == 409
    assert "16 to 20 characters" in refused.json()["detail"]
    assert "x" * 21 not in refused.text


async def test_a_password_that_waits_is_shown_to_nobody(server: Server) -> None:
    async with api_of(server) as api:
        name = await a_station(api, Station16)
        order = await api.order(name, "set_password", password=GIVEN)
        repeated = await api.order(
            name, "set_password", password=GIVEN, idempotency_key=f"key of {name}"
        )
        again = await api.order(
            name, "set_password", password=GIVEN, idempotency_key=f"key of {name}"
        )
        shown = await api.all("/commands", station_id=name)

    assert order["state"] == "queued"
    assert GIVEN not in str([order, repeated, shown])
    assert again["id"] == repeated["id"]
