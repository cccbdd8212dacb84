"""B. Provisioning: variables of a station, as it told or took them."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from ogniwo.domain.configuration import STANDARD_KEYS
from tests.system.server import Api, Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name
from tests.system.wire import wired

HEARTBEAT = "OCPPCommCtrlr/HeartbeatInterval"
COMPONENT = {"name": "OCPPCommCtrlr"}
OFFLINE = "OCPPCommCtrlr/OfflineThreshold"


async def variables(api: Api, name: str, **query: object) -> dict[str, Any]:
    held = await api.all(f"/stations/{name}/holdings", kind="variable", **query)
    return {it["key"]: it for it in held}


def key(name: str, value: str, *, readonly: bool = False) -> dict[str, object]:
    return {"key": name, "value": value, "readonly": readonly}


def result(variable: str, status: str, **more: object) -> dict[str, object]:
    return {
        "attribute_status": status,
        "component": COMPONENT,
        "variable": {"name": variable},
        **more,
    }


@pytest.mark.covers("GetConfiguration", versions=("ocpp1.6",))
async def test_keys_of_a_1_6_station_are_kept_and_unknown_ones_are_gone(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetConfiguration"] = {
            "configuration_key": [
                key("HeartbeatInterval", "300"),
                key("NumberOfConnectors", "2", readonly=True),
                key("Old", "1"),
            ]
        }
        whole = await api.order(name, "report", wait_s=5)
        asked_all = await station.ordered("GetConfiguration")
        station.answers["GetConfiguration"] = {
            "configuration_key": [key("HeartbeatInterval", "60")],
            "unknown_key": ["Old"],
        }
        single = await api.order(
            name, "get_variables", names=["HeartbeatInterval", "Old"], wait_s=5
        )
        asked_two = await station.ordered("GetConfiguration")
        kept = await variables(api, name)
        gone = await variables(api, name, gone=True)

    assert whole["state"] == "applied"
    assert asked_all == {}
    assert asked_two == {"key": ["HeartbeatInterval", "Old"]}
    assert (single["state"], single["reason"]) == ("accepted", "Old: UnknownKey")
    assert {it: kept[it]["value"] for it in kept} == {
        "HeartbeatInterval": "60",
        "NumberOfConnectors": "2",
    }
    assert kept["HeartbeatInterval"]["data"] == {"mutability": "read_write"}
    assert kept["NumberOfConnectors"]["data"] == {"mutability": "read_only"}
    assert gone["Old"]["state"] == "gone"


@pytest.mark.covers("GetConfiguration", versions=("ocpp1.6",))
@pytest.mark.quirk(46)
async def test_a_station_that_lists_nothing_is_asked_key_by_key(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetConfiguration"] = {"configuration_key": []}
        command = await api.order(name, "report")
        assert await station.ordered("GetConfiguration") == {}
        station.answers["GetConfiguration"] = {
            "configuration_key": [key("HeartbeatInterval", "300")]
        }
        asked = [(await station.ordered("GetConfiguration"))["key"] for _ in STANDARD_KEYS]

        async def ended() -> Any:
            return await api.get(f"/commands/{command['id']}")

        command = await api.until(ended, lambda it: it["finished_at"] is not None)
        kept = await variables(api, name)

    assert asked == [[it] for it in STANDARD_KEYS]
    assert command["state"] == "accepted"
    assert kept["HeartbeatInterval"]["value"] == "300"


@pytest.mark.covers("GetConfiguration", versions=("ocpp1.6",))
@pytest.mark.quirk(46)
async def test_numbers_and_booleans_as_values_are_read_as_text(server: Server) -> None:
    name = a_name(Station16)
    keys = '[{"key":"A","readonly":"false","value":15},{"key":"B","readonly":true,"value":true}]'
    async with api_of(server) as api, wired(server.url(name), "ocpp1.6") as wire:
        command = await api.order(name, "report")
        call = await wire.receive()
        await wire.send(f'[3,"{call[1]}",{{"configurationKey":{keys}}}]')
        await api.get(f"/commands/{command['id']}", wait=5)
        kept = await api.until(lambda: variables(api, name), bool)

    assert (kept["A"]["value"], kept["B"]["value"]) == ("15", "true")
    assert kept["A"]["data"] == {"mutability": "read_write"}


@pytest.mark.covers("ChangeConfiguration", versions=("ocpp1.6",))
@pytest.mark.parametrize(
    ("word", "state", "value", "of_variable"),
    [
        ("Accepted", "accepted", "60", "current"),
        ("RebootRequired", "accepted", "60", "reboot_required"),
        ("Rejected", "rejected", None, None),
        ("NotSupported", "rejected", None, None),
    ],
)
async def test_a_key_has_the_value_that_the_station_took(
    server: Server, word: str, state: str, value: str | None, of_variable: str | None
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["ChangeConfiguration"] = {"status": word}
        command = await api.order(
            name, "set_variables", values={"HeartbeatInterval": "60"}, wait_s=5
        )
        told = await station.ordered("ChangeConfiguration")
        kept = (await variables(api, name)).get("HeartbeatInterval", {})

    assert told == {"key": "HeartbeatInterval", "value": "60"}
    assert (command["state"], command["result"]) == (state, word)
    assert (kept.get("value"), kept.get("state")) == (value, of_variable)


@pytest.mark.covers("BootNotification")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_value_that_waits_for_a_reboot_is_in_force_after_the_next_boot(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    known = "HeartbeatInterval" if kind is Station16 else HEARTBEAT
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
        station.answers["SetVariables"] = {
            "set_variable_result": [result("HeartbeatInterval", "RebootRequired")]
        }
        await api.order(name, "set_variables", values={known: "60"}, wait_s=5)
        waits = (await variables(api, name))[known]
        await station.boot()
        after = (await variables(api, name))[known]

    assert (waits["value"], waits["state"]) == ("60", "reboot_required")
    assert (after["value"], after["state"]) == ("60", "current")


@pytest.mark.covers("BootNotification")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_boot_that_is_only_told_again_brings_nothing_into_force(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariables"] = {
            "set_variable_result": [result("HeartbeatInterval", "RebootRequired")]
        }
        await api.order(name, "set_variables", values={HEARTBEAT: "60"}, wait_s=5)
        await station.boot(reason="Triggered")
        waits = (await variables(api, name))[HEARTBEAT]

    assert waits["state"] == "reboot_required"


async def test_a_1_6_station_is_given_one_variable_at_a_time(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name):
        answer = await api.client.post(
            f"/stations/{name}/commands",
            json={"command": "set_variables", "values": {"A": "1", "B": "2"}},
        )

    assert answer.status_code == 409
    assert "takes one variable at a time" in answer.text


async def test_no_more_keys_are_asked_for_than_the_station_said_it_takes(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        station.answers["GetConfiguration"] = {
            "configuration_key": [key("GetConfigurationMaxKeys", "2", readonly=True)]
        }
        await api.order(name, "report", wait_s=5)
        answer = await api.client.post(
            f"/stations/{name}/commands",
            json={"command": "get_variables", "names": ["A", "B", "C"]},
        )

    assert answer.status_code == 409
    assert "takes 2 keys in one message (GetConfigurationMaxKeys), this has 3" in answer.text


@pytest.mark.covers("GetVariables")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_variables_are_read_by_name(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetVariables"] = {
            "get_variable_result": [
                result("Nope", "UnknownVariable"),
                result("HeartbeatInterval", "Accepted", attribute_value="300"),
            ]
        }
        command = await api.order(
            name, "get_variables", names=[HEARTBEAT, "OCPPCommCtrlr/Nope"], wait_s=5
        )
        told = await station.ordered("GetVariables")
        kept = await variables(api, name)

    assert told["get_variable_data"] == [
        {"component": COMPONENT, "variable": {"name": "HeartbeatInterval"}},
        {"component": COMPONENT, "variable": {"name": "Nope"}},
    ]
    assert (command["state"], command["reason"]) == (
        "accepted",
        "OCPPCommCtrlr/Nope: UnknownVariable",
    )
    assert {it: kept[it]["value"] for it in kept} == {HEARTBEAT: "300"}


@pytest.mark.covers("SetVariables")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_each_variable_has_the_value_that_the_station_took(
    server: Server, kind: type[Station201]
) -> None:
    name, retries = a_name(kind), "OCPPCommCtrlr/ResetRetries"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariables"] = {
            "set_variable_result": [
                result("ResetRetries", "Rejected"),
                result("OfflineThreshold", "RebootRequired"),
                result("HeartbeatInterval", "Accepted"),
            ]
        }
        values = {HEARTBEAT: "60", OFFLINE: "90", retries: "3"}
        command = await api.order(name, "set_variables", values=values, wait_s=5)
        told = await station.ordered("SetVariables")
        kept = await variables(api, name)

    assert [it["attribute_value"] for it in told["set_variable_data"]] == ["60", "90", "3"]
    assert command["state"] == "rejected"
    assert f"{retries}: Rejected" in command["reason"]
    assert HEARTBEAT not in command["reason"]
    assert {it: (kept[it]["value"], kept[it]["state"]) for it in kept} == {
        HEARTBEAT: ("60", "current"),
        OFFLINE: ("90", "reboot_required"),
    }


@pytest.mark.covers("SetVariables", versions=("ocpp2.1",))
async def test_2_1_takes_longer_values(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["SetVariables"] = {
            "set_variable_result": [result("HeartbeatInterval", "Accepted")]
        }
        values = {HEARTBEAT: "1" * 2_500}
        command = await api.order(name, "set_variables", values=values, wait_s=5)
        kept = await variables(api, name)

    assert command["state"] == "accepted"
    assert kept[HEARTBEAT]["value"] == "1" * 2_500


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_value_that_can_only_be_written_is_kept_nowhere_in_what_the_station_holds(
    server: Server, kind: type[Station201]
) -> None:
    name, pin = a_name(kind), "OCPPCommCtrlr/Pin"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await reported(station, api, name, [variable("Pin", None, mutability="WriteOnly")])
        station.answers["SetVariables"] = {"set_variable_result": [result("Pin", "Accepted")]}
        await api.order(name, "set_variables", values={pin: "4711"}, wait_s=5)
        kept = await variables(api, name)

    assert (kept[pin]["value"], kept[pin]["data"]["mutability"]) == ("", "write_only")


def variable(name: str, value: str | None, *, mutability: str = "ReadWrite") -> dict[str, Any]:
    attribute = {"mutability": mutability} | ({} if value is None else {"value": value})
    return {
        "component": COMPONENT,
        "variable": {"name": name},
        "variable_attribute": [attribute],
        "variable_characteristics": {
            "data_type": "MemberList",
            "values_list": "a,b",
            "unit": "s",
            "min_limit": 1.0,
            "max_limit": 9.5,
            "supports_monitoring": True,
        },
    }


async def reported(
    station: Station, api: Api, name: str, *parts: list[dict[str, Any]], **fields: Any
) -> Any:
    """Order a report and have the station send it in these parts."""
    command = await api.order(name, "report", **fields)
    order = await station.orders.get()
    for number, part in enumerate(parts):
        await station.call(
            "NotifyReport",
            request_id=order.fields["request_id"],
            generated_at=text_of(now()),
            seq_no=number,
            tbc=number < len(parts) - 1,
            report_data=part,
        )
    return await api.get(f"/commands/{command['id']}"), order


@pytest.mark.covers("GetBaseReport", "NotifyReport")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_full_report_in_parts_names_all_that_a_station_has(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await reported(station, api, name, [variable("Old", "1"), variable("New", "1")])
        command, order = await reported(
            station, api, name, [variable("New", "2")], [variable("More", "3")]
        )
        kept = await variables(api, name)
        gone = await variables(api, name, gone=True)

    assert (order.action, order.fields["report_base"]) == ("GetBaseReport", "FullInventory")
    assert command["state"] == "applied"
    assert {it: kept[it]["value"] for it in kept} == {
        "OCPPCommCtrlr/New": "2",
        "OCPPCommCtrlr/More": "3",
    }
    assert kept["OCPPCommCtrlr/New"]["data"] == {
        "mutability": "read_write",
        "persistent": False,
        "constant": False,
        "type": "member_list",
        "values": ["a", "b"],
        "unit": "s",
        "min": 1.0,
        "max": 9.5,
        "monitored": True,
    }
    assert gone["OCPPCommCtrlr/Old"]["state"] == "gone"


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_report_of_which_a_part_is_missing_is_not_a_whole(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await reported(station, api, name, [variable("Old", "1")])
        command = await api.order(name, "report")
        order = await station.orders.get()
        for number, more in ((0, True), (2, False)):
            await station.call(
                "NotifyReport",
                request_id=order.fields["request_id"],
                generated_at=text_of(now()),
                seq_no=number,
                tbc=more,
                report_data=[variable(f"V{number}", "1")],
            )
        command = await api.get(f"/commands/{command['id']}")
        kept = await variables(api, name)

    assert command["state"] == "not_applied"
    assert "parts are missing" in command["reason"]
    assert "OCPPCommCtrlr/Old" in kept


@pytest.mark.covers("GetReport", "NotifyReport")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_report_by_a_filter_lets_nothing_else_go(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await reported(station, api, name, [variable("Old", "1")])
        command, order = await reported(
            station,
            api,
            name,
            [variable("New", "2")],
            criteria=["problem", "enabled"],
            components=["Connector@1.2"],
            variables=["DeviceDataCtrlr/ItemsPerMessage[GetReport]"],
        )
        kept = await variables(api, name)

    assert order.action == "GetReport"
    assert order.fields["component_criteria"] == ["Problem", "Enabled"]
    assert order.fields["component_variable"] == [
        {"component": {"name": "Connector", "evse": {"id": 1, "connector_id": 2}}},
        {
            "component": {"name": "DeviceDataCtrlr"},
            "variable": {"name": "ItemsPerMessage", "instance": "GetReport"},
        },
    ]
    assert command["state"] == "applied"
    assert set(kept) == {"OCPPCommCtrlr/Old", "OCPPCommCtrlr/New"}


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_an_empty_report_is_told_as_the_station_said_it(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetReport"] = {"status": "EmptyResultSet"}
        command = await api.order(name, "report", criteria=["problem"], wait_s=5)

    assert (command["state"], command["result"]) == ("rejected", "EmptyResultSet")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_password_reaches_the_station_and_stays_nowhere(
    server: Server, kind: type[Station]
) -> None:
    name, password = a_name(kind), "correct-horse-battery"
    key_ = "SharedSecret" if kind is Station16 else "NetworkConfiguration[1]/VpnPassword"
    slot = {"name": "NetworkConfiguration", "instance": "1"}
    result_ = result("VpnPassword", "Accepted") | {"component": slot}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariables"] = {"set_variable_result": [result_]}
        command = await api.order(name, "set_variables", values={key_: password}, wait_s=5)
        order = await station.orders.get()
        messages = await api.get("/messages", station_id=name, limit=5, texts=True)
        kept = await variables(api, name)

    assert password in str(order.fields)
    assert command["state"] == "accepted"
    assert "***" in str(messages)
    assert password not in str(messages)
    assert (kept[key_]["value"], kept[key_]["state"]) == ("", "current")
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        (record,) = database.execute(
            "SELECT order_json FROM command WHERE id = ?", (int(command["id"]),)
        ).fetchone()
    assert password not in str(record)
