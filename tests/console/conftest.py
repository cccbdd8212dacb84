"""One server and one browser for all journeys; each brings stations and people of its own."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.console.desk import chromium
from tests.system.server import Server

TIMEOUT_S: Final = 180  # beside other tests a page may need long
THREADS: Final = 4  # of the loop, there from the beginning: no test leaves one behind


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/console/" in item.nodeid and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


@pytest.fixture(scope="session")
def shared_loop() -> Iterator[asyncio.Runner]:
    """A browser lives on the loop that started it: all journeys run on this one."""
    with asyncio.Runner() as runner:
        runner.run(_threads_started())
        browser = chromium()
        runner.run(browser.__aenter__())
        try:
            yield runner
        finally:
            runner.run(browser.__aexit__(None, None, None))


async def _threads_started() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    all_there = threading.Barrier(THREADS)
    await asyncio.gather(*(asyncio.to_thread(all_there.wait) for _ in range(THREADS)))


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, built: None, shared_loop: asyncio.Runner
) -> Iterator[Server]:
    one = Server(tmp_path_factory.mktemp("console") / "data", unknown_stations="quarantine")
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()
