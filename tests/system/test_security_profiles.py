"""A. A station raised to a higher security profile: let in by either until it used that one."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.authority import Authority
from tests.ocpp.pem import a_certificate
from tests.services.ports import HOST
from tests.system.server import Api, Server, api_of, serving
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.test_passwords import answer as password_answer
from tests.system.test_passwords import password_in
from tests.system.versions import KINDS, a_name
from tests.system.wire import basic, raw_basic, status_of

PASSWORD = "a-long-station-password"
PRIORITY = "OCPPCommCtrlr/NetworkConfigurationPriority"
case = pytest.mark.case


def variable(word: str, value: str | None = None) -> dict[str, Any]:
    named = {
        "attribute_status": word,
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
    }
    return named if value is None else {**named, "attribute_value": value}


async def takes_profile(
    api: Api, station: Station, url: str, profile: int
) -> tuple[Any, list[tuple[str, Any]]]:
    """The order given, and what the station got to hear of it."""
    name = station.identity
    more: dict[str, Any] = {}
    actions = ["ChangeConfiguration"]
    if not isinstance(station, Station16):
        station.answers["GetVariables"] = {"get_variable_result": [variable("Accepted", "0, 2")]}
        station.answers["SetVariables"] = {"set_variable_result": [variable("RebootRequired")]}
        station.answers["Reset"] = {"status": "Scheduled"}
        await api.order(name, "get_variables", names=[PRIORITY], wait_s=5)
        await station.ordered("GetVariables")
        more = {"slot": 1, "url": url}
        actions = ["SetNetworkProfile", "SetVariables", "Reset"]
    order = await api.order(name, "raise_security_profile", profile=profile, **more)
    return order, [(it, await station.ordered(it)) for it in actions]


def shown_to(kind: type[Station], url: str, profile: int) -> list[tuple[str, Any]]:
    if kind is Station16:
        return [("ChangeConfiguration", {"key": "SecurityProfile", "value": str(profile)})]
    by_version = {} if kind is Station21 else {"ocpp_version": "OCPP20"}
    data = {
        **by_version,
        "ocpp_transport": "JSON",
        "ocpp_csms_url": url,
        "message_timeout": 30,
        "security_profile": profile,
        "ocpp_interface": "Wired0",
    }
    wanted = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attribute_value": "1,0,2",
    }
    return [
        ("SetNetworkProfile", {"configuration_slot": 1, "connection_data": data}),
        ("SetVariables", {"set_variable_data": [wanted]}),
        ("Reset", {"type": "OnIdle"}),
    ]


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[tuple[Server, Api, Authority]]:
    authority = Authority(folder)
    served = authority.for_server(HOST)
    options = (
        "--ocpp-tls", f"{HOST}:0", "--tls-certificate", str(served.chain),
        "--tls-key", str(served.key), "--tls-client-ca", str(authority.file),
    )  # fmt: skip
    async with serving(folder / "data", *options, unknown_stations="quarantine") as (server, api):
        yield server, api, authority


async def refusal(api: Api, name: str, **order: Any) -> str:
    answer = await api.client.post(f"/stations/{name}/commands", json=order)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["detail"])


@case("1.6", "TC_083_CSMS")
@case("2.x", "TC_A_19_CSMS")
@pytest.mark.covers("ChangeConfiguration", versions=("ocpp1.6",))
@pytest.mark.covers("SetNetworkProfile", "SetVariables", "Reset", versions=("ocpp2.0.1", "ocpp2.1"))
async def test_a_station_is_raised_to_a_certificate_and_never_back(tmp_path: Path) -> None:
    async with town(tmp_path) as (server, api, authority):
        for kind in KINDS:
            name, url = a_name(kind), f"wss://{HOST}/ocpp/"
            body = {"command": "raise_security_profile", "profile": 3}
            plain = ssl.create_default_context(cafile=authority.file)
            own = ssl.create_default_context(cafile=authority.file)
            issued = authority.for_station(name)
            own.load_cert_chain(issued.chain, issued.key)
            at, headers = server.url(name, tls=True), basic(name, PASSWORD)
            await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 2})
            early = await status_of(at, kind.version, ssl=own)
            async with connected(kind, at, name, ssl=plain, additional_headers=headers) as station:
                station.answers["CertificateSigned"] = {"status": "Accepted"}
                no_root = await refusal(api, name, **body)
                pem = a_certificate("Root", 7)
                await api.order(
                    name, "install_certificate", use="csms_root", certificate=pem, wait_s=5
                )
                await station.ordered("InstallCertificate")
                no_own = await refusal(api, name, **body)
                await api.order(
                    name, "send_signed_certificate", chain=a_certificate(name, 8), wait_s=5
                )
                await station.ordered("CertificateSigned")
                order, told = await takes_profile(api, station, url, 3)
            fell_back = await status_of(at, kind.version, ssl=plain, additional_headers=headers)
            asked = await api.get(f"/commands/{order['id']}")
            async with connected(kind, at, name, ssl=own):
                applied = await api.get(f"/commands/{order['id']}")
                lower = await refusal(api, name, **{**body, "profile": 2})
            back = await status_of(at, kind.version, ssl=plain, additional_headers=headers)
            again = await status_of(at, kind.version, ssl=own)

            assert told == shown_to(kind, url, 3)
            assert "install_certificate" in no_root
            assert "sign_station_certificate" in no_own
            assert "Profile 3 is on file" in lower
            assert (asked["state"], applied["state"]) == ("accepted", "applied")
            assert (early, fell_back, back, again) == (401, 101, 403, 101)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_station_without_a_password_is_given_one_and_raised_to_it(
    server: Server, kind: type[Station]
) -> None:
    name, url = a_name(kind), f"ws://{HOST}/ocpp/"
    async with api_of(server) as api:
        async with connected(kind, server.url(name), name) as station:
            action = "ChangeConfiguration" if kind is Station16 else "SetVariables"
            station.answers[action] = password_answer(kind, "Accepted")
            none = await refusal(api, name, command="raise_security_profile", profile=1)
            given = await api.order(name, "set_password")
            _, password = password_in(kind, await station.ordered(action))
            await api.until(
                lambda: api.get(f"/commands/{given['id']}"), lambda it: it["state"] == "accepted"
            )
            order, _ = await takes_profile(api, station, url, 1)
        headers = raw_basic(name, password)
        async with connected(kind, server.url(name), name, additional_headers=headers):
            applied = await api.get(f"/commands/{order['id']}")
        without = await status_of(server.url(name), kind.version)

    assert "set_password" in none
    assert (applied["state"], without) == ("applied", 401)


async def test_a_profile_that_the_station_refuses_lets_it_in_no_other_way(
    server: Server,
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 0})
        url, headers = server.url(name), basic(name, PASSWORD)
        async with connected(Station16, url, name, additional_headers=headers) as station:
            station.answers["ChangeConfiguration"] = {"status": "Rejected"}
            order, _ = await takes_profile(api, station, url, 1)
        ended = await api.get(f"/commands/{order['id']}")
        async with connected(Station16, url, name, additional_headers=headers):
            pass
        still = await api.client.post(
            f"/stations/{name}/commands", json={"command": "raise_security_profile", "profile": 1}
        )

    assert ended["state"] == "rejected"
    assert still.status_code == 202  # profile 0 is still on file


@pytest.mark.parametrize("kind", [Station201, Station21])
async def test_a_slot_with_a_lower_profile_is_not_set(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    body = {"command": "set_network_profile", "slot": 1, "url": "ws://x", "security_profile": 0}
    async with api_of(server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 1})
        headers = basic(name, PASSWORD)
        async with connected(kind, server.url(name), name, additional_headers=headers) as station:
            told = await refusal(api, name, **body)
            assert station.orders.empty()

    assert "not lowered" in told


async def test_the_password_of_a_slot_lets_in_once_the_station_uses_the_slot(
    server: Server,
) -> None:
    name, new = a_name(Station21), "another-password-1"
    async with api_of(server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 1})
        url, headers = server.url(name), basic(name, PASSWORD)
        async with connected(Station21, url, name, additional_headers=headers) as station:
            slot = {"slot": 1, "url": "ws://csms.example", "security_profile": 1}
            await api.order(name, "set_network_profile", **slot, password=new, wait_s=5)
            await station.ordered("SetNetworkProfile")
        old = await status_of(url, "ocpp2.1", additional_headers=headers)
        used = await status_of(url, "ocpp2.1", additional_headers=basic(name, new))
        after = await status_of(url, "ocpp2.1", additional_headers=headers)

    assert (old, used, after) == (101, 101, 401)
