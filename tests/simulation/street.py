"""The stations of the simulated world: ogniwo's own simulated fleet, with odd makers among them.

Their wires lead to whichever server the balancer picks; what a maker does differently sits
between a station's own logic and its wire.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import msgspec

from ogniwo.sim.wire import WireError
from tests.simulation.network import LATENCY_S, Connection, Ears, Roughness, SimWire
from tests.simulation.node import Node
from tests.simulation.quirks.twist import Frame, HangUp, Stack

VERSION_OF: Final = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class Street:
    """Implements ``sim.wire.Dial`` for all stations."""

    def __init__(
        self,
        servers: Callable[[], Sequence[Node]],
        *,
        rng: Random,
        rough: Roughness,
        ears: Ears,
    ) -> None:
        self._servers = servers
        self._rng = rng
        self._rough = rough
        self._ears = ears
        self.twists: dict[str, Stack] = {}
        self.lines: dict[str, Connection] = {}  # the newest of each station
        self.without_network: set[str] = set()

    async def __call__(self, identity: str, subprotocol: str) -> "TwistedWire":
        await asyncio.sleep(self._rng.uniform(*LATENCY_S))
        nodes = self._servers()
        if not nodes or identity in self.without_network:
            raise WireError("nobody answers")
        twist = self.twists[identity]
        try:
            connection, admitted = await self._rng.choice(nodes).connect(
                identity,
                target=twist.target(identity),
                offers=twist.offers(subprotocol),
                rng=Random(self._rng.getrandbits(64)),
                rough=self._rough,
                ears=self._ears,
            )
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Not ours: the dying server cancelled what this station waited for inside it.
            raise WireError("the server died") from None
        if admitted.dialect != subprotocol:
            await connection.wire.close()  # a probe in another version
            raise WireError(f"the CSMS chose {admitted.dialect}")
        self.lines[identity] = connection
        try:
            twist.connected()
        except HangUp:
            await connection.wire.close()
            raise WireError("the station hung up") from None
        return TwistedWire(connection.wire, twist)


class TwistedWire:
    """Implements ``sim.wire.Wire``."""

    def __init__(self, wire: SimWire, twist: Stack) -> None:
        self._wire = wire
        self._twist = twist
        self._heard: deque[str] = deque()

    @property
    def closed(self) -> bool:
        return self._wire.closed

    async def send(self, text: str) -> None:
        frame: Frame = msgspec.json.decode(text)
        try:
            leaving = self._twist.says(frame)
        except HangUp:
            await self._wire.close()
            return
        for one in leaving:
            said = one if isinstance(one, str) else msgspec.json.encode(one).decode()
            await self._wire.send(said)

    async def receive(self) -> str | None:
        while not self._heard:
            text = await self._wire.receive()
            if text is None:
                return None
            try:
                heard = self._twist.hears(msgspec.json.decode(text))
            except HangUp:
                await self._wire.close()
                return None
            self._heard += [msgspec.json.encode(one).decode() for one in heard]
        return self._heard.popleft()

    async def close(self) -> None:
        await self._wire.close()
