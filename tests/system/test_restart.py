"""A server that stops and starts again goes on where it was; so do its stations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, connected, now
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name, a_token
from tests.system.wire import basic, status_of

PASSWORD = "a-long-station-password"


class Twice:
    """A server whose second run begins when asked for; ``killed`` the hard way in between."""

    def __init__(self, server: Server, api: Api) -> None:
        self.server = server
        self.api = api

    def url(self, name: str) -> str:
        return self.server.url(name)

    async def again(self, *, killed: bool = False) -> None:
        end = self.server.kill if killed else self.server.stop
        await asyncio.to_thread(end)
        await asyncio.to_thread(self.server.start)


@asynccontextmanager
async def twice(folder: Path, unknown_stations: str = "accept") -> AsyncIterator[Twice]:
    server = Server(folder / "data", unknown_stations=unknown_stations).on_fixed_ports()
    try:
        await asyncio.to_thread(server.start)
        async with api_of(server) as api:
            yield Twice(server, api)
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()


@pytest.mark.parametrize("killed", [False, True])
async def test_sessions_begun_before_a_restart_end_right_after_it(
    tmp_path: Path, *, killed: bool
) -> None:
    hours = Hours()
    async with twice(tmp_path) as run:
        api, charging = run.api, {}
        for kind in KINDS:
            name = a_name(kind)
            async with connected(kind, run.url(name), name) as station:
                await station.plug_in()
                one = await station.start(await api.token(a_token()), wh=500, at=hours.begin)
                await station.energy_flows(one, at=hours.after(1))
                await station.measure(one, wh=1_500, w=9_000, at=hours.after(10))
                charging[name] = (kind, one)
        await run.again(killed=killed)

        for name, (kind, one) in charging.items():
            before = await api.only_session(name)
            assert (before["state"], before["energy_wh"]) == ("charging", 1_000)
            assert await api.evse_statuses(name) == {1: "charging"}
            async with connected(kind, run.url(name), name, accepted=False) as station:
                await station.measure(one, wh=2_500, w=9_000, at=hours.after(20))
                await station.stop(one, wh=4_500, at=hours.after(40))
            session = await api.only_session(name)
            samples = await api.all(f"/sessions/{session['id']}/samples")
            assert session["id"] == before["id"]
            assert (session["state"], session["energy_wh"]) == ("closed", 4_000)
            assert session["flags"] == []
            assert {1_500, 2_500} <= {it["energy_wh"] for it in samples}


async def test_a_start_sent_again_after_a_kill_gets_its_transaction_id_again(
    tmp_path: Path,
) -> None:
    name, other, hours = a_name(), a_name(), Hours(now())
    async with twice(tmp_path) as run:
        token = await run.api.token(a_token())
        async with connected(Station16, run.url(name), name) as station:
            first = await station.start(token, wh=500, at=hours.begin)
        await run.again(killed=True)
        async with connected(Station16, run.url(name), name) as station:
            second = await station.start(token, wh=500, at=hours.begin)
        async with connected(Station16, run.url(other), other) as station:
            elsewhere = await station.start(token, wh=0, at=hours.after(1))
        session = await run.api.only_session(name)

    assert second.transaction_id == first.transaction_id == session["transaction_id"]
    assert second.verdict == "Accepted"
    assert elsewhere.transaction_id != first.transaction_id
    assert elsewhere.verdict == "ConcurrentTx"  # who charges with a token is remembered


async def test_what_the_operator_decided_outlives_the_process(tmp_path: Path) -> None:
    pending, secret, stranger, blocked = a_name(), a_name(), a_name(), a_token()
    async with twice(tmp_path, unknown_stations="quarantine") as run:
        api = run.api
        await api.post("/stations", {"id": pending, "name": "At the gate"})
        await api.patch(f"/stations/{pending}", registration="pending")
        await api.post("/stations", {"id": secret, "password": PASSWORD})
        await api.token(blocked, status="blocked")
        await status_of(run.url(stranger), "ocpp1.6")
        await run.again()

        async with connected(Station16, run.url(pending), pending, accepted=False) as station:
            assert await station.boot() == "Pending"
            assert await station.authorize(blocked) == "Blocked"
        assert (await api.station(pending))["name"] == "At the gate"
        wrong = await status_of(run.url(secret), "ocpp1.6")
        right = await status_of(
            run.url(secret), "ocpp1.6", additional_headers=basic(secret, PASSWORD)
        )
        attempts = await api.all("/connection-attempts")

    assert (wrong, right) == (401, 101)
    assert stranger in [it["identity"] for it in attempts]


async def test_orders_outlive_the_process_or_say_that_they_did_not(tmp_path: Path) -> None:
    name, absent = a_name(), a_name()
    async with twice(tmp_path) as run:
        api = run.api
        await api.post("/stations", {"id": absent})
        queued = await api.order(absent, "unlock", evse=1)
        async with connected(Station16, run.url(name), name) as station:
            station.answers["Reset"] = None
            sent = await api.order(name, "reset")
            await station.ordered("Reset")
            await run.again(killed=True)
        lost = await api.get(f"/commands/{sent['id']}")
        waiting = await api.get(f"/commands/{queued['id']}")
        async with connected(Station16, run.url(absent), absent) as station:
            await station.ordered("UnlockConnector")
            done = await api.until(
                lambda: api.get(f"/commands/{queued['id']}"), lambda it: it["state"] == "accepted"
            )

    assert lost["state"] == "node_lost"
    assert lost["reason"]
    assert waiting["state"] == "queued"
    assert done["result"] == "Unlocked"


async def test_a_restart_gives_no_identifier_twice_and_keeps_the_order_of_events(
    tmp_path: Path,
) -> None:
    name = a_name()
    async with twice(tmp_path) as run:
        for restarts in (True, False):
            async with connected(Station16, run.url(name), name) as station:
                await station.available()
                await station.plug_in()
            if restarts:
                await run.again()
        messages = await run.api.all("/messages", station_id=name)
        events = (await run.api.get("/event-log", limit=1_000))["items"]

    assert len(messages) == 2 * 3
    moments = [it["at"] for it in messages]
    assert moments == sorted(moments, reverse=True)
    ids = [int(it["id"]) for it in events]
    assert ids == sorted(set(ids), reverse=True)


async def test_nobody_is_connected_after_a_restart_until_he_comes(tmp_path: Path) -> None:
    name = a_name()
    async with twice(tmp_path) as run:
        async with connected(Station16, run.url(name), name) as station:
            await station.available()
            assert (await run.api.station(name))["connected"]
            await run.again(killed=True)
            before = await run.api.station(name)
        async with connected(Station16, run.url(name), name, accepted=False):
            await run.api.until(lambda: run.api.station(name), lambda it: it["connected"])

    assert not before["connected"]
    assert before["evses"][0]["status"] == "available"
