"""A. Security events: each told once, the grave ones marked, never lost."""

from datetime import timedelta

import pytest

from tests.system.server import Api, Json, Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name

TAMPERED = "TamperDetectionActivated"


async def told_of(api: Api, name: str) -> list[Json]:
    events = (await api.get("/event-log", limit=200))["items"]
    return [
        it["data"]
        for it in reversed(events)
        if it["station_id"] == name and it["kind"] == "security_event"
    ]


async def tell(station: Station, its_type: str, at: str, info: str | None = None) -> None:
    await station.call("SecurityEventNotification", type=its_type, timestamp=at, tech_info=info)


@pytest.mark.covers("SecurityEventNotification")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_security_event_is_told_once_and_says_whether_it_is_critical(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    first, second = (text_of(now() - timedelta(minutes=it)) for it in (9, 8))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for at, info in ((first, "lid"), (first, "lid"), (first, "door"), (second, "lid")):
            await tell(station, TAMPERED, at, info)
        for its_type in ("InvalidMessages", "VoltaOwn"):
            await tell(station, its_type, first)
        events = await told_of(api, name)
        kept = await api.all(f"/stations/{name}/holdings", kind="security_event")

    assert [(it["type"], it["info"], it["critical"]) for it in events] == [
        (TAMPERED, "lid", True),
        (TAMPERED, "door", True),
        (TAMPERED, "lid", True),
        ("InvalidMessages", None, False),
        ("VoltaOwn", None, False),
    ]
    assert events[0]["at"].startswith(first.removesuffix("Z"))
    newest = next(it for it in kept if it["key"] == TAMPERED)
    assert newest["value"] == events[2]["at"]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_event_sent_again_after_a_reconnect_is_not_told_again(
    server: Server, kind: type[Station]
) -> None:
    name, at = a_name(kind), text_of(now())
    async with api_of(server) as api:
        for _ in range(2):
            async with connected(kind, server.url(name), name) as station:
                await tell(station, TAMPERED, at)
            await api.has_left(name)
        events = await told_of(api, name)

    assert len(events) == 1


async def test_the_names_of_1_6_become_those_of_all(server: Server) -> None:
    name, at = a_name(Station16), text_of(now())
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        for wire in (
            "FailedToAuthenticationAtCentralSystem",
            "InvalidChargePointCertificate",
        ):
            await tell(station, wire, at)
        events = await told_of(api, name)

    assert [(it["type"], it["critical"]) for it in events] == [
        ("FailedToAuthenticateAtCsms", False),
        ("InvalidChargingStationCertificate", True),
    ]
