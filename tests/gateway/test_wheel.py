import asyncio
from dataclasses import dataclass
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from ogniwo.base.clock import SystemClock
from ogniwo.gateway.wheel import DeadlineWheel

TICK_MS = 100


@dataclass
class HandClock:
    ms: int = 1_000

    def now_ms(self) -> int:
        return self.ms

    def now_us(self) -> int:
        return self.ms * 1_000


def _note(called: dict[int, int], number: int, now_ms: int) -> None:
    assert number not in called
    called[number] = now_ms


@given(due=st.lists(st.integers(0, 20_000), max_size=30), steps=st.lists(st.integers(1, 3_000)))
def test_every_deadline_comes_once_never_early_and_at_most_a_tick_after_a_look(
    due: list[int], steps: list[int]
) -> None:
    clock = HandClock()
    wheel = DeadlineWheel(clock, tick_ms=TICK_MS)
    called: dict[int, int] = {}
    for number, due_ms in enumerate(due):
        wheel.add(due_ms, partial(_note, called, number))

    for step_ms in steps:
        clock.ms += step_ms
        wheel.advance()
        for number, due_ms in enumerate(due):
            if due_ms <= clock.ms - TICK_MS:
                assert called[number] >= due_ms
            if due_ms > clock.ms:
                assert number not in called


def test_a_deadline_that_names_a_next_time_is_called_again_then() -> None:
    clock = HandClock(0)
    wheel = DeadlineWheel(clock, tick_ms=TICK_MS)
    calls: list[int] = []

    def every_second(now_ms: int) -> int | None:
        calls.append(now_ms)
        return now_ms + 1_000 if len(calls) < 3 else None

    wheel.add(500, every_second)
    for _ in range(100):
        clock.ms += TICK_MS
        wheel.advance()

    assert calls == [500, 1_500, 2_500]


def test_a_deadline_that_wants_the_past_again_does_not_spin() -> None:
    clock = HandClock()
    wheel = DeadlineWheel(clock, tick_ms=TICK_MS)
    calls: list[int] = []

    def impatient(now_ms: int) -> int:
        calls.append(now_ms)
        return 0

    wheel.add(0, impatient)
    wheel.advance()
    wheel.advance()
    assert len(calls) == 1

    clock.ms += TICK_MS
    wheel.advance()
    assert len(calls) == 2


def test_one_broken_deadline_does_not_stop_the_others() -> None:
    wheel = DeadlineWheel(HandClock(), tick_ms=TICK_MS)
    calls: list[int] = []

    def broken(now_ms: int) -> int | None:
        raise ValueError("a defect of ours")

    def sound(now_ms: int) -> None:
        calls.append(now_ms)

    wheel.add(0, broken)
    wheel.add(0, sound)
    wheel.advance()

    assert calls == [1_000]


async def test_the_wheel_turns_by_itself_when_run() -> None:
    clock = SystemClock()
    wheel = DeadlineWheel(clock, tick_ms=10)
    called = asyncio.Event()

    def ring(now_ms: int) -> None:
        called.set()

    wheel.add(clock.now_ms() + 30, ring)
    async with asyncio.TaskGroup() as group:
        turning = group.create_task(wheel.run())
        await asyncio.wait_for(called.wait(), 5)
        turning.cancel()
