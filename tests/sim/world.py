"""A fleet under test: nobody comes by itself, the test is the driver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ogniwo.sim.car import Car
from ogniwo.sim.clock import SimClock
from ogniwo.sim.evse import Evse
from ogniwo.sim.fleet import Fleet
from ogniwo.sim.makes import MAKES, Make
from ogniwo.sim.station import Station
from tests.sim.csms import Csms

START_S = 1_790_000_000
STATION = "SIM001"
TOKEN = "04A1B2C3D40001"
AC_22 = [make for make in MAKES if make.model == "Bruk 22 Duo"]
DC_150 = [make for make in MAKES if make.model == "Veloce 150"]


def a_car(**changes: Any) -> Car:
    facts: dict[str, Any] = {
        "model": "test car",
        "capacity_wh": 50_000.0,
        "ac_phases": 3,
        "ac_w_max": 11_000.0,
        "dc_w_max": 120_000.0,
        "dc_volts": 400.0,
        "soc": 0.3,
        "soc_wanted": 0.8,
    }
    return Car(**(facts | changes))


def a_fleet(
    csms: Csms,
    *,
    version: str = "1.6",
    evses: int = 1,
    speed: float = 600,
    makes: list[Make] | None = None,
    **options: Any,
) -> Fleet:
    facts: dict[str, Any] = {
        "size": 1,
        "versions": (version,),
        "clock": SimClock(speed=speed, start_s=START_S),
        "evses": (evses, evses),
        "makes": makes or AC_22,
        "retry_s": 0.05,
        "busy": False,
    }
    return Fleet(url=csms.url, **(facts | options))


@asynccontextmanager
async def running(fleet: Fleet, csms: Csms) -> AsyncIterator[Station]:
    """The first station of the fleet, booted and in a running world; an orderly end after."""
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(fleet.run(), name="fleet")
        try:
            await csms.until(lambda: STATION in csms.points and bool(csms.statuses(STATION)))
            yield fleet.station(STATION)
        finally:
            fleet.stop()
            await run


def plug_and_card(evse: Evse, station: Station, token: str = TOKEN, **car: Any) -> Car:
    visitor = a_car(**car)
    evse.plug_in(visitor, station.now_s)
    evse.show_card(token, station.now_s)
    return visitor
