"""What a station can be ordered, as the API tells it: by its version and by its own variables."""

import asyncio
from pathlib import Path

import pytest

from tests.system.server import TOKEN, Api, Json, Server, api_of
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_command_line import run
from tests.system.versions import KINDS, a_name


async def told(api: Api, name: str) -> dict[str, Json]:
    return {it["command"]: it for it in await api.all(f"/stations/{name}/capabilities")}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_station_of_which_nothing_is_known_can_do_what_its_version_can(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        found = await told(api, name)

    start = "RemoteStartTransaction" if kind is Station16 else "RequestStartTransaction"
    assert found["remote_start"] == {
        "command": "remote_start",
        "possible": True,
        "actions": [start],
        "why_not": None,
        "why_not_code": None,
        "why_not_of": None,
    }
    assert "raw" not in found


async def test_a_1_6_station_is_believed_about_its_profiles(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetConfiguration"] = {
            "configuration_key": [
                {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}
            ]
        }
        await api.order(name, "get_variables", names=["SupportedFeatureProfiles"], wait_s=5)
        found = await told(api, name)

    assert found["reset"]["possible"]
    assert not found["reserve"]["possible"]
    assert found["reserve"]["actions"] == ["ReserveNow"]
    assert found["reserve"]["why_not"] == (
        "the station does not name Reservation in SupportedFeatureProfiles"
    )


async def test_a_2_x_station_is_believed_about_what_is_switched_off(server: Server) -> None:
    name = a_name(Station201)
    result = {
        "attribute_status": "Accepted",
        "attribute_value": "false",
        "component": {"name": "ReservationCtrlr"},
        "variable": {"name": "Enabled"},
    }
    async with api_of(server) as api, connected(Station201, server.url(name), name) as station:
        station.answers["GetVariables"] = {"get_variable_result": [result]}
        await api.order(name, "get_variables", names=["ReservationCtrlr/Enabled"], wait_s=5)
        found = await told(api, name)

    assert found["reserve"]["why_not"] == (
        "it is switched off on the station: set its variable ReservationCtrlr/Enabled to true"
    )


async def test_of_a_station_that_never_came_nothing_is_promised(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        found = await told(api, name)
        missing = await api.refused("GET", "/stations/NOBODY/capabilities")

    assert missing[0] == 404
    assert not any(it["possible"] for it in found.values())
    assert "has not connected yet" in found["reset"]["why_not"]


async def test_the_command_line_tells_it_too(server: Server, tmp_path: Path) -> None:
    name = a_name(Station16)
    where = ("--url", f"http://{server.http}", "--token", TOKEN)
    async with connected(Station16, server.url(name), name):
        ended = await asyncio.to_thread(run, tmp_path, "station", "capabilities", name, *where)

    assert ended.code == 0
    assert "RemoteStartTransaction" in ended.out
