"""The page about the system itself."""

import asyncio
from pathlib import Path

import pytest

from tests.console.desk import ENGLISH, signed_in
from tests.system.server import Server, api_of
from tests.system.test_command_line import run
from tests.system.test_system import made_older


@pytest.mark.usefixtures("built", "shared_loop")
async def test_the_page_warns_until_a_backup_is_made(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    await asyncio.to_thread(server.start)
    try:
        async with api_of(server) as api:
            await api.post("/sites", {"name": "Yard"})
        await asyncio.to_thread(server.stop)
        made_older(server.data_dir / "ogniwo.db")
        await asyncio.to_thread(server.start)
        async with signed_in(server.http, ENGLISH, path="/system") as desk:
            await desk.sees(desk.text("system.backup_none_bad"))
            words = ("db", "backup", str(tmp_path / "copy.db"), "--data-dir", str(server.data_dir))
            await asyncio.to_thread(run, tmp_path, *words)
            await desk.sees("The last backup was made")  # the page looks again by itself
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()
