"""What happens at the same time stays apart: stations, EVSEs, and their message ids."""

import asyncio

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Charging, Hours, Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, a_name, a_token

EVSES = range(1, 7)


class WithOldIds(Station):
    """Numbers its messages from 1, as every restart of a simple station does."""

    number = 0

    async def call(
        self, action: str, /, *, message_id: str | None = None, **fields: object
    ) -> object:
        self.number += 1
        return await super().call(action, message_id=str(self.number), **fields)


async def charge(station: Station, token: str, hours: Hours, *, wh: int, energy_wh: int) -> None:
    await station.plug_in()
    charging = await station.start(token, wh=wh, at=hours.begin)
    await station.energy_flows(charging, at=hours.after(1))
    await station.measure(charging, wh=wh + energy_wh // 2, w=7_000, at=hours.after(20))
    await station.stop(charging, wh=wh + energy_wh, at=hours.after(40))


@pytest.mark.parametrize("kind", KINDS)
async def test_stations_that_use_the_same_message_ids_are_not_mixed_up(
    server: Server, kind: type[Station]
) -> None:
    numbered: type[Station] = type("Numbered", (WithOldIds, kind), {})
    names = [a_name(kind), a_name(kind)]
    hours = Hours()
    async with api_of(server) as api:
        tokens = [await api.token(a_token()), await api.token(a_token())]
        async with (
            connected(numbered, server.url(names[0]), names[0]) as one,
            connected(numbered, server.url(names[1]), names[1]) as other,
        ):
            await asyncio.gather(
                charge(one, tokens[0], hours, wh=1_000, energy_wh=4_000),
                charge(other, tokens[1], hours, wh=900_000, energy_wh=6_500),
            )
        booked = [await api.only_session(name) for name in names]
        ids = [[it["message_id"] for it in await api.all("/messages", station_id=n)] for n in names]

    assert ids[0] == ids[1]
    assert [it["token"]["uid"] for it in booked] == tokens
    assert [it["energy_wh"] for it in booked] == [4_000, 6_500]
    assert booked[0]["id"] != booked[1]["id"]


async def on_all_evses(station: Station, api: Api, hours: Hours) -> dict[int, Charging]:
    """Each EVSE charges another car; its register starts at EVSE × 10 kWh."""
    charging: dict[int, Charging] = {}
    for evse in EVSES:
        await station.available(evse)
        await station.plug_in(evse)
        token = await api.token(a_token())
        at = hours.after(evse)
        charging[evse] = await station.start(token, wh=evse * 10_000, at=at, evse=evse)
        await station.energy_flows(charging[evse], at=at)
    return charging


@pytest.mark.parametrize("kind", [Station16, Station201])
async def test_six_evses_charge_at_once_and_each_is_booked_on_its_own(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await on_all_evses(station, api, hours)
        while_charging = await api.station(name)
        for evse, one in charging.items():
            await station.measure(one, wh=evse * 10_000 + 500, w=evse * 1_000, at=hours.after(30))
        running = await api.sessions(name, running="true")
        for evse in reversed(EVSES):
            end_wh = evse * 10_000 + evse * 1_000
            await station.stop(charging[evse], wh=end_wh, at=hours.after(60 + evse))
            statuses = await api.evse_statuses(name)
            assert statuses[evse] == "finishing"
            assert all(statuses[other] == "charging" for other in range(1, evse))
        booked = await api.sessions(name)

    assert [it["status"] for it in while_charging["evses"]] == ["charging"] * 6
    assert {it["session_id"] for it in while_charging["evses"]} == {it["id"] for it in running}
    assert {it["evse_id"]: it["power_w"] for it in running} == {n: n * 1_000 for n in EVSES}
    assert {it["evse_id"]: it["energy_wh"] for it in booked} == {n: n * 1_000 for n in EVSES}
    assert {it["evse_id"]: it["transaction_id"] for it in booked} == {
        evse: one.transaction_id for evse, one in charging.items()
    }
    assert {it["evse_id"]: it["token"]["uid"] for it in booked} == {
        evse: one.token for evse, one in charging.items()
    }
    assert {it["state"] for it in booked} == {"closed"}


async def test_a_second_socket_of_a_station_takes_over_and_the_first_is_closed(
    server: Server,
) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as first,
        connected(Station16, server.url(name), name) as second,
    ):
        await asyncio.wait_for(first.socket.wait_closed(), 5)
        await second.available()
        shown = await api.station(name)

    assert first.socket.close_code is not None
    assert 4_000 <= first.socket.close_code < 5_000
    assert shown["connected"]
    assert shown["evses"][0]["status"] == "available"
