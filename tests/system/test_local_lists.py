"""C and D. What stations judge by themselves: the local list, in parts, and the cache."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.server import Server, api_of, serving
from tests.system.station import Fields, Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, a_name, a_token
from tests.system.wire import wired


def entries(count: int) -> list[dict[str, Any]]:
    return [{"uid": a_token()} for _ in range(count)]


def version_in(told: Fields) -> int:
    return int(told["list_version"] if "list_version" in told else told["version_number"])


def uids_in(told: Fields) -> list[str]:
    items = told.get("local_authorization_list") or []
    return [it.get("id_tag") or it["id_token"]["id_token"] for it in items]


@pytest.mark.covers("SendLocalList")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_long_list_goes_in_parts_that_count_up(server: Server, kind: type[Station]) -> None:
    name, given = a_name(kind), entries(120)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "send_local_list", entries=given, version=7, wait_s=10)
        parts = [await station.ordered("SendLocalList") for _ in range(3)]
        kept = await api.only_holding(name, "local_list")
        trace = await api.all("/messages", station_id=name, action="SendLocalList")

    assert command["state"] == "accepted"
    # An answer that is heard twice must not be taken for that of the next part.
    assert len({it["message_id"] for it in trace}) == 3
    assert command["parameters"]["entries"] == [
        {**it, "type": None, "status": "accepted", "group": None, "expires_at": None}
        | {"remove": False}
        for it in given
    ]
    assert "plan" not in command["parameters"]
    assert [it["update_type"] for it in parts] == ["Full", "Differential", "Differential"]
    assert [version_in(it) for it in parts] == [7, 8, 9]
    assert [uid for it in parts for uid in uids_in(it)] == [it["uid"] for it in given]
    assert (kept["key"], kept["value"], kept["state"]) == ("list", "9", "whole")
    assert kept["data"]["entries"] == 120


@pytest.mark.covers("SendLocalList")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_list_that_is_refused_on_its_way_is_partial_and_says_what_to_do(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        whole = await api.order(name, "send_local_list", entries=entries(3), wait_s=5)
        await station.ordered("SendLocalList")
        station.answers["SendLocalList"] = {"status": "VersionMismatch"}
        change = {"mode": "differential", "entries": [{"uid": "04AA", "remove": True}]}
        refused = await api.order(name, "send_local_list", **change, wait_s=5)
        told = await station.ordered("SendLocalList")
        kept = await api.only_holding(name, "local_list")

    assert whole["state"] == "accepted"
    assert (version_in(told), uids_in(told)) == (2, ["04AA"])
    (entry,) = told["local_authorization_list"]
    assert "id_tag_info" not in entry
    assert "id_token_info" not in entry
    assert (refused["state"], refused["result"]) == ("rejected", "VersionMismatch")
    assert "send it in full" in refused["reason"]
    assert (kept["value"], kept["data"]["entries"]) == ("1", 3)


@pytest.mark.covers("SendLocalList")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_of_a_list_nobody_knows_is_refused_with_advice(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    path = f"/stations/{name}/commands"
    order = {"command": "send_local_list", "mode": "differential"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        unknown = await api.client.post(path, json={**order, "entries": entries(1)})
        nothing = await api.client.post(path, json=order)
        twice = await api.client.post(
            path, json={**order, "version": 4, "entries": [{"uid": "AA"}, {"uid": "AA"}]}
        )
        await api.order(name, "send_local_list", entries=[], wait_s=5)
        told = await station.ordered("SendLocalList")

    assert (unknown.status_code, nothing.status_code, twice.status_code) == (409, 409, 409)
    assert "get_local_list_version" in unknown.text
    assert "Name the entries" in nothing.text
    assert "twice" in twice.text
    assert uids_in(told) == []


@pytest.mark.covers("GetLocalListVersion", "SendLocalList")
@pytest.mark.parametrize("kind", KINDS)
async def test_the_version_that_a_station_tells_is_what_the_next_change_builds_on(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    field = "list_version" if kind is Station16 else "version_number"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLocalListVersion"] = {field: 41}
        asked = await api.order(name, "get_local_list_version", wait_s=5)
        await station.ordered("GetLocalListVersion")
        kept = await api.only_holding(name, "local_list")
        change = {"mode": "differential", "entries": entries(1)}
        await api.order(name, "send_local_list", **change, wait_s=5)
        told = await station.ordered("SendLocalList")

    assert (asked["state"], asked["result"]) == ("accepted", "41")
    assert (kept["value"], kept["state"]) == ("41", "whole")
    assert version_in(told) == 42


@pytest.mark.covers("GetLocalListVersion")
@pytest.mark.parametrize(
    ("kind", "version", "state"),
    [(Station16, -1, "not_supported"), (Station16, 0, "none"), (Station201, 0, "none")],
)
async def test_a_station_without_a_list_is_known_as_one(
    server: Server, kind: type[Station], version: int, state: str
) -> None:
    name = a_name(kind)
    field = "list_version" if kind is Station16 else "version_number"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLocalListVersion"] = {field: version}
        await api.order(name, "get_local_list_version", wait_s=5)
        kept = await api.only_holding(name, "local_list")

    assert (kept["value"], kept["state"], kept["data"]) == ("0", state, {"entries": 0})


@pytest.mark.covers("ClearCache")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_cache_is_cleared_or_the_station_says_no(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        cleared = await api.order(name, "clear_cache", wait_s=5)
        told = await station.ordered("ClearCache")
        station.answers["ClearCache"] = {"status": "Rejected"}
        refused = await api.order(name, "clear_cache", wait_s=5)

    assert told == {}
    assert (cleared["state"], refused["state"]) == ("accepted", "rejected")


@pytest.mark.covers("SendLocalList", versions=("ocpp1.6", "ocpp2.0.1", "ocpp2.1"))
async def test_all_tokens_on_file_go_as_the_stations_limits_allow(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, api):
        for uid, fields in {
            "04AA": {"group": "FLEET"},
            "04BB": {"status": "blocked"},
            "04CC": {"expires_at": "2030-01-01T00:00:00Z"},
            "PL-8AA-CONTRACT-TOO-LONG-FOR-1.6": {"type": "emaid"},
            "0APP": {"type": "app"},  # no reader reads it
        }.items():
            await api.token(uid, **fields)
        for kind in KINDS:
            name = a_name(kind)
            async with connected(kind, server.url(name), name) as station:
                await has_limit_of_two(api, name, station)
                command = await api.order(name, "send_local_list", idempotency_key=name, wait_s=10)
                again = await api.order(name, "send_local_list", idempotency_key=name)
                parts = [await station.ordered("SendLocalList") for _ in range(2)]

            items = [it for part in parts for it in part["local_authorization_list"]]
            infos = [it.get("id_tag_info") or it["id_token_info"] for it in items]
            assert (command["state"], again["id"]) == ("accepted", command["id"])
            uids = [it.get("id_tag") or it["id_token"]["id_token"] for it in items]
            assert uids[:3] == ["04AA", "04BB", "04CC"]
            assert [it["status"] for it in infos][:3] == ["Accepted", "Blocked", "Accepted"]
            assert len(items) == (3 if kind is Station16 else 4)
            assert [version_in(it) for it in parts] == [1, 2]
            group = infos[0].get("parent_id_tag") or infos[0]["group_id_token"]["id_token"]
            until = infos[2].get("expiry_date") or infos[2]["cache_expiry_date_time"]
            assert (group, until) == ("FLEET", "2030-01-01T00:00:00Z")


async def has_limit_of_two(api: Any, name: str, station: Station) -> None:
    """The station tells it as one of its variables."""
    if isinstance(station, Station16):
        key = {"key": "SendLocalListMaxLength", "readonly": True, "value": "2"}
        station.answers["GetConfiguration"] = {"configuration_key": [key], "unknown_key": []}
        await api.order(name, "get_variables", names=["SendLocalListMaxLength"], wait_s=5)
        await station.ordered("GetConfiguration")
        return
    result = {
        "attribute_status": "Accepted",
        "attribute_value": "2",
        "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": "ItemsPerMessage"},
    }
    station.answers["GetVariables"] = {"get_variable_result": [result]}
    await api.order(name, "get_variables", names=["LocalAuthListCtrlr/ItemsPerMessage"], wait_s=5)
    await station.ordered("GetVariables")


@pytest.mark.covers("SendLocalList")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_list_of_which_a_part_is_refused_is_partial(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, wired(server.url(name), kind.version) as wire:
        command = await api.order(name, "send_local_list", entries=entries(60))
        for answer in ("Accepted", "Failed"):
            _, number, action, _ = await wire.receive()
            assert action == "SendLocalList"
            await wire.send(json.dumps([3, number, {"status": answer}]))
        ended = await api.until(
            lambda: api.get(f"/commands/{command['id']}"), lambda it: it["finished_at"] is not None
        )
        kept = await api.only_holding(name, "local_list")

    assert (ended["state"], ended["result"]) == ("rejected", "Failed")
    assert "send it in full" in ended["reason"]
    assert (kept["value"], kept["state"], kept["data"]["entries"]) == ("1", "partial", 50)


@pytest.mark.covers("SendLocalList", versions=("ocpp1.6",))
async def test_the_rest_of_a_list_is_sent_by_the_server_that_comes_after(tmp_path: Path) -> None:
    name, kind = a_name(Station16), Station16
    server = Server(tmp_path / "data").on_fixed_ports()
    await asyncio.to_thread(server.start)
    try:
        async with api_of(server) as api, wired(server.url(name), kind.version) as wire:
            command = await api.order(name, "send_local_list", entries=entries(60), deadline_s=60)
            first = await wire.receive()
            await wire.send(json.dumps([3, first[1], {"status": "Accepted"}]))
            second = await wire.receive()
            await asyncio.to_thread(server.kill)  # while it waits for an answer
        await asyncio.to_thread(server.start)
        async with api_of(server) as api, wired(server.url(name), kind.version) as wire:
            again = await wire.receive()
            await wire.send(json.dumps([3, again[1], {"status": "Accepted"}]))
            ended = await api.until(
                lambda: api.get(f"/commands/{command['id']}"),
                lambda it: it["finished_at"] is not None,
            )
            kept = await api.only_holding(name, "local_list")
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()

    assert (again[2], again[3]) == ("SendLocalList", second[3])
    assert ended["state"] == "accepted"
    assert (kept["value"], kept["state"], kept["data"]["entries"]) == ("2", "whole", 60)


@pytest.mark.covers("StatusNotification", versions=("ocpp1.6",))
@pytest.mark.parametrize("connector", [0, 1])
async def test_a_station_that_finds_its_list_wrong_is_seen_in_it(
    server: Server, connector: int
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.order(name, "send_local_list", entries=entries(2), wait_s=5)
        await station.ordered("SendLocalList")
        await station.status(connector, "Available", "LocalListConflict")
        kept = await api.only_holding(name, "local_list")

    assert (kept["value"], kept["state"]) == ("1", "conflict")
