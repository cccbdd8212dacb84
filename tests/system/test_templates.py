"""How stations shall be set: a template, how far a station is from it, and setting what drifted."""

from typing import Any

from tests.system.server import Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name

TEMPLATE = {
    "name": "volta",
    "vendor": "volta",
    "firmware": "1.6.*",
    "values": {"HeartbeatInterval": "60", "MeterValueSampleInterval": "30", "C/V": "of 2.x"},
}


def keys(**values: str) -> dict[str, Any]:
    return {
        "configuration_key": [
            {"key": name, "value": value, "readonly": False} for name, value in values.items()
        ]
    }


async def test_what_drifted_is_set_only_when_told_and_then_read_back(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        await api.put("/config-templates/volta", **TEMPLATE)
        station.answers["GetConfiguration"] = keys(
            HeartbeatInterval="300", MeterValueSampleInterval="30", Own="1"
        )
        await api.order(name, "report", wait_s=5)
        await station.ordered("GetConfiguration")
        before = await api.get(f"/stations/{name}/configuration")
        dry = await api.post(f"/stations/{name}/configuration/push", {"dry_run": True})
        assert station.orders.empty()
        station.answers["ChangeConfiguration"] = {"status": "Accepted"}
        station.answers["GetConfiguration"] = keys(HeartbeatInterval="60")
        pushed = await api.post(f"/stations/{name}/configuration/push", {})
        told = await station.ordered("ChangeConfiguration")
        read_back = await station.ordered("GetConfiguration")

        async def left() -> list[str]:
            page = await api.get(f"/stations/{name}/configuration")
            return [it["name"] for it in page["items"] if it["drift"]]

        await api.until(left, lambda it: it == [])
        again = await api.post(f"/stations/{name}/configuration/push", {})
        await api.client.delete("/config-templates/volta")
        templates = await api.get("/config-templates")

    lines = {it["name"]: it for it in before["items"]}
    assert {it: (lines[it]["value"], lines[it]["wanted"], lines[it]["drift"]) for it in lines} == {
        "HeartbeatInterval": ("300", "60", True),
        "MeterValueSampleInterval": ("30", "30", False),
        "Own": ("1", None, False),
    }
    assert [(it["name"], it["command_id"]) for it in dry["items"]] == [("HeartbeatInterval", None)]
    assert [it["wanted"] for it in pushed["items"]] == ["60"]
    assert told == {"key": "HeartbeatInterval", "value": "60"}
    assert read_back == {"key": ["HeartbeatInterval"]}
    assert (again["items"], templates["items"]) == ([], [])
