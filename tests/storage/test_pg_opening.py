"""What a person is told when the database server cannot be used, in one sentence."""

import asyncio
import socket
from urllib.parse import urlsplit

import pytest

from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.storage.data_file import path_from
from ogniwo.storage.opening import open_storage
from ogniwo.storage.pg_connect import address_from, check_server
from tests.services.ports import HOST
from tests.services.postgres import PASSWORD, Postgres


def refusal(url: str) -> str:
    """One sentence, and never with the password."""
    with pytest.raises(UsageError) as refused:
        asyncio.run(_open(url))
    text = str(refused.value)
    assert PASSWORD not in text
    assert "\n" not in text
    return text


async def _open(url: str) -> None:
    await open_storage(url, clock=SystemClock())


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as nobody:
        nobody.bind((HOST, 0))  # and does not listen
        port = nobody.getsockname()[1]
        told = refusal(f"postgresql://ogniwo:{PASSWORD}@{HOST}:{port}/ogniwo")

    assert told.startswith(f"the database server {HOST}:{port} cannot be reached (")
    assert told.endswith("start it, or check --database")


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogniwo.storage.pg_connect.CONNECT_S", 0.2)
    with socket.create_server((HOST, 0)) as mute:
        port = mute.getsockname()[1]
        told = refusal(f"postgresql://ogniwo:{PASSWORD}@{HOST}:{port}/ogniwo?sslmode=disable")

    assert "cannot be reached (no answer)" in told


def test_a_server_that_is_none_of_postgresql() -> None:
    async def main() -> str:
        async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(8)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(rude, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"postgresql://ogniwo:{PASSWORD}@{HOST}:{port}/ogniwo"
            return await asyncio.to_thread(refusal, url)

    assert "cannot be" in asyncio.run(main())


def test_a_wrong_password(database_url: str) -> None:
    told = refusal(database_url.replace(PASSWORD, "not-the-password"))

    assert "refuses user ogniwo: check the user and the password" in told
    assert "not-the-password" not in told


def test_a_database_that_does_not_exist(postgres: Postgres) -> None:
    assert refusal(postgres.url("nowhere")) == (
        f"there is no database nowhere on {HOST}:{postgres.port}: create it, or check --database"
    )


def test_an_encoding_that_cannot_hold_everything(postgres: Postgres) -> None:
    postgres.run(
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    told = refusal(postgres.url("latin"))
    postgres.drop("latin")

    assert "is encoded in LATIN1: create one WITH ENCODING 'UTF8'" in told


def test_a_user_without_rights(empty_database_url: str, postgres: Postgres) -> None:
    postgres.run(f"CREATE USER guest PASSWORD '{PASSWORD}'")
    told = refusal(empty_database_url.replace("ogniwo:", "guest:"))
    postgres.run("DROP USER guest")

    assert "user guest may not do what is needed in database" in told
    assert told.endswith("make that user the owner of the database")


def test_a_server_too_old(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogniwo.storage.pg_connect.SERVER_MIN", 99)

    assert refusal(database_url).endswith("use 99 or newer")


def test_a_server_that_does_not_encrypt_where_we_must(database_url: str) -> None:
    assert "cannot be reached" in refusal(f"{database_url}?sslmode=require")


@pytest.mark.parametrize(
    "wrong",
    [
        f"postgresql://ogniwo:{PASSWORD}@{HOST}",
        f"postgresql://ogniwo:{PASSWORD}@{HOST}:many/ogniwo",
        f"postgres://ogniwo:{PASSWORD}@/ogniwo",
    ],
)
def test_a_url_that_lacks_something(wrong: str) -> None:
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in refusal(wrong)


def test_a_url_of_another_engine_is_told_without_its_password() -> None:
    with pytest.raises(UsageError) as refused:
        path_from(f"mysql://ogniwo:{PASSWORD}@{HOST}/ogniwo")

    assert PASSWORD not in str(refused.value)


def test_a_server_that_just_starts_is_waited_for(database_url: str, postgres: Postgres) -> None:
    """After a crash it first reads its log, and lets nobody in; how long is made certain here."""
    starting = 2
    fields = (b"SFATAL", b"VFATAL", b"C57P03", b"Mthe database system is starting up", b"")
    body = b"\0".join(fields) + b"\0"
    refused = b"E" + (len(body) + 4).to_bytes(4, "big") + body

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal starting
        if starting:
            starting -= 1
            await reader.read(8)
            writer.write(refused)
        else:
            there, back = await asyncio.open_connection(HOST, postgres.port)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, back))
                both.create_task(_pump(there, writer))
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(door, HOST, 0) as server:
            port = server.sockets[0].getsockname()[1]
            url = database_url.replace(str(postgres.port), str(port))
            await check_server(address_from(f"{url}?sslmode=disable"))

    asyncio.run(main())
    assert starting == 0


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
    writer.close()


def test_the_address_shows_no_password() -> None:
    address = address_from(f"postgresql://ogniwo:{PASSWORD}@{HOST}:5433/books?sslmode=disable")

    assert PASSWORD not in repr(address)
    assert (address.server, address.database, address.user) == (f"{HOST}:5433", "books", "ogniwo")
    assert urlsplit(address.dsn).password == PASSWORD
