import asyncio

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.gateway.port import a_station, open_port, until

V16 = [Subprotocol("ocpp1.6")]


async def test_while_suspended_every_station_is_sent_away_and_may_come_back_later() -> None:
    async with open_port(a_station()) as port, connect(port.url(), subprotocols=V16) as station:
        await until(lambda: port.counts.links == 1)
        await port.server.door.suspend("storage is away", drain_s=0)
        with pytest.raises(websockets.ConnectionClosed):
            await station.recv()
        assert (station.close_code, station.close_reason) == (1013, "storage is away")

        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(port.url(), subprotocols=V16)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"]

        port.server.door.resume()
        async with connect(port.url(), subprotocols=V16) as again:
            await again.send("[2,1]")
            assert await again.recv() == "[2,1]"


async def test_whoever_is_still_being_looked_up_when_all_are_sent_away_is_sent_away_too() -> None:
    """Else its messages would wait for the storage as long as that is away, unanswered."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await answer.wait()

    async with open_port(a_station()) as port:
        port.town.look_up = slowly

        async def sent_away() -> None:
            await asked.wait()
            await port.server.door.suspend("storage is away", drain_s=0)
            answer.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(sent_away())
            with pytest.raises(websockets.InvalidStatus) as refused:
                await connect(port.url(), subprotocols=V16)
        assert refused.value.response.status_code == 503
        assert port.links == []


async def test_a_server_that_stops_does_not_open_again() -> None:
    async with open_port(a_station()) as port:
        await port.server.stop(drain_s=0)
        port.server.door.resume()
        assert not port.server.door.ready
