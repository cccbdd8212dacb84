"""Files that stations upload: by the one-time address in the order, whatever happens on the way."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from tests.system.server import Api, Json, Server, api_of, launch
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, a_name

LOG = Random(1).randbytes(300_000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes files of 1 MiB."""
    one = Server(tmp_path_factory.mktemp("small") / "data")
    one.environment["OGNIWO_FILE_MB_MAX"] = "1"
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()


@dataclass
class Asked:
    """A station that was asked for its log, and where to bring it."""

    server: Server
    api: Api
    name: str
    url: str
    command: Json

    async def files(self) -> list[Json]:
        return await self.api.all(f"/stations/{self.name}/files")

    async def content(self, file: Json, **headers: str) -> httpx.Response:
        path = f"/stations/{self.name}/files/{file['id']}"
        return await self.api.client.get(path, headers=headers)


@asynccontextmanager
async def asked(server: Server, kind: type[Station] = Station201) -> AsyncIterator[Asked]:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Accepted"}
        station.answers["GetDiagnostics"] = {"file_name": "d.zip"}
        command = await api.order(name, "get_log")
        if kind is Station16:
            url = (await station.ordered("GetDiagnostics"))["location"]
        else:
            url = (await station.ordered("GetLog"))["log"]["remote_location"]
        yield Asked(server, api, name, url, command)


@asynccontextmanager
async def bringing() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30.0) as client:
        yield client


async def cut_in_the_middle(url: str, head: str, body: bytes) -> None:
    """As a modem does: some of it, and then nothing any more."""
    where = urlsplit(url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    text = f"PUT {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n{head}\r\n\r\n"
    writer.write(text.encode() + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["put", "put with its name", "post", "form", "chunked"])
async def test_a_log_is_taken_as_stations_send_it(
    server: Server, kind: type[Station], how: str
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(LOG), 70_000):
            yield LOG[start : start + 70_000]

    async with asked(server, kind) as it, bringing() as client:
        match how:
            case "put":
                answer = await client.put(it.url.rstrip("/"), content=LOG)
            case "put with its name":
                answer = await client.put(it.url + "diag.zip", content=LOG)
            case "post":
                answer = await client.post(it.url, content=LOG)
            case "form":
                form = {"note": "x", "more": "y"}
                file = ("../../diag.zip", LOG, "application/zip")
                answer = await client.post(it.url, data=form, files={"file": file})
            case _:
                answer = await client.put(it.url, content=chunks())
        (file_,) = await it.files()
        content = await it.content(file_)
        part = await it.content(file_, range="bytes=1000-1999")
        events = (await it.api.get("/event-log", limit=50))["items"]

    assert answer.status_code == 201, answer.text
    named = how in {"put with its name", "form"}
    assert file_["name"] == ("diag.zip" if named else f"diagnostics-{it.command['id']}")
    assert (file_["id"], file_["size_bytes"]) == (it.command["id"], len(LOG))
    assert file_["sha256"] == hashlib.sha256(LOG).hexdigest()
    assert content.content == LOG
    assert "attachment" in content.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, LOG[1000:2000])
    told = [it_["kind"] for it_ in events if it_["station_id"] == it.name]
    assert "file_received" in told


