"""L. Firmware that an operator put on the server, and stations fetch from there."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.system.server import TOKEN, Api, Server, api_of, launch
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name

IMAGE = Random(7).randbytes(300_000)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes files of 1 MiB, and says where stations find it."""
    one = Server(tmp_path_factory.mktemp("host") / "data").on_fixed_ports()
    one.environment["OGNIWO_FILE_MB_MAX"] = "1"
    one.environment["OGNIWO_PUBLIC_URL"] = f"http://{one.http}"
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()


async def put(api: Api, name: str, content: bytes) -> httpx.Response:
    return await api.client.put(f"/firmware/{name}", content=content)


async def fetched(url: str, **headers: str) -> httpx.Response:
    """As a station does: it has no token."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url, headers=headers)


def told_url(kind: type[Station], told: dict[str, Any]) -> str:
    return str(told["location"] if kind is Station16 else told["firmware"]["location"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_station_fetches_the_file_and_goes_on_after_a_cut(
    host: Server, kind: type[Station]
) -> None:
    name, file = a_name(kind), f"volta-{kind.version}.bin"
    async with api_of(host) as api, connected(kind, host.url(name), name) as station:
        if kind is Station16:
            station.answers["UpdateFirmware"] = {}
        listed = (await put(api, file, IMAGE)).json()
        await api.order(name, "update_firmware", file=file)
        url = told_url(kind, await station.ordered("UpdateFirmware"))
        first = await fetched(url, range="bytes=0-99999")
        rest = await fetched(url, range="bytes=100000-")
        whole = await fetched(url)
        held = await api.only_holding(name, "firmware")
        forged = await fetched(url.replace(url.split("/")[-2], "0" * 32))

    assert (listed["size_bytes"], listed["sha256"]) == (
        len(IMAGE),
        hashlib.sha256(IMAGE).hexdigest(),
    )
    assert urlsplit(url).path.endswith(f"/{file}")
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole.content == IMAGE
    assert held["value"] == file
    assert forged.status_code == 404


async def test_a_station_never_joins_halves_of_two_files(host: Server) -> None:
    name = a_name(Station16)
    async with api_of(host) as api, connected(Station16, host.url(name), name) as station:
        station.answers["UpdateFirmware"] = {}
        await put(api, "replaced.bin", IMAGE)
        await api.order(name, "update_firmware", file="replaced.bin")
        url = told_url(Station16, await station.ordered("UpdateFirmware"))
        await put(api, "replaced.bin", IMAGE[::-1])
        after = await fetched(url, range="bytes=1000-")
        firmware = (await api.get("/firmware"))["items"]
        await api.client.delete("/firmware/replaced.bin")
        left = (await api.get("/firmware"))["items"]

    stored = list((host.data_dir / "files" / "firmware").iterdir())
    assert after.status_code == 404
    assert [it["name"] for it in firmware].count("replaced.bin") == 1
    assert "replaced.bin" not in [it["name"] for it in left]
    assert len(stored) == len(left)


async def test_what_is_no_firmware_file_is_refused_in_words(host: Server) -> None:
    name = a_name(Station16)
    async with api_of(host) as api, connected(Station16, host.url(name), name) as station:
        path = f"/stations/{name}/commands"
        unknown = await api.client.post(path, json={"command": "update_firmware", "file": "no.bin"})
        neither = await api.client.post(path, json={"command": "update_firmware"})
        large = await put(api, "large.bin", b"x" * (1024 * 1024 + 1))
        empty = await put(api, "empty.bin", b"")
        odd = await put(api, ".hidden", IMAGE)
        assert station.orders.empty()
        listed = [it["name"] for it in (await api.get("/firmware"))["items"]]

    assert (unknown.status_code, neither.status_code) == (409, 409)
    assert "ogniwo firmware put" in unknown.json()["detail"]
    assert "location" in neither.json()["detail"]
    assert (large.status_code, empty.status_code, odd.status_code) == (413, 400, 400)
    assert not {"large.bin", "empty.bin", ".hidden"} & set(listed)
    assert list((host.data_dir / "files" / "incoming").iterdir()) == []


async def test_the_command_line_puts_and_removes_a_file(host: Server, tmp_path: Path) -> None:
    image = tmp_path / "from-the-shell.bin"
    image.write_bytes(IMAGE)
    at = ("--url", f"http://{host.http}", "--token", TOKEN)

    async def ogniwo(*words: str) -> str:
        out = tmp_path / "out"
        process = launch((*words, *at), out=out, err=tmp_path / "err")
        assert await asyncio.to_thread(process.wait, 30) == 0, (tmp_path / "err").read_text()
        return out.read_text()

    await ogniwo("firmware", "put", str(image))
    listed = await ogniwo("firmware", "list")
    await ogniwo("firmware", "remove", image.name)
    left = await ogniwo("firmware", "list")

    assert image.name in listed
    assert image.name not in left
