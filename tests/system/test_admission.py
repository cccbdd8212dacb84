"""Who may connect, how a refusal is told to the station, and how the operator lets it in."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import a_name
from tests.system.wire import basic, status_of, wired

PASSWORD = "a-long-station-password"


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As it is by default: strangers are refused and shown."""
    server = Server(tmp_path_factory.mktemp("quarantine") / "data", unknown_stations="quarantine")
    server.start()
    try:
        yield server
        server.stop()
    finally:
        server.kill()


async def attempts_of(api: Api, identity: str, count: int = 1) -> list[Any]:
    """Refusals are written a moment after the answer."""

    async def mine() -> list[Any]:
        return [it for it in await api.all("/connection-attempts") if it["identity"] == identity]

    return await api.until(mine, lambda it: sum(one["count"] for one in it) >= count)


async def test_a_stranger_is_refused_shown_and_let_in_with_one_click(strict_server: Server) -> None:
    name = a_name()
    url = strict_server.url(name)
    async with api_of(strict_server) as api:
        refused = [await status_of(url, "ocpp1.6") for _ in range(3)]
        (attempt,) = await attempts_of(api, name, count=3)
        unknown = await api.refused("GET", f"/stations/{name}")
        let_in = await api.post(f"/connection-attempts/{attempt['id']}/accept")
        async with connected(Station16, url, name) as station:
            await station.available()
            shown = await api.station(name)

    assert refused == [404, 404, 404]
    assert (attempt["reason"], attempt["http_status"], attempt["count"]) == (
        "unknown_station", 404, 3
    )  # fmt: skip
    assert attempt["subprotocols"] == "ocpp1.6"
    assert attempt["path"] == f"/ocpp/{name}"
    assert attempt["peer"].startswith("127.0.0.1")
    assert unknown == (404, "no_such_station")
    assert let_in["registration"] == "accepted"
    assert shown["connected"]


async def test_a_refused_connection_is_an_event(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await status_of(strict_server.url(name), "ocpp1.6")
        await attempts_of(api, name)
        events = (await api.get("/event-log", limit=100))["items"]

    mine = [it for it in events if it["data"].get("identity") == name]
    assert [it["kind"] for it in mine] == ["connection_refused"]
    assert mine[0]["data"]["reason"] == "unknown_station"


@pytest.mark.parametrize(
    ("versions", "status", "reason"),
    [
        (["ocpp1.2"], 400, "no_common_subprotocol"),
        (["ocpp2.0"], 400, "no_common_subprotocol"),  # withdrawn
        ([], 400, "no_subprotocol"),
        (["ocpp0.1", "ocpp2.0.1"], 101, None),
        (["ocpp0.1", "ocpp2.1"], 101, None),
    ],
)
@pytest.mark.case("1.6", "TC_088_CSMS")
@pytest.mark.case("2.x", "TC_B_58_CSMS")
async def test_a_version_is_agreed_on_or_refused(
    strict_server: Server, versions: list[str], status: int, reason: str | None
) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        answered = await status_of(strict_server.url(name), *versions)
        attempts = await attempts_of(api, name) if reason else []

    assert answered == status
    assert [it["reason"] for it in attempts] == ([reason] if reason else [])


@pytest.mark.quirk(1)
async def test_a_station_that_names_no_version_can_be_given_one(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        await api.patch(f"/stations/{name}", assume_version="ocpp1.6")
        answered = await status_of(strict_server.url(name))

    assert answered == 101


async def test_a_station_keeps_to_the_version_it_is_pinned_to(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        await api.patch(f"/stations/{name}", pinned_version="ocpp2.0.1")
        refused = await status_of(strict_server.url(name), "ocpp1.6")
        async with connected(Station201, strict_server.url(name), name):
            shown = await api.station(name)

    assert refused == 400
    assert shown["protocol"] == "ocpp2.0.1"


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize(
    ("user", "password", "status", "reason"),
    [
        (None, PASSWORD, 101, None),
        (None, "something-else-altogether", 401, "wrong_secret"),
        ("SOMEBODY", PASSWORD, 401, "credentials_of_another"),
        (None, None, 401, "credentials_missing"),
    ],
)
@pytest.mark.case("1.6", "TC_085_CSMS")
@pytest.mark.case("2.x", "TC_A_01_CSMS")
@pytest.mark.case("2.x", "TC_A_02_CSMS")
@pytest.mark.case("2.x", "TC_A_03_CSMS")
async def test_a_password_on_file_is_asked_for(
    strict_server: Server,
    version: str,
    user: str | None,
    password: str | None,
    status: int,
    reason: str | None,
) -> None:
    name = a_name()
    headers = basic(user or name, password) if password else None
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD})
        answered = await status_of(strict_server.url(name), version, additional_headers=headers)
        attempts = await attempts_of(api, name) if reason else []

    assert answered == status
    assert [it["reason"] for it in attempts] == ([reason] if reason else [])
    assert PASSWORD not in str(attempts)


async def test_a_changed_password_counts_from_the_next_connection(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD})
        url = strict_server.url(name)
        await api.patch(f"/stations/{name}", password="another-long-password")
        old = await status_of(url, "ocpp1.6", additional_headers=basic(name, PASSWORD))
        new = await status_of(
            url, "ocpp1.6", additional_headers=basic(name, "another-long-password")
        )

    assert (old, new) == (401, 101)


