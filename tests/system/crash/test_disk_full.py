"""The disk is full under load: nothing is answered that is not stored, and all goes on after it."""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.services.disk import Ceiling, Disk, small_disk
from tests.services.ports import HOST
from tests.system.crash.audit import differences
from tests.system.crash.fleet import LoadStation, a_fleet, a_seed, heard_anew, living
from tests.system.crash.tables import SqliteTables
from tests.system.server import Json, Server, api_of
from tests.system.test_command_line import run
from tests.system.test_doctor import Seen
from tests.system.wire import status_of

PATIENT_S = 7.0  # of the ten that the server gives the disk before it sends stations away
SENT_AWAY_WITHIN_S = 10.0
FULL_WITHIN_S = 20.0
BACK_WITHIN_S = 10.0
KILLS = 2
KILLED_AFTER_S = (0.0, 0.4)
TRY_AGAIN_LATER = 1013
PORTS = ("--http", f"{HOST}:0", "--ocpp", f"{HOST}:0")


@contextmanager
def on_disk(disk: Disk) -> Iterator[Server]:
    """Its log lies there too, as it does on many machines."""
    server = Server(disk.folder / "data").on_fixed_ports()
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as one:
        yield one


@pytest.fixture
def ceiling(tmp_path: Path) -> Disk:
    (tmp_path / "limited").mkdir()
    return Ceiling(tmp_path / "limited")


async def until_ready(server: Server, status: int, *, within_s: float) -> Json:
    """Until ``/readyz`` answers with that status; what it says then."""
    async with (
        asyncio.timeout(within_s),
        httpx.AsyncClient(trust_env=False, timeout=5.0) as client,
    ):
        while True:
            answer = await client.get(f"http://{server.http}/readyz")
            if answer.status_code == status:
                return answer.json()
            await asyncio.sleep(0.05)


async def doctor(folder: Path, server: Server) -> Seen:
    """It writes its answer into a folder that has room."""
    where = ("--data-dir", str(server.data_dir), "--http", server.http, "--ocpp", server.ocpp)
    ended = await asyncio.to_thread(run, folder, "doctor", *where, "--json")
    assert "Traceback" not in ended.err, ended.err
    return Seen(ended.code, json.loads(ended.out)["checks"])


def acknowledged(fleet: Sequence[LoadStation]) -> list[int]:
    return [it.books.acknowledged.total() for it in fleet]


async def audited(server: Server, fleet: Sequence[LoadStation], folder: Path) -> list[str]:
    """The server is stopped for it: then its own check of the books has the file to itself."""
    async with api_of(server) as api:
        books = [it.books for it in fleet]
        found = await differences(api, SqliteTables(server.database), books)
    await asyncio.to_thread(server.stop)
    checked = run(folder, "db", "check", "--data-dir", str(server.data_dir))
    return found if checked.code == 0 else [*found, checked.out + checked.err]


@pytest.mark.timeout(120)
async def test_on_a_full_disk_stations_wait_then_are_sent_away_until_there_is_room(
    tmp_path: Path, disk: Disk
) -> None:
    seed = a_seed()
    with on_disk(disk) as server:
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            disk.fill(server.pid)
            told = await until_ready(server, 503, within_s=FULL_WITHIN_S)
            seen = await doctor(tmp_path, server)
            before = acknowledged(fleet)
            await asyncio.sleep(PATIENT_S)
            after, cut = acknowledged(fleet), [it.connected for it in fleet]
            async with asyncio.timeout(SENT_AWAY_WITHIN_S):
                while not all(TRY_AGAIN_LATER in it.books.close_codes for it in fleet):  # noqa: ASYNC110 - the books tell nobody
                    await asyncio.sleep(0.05)
            turned_away = await status_of(server.url("ANY"), "ocpp1.6")
            disk.make_room(server.pid)
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            await until_ready(server, 200, within_s=BACK_WITHIN_S)
        found = await audited(server, fleet, tmp_path)

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert (before, cut) == (after, [1] * len(fleet))
    assert turned_away == 503
    (trouble,) = told["problems"]
    assert trouble["code"] == "storage_away"
    assert "full" in trouble["detail"]
    assert seen.code == 1
    assert "not ready" in seen.of("port --http")["what"]
    assert "full" in seen.of("port --http")["advice"]


@pytest.mark.timeout(120)
async def test_a_file_that_may_not_grow_for_a_moment_costs_waiting_and_nothing_else(
    tmp_path: Path, ceiling: Disk
) -> None:
    """As under a quota."""
    seed = a_seed()
    with on_disk(ceiling) as server:
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            ceiling.fill(server.pid)
            await until_ready(server, 503, within_s=FULL_WITHIN_S)
            ceiling.make_room(server.pid)
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
        found = await audited(server, fleet, tmp_path)

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert [it.connected for it in fleet] == [1] * len(fleet)


@pytest.mark.timeout(120)
async def test_a_server_killed_as_the_disk_fills_loses_nothing(tmp_path: Path, disk: Disk) -> None:
    chance = random.Random(seed := a_seed())
    with on_disk(disk) as server:
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            for _ in range(KILLS):
                await heard_anew(fleet, within_s=BACK_WITHIN_S)
                disk.fill(server.pid)
                await until_ready(server, 503, within_s=FULL_WITHIN_S)
                await asyncio.sleep(chance.uniform(*KILLED_AFTER_S))
                disk.make_room(server.pid)
                server.kill()
                await asyncio.to_thread(server.start)
        found = await audited(server, fleet, tmp_path)

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert all(it.connected > KILLS for it in fleet)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_server_that_finds_its_disk_full_says_so(tmp_path: Path, disk: Disk) -> None:
    """And that the database is damaged, or a backup is needed, is said by nobody."""
    with on_disk(disk) as server:
        server.stop()
    where = ("--data-dir", str(server.data_dir))
    commands = (("serve", *PORTS), ("db", "check"), ("doctor", *PORTS, "--json"))
    with disk.crammed(), ThreadPoolExecutor(len(commands)) as pool:
        served, checked, examined = pool.map(
            lambda words: run(_folder(tmp_path / words[0]), *words, *where), commands
        )

    served.says("cannot be opened", "space")
    checked.says("cannot be read", "space")
    database = Seen(examined.code, json.loads(examined.out)["checks"]).of("database")
    assert "space" in database["advice"]
    assert "backup" not in served.err + checked.err + database["advice"]
