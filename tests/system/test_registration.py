"""What a station may do is the operator's decision: accepted, pending or rejected."""

import asyncio

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, Station, connected, refusal_of
from tests.system.station16 import Station16
from tests.system.versions import KINDS, KINDS_2X, a_name, a_token
from tests.system.wire import status_of


async def registered(api: Api, name: str, registration: str, **more: object) -> None:
    await api.post("/stations", {"id": name})
    await api.patch(f"/stations/{name}", registration=registration, **more)


@pytest.mark.parametrize("kind", KINDS_2X)
@pytest.mark.quirk(50)
async def test_a_pending_station_may_only_boot(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        await registered(api, name, "pending")
        async with connected(kind, server.url(name), name, accepted=False) as station:
            answer = await station.boot()
            refused = await refusal_of(station.available())
            asked = await refusal_of(station.authorize(a_token()))
        shown = await api.station(name)

    assert answer == "Pending"
    assert refused == asked == "SecurityError"
    assert shown["registration"] == "pending"
    assert shown["evses"] == []


@pytest.mark.quirk(50)
async def test_a_pending_station_of_1_6_may_report_its_status(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await registered(api, name, "pending")
        async with connected(Station16, server.url(name), name, accepted=False) as station:
            assert await station.boot() == "Pending"
            await station.available()
        statuses = await api.evse_statuses(name)

    assert statuses == {1: "available"}


@pytest.mark.parametrize("kind", KINDS)
async def test_energy_that_flowed_at_a_pending_station_is_booked(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        await registered(api, name, "pending")
        async with connected(kind, server.url(name), name, accepted=False) as station:
            assert await station.boot() == "Pending"
            charging = await station.start(token, wh=100, at=hours.begin)
            await station.measure(charging, wh=600, w=1_000, at=hours.after(30))
            await station.stop(charging, wh=1_100, at=hours.after(60))
        session = await api.only_session(name)

    assert (session["state"], session["energy_wh"]) == ("closed", 1_000)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_rejected_station_is_refused_everything_but_its_boot(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        await registered(api, name, "rejected")
        async with connected(kind, server.url(name), name, accepted=False) as station:
            answer = await station.boot()
            refused = [
                await refusal_of(station.available()),
                await refusal_of(station.authorize(a_token())),
                await refusal_of(station.start(a_token(), wh=0, at=Hours().begin)),
            ]
            again = await station.boot()
        sessions = await api.sessions(name)
        order = {"command": "reset"}
        refused_order = await api.refused("POST", f"/stations/{name}/commands", order)

    assert answer == again == "Rejected"
    assert refused == ["SecurityError"] * 3
    assert sessions == []
    assert refused_order == (409, "station_rejected")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_pending_station_that_is_accepted_serves_from_its_next_boot(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        await registered(api, name, "pending")
        async with connected(kind, server.url(name), name, accepted=False) as station:
            assert await station.boot() == "Pending"
            order = {"command": "remote_start", "token": a_token()}
            early = await api.refused("POST", f"/stations/{name}/commands", order)
            await api.patch(f"/stations/{name}", registration="accepted")
            assert await station.boot() == "Accepted"
            await station.available()
        statuses = await api.evse_statuses(name)

    assert early == (409, "station_pending")
    assert statuses == {1: "available"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_strict_station_that_is_pending_is_refused_transactions_too(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        await registered(api, name, "rejected" if kind is Station16 else "pending", strict=True)
        async with connected(kind, server.url(name), name, accepted=False) as station:
            await station.boot()
            refused = await refusal_of(station.start(a_token(), wh=0, at=Hours().begin))
        sessions = await api.sessions(name)

    assert refused == "SecurityError"
    assert sessions == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.quirk(11)
async def test_an_accepted_station_that_reconnects_need_not_boot(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        async with connected(kind, server.url(name), name) as station:
            await station.available()
        await api.has_left(name)
        async with connected(kind, server.url(name), name, accepted=False) as station:
            await station.plug_in()
            shown = await api.station(name)

    assert shown["connected"]
    assert shown["registration"] == "accepted"
    assert shown["evses"][0]["status"] == "preparing"


async def test_a_removed_station_cannot_come_back_where_strangers_are_refused(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name):
            pass
        await api.has_left(name)
        await api.client.delete(f"/stations/{name}")
        gone = await api.refused("GET", f"/stations/{name}")
        async with connected(Station16, server.url(name), name):
            new = await api.station(name)

    assert gone == (404, "no_such_station")
    assert new["registration"] == "accepted"  # this server takes strangers in


@pytest.mark.parametrize("removed", [True, False])
async def test_a_station_that_is_removed_or_blocked_loses_its_link_alone(
    server: Server, *, removed: bool
) -> None:
    name, other = a_name(), a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        connected(Station16, server.url(other), other) as neighbour,
    ):
        await station.available()
        if removed:
            await api.client.delete(f"/stations/{name}")
        else:
            await api.patch(f"/stations/{name}", blocked=True)
        await asyncio.wait_for(station.socket.wait_closed(), 5)
        await neighbour.available()
        back = await status_of(server.url(name), "ocpp1.6")

    assert station.socket.close_code == 1008
    assert back == (101 if removed else 403)  # this server takes strangers in


async def test_a_station_with_an_open_session_is_not_removed(server: Server) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        refused = await api.refused("DELETE", f"/stations/{name}")
        await station.stop(charging, wh=1_000, at=hours.after(10))
        session = await api.only_session(name)

    assert refused == (409, "station_in_use")
    assert session["energy_wh"] == 1_000
