"""The file of a street map: handed out by parts, and refused at the start when it is no use."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.console.street_map import vector_map
from tests.system.server import Server, api_of

ADDRESS: Final = "/map/file"


@pytest.fixture
def laid(tmp_path: Path) -> Path:
    return vector_map(tmp_path / "streets.pmtiles")


def another(file: Path) -> tuple[Path, bytes, bytes]:
    """The file, what the one before holds, and what this one holds."""
    before = vector_map(file).read_bytes()
    file.write_bytes(before + b"more")
    return file, before, before + b"more"


async def test_a_street_map_is_fetched_by_parts_and_is_another_once_it_is_replaced(
    tmp_path: Path, laid: Path
) -> None:
    newer, first, second = another(tmp_path / "newer.pmtiles")
    server = Server(tmp_path / "data", "--map-file", str(laid))
    server.start()
    try:
        async with api_of(server) as api:
            told = (await api.get("/map"))["street_map"]
            part = await api.client.get(ADDRESS, headers={"range": "bytes=0-6"})
            tag = part.headers["etag"]
            same = await api.client.get(ADDRESS, headers={"if-none-match": tag})
            beyond = {"range": f"bytes={len(first)}-"}
            nothing = await api.client.get(ADDRESS, headers=beyond)
            await asyncio.to_thread(newer.replace, laid)
            other = await api.client.get(ADDRESS, headers={"range": "bytes=0-6", "if-range": tag})
            told_later = (await api.get("/map"))["street_map"]
    finally:
        server.kill()

    assert (told["kind"], told["attribution"]) == ("vector", "© the makers of the map")
    assert (part.status_code, part.content) == (206, b"PMTiles")
    assert same.status_code == 304
    assert nothing.status_code == 416
    assert (other.status_code, other.content) == (200, second)
    assert told_later["address"] != told["address"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: b"", "is no PMTiles file"),
        (lambda whole: whole[:-100], "is cut off"),
        (lambda whole: whole[:7] + b"\x02" + whole[8:], "is PMTiles of version 2"),
        (lambda whole: whole[:99] + b"\x09" + whole[100:], "holds tiles that cannot be drawn"),
        (None, "cannot read"),
    ],
)
def test_a_file_that_is_no_use_ends_the_start_with_what_to_do(
    tmp_path: Path, laid: Path, spoil: object, said: str
) -> None:
    if callable(spoil):
        laid.write_bytes(spoil(laid.read_bytes()))
    else:
        laid.unlink()
    command = [sys.executable, "-m", "ogniwo", "serve", "--data-dir", str(tmp_path / "data")]
    ports = ["--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0"]
    done = subprocess.run(
        [*command, *ports, "--map-file", str(laid)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert str(laid) in done.stderr
    assert said in done.stderr
    assert not (tmp_path / "data" / "ogniwo.db").exists()
