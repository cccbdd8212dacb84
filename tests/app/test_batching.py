import asyncio
from collections.abc import Collection

import pytest

from ogniwo.app.batching import BATCH_MAX, Batched
from tests.app.ports_in_memory import Tasks


class Loader:
    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.gate = asyncio.Event()
        self.failures: list[Exception] = []

    async def __call__(self, keys: Collection[int]) -> dict[int, str]:
        self.asked.append(list(keys))
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        return {key: f"value {key}" for key in keys if key < 5_000}


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_questions_of_one_moment_are_one_query_and_those_asked_meanwhile_the_next() -> None:
    loader = Loader()
    async with Tasks() as spawn, asyncio.TaskGroup() as askers:
        batched = Batched(loader, spawn, name="test")
        first = [askers.create_task(batched.get(key)) for key in (1, 2, 3, 2)]
        await settled()
        second = [askers.create_task(batched.get(key)) for key in (4, 1, 9_999)]
        await settled()
        loader.gate.set()
    assert loader.asked == [[1, 2, 3], [4, 1, 9_999]]
    assert [it.result() for it in first] == ["value 1", "value 2", "value 3", "value 2"]
    assert [it.result() for it in second] == ["value 4", "value 1", None]
    assert spawn.names == ["test"]


async def test_a_query_is_bounded() -> None:
    loader = Loader()
    loader.gate.set()
    async with Tasks() as spawn:
        batched = Batched(loader, spawn, name="test")
        count = BATCH_MAX * 2 + 1
        found = await asyncio.gather(*(batched.get(key) for key in range(count)))
    assert [len(keys) for keys in loader.asked] == [BATCH_MAX, BATCH_MAX, 1]
    assert found == [f"value {key}" for key in range(count)]


async def test_a_failed_query_fails_its_own_askers_and_the_next_is_asked_anew() -> None:
    loader = Loader()
    loader.failures.append(OSError("the database is away"))
    async with Tasks() as spawn:
        batched = Batched(loader, spawn, name="test")
        asked = asyncio.gather(batched.get(1), batched.get(2), return_exceptions=True)
        await settled()
        later = asyncio.gather(batched.get(3), batched.get(4))
        await settled()
        loader.gate.set()
        assert [str(it) for it in await asked] == ["the database is away"] * 2
        assert list(await later) == ["value 3", "value 4"]
        assert await batched.get(1) == "value 1"


async def test_an_asker_that_gives_up_takes_no_one_along() -> None:
    loader = Loader()
    async with Tasks() as spawn, asyncio.TaskGroup() as askers:
        batched = Batched(loader, spawn, name="test")
        impatient = askers.create_task(batched.get(1))
        patient = askers.create_task(batched.get(1))
        await settled()
        impatient.cancel()
        await settled()
        loader.gate.set()
    assert impatient.cancelled()
    assert patient.result() == "value 1"


async def test_when_idle_nothing_runs_and_the_next_question_starts_it_again() -> None:
    loader = Loader()
    loader.gate.set()
    async with Tasks() as spawn:
        batched = Batched(loader, spawn, name="test")
        for key in (1, 2):
            assert await batched.get(key) == f"value {key}"
            await settled()
    assert len(spawn.names) == 2


async def test_the_error_of_a_query_nobody_waits_for_any_more_is_no_warning() -> None:
    loader = Loader()
    loader.failures.append(OSError("away"))
    async with Tasks() as spawn:
        batched = Batched(loader, spawn, name="test")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await batched.get(1)
        loader.gate.set()
