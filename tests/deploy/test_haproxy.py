"""deploy/haproxy in a real HAProxy: TLS for stations and people, and who the station is."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.deploy.front import CONFIG, STATION, Front, Town, proxied
from tests.gateway.proxy_headers import tls, v1, v2
from tests.gateway.resumption import ask_twice
from tests.services.haproxy import complaints_about
from tests.system.server import Api, serving
from tests.system.station import Hours, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_live import events_until, stream
from tests.system.versions import a_name, a_token
from tests.system.wire import basic, status_of

PASSWORD = "a-long-station-password"
BEHIND_US = ("--trusted-proxies", "127.0.0.1", "--proxy-protocol")
FROM_THE_STREET = (STATION, 0)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


async def events(api: Api, identity: str, kind: str) -> list[dict[str, object]]:
    found = (await api.get("/event-log", limit=200))["items"]
    return [it["data"] for it in found if it["kind"] == kind and it["station_id"] == identity]


def test_haproxy_likes_every_line(town: Town, tmp_path: Path) -> None:
    environment = {
        "CERTIFICATES": str(town.certificate),
        "STATION_CA": str(town.stations.file),
        "GATEWAY_1": "127.0.0.1:9001",
        "GATEWAY_2": "127.0.0.1:9002",
        "WEB_1": "127.0.0.1:8080",
    }

    assert complaints_about(CONFIG, environment) == ""


async def test_a_station_charges_through_the_proxy_and_keeps_its_address(
    town: Town, tmp_path: Path
) -> None:
    name, hours = a_name(), Hours()
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        with proxied(front):
            token = await api.token(a_token())
            async with connected(
                Station16,
                front.url(name),
                name,
                ssl=town.client(),
                local_addr=FROM_THE_STREET,
            ) as station:
                charging = await station.start(token, wh=0, at=hours.begin)
                await station.measure(charging, wh=1_000, w=7_000, at=hours.after(10))
                await station.stop(charging, wh=3_000, at=hours.after(20))
            session = await api.only_session(name)
            [came] = await events(api, name, "station_connected")

    assert (session["state"], session["energy_wh"]) == ("closed", 3_000)
    assert str(came["peer"]).startswith(f"{STATION}:")
    assert "above_profile" in str(came["odd"])  # it came by TLS, which only the proxy saw


async def test_profile_2_is_reached_by_the_tls_of_the_proxy(town: Town, tmp_path: Path) -> None:
    name, hours = a_name(), Hours()
    right, wrong = basic(name, PASSWORD), basic(name, "not-the-password")
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 2})
        token = await api.token(a_token())
        way: dict[str, Any] = {"ssl": town.client(), "local_addr": FROM_THE_STREET}
        with proxied(front):
            async with connected(
                Station201, front.url(name), name, additional_headers=right, **way
            ) as station:
                charging = await station.start(token, wh=0, at=hours.begin)
                await station.stop(charging, wh=2_000, at=hours.after(20))
            session = await api.only_session(name)
            refused = [
                await status_of(front.url(name), "ocpp2.0.1", additional_headers=wrong, **way),
                await status_of(front.url(name), "ocpp2.0.1", **way),
                await status_of(server.url(name), "ocpp2.0.1", local_addr=FROM_THE_STREET),
            ]
        [came] = await events(api, name, "station_connected")
        attempts = await api.all("/connection-attempts")

    assert session["energy_wh"] == 2_000
    assert came["security_profile"] == 2
    assert refused == [401, 401, 403]
    assert all(it["peer"].startswith(f"{STATION}:") for it in attempts)


async def test_profile_3_is_opened_by_the_stations_own_certificate_alone(
    town: Town, tmp_path: Path
) -> None:
    name, hours = a_name(), Hours()
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        await api.post("/stations", {"id": name, "security_profile": 3})
        token = await api.token(a_token())
        with proxied(front):
            own = town.client(town.stations.for_station(name))
            async with connected(
                Station201, front.url(name), name, ssl=own, local_addr=FROM_THE_STREET
            ) as station:
                charging = await station.start(token, wh=0, at=hours.begin)
                await station.stop(charging, wh=2_000, at=hours.after(20))
            session = await api.only_session(name)
            [came] = await events(api, name, "station_connected")

    assert session["energy_wh"] == 2_000
    assert came["security_profile"] == 3


async def test_every_other_certificate_is_refused_and_told_why(town: Town, tmp_path: Path) -> None:
    shown = {
        "OTHERS": town.stations.for_station("SOMEBODY"),
        "FORGED": town.strangers.for_station("FORGED"),
        "EXPIRED": town.stations.for_station("EXPIRED", expired=True),
        "NONE": None,
    }
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        with proxied(front):
            for name, certificate in shown.items():
                await api.post("/stations", {"id": name, "security_profile": 3})
                client = town.client(certificate)
                assert await status_of(front.url(name), "ocpp2.0.1", ssl=client) == 403
        attempts = await api.until(
            lambda: api.all("/connection-attempts"), lambda found: len(found) == len(shown)
        )

    assert {it["identity"]: (it["reason"], it["detail"]) for it in attempts} == {
        "OTHERS": ("certificate_of_another", "the common name is 'SOMEBODY'"),
        "FORGED": (
            "certificate_missing",
            "the client certificate was not verified: its issuer is not trusted",
        ),
        "EXPIRED": (
            "certificate_missing",
            "the client certificate was not verified: it has expired",
        ),
        "NONE": ("certificate_missing", "no client certificate was shown"),
    }


async def test_a_resumed_tls_session_certifies_what_the_first_one_did(
    town: Town, tmp_path: Path
) -> None:
    """The certificate is not shown again then: proxy and gateway go by what was found before."""
    own = town.client(town.stations.for_station("STATION-3"))
    forged = town.client(town.strangers.for_station("STATION-3"))
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        await api.post("/stations", {"id": "STATION-3", "security_profile": 3})
        with proxied(front):
            host, _, port = front.environment["STATIONS_BIND"].rpartition(":")
            answers = [
                await asyncio.to_thread(ask_twice, context, (host, int(port)), "STATION-3")
                for context in (own, forged)
            ]

    assert answers == [[101, 101], [403, 403]]


@pytest.mark.parametrize(
    "header", [v1("127.0.0.1"), v2("127.0.0.1", 1, tls(b"STATION-3"))], ids=["v1", "v2"]
)
async def test_a_station_cannot_pretend_to_be_the_proxy(
    town: Town, tmp_path: Path, header: bytes
) -> None:
    """Neither at the gateway's own port nor through the proxy, with what is inside the TLS."""
    async with serving(tmp_path / "data", *BEHIND_US) as (server, api):
        front = Front(town, gateways=[server], web=server)
        await api.post("/stations", {"id": "STATION-3", "security_profile": 3})
        spoofed = {
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Proto": "https",
            "Forwarded": "for=127.0.0.1;proto=https",
            "X-SSL-Client-Verify": "0",
            "X-SSL-Client-CN": "STATION-3",
        }
        with proxied(front):
            by_headers = [
                await status_of(url, "ocpp1.6", additional_headers=spoofed, **way)
                for url, way in (
                    (front.url("STATION-3"), {"ssl": town.client()}),
                    (server.url("STATION-3"), {"local_addr": FROM_THE_STREET}),
                )
            ]
            by_protocol = await first_line(server.ocpp, header)
            inside = await first_line(front.environment["STATIONS_BIND"], header, ssl=town.client())

        async def reasons() -> set[str]:
            return {it["reason"] for it in await api.all("/connection-attempts")}

        told = await api.until(reasons, lambda found: len(found) >= 3)

    assert by_headers == [403, 403]
    assert b" 400 " in by_protocol
    assert b" 400 " in inside
    assert told == {"certificate_missing", "security_profile", "bad_http"}


