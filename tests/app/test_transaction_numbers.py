import asyncio

import pytest

from ogniwo.app.transaction_numbers import BLOCK, TransactionNumbers
from tests.app.ports_in_memory import MemoryRecords


async def test_numbers_are_positive_and_never_the_same_over_many_blocks() -> None:
    records = MemoryRecords()
    numbers = TransactionNumbers(records.as_records())
    drawn = [await numbers.draw() for _ in range(BLOCK * 2 + 1)]
    assert drawn == list(range(1, BLOCK * 2 + 2))
    assert records.blocks == 3


async def test_many_who_draw_at_once_share_one_reservation() -> None:
    records = MemoryRecords()
    records.gate.clear()
    numbers = TransactionNumbers(records.as_records())
    drawing = [asyncio.ensure_future(numbers.draw()) for _ in range(BLOCK + 5)]  # noqa: TID251 - many at once is the point
    await asyncio.sleep(0)
    records.gate.set()
    assert sorted(await asyncio.gather(*drawing)) == list(range(1, BLOCK + 6))
    assert records.blocks == 2


async def test_a_restart_leaves_a_gap_and_repeats_nothing() -> None:
    records = MemoryRecords()
    before = await TransactionNumbers(records.as_records()).draw()
    after = await TransactionNumbers(records.as_records()).draw()
    assert (before, after) == (1, 1 + BLOCK)


async def test_a_reservation_that_fails_is_tried_again_by_the_next() -> None:
    records = MemoryRecords()
    records.failure = OSError("away")
    numbers = TransactionNumbers(records.as_records())
    with pytest.raises(OSError, match="away"):
        await numbers.draw()
    records.failure = None
    assert await numbers.draw() == 1
