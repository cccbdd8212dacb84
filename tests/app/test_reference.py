from pathlib import Path

from ogniwo.app.bus import ReferenceChanged
from ogniwo.app.reference import ReferenceTail
from ogniwo.app.tokens import TokenFile
from ogniwo.bus.local import LocalBus
from ogniwo.domain.access import Token, TokenStatus, TokenType
from tests.app.desk import desk, until

CARD = Token(uid="04AA", type=TokenType.RFID)
BLOCKED = Token(uid="04AA", type=TokenType.RFID, status=TokenStatus.BLOCKED)


async def test_a_token_blocked_on_another_node_is_blocked_here(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        here = TokenFile(it.records, it.writer, it.tasks)
        there = TokenFile(it.records, it.writer, it.tasks)
        await there.put(CARD)
        bus = LocalBus(0)
        forgotten: list[str] = []

        def forget(uid: str) -> None:
            here.forget(uid)
            forgotten.append(uid)

        tail = ReferenceTail(it.records, {"token": forget})
        await tail.start(bus)
        it.tasks(tail.run(), name="tail")
        assert await here.find("04AA") == CARD
        await there.put(BLOCKED)
        assert await here.find("04AA") == CARD, "a copy, until the change is read"
        bus.tell(ReferenceChanged())
        await until(lambda: forgotten == ["04AA"])
        assert await here.find("04AA") == BLOCKED
        await there.remove("04AA")
        await until(lambda: forgotten == ["04AA", "04AA"])  # without a notice
        assert await here.find("04AA") is None
        await bus.close()


async def test_what_was_changed_before_the_node_began_is_not_read_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        file = TokenFile(it.records, it.writer, it.tasks)
        await file.put(CARD)
        forgotten: list[str] = []
        bus = LocalBus(0)
        tail = ReferenceTail(it.records, {"token": forgotten.append})
        await tail.start(bus)
        it.tasks(tail.run(), name="tail")
        await file.put(Token(uid="04BB", type=TokenType.RFID))
        await until(lambda: bool(forgotten))
        assert forgotten == ["04BB"]
        await bus.close()