async def first_line(address: str, begin: bytes, **options: Any) -> bytes:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(
        host, int(port), local_addr=FROM_THE_STREET, **options
    )
    try:
        writer.write(begin + b"GET /ocpp/STATION-3 HTTP/1.1\r\nHost: csms\r\n\r\n")
        async with asyncio.timeout(10):
            return await reader.readline()
    finally:
        writer.transport.abort()


async def test_a_gateway_that_ends_hands_its_stations_to_the_other(
    town: Town, tmp_path: Path
) -> None:
    """Each has a database of its own here: this is about the proxy alone."""
    async with (
        serving(tmp_path / "one", *BEHIND_US) as (one, api_one),
        serving(tmp_path / "two", *BEHIND_US) as (two, api_two),
    ):
        front = Front(town, gateways=[one, two], web=two)
        way: dict[str, Any] = {"ssl": town.client(), "subprotocols": [Subprotocol("ocpp1.6")]}
        with proxied(front) as proxy:
            links = [await connect(front.url(f"CP{n}"), **way) for n in range(4)]

            async def spread_now() -> list[int]:
                found = [await it.all("/stations", connected=True) for it in (api_one, api_two)]
                return [len(stations) for stations in found]

            spread = await api_one.until(spread_now, lambda it: sum(it) == len(links))
            await asyncio.to_thread(one.stop)
            async with asyncio.timeout(15):
                while proxy.servers_up("gateways") != {"gateway-2"}:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.1)
                closed = [link for link in links if link.state.name != "OPEN"]
                back = [await connect(front.url(f"CP{n}"), **way) for n in range(4)]
            for link in [*links, *back]:
                await link.close()

    assert spread == [2, 2]  # least connections
    assert {link.close_code for link in closed} == {1001}
    assert len(closed) == 2


async def test_people_come_by_https_and_events_flow_through_at_once(
    town: Town, tmp_path: Path
) -> None:
    name = a_name()
    async with serving(tmp_path / "data", *BEHIND_US) as (server, _):
        front = Front(town, gateways=[server], web=server)
        with proxied(front):
            async with front.client() as people, httpx.AsyncClient(trust_env=False) as plain:
                moved = await plain.get(f"{front.web_plain}/stations?x=1")
                metrics = await people.get(f"{front.web}/metrics")
                listed = await people.get("/stations")
                async with stream(Api(people)) as frames:
                    assert await status_of(front.url(name), "ocpp1.6", ssl=town.client()) == 101
                    heard = await events_until(frames, name, "station_connected")

    assert (moved.status_code, moved.headers["location"]) == (
        308,
        f"https://{front.web_plain.removeprefix('http://')}/stations?x=1",
    )
    assert metrics.status_code == 404
    assert listed.status_code == 200
    assert "max-age" in listed.headers["strict-transport-security"]
    assert heard[-1]["data"]["peer"].startswith("127.0.0.1:")