async def test_an_address_is_good_once(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        first = await client.put(it.url, content=b"the log")
        second = await client.put(it.url, content=b"something else")
        (file,) = await it.files()
        content = await it.content(file)
        trace = await it.api.all("/messages", station_id=it.name)
        command = await it.api.get(f"/commands/{it.command['id']}")

    seal = it.url.rstrip("/").rpartition("-")[2]
    assert any(message["action"] == "GetLog" for message in trace)
    assert seal not in json.dumps([trace, command])
    assert (first.status_code, second.status_code) == (201, 410)
    assert second.json()["code"] == "upload_closed"
    assert content.content == b"the log"


async def test_nobody_uploads_without_the_seal(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        number, _, seal = it.url.rstrip("/").rsplit("/", 1)[1].partition("-")
        base = it.url.partition("/files/")[0] + "/files/upload/"
        other = ("0" if seal[0] != "0" else "1") + seal[1:]
        tried = [f"{number}-{other}", number, f"{int(number, 16) + 1:x}-{seal}", "zz", "%2e%2e"]
        answers = [await client.put(base + path, content=b"x") for path in tried]
        left = await it.files()

    assert [answer.status_code for answer in answers] == [404] * len(tried)
    assert left == []
    assert seal not in it.server.stderr


async def test_a_cut_upload_goes_on_where_it_ended(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        await cut_in_the_middle(it.url, f"Content-Length: {len(LOG)}", LOG[:100_000])

        async def offset() -> int:
            return int((await client.head(it.url)).headers["upload-offset"])

        here = await it.api.until(offset, lambda count: count > 0)
        before = await it.files()
        gap = await client.put(
            it.url,
            content=LOG[here + 10 :],
            headers={"content-range": f"bytes {here + 10}-{len(LOG) - 1}/{len(LOG)}"},
        )
        half = (here + len(LOG)) // 2
        middle = await client.put(
            it.url,
            content=LOG[here:half],
            headers={"content-range": f"bytes {here}-{half - 1}/{len(LOG)}"},
        )
        rest = await client.put(
            it.url,
            content=LOG[half:],
            headers={"content-range": f"bytes {half}-{len(LOG) - 1}/{len(LOG)}"},
        )
        (file,) = await it.files()
        content = await it.content(file)

    assert 0 < here <= 100_000
    assert before == []
    assert (gap.status_code, gap.headers["upload-offset"]) == (416, str(here))
    assert (middle.status_code, middle.headers["upload-offset"]) == (202, str(half))
    assert rest.status_code == 201
    assert content.content == LOG


async def test_a_cut_upload_may_begin_anew(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        await cut_in_the_middle(it.url, f"Content-Length: {len(LOG)}", b"\0" * 200_000)
        answer = await client.put(it.url, content=LOG[:5_000])
        (file,) = await it.files()
        content = await it.content(file)

    assert answer.status_code == 201
    assert content.content == LOG[:5_000]


async def test_a_file_that_is_too_large_is_refused_and_not_kept(small: Server) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield LOG[:65_536]

    async with asked(small) as it, bringing() as client:
        told = await client.put(
            it.url,
            content=LOG[:1_000],
            headers={"content-range": "bytes 0-2000000/2000001"},
        )
        untold = await client.put(it.url, content=endless())
        offset = (await client.head(it.url)).headers["upload-offset"]
        then = await client.put(it.url, content=LOG)  # the address is good still
        files = await it.files()

    assert [told.status_code, untold.status_code, then.status_code] == [413, 413, 201]
    assert "shorter time" in untold.json()["detail"]
    assert (offset, len(files)) == ("0", 1)
    assert [it_.name for it_ in (small.data_dir / "files" / "incoming").iterdir()] == []


async def test_of_two_connections_with_one_file_the_later_counts(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        where = urlsplit(it.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        head = (
            f"PUT {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 3000000\r\n\r\n"
        )
        writer.write(head.encode() + b"\0" * 2_000_000)
        await writer.drain()  # half of it, and it stays open

        async def offset() -> int:
            return int((await client.head(it.url)).headers["upload-offset"])

        await it.api.until(offset, lambda here: here > 0)
        answer = await client.put(it.url, content=LOG)
        writer.write(b"\0" * 1_000_000)
        await writer.drain()
        late = await reader.readline()
        writer.close()
        (file,) = await it.files()
        content = await it.content(file)

    assert answer.status_code == 201
    assert late.split()[1] in {b"409", b"410"}
    assert content.content == LOG


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-range": "bytes 5-1/9"}, b"x"),
        ({"content-range": "lines 1-2/3"}, b"x"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"nothing of a form"),
        ({"content-type": "multipart/form-data"}, b"x"),
        ({}, b""),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    server: Server, headers: dict[str, str], body: bytes
) -> None:
    async with asked(server) as it, bringing() as client:
        answer = await client.put(it.url, content=body, headers=headers)
        files = await it.files()

    assert (answer.status_code, answer.json()["code"]) == (400, "upload_unreadable")
    assert files == []


async def test_nothing_of_what_a_station_says_becomes_a_path(server: Server) -> None:
    async with asked(server) as it, bringing() as client:
        await client.put(it.url + "%2e%2e%2f%2e%2e%2fevil%0d%0a.txt", content=b"x")
        (file,) = await it.files()

    lying = [p for p in (server.data_dir / "files").rglob("*") if p.is_file()]
    assert "/" not in file["name"]
    assert "\n" not in file["name"]
    assert all(p.name.isdecimal() for p in lying)


async def test_the_command_line_lists_and_saves_files(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "saved.log"
    async with asked(server) as it, bringing() as client:
        await client.put(it.url + "station.log", content=LOG)
        listed = await said(tmp_path, server, "files", it.name, "--json")
        await said(tmp_path, server, "file", it.name, it.command["id"], "-o", str(target))

    assert json.loads(listed)["items"][0]["name"] == "station.log"
    assert target.read_bytes() == LOG


async def said(folder: Path, server: Server, *arguments: str) -> str:
    """What ``ogniwo station`` prints."""
    out, err = folder / "out.txt", folder / "err.txt"
    process = launch(("station", *arguments, "--url", f"http://{server.http}"), out=out, err=err)
    code = await asyncio.to_thread(process.wait, 30)
    assert code == 0, err.read_text()
    return out.read_text()
