"""What a server tells of itself."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ogniwo.storage.schema import SCHEMA_VERSION
from tests.system.server import TOKEN, Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.test_command_line import run
from tests.system.versions import a_name


async def test_a_server_tells_how_it_is(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name):
        found = await api.get("/system")

    assert (found["database"]["kind"], found["database"]["schema"]) == ("sqlite", SCHEMA_VERSION)
    assert found["database"]["size_bytes"] > 100_000
    assert [it["this"] for it in found["nodes"]] == [True]
    assert found["nodes"][0]["role"] == "all"
    assert found["writer"]["healthy"]
    assert found["writer"]["commits"] > 0
    assert found["links"] >= 1
    assert found["bus_connected"]
    assert found["disk_free_bytes"] > 0


async def test_a_server_warns_when_there_was_no_backup_for_a_day(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")

    async def told() -> dict[str, Any]:
        async with api_of(server) as api:
            backup: dict[str, Any] = (await api.get("/system"))["backup"]
            return backup

    await asyncio.to_thread(server.start)
    try:
        async with api_of(server) as api:
            await api.post("/sites", {"name": "Yard"})
        young = await told()
        await asyncio.to_thread(server.stop)
        made_older(server.data_dir / "ogniwo.db")
        await asyncio.to_thread(server.start)
        old = await told()
        words = ("db", "backup", str(tmp_path / "copy.db"), "--data-dir", str(server.data_dir))
        ended = await asyncio.to_thread(run, tmp_path, *words)
        safe = await told()
        async with api_of(server) as api:
            where = f"http://{server.http}/metrics"
            headers = {"authorization": f"Bearer {TOKEN}"}
            metrics = (await api.client.get(where, headers=headers)).text
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()

    assert young == {"at": None, "overdue": False}
    assert old == {"at": None, "overdue": True}
    assert ended.code == 0, ended
    assert not safe["overdue"]
    at = datetime.fromisoformat(safe["at"])
    line = next(it for it in metrics.splitlines() if it.startswith("ogniwo_backup_timestamp"))
    assert float(line.split()[1]) == at.timestamp()


def made_older(database: Path) -> None:
    """By two days, as if it had been there for so long."""
    span_us = timedelta(days=2) // timedelta(microseconds=1)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE event SET at = at - ?", (span_us,))
        connection.commit()
