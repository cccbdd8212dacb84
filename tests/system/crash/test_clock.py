"""The server's wall clock jumps by a day and back by hours while stations charge."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ogniwo.base.units import from_instant
from tests.services.clock import WallClock
from tests.system.crash.audit import differences
from tests.system.crash.fleet import LoadStation, a_fleet, a_seed, heard_anew, living
from tests.system.crash.tables import SqliteTables, Tables
from tests.system.server import Api, Json, Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

DAY = timedelta(days=1)
JUMPS = (DAY, timedelta(hours=-3), timedelta())
BACK = timedelta(hours=-5)
BACK_WITHIN_S = 10.0
DEADLINE_S = 4
EXPIRED_WITHIN_S = DEADLINE_S + 4.0
EXPIRE_EVERY_S = 1.5  # a little more than there is between two looks at deadlines
TRAILS = ("message", "sample")


@contextmanager
def by(clock: WallClock, folder: Path) -> Iterator[Server]:
    server = Server(folder / "data").on_fixed_ports()
    server.environment = clock.environment
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path)


async def order_of_things(tables: Tables, fleet: Sequence[LoadStation]) -> list[str]:
    """What bears a smaller number than something before it."""
    found = []
    for table in TRAILS:
        rows = await tables.rows(f"SELECT id, prev FROM {table} WHERE prev >= id")
        found += [f"{table} {number} comes after {prev}" for number, prev in rows]
    for station in fleet:
        rows = await tables.rows(
            "SELECT s.transaction_id FROM session s JOIN station t ON t.id = s.station_id"
            " WHERE t.identity = $1 ORDER BY s.id",
            station.books.identity,
        )
        lived = [it.transaction_id for it in station.books.stays]
        for evse in (1, 2):
            mine = [it.transaction_id for it in station.books.stays if it.evse == evse]
            told = [it for (it,) in rows if it in mine]
            if told != mine:
                found.append(f"{station.books.identity}/{evse}: {told} instead of {mine} {lived}")
    return found


@pytest.mark.timeout(120)
async def test_sessions_are_booked_right_whatever_the_wall_clock_does(
    tmp_path: Path, clock: WallClock
) -> None:
    seed = a_seed()
    with by(clock, tmp_path) as server:
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            for ahead in JUMPS:
                await heard_anew(fleet, within_s=BACK_WITHIN_S)
                clock.set(ahead)
                await asyncio.sleep(0.2)
            connected = [it.connected for it in fleet]
            clock.set(BACK)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
        tables = SqliteTables(server.database)
        async with api_of(server) as api:
            found = await differences(api, tables, [it.books for it in fleet])
        found += await order_of_things(tables, fleet)
        ((earliest, latest),) = await tables.rows("SELECT min(at), max(at) FROM message")
        await asyncio.to_thread(server.stop)

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert connected == [1] * len(fleet), "links were cut"
    assert from_instant(latest) - from_instant(earliest) > DAY - BACK - timedelta(hours=1)


async def ended(api: Api, command: Json, *, within_s: float) -> Json:
    return await api.until(
        lambda: api.get(f"/commands/{command['id']}"),
        lambda it: it["finished_at"] is not None,
        within_s=within_s,
    )


async def test_orders_wait_as_long_as_they_were_told_whatever_the_wall_clock_does(
    tmp_path: Path, clock: WallClock
) -> None:
    name, absent = a_name(), a_name()
    with by(clock, tmp_path) as server:
        async with api_of(server) as api:
            await api.post("/stations", {"id": absent})
            short = await api.order(absent, "unlock", evse=1, deadline_s=DEADLINE_S)
            long = await api.order(absent, "unlock", evse=1, deadline_s=600)
            async with connected(Station16, server.url(name), name) as station:
                token = await api.token(a_token())
                started = await api.order(name, "remote_start", token=token, evse=1)
                await station.ordered("RemoteStartTransaction")
                clock.set(BACK)
                missed = await ended(api, short, within_s=EXPIRED_WITHIN_S)
                clock.set(DAY)
                await asyncio.sleep(EXPIRE_EVERY_S)
                still = [await api.get(f"/commands/{it['id']}") for it in (long, started)]
                await station.start(token, wh=0, at=now())
                seen = await ended(api, started, within_s=EXPIRED_WITHIN_S)
            async with connected(Station16, server.url(absent), absent) as late:
                await late.ordered("UnlockConnector")
                done = await ended(api, long, within_s=EXPIRED_WITHIN_S)
        await asyncio.to_thread(server.stop)

    assert missed["state"] == "expired"
    assert [it["state"] for it in still] == ["queued", "accepted"]
    assert seen["state"] == "applied"
    assert done["state"] == "accepted"
