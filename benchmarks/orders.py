"""Gives orders to stations through the API and times them, as a process of its own.

``python -m benchmarks.orders``: open loop; the time counts from the moment an order was due to
the answer of the API, which waits for the station's. Prints one line of JSON.
"""

import argparse
import asyncio
import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import uvloop

from benchmarks.contenders import ADMIN_TOKEN

SEED: Final = 1
WAIT_S: Final = 20
ACCEPTED: Final = "accepted"
STATUS_ACCEPTED: Final = b"202"
# Ends with the station's answer: no later message is waited for.
BODY: Final = b'{"command":"unlock","evse":1}'


class OddAnswerError(Exception):
    """The API did not answer with a command."""


@dataclass(frozen=True, slots=True)
class Api:
    """Connections to it that are free; more are opened when all are in use."""

    port: int
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def order(self, identity: str) -> str:
        """The state the command ended in."""
        if not self.free:
            self.free.append(await asyncio.open_connection("127.0.0.1", self.port))
        reader, writer = self.free.pop()
        writer.write(
            f"POST /api/v1/stations/{identity}/commands?wait={WAIT_S} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
            + BODY
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(None, 1)[0])
        answer = await reader.readexactly(length)
        if head.split(None, 2)[1] != STATUS_ACCEPTED:
            raise OddAnswerError(answer.decode()[:300])
        self.free.append((reader, writer))
        return str(json.loads(answer)["state"])

    async def close(self) -> None:
        for _, writer in self.free:
            writer.close()
            await writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Given:
    """What came of them."""

    latencies_s: list[float] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)


async def give_one(api: Api, identity: str, due_s: float, given: Given) -> None:
    state = await api.order(identity)
    given.latencies_s.append(time.perf_counter() - due_s)
    given.states[state] += 1


async def give(options: argparse.Namespace) -> Given:
    chance = random.Random(SEED)
    api, given = Api(options.http_port), Given()
    count = round(options.rate * options.seconds)
    async with asyncio.TaskGroup() as orders:
        begun_s = time.perf_counter()
        for number in range(count):
            due_s = begun_s + number / options.rate
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            identity = f"BENCH-{chance.randrange(options.stations) + 1:04d}"
            orders.create_task(give_one(api, identity, due_s, given))
    await api.close()
    return given


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.orders", description=__doc__)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--stations", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--core", type=int, required=True)
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})
    given = uvloop.run(give(options))
    print(json.dumps({"latencies_s": given.latencies_s, "states": given.states}))


if __name__ == "__main__":
    main()
