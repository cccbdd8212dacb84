"""Commands and tokens are found by what is told of them, on both engines."""

from pathlib import Path

from msgspec.structs import replace

from ogniwo.app.filters import CommandFilter, Cut, TokenFilter
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.domain.commands import CommandState
from ogniwo.domain.orders import Reset, ResetKind
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_command, a_station

A = a_station(1, "A")


@on_every_engine
async def test_commands_are_found_by_what_they_are_how_they_ended_who_gave_them_and_when(
    engine: Engine, tmp_path: Path
) -> None:
    made = replace(a_command(10, A), author="ann", created_at=1_000)
    later = replace(a_command(11, A), author="bob", created_at=2_000)
    failed = replace(later, id=12, order=Reset(kind=ResetKind.HARD), state=CommandState.FAILED)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, made, later, failed])

        async def found(asked: CommandFilter) -> list[str]:
            page = await storage.read_models.commands(asked, Cut())
            return [it.id for it in page.items]

        assert await found(CommandFilter(author="bob")) == ["12", "11"]
        assert await found(CommandFilter(author="bo")) == []
        assert await found(CommandFilter(command="reset", states=["failed", "expired"])) == ["12"]
        assert await found(CommandFilter(states=["expired"])) == []
        assert await found(CommandFilter(since=2_000)) == ["12", "11"]
        assert await found(CommandFilter(until=2_000)) == ["10"]


@on_every_engine
async def test_tokens_are_found_by_a_part_of_their_uid_or_group(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                Token(uid="04AABB", type=TokenType.RFID, concurrent=True),
                Token(uid="04CCDD", type=TokenType.RFID, group="Fleet_1"),
                Token(uid="APP-AABB", type=TokenType.APP, status=TokenStatus.BLOCKED),
            ]
        )

        async def found(**where: str) -> list[str]:
            page = await storage.read_models.tokens(TokenFilter(**where), Cut())
            return [it.uid for it in page.items]

        assert await found(text="aa:bb") == ["04AABB", "APP-AABB"]
        assert await found(text="fleet_") == ["04CCDD"]
        assert await found(text="%") == []
        assert await found(text="AABB", type="app", status="blocked") == ["APP-AABB"]
        assert await found(status="expired") == []
        views = (await storage.read_models.tokens(TokenFilter(), Cut())).items

    assert [it.concurrent for it in views] == [True, False, False]
