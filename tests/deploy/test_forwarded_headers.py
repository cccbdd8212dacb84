"""The lines for HAProxy in docs/how-to/behind-a-proxy.md, as they stand there, in a real one."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.front import STATION, Front, Town, proxied
from tests.house.tree import ROOT
from tests.services.haproxy import complaints_about
from tests.system.server import serving
from tests.system.station import Hours, connected
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token
from tests.system.wire import basic, status_of

PAGE = ROOT / "docs" / "how-to" / "behind-a-proxy.md"
BLOCK = re.compile(r"```haproxy\n(.*?)```", re.DOTALL)
WATCH = """
frontend watch
    mode http
    timeout client 5s
    bind "${WATCH_BIND}"
    monitor-uri /alive
"""
PASSWORD = "a-long-station-password"

pytestmark = pytest.mark.timeout(120)


def lines_of_the_page(folder: Path) -> Path:
    [block] = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for written, ours in (
        ("bind :9443", 'bind "${STATIONS_BIND}"'),
        ("/etc/haproxy/certificates", '"${CERTIFICATES}"'),
        ("/etc/haproxy/station-ca.pem", '"${STATION_CA}"'),
        ("gateway-1 127.0.0.1:9000", 'gateway-1 "${GATEWAY_1}"'),
    ):
        assert written in block
        block = block.replace(written, ours)
    config = folder / "from-the-page.cfg"
    config.write_text(block + WATCH)
    return config


async def test_the_lines_on_the_page_give_address_tls_and_certificate(tmp_path: Path) -> None:
    town, hours = Town(tmp_path), Hours()
    config = lines_of_the_page(tmp_path)
    names = [a_name() for _ in range(3)]
    way: dict[str, Any] = {"local_addr": (STATION, 0)}
    async with serving(tmp_path / "data", "--trusted-proxies", "127.0.0.1") as (server, api):
        front = Front(town, gateways=[server], web=server)
        assert complaints_about(config, front.environment) == ""
        for profile, name in enumerate(names, 1):
            password = None if profile == 3 else PASSWORD
            station = {"id": name, "password": password, "security_profile": profile}
            await api.post("/stations", station)
        token = await api.token(a_token())
        with proxied(front, config):
            for profile, name in enumerate(names, 1):
                shown = town.stations.for_station(name) if profile == 3 else None
                headers = None if profile == 3 else basic(name, PASSWORD)
                async with connected(
                    Station16,
                    front.url(name),
                    name,
                    ssl=town.client(shown),
                    additional_headers=headers,
                    **way,
                ) as one:
                    charging = await one.start(token, wh=0, at=hours.begin)
                    await one.stop(charging, wh=1_000 * profile, at=hours.after(20))
        sessions = [await api.only_session(name) for name in names]
        events = (await api.get("/event-log", limit=200))["items"]

    assert [session["energy_wh"] for session in sessions] == [1_000, 2_000, 3_000]
    came = {it["station_id"]: it["data"] for it in events if it["kind"] == "station_connected"}
    assert [came[name]["peer"] for name in names] == [STATION] * 3
    assert [came[name]["security_profile"] for name in names] == [2, 2, 3]


async def test_a_stations_own_headers_do_not_get_past_the_lines_on_the_page(
    tmp_path: Path,
) -> None:
    town, name = Town(tmp_path), a_name()
    config = lines_of_the_page(tmp_path)
    spoofed = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9;proto=https"),
        ("X-Forwarded-Proto", "https"),
        ("X-SSL-Client-Verify", "0"),
        ("X-SSL-Client-CN", name),
    ]
    forged = town.client(town.strangers.for_station(name))
    way: dict[str, Any] = {"local_addr": (STATION, 0), "additional_headers": spoofed}
    async with serving(tmp_path / "data", "--trusted-proxies", "127.0.0.1") as (server, api):
        front = Front(town, gateways=[server], web=server)
        await api.post("/stations", {"id": name, "security_profile": 3})
        with proxied(front, config):
            refused = [
                await status_of(front.url(name), "ocpp1.6", ssl=town.client(), **way),
                await status_of(front.url(name), "ocpp1.6", ssl=forged, **way),
                await status_of(server.url(name), "ocpp1.6", **way),
            ]
        attempts = await api.until(
            lambda: api.all("/connection-attempts"), lambda found: len(found) == 2
        )

    assert refused == [403, 403, 403]
    assert {it["reason"]: it["count"] for it in attempts} == {
        "certificate_missing": 2,
        "security_profile": 1,  # past the proxy, where nobody is believed
    }
    assert {it["peer"].partition(":")[0] for it in attempts} == {STATION}
