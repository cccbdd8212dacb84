"""A plain NATS client beside the bus: says and hears on its subjects whatever a test wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.bus.buses import Cluster


class Wiretap:
    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def ask(self, node: int, payload: bytes, *, kind: str = "order") -> bytes:
        answer = await self._client.request(
            f"{self._prefix}.node.{node}.{kind}", payload, timeout=5
        )
        return answer.data

    async def say(self, subject: str, payload: bytes) -> None:
        await self._client.publish(f"{self._prefix}.{subject}", payload)

    async def settled(self) -> None:
        """The server has everything so far."""
        await self._client.flush()  # nats-py's first ping overtakes what it sends with it
        await self._client.flush()

    async def answer_for(self, node: int, payload: bytes) -> None:
        """Plays a node that has one answer to everything."""

        async def answer(message: Msg) -> None:
            await self._client.publish(message.reply, payload)

        await self._client.subscribe(f"{self._prefix}.node.{node}.>", cb=answer)
        await self.settled()

    async def hear(self, subject: str) -> list[bytes]:
        heard: list[bytes] = []

        async def on_message(message: Msg) -> None:
            heard.append(message.data)

        await self._client.subscribe(f"{self._prefix}.{subject}", cb=on_message)
        await self.settled()
        return heard


@asynccontextmanager
async def wiretap(cluster: Cluster) -> AsyncIterator[Wiretap]:
    assert cluster.url is not None
    client = Client()
    await client.connect(cluster.url, allow_reconnect=False)
    try:
        yield Wiretap(client, cluster.prefix)
    finally:
        await client.close()
