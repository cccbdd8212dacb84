"""The disk of PostgreSQL's log is full: it ends itself in panic, and nothing is lost of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cluster.tables import tables_of
from tests.services.disk import Disk, small_disk
from tests.services.postgres import Postgres, programs
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_fleet, a_seed, heard_anew, living
from tests.system.crash.test_disk_full import until_ready
from tests.system.server import Server, api_of

FULL_WITHIN_S = 20.0
BACK_WITHIN_S = 15.0
AWAY_S = 1.0


@pytest.fixture
def disk() -> Iterator[Disk]:
    """Where another user may go as well: PostgreSQL refuses to run as root."""
    with TemporaryDirectory(prefix="ogniwo-disk-") as place:
        Path(place).chmod(0o755)
        with small_disk(Path(place) / "disk") as one:
            one.folder.chmod(0o777)
            yield one


@pytest.fixture
def own_postgres(disk: Disk) -> Iterator[Postgres]:
    binaries = programs()
    if binaries is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    wal = disk.folder / "wal"
    wal.mkdir()
    server = Postgres(binaries, wal=wal)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.mark.timeout(120)
async def test_postgresql_out_of_room_costs_waiting_and_loses_nothing(
    tmp_path: Path, disk: Disk, own_postgres: Postgres
) -> None:
    seed = a_seed()
    url = own_postgres.url(own_postgres.new_database())
    server = Server(tmp_path / "data", "--database", url).on_fixed_ports()
    try:
        await asyncio.to_thread(server.start)
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            disk.fill(own_postgres.pid)
            async with asyncio.timeout(FULL_WITHIN_S):
                while "PANIC" not in own_postgres.told:  # noqa: ASYNC110 - a log tells nobody
                    await asyncio.sleep(0.05)
            await until_ready(server, 503, within_s=BACK_WITHIN_S)
            await asyncio.sleep(AWAY_S)
            disk.make_room(own_postgres.pid)
            if not own_postgres.running:  # as its service manager does
                await asyncio.to_thread(own_postgres.start)
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
        async with api_of(server) as api, tables_of(url) as tables:
            found = await differences(api, tables, [it.books for it in fleet])
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
