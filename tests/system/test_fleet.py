"""A simulated fleet of all versions loses its links now and then; the books match its meters."""

import asyncio
from datetime import datetime

from ogniwo.base.clock import SystemClock
from ogniwo.base.units import US_PER_SECOND
from ogniwo.sim.clock import SimClock
from ogniwo.sim.fleet import TOKENS, Fleet
from ogniwo.sim.stats import LedgerEntry
from tests.system.server import Json, Server, api_of

SPEED = 900.0
SESSIONS = 24
CUTS = 12


async def test_what_the_meters_delivered_is_what_the_books_hold(server: Server) -> None:
    async with api_of(server) as api:
        for uid in TOKENS:
            await api.token(uid, concurrent=True)  # a link that is down hides ends from us
        now_s = SystemClock().now_us() // US_PER_SECOND
        fleet = Fleet(
            url=f"ws://{server.ocpp}/ocpp",
            size=9,
            seed=7,
            prefix="FLEET",
            evses=(1, 3),
            clock=SimClock(speed=SPEED, start_s=now_s - 24 * 3_600),
        )
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(fleet.run(sessions=SESSIONS))
            tasks.create_task(_cut_links(fleet, run))
        booked = {
            (it["station_id"], it["transaction_id"]): it
            for identity in fleet.identities()
            for it in await api.sessions(identity)
        }

    delivered = fleet.ledger.finished
    assert len(delivered) >= SESSIONS
    assert {(it.station, str(it.transaction_id)) for it in delivered} == set(booked)
    for it in delivered:
        _agrees(it, booked[it.station, str(it.transaction_id)])
    assert sum(it.energy_wh for it in delivered) == sum(it["energy_wh"] for it in booked.values())


async def _cut_links(fleet: Fleet, run: "asyncio.Task[None]") -> None:
    """Cables of the network are pulled now and then; what was measured meanwhile comes later."""
    await asyncio.sleep(2)
    for place in range(CUTS):
        if run.done():
            return
        fleet.stations[place % len(fleet.stations)].link.cut()
        await asyncio.sleep(0.5)


def _agrees(truth: LedgerEntry, booked: Json) -> None:
    assert booked["state"] == "closed", booked
    assert booked["energy_wh"] == truth.energy_wh, (truth, booked)
    assert booked["evse_id"] == truth.evse
    assert booked["token"]["uid"] == truth.token
    assert booked["meter_start_wh"] == truth.meter_start_wh
    assert booked["meter_stop_wh"] == truth.meter_stop_wh
    assert datetime.fromisoformat(booked["started_at"]).timestamp() == truth.started_s
    assert datetime.fromisoformat(booked["ended_at"]).timestamp() == truth.ended_s