async def test_a_blocked_station_is_refused(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        await api.patch(f"/stations/{name}", blocked=True)
        refused = await status_of(strict_server.url(name), "ocpp1.6")
        await api.patch(f"/stations/{name}", blocked=False)
        let_in = await status_of(strict_server.url(name), "ocpp1.6")

    assert (refused, let_in) == (403, 101)


async def test_a_station_that_should_use_tls_is_refused_without(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 2})
        refused = await status_of(
            strict_server.url(name), "ocpp1.6", additional_headers=basic(name, PASSWORD)
        )
        (attempt,) = await attempts_of(api, name)

    assert refused == 403
    assert attempt["reason"] == "security_profile"


@pytest.mark.parametrize("name", ["RDAM 123", "Łódź|7", "a+b@c", "100%"])
@pytest.mark.quirk(6)
async def test_an_identity_is_read_as_the_station_meant_it(
    strict_server: Server, name: str
) -> None:
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        async with connected(Station16, strict_server.url(name), name) as station:
            await station.available()
            shown = await api.station(name)
        listed = [it["id"] for it in await api.all("/stations")]

    assert shown["id"] == name
    assert shown["connected"]
    assert name in listed


@pytest.mark.parametrize("path", ["", "/", "/x%2Fy", "/a%3Ab", "/" + "x" * 49, "/%01", "/%FF"])
@pytest.mark.quirk(7)
async def test_a_url_without_a_usable_identity_is_not_found(
    strict_server: Server, path: str
) -> None:
    assert await status_of(f"ws://{strict_server.ocpp}{path}", "ocpp1.6") == 404


@pytest.mark.parametrize("before", ["", "/a/b/c", "/ocpp/v16", "//"])
@pytest.mark.quirk(7)
async def test_any_path_may_stand_before_the_identity(strict_server: Server, before: str) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
    url = f"ws://{strict_server.ocpp}{before}/{name}"

    assert await status_of(url, "ocpp1.6") == 101
    assert await status_of(f"{url}/?token=1", "ocpp1.6") == 101


async def test_a_burst_of_strangers_disturbs_no_station(strict_server: Server) -> None:
    name = a_name()
    async with api_of(strict_server) as api:
        await api.post("/stations", {"id": name})
        async with wired(strict_server.url(name), "ocpp1.6") as wire:
            url = strict_server.url(a_name())
            refused = await asyncio.gather(*(status_of(url, "ocpp1.6") for _ in range(50)))
            alive = await wire.is_alive()

    assert set(refused) == {404}
    assert alive
