from collections.abc import Sequence

from ogniwo.app.duty import STEADY_S, Duty
from ogniwo.app.nodes import Node
from ogniwo.app.ports import StorageAwayError
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import MS_PER_SECOND


class Watch(SystemClock):
    def __init__(self) -> None:
        self.ms = 1_000

    def now_ms(self) -> int:
        return self.ms


class Register:
    """One that tells what the test wants; the real ones are tested where they live."""

    def __init__(self) -> None:
        self.alive = True
        self.away = False
        self.holder: int | None = None

    async def join(self, name: str, role: str) -> int:
        return 1

    async def beat(self, number: int) -> bool:
        if self.away:
            raise StorageAwayError("no database")
        return self.alive

    async def leave(self, number: int) -> None: ...

    async def nodes(self) -> Sequence[Node]:
        return []

    async def take_job(self, name: str, number: int, *, hold_s: float) -> bool:
        self.holder = self.holder or number
        return self.holder == number


async def test_only_who_has_long_been_there_may_say_that_another_is_dead() -> None:
    register, clock = Register(), Watch()
    duty = Duty(register, 1, clock, alone=False)
    assert not await duty.mine()
    clock.ms += int(STEADY_S * MS_PER_SECOND)
    assert await duty.mine()
    register.away = True
    await duty.beat()
    assert not await duty.mine(), "the others may live and be as cut off"
    register.away = False
    await duty.beat()
    assert not await duty.mine()
    clock.ms += int(STEADY_S * MS_PER_SECOND)
    assert await duty.mine()


async def test_one_node_is_on_duty_at_a_time() -> None:
    register, clock = Register(), Watch()
    first, second = (Duty(register, number, clock, alone=True) for number in (1, 2))
    assert (await first.mine(), await second.mine()) == (True, False)


async def test_a_node_that_was_given_up_knows_it() -> None:
    register, clock = Register(), Watch()
    duty = Duty(register, 1, clock, alone=True)
    await duty.beat()
    assert not duty.given_up.is_set()
    register.alive = False
    await duty.beat()
    assert duty.given_up.is_set()
    assert not await duty.mine()
