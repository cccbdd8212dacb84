"""A change of a token changes what it names, whoever changes the rest at the same moment."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.ports import RowRefusedError, TokenChanged, TokenRemoved
from ogniwo.app.requests import TokenInput
from ogniwo.app.tokens import TokenFile
from ogniwo.app.tokens_admin import TokenAdmin
from ogniwo.base.clock import SystemClock
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.storage.opening import Storage
from tests.app.ports_in_memory import Tasks
from tests.storage.engines import Engine, on_every_engine, on_postgresql

ROUNDS = 30  # two that read at one moment did not always lose a field


def admin_on(storage: Storage, spawn: Tasks) -> TokenAdmin:
    file = TokenFile(storage.records, storage.writer, spawn)
    return TokenAdmin(file, storage.read_models, storage.drivers, SystemClock())


async def race(one: TokenAdmin, other: TokenAdmin, uid: str) -> None:
    """Each changes a field of its own; together they are four changes of one moment."""
    await asyncio.gather(
        one.put_token(TokenInput(uid=uid, status=TokenStatus.BLOCKED)),
        other.put_token(TokenInput(uid=uid, group="Fleet")),
        one.put_token(TokenInput(uid=uid, expires_at=77)),
        other.put_token(TokenInput(uid=uid, concurrent=True)),
    )


async def check_all_kept(storage: Storage, uid: str) -> None:
    (token,) = await storage.records.find_tokens([uid])
    told = (token.status, token.group, token.expires_at, token.concurrent)
    assert told == (TokenStatus.BLOCKED, "Fleet", 77, True), uid


@on_postgresql
async def test_two_nodes_that_change_one_token_at_one_moment_lose_no_field(
    engine: Engine, tmp_path: Path
) -> None:
    async with (
        engine.opened(tmp_path) as here,
        engine.opened(tmp_path) as there,
        Tasks() as spawn,
    ):
        one, other = admin_on(here, spawn), admin_on(there, spawn)
        for number in range(ROUNDS):
            uid = f"{number:04}"
            await one.put_token(TokenInput(uid=uid))
            await race(one, other, uid)
            await check_all_kept(here, uid)


@on_postgresql
async def test_two_nodes_that_put_a_token_on_file_at_one_moment_make_one_of_both(
    engine: Engine, tmp_path: Path
) -> None:
    async with (
        engine.opened(tmp_path) as here,
        engine.opened(tmp_path) as there,
        Tasks() as spawn,
    ):
        one, other = admin_on(here, spawn), admin_on(there, spawn)
        for number in range(ROUNDS):
            await race(one, other, f"{number:04}")
            await check_all_kept(there, f"{number:04}")


@on_every_engine
async def test_changes_of_one_token_at_one_moment_lose_no_field(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage, Tasks() as spawn:
        admin = admin_on(storage, spawn)
        for number in range(ROUNDS):
            uid = f"{number:04}"
            await admin.put_token(TokenInput(uid=uid))
            await race(admin, admin, uid)
            await check_all_kept(storage, uid)


@on_every_engine
async def test_a_change_of_what_is_not_as_it_was_read_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    read = Token(uid="04AB", type=TokenType.RFID, group="Fleet", expires_at=9)
    after = replace(read, concurrent=True)
    others = [
        replace(read, group=None),
        replace(read, expires_at=None),
        replace(read, status=TokenStatus.BLOCKED),
    ]
    async with engine.opened(tmp_path) as storage:
        for other in others:
            await storage.writer.write([other])
            for before in (read, None):
                with pytest.raises(RowRefusedError):
                    await storage.writer.write([TokenChanged(before, after)])
            assert await storage.records.find_tokens(["04AB"]) == [other]
        await storage.writer.write([TokenChanged(others[-1], after)])
        assert await storage.records.find_tokens(["04AB"]) == [after]
        await storage.writer.write([TokenRemoved("04AB")])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([TokenChanged(after, read)])
        assert await storage.records.find_tokens(["04AB"]) == []
