"""A token's verdict is the operator's newest word, in the words of each version."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.system.commands import Commands
from tests.system.server import Server, api_of, serving
from tests.system.station import Hours, Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import card
from tests.system.versions import KINDS, a_name, a_token


def unknown_to(kind: type[Station]) -> str:
    return "Invalid" if kind is Station16 else "Unknown"  # 1.6 has no word for it


@pytest.mark.covers("Authorize")
@pytest.mark.parametrize("kind", KINDS)
async def test_each_change_of_a_token_counts_at_once(server: Server, kind: type[Station]) -> None:
    name, token = a_name(kind), a_token()
    past, future = text_of(now() - timedelta(hours=1)), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        verdicts = [await station.authorize(token)]
        for settings in (
            {},
            {"status": "blocked"},
            {"status": "accepted", "expires_at": past},
            {"status": "accepted", "expires_at": future},
            {"status": "invalid"},
        ):
            await api.put(f"/tokens/{token}", **settings)
            verdicts.append(await station.authorize(token))
        await api.client.delete(f"/tokens/{token}")
        verdicts.append(await station.authorize(token))

    unknown = unknown_to(kind)
    assert verdicts == [
        unknown, "Accepted", "Blocked", "Expired", "Accepted", "Invalid", unknown
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["04:a1:b2:c3", "04-A1-B2-C3", "04a1b2c3", "04 A1 B2 C3"])
async def test_a_card_is_known_however_its_reader_writes_it(server: Server, written: str) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.token("04A1B2C3")
        verdict = await station.authorize(written)

    assert verdict == "Accepted"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_group_is_told_whatever_the_verdict(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for status in ("accepted", "blocked"):
            token = await api.token(a_token(), group="FLEET-7", status=status)
            if kind is Station16:
                answer = await station.call("Authorize", id_tag=token)
                group = answer.id_tag_info["parent_id_tag"]
            else:
                answer = await station.call("Authorize", id_token=card(token))
                group = answer.id_token_info["group_id_token"]["id_token"]
            assert group == "FLEET-7"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_that_charges_elsewhere_is_refused_until_it_is_free(
    server: Server, kind: type[Station]
) -> None:
    here, there = a_name(kind), a_name(kind)
    hours = Hours(now())  # what is long past is not judged by who charges now
    async with (
        api_of(server) as api,
        connected(kind, server.url(here), here) as one,
        connected(kind, server.url(there), there) as other,
    ):
        token = await api.token(a_token())
        first = await one.start(token, wh=0, at=hours.begin)
        second = await other.start(token, wh=0, at=hours.after(5))
        booked = await api.only_session(there)
        await other.stop(second, wh=40, at=hours.after(6), reason="DeAuthorized")
        await one.stop(first, wh=5_000, at=hours.after(30))
        third = await other.start(token, wh=40, at=hours.after(40))
        first_booked = await api.only_session(here)
        refused = (await api.sessions(there))[0]

    assert first.verdict == "Accepted"
    assert second.verdict == "ConcurrentTx"
    assert booked["flags"] == ["token_not_accepted"]
    assert third.verdict == "Accepted"
    assert (first_booked["flags"], first_booked["energy_wh"]) == ([], 5_000)
    assert (refused["state"], refused["energy_wh"]) == ("closed", 40)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_for_several_cars_may_charge_them_at_once(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token(), concurrent=True)
        charging = [await station.start(token, wh=0, at=hours.begin, evse=evse) for evse in (1, 2)]

    assert [it.verdict for it in charging] == ["Accepted", "Accepted"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_of_an_unknown_token_is_answered_with_its_verdict_and_still_booked(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(a_token(), wh=0, at=hours.begin)
        await station.stop(charging, wh=700, at=hours.after(5))
        session = await api.only_session(name)

    assert charging.verdict == unknown_to(kind)
    assert session["flags"] == ["token_not_accepted"]
    assert (session["state"], session["energy_wh"]) == ("closed", 700)


async def test_a_token_is_listed_and_shown_without_its_separators(server: Server) -> None:
    async with api_of(server) as api:
        await api.token("ab:cd:ef:99", group="G")
        shown = await api.get("/tokens/AB-CD-EF-99")
        listed = [it["uid"] for it in await api.all("/tokens")]

    assert shown["uid"] == "ABCDEF99"
    assert shown["group"] == "G"
    assert "ABCDEF99" in listed


async def test_a_change_of_a_token_changes_only_what_it_names(
    server: Server, tmp_path: Path
) -> None:
    ogniwo = Commands(server, tmp_path)
    async with api_of(server) as api:
        owner = await api.post("/drivers", {"email": f"{a_token()}@example.com".lower()})
        uid = await api.token(
            a_token(),
            type="mac",
            group="G",
            concurrent=True,
            driver_id=owner["id"],
            expires_at="2030-01-01T00:00:00Z",
        )
        as_put = await api.get(f"/tokens/{uid}")
        blocked = await ogniwo("token", "block", uid)
        after_block = await api.get(f"/tokens/{uid}")
        await api.put(f"/tokens/{uid}", group=None)
        await api.post("/tokens", {"uid": uid, "status": "accepted"})
        after_more = await api.get(f"/tokens/{uid}")
        await ogniwo("token", "add", uid, "--no-concurrent", "--stop-only")
        after_add = await api.get(f"/tokens/{uid}")
        await api.put(f"/tokens/{uid}", driver_id=None)
        after_all = await api.get(f"/tokens/{uid}")
        unknown = await ogniwo("token", "block", a_token())

    assert (blocked.code, unknown.code) == (0, 1)
    assert (as_put["driver_id"], as_put["concurrent"]) == (owner["id"], True)
    assert after_block == {**as_put, "status": "blocked"}
    assert after_more == {**as_put, "group": None}
    assert after_add == {**after_more, "status": "stop_only", "concurrent": False}
    assert after_all == {**after_add, "driver_id": None}


async def test_of_many_starts_at_one_moment_one_is_accepted(tmp_path: Path) -> None:
    """On a server that has just started: nothing is at hand, so every decision has to wait."""
    async with serving(tmp_path / "data") as (server, api), AsyncExitStack() as sockets:
        token, at = await api.token(a_token()), now()
        stations = [
            await sockets.enter_async_context(connected(kind, server.url(name), name))
            for kind, name in ((kind, a_name(kind)) for kind in (*KINDS, *KINDS))
        ]
        started = await asyncio.gather(*(it.start(token, wh=0, at=at) for it in stations))

    assert sorted(str(it.verdict) for it in started) == ["Accepted", *["ConcurrentTx"] * 5]
