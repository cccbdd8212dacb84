"""A node in a process of its own, to be killed: answers until then. Run by test_nats_away."""

import asyncio
import sys

from ogniwo.app.bus import Answered, Asked, Done, WaitAsked
from ogniwo.base import log
from tests.bus.buses import Cluster


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def handle(asked: Asked) -> Answered:
    if isinstance(asked, WaitAsked):
        say("waiting")
        await asyncio.sleep(asked.timeout_s)
    return Done()


async def main(url: str, prefix: str, number: int) -> None:
    async with Cluster(url=url, prefix=prefix).node(number) as bus:
        await bus.serve(handle)
        say("serving")
        await asyncio.Event().wait()


if __name__ == "__main__":
    log.set_up()
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
