"""OCPP 2.0.1 and 2.1: boot, variables, reports and monitors, as the official cases play them."""

from typing import Any

import pytest

from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Api, Server, api_of
from tests.system.station import Fields, connected, now, refusal_of, text_of
from tests.system.station201 import Station201
from tests.system.versions import a_name, a_token

COMM: Fields = {"name": "OCPPCommCtrlr"}
INTERVAL: Fields = {"name": "HeartbeatInterval"}
HEARTBEAT = "OCPPCommCtrlr/HeartbeatInterval"
OFFLINE = "OCPPCommCtrlr/OfflineThreshold"


async def variables(api: Api, name: str) -> dict[str, Any]:
    held = await api.all(f"/stations/{name}/holdings", kind="variable")
    return {it["key"]: it["value"] for it in held}


@for_2x("TC_B_01_CSMS")
@both
async def test_a_cold_boot(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.available(1)
        await station.available(2)
        await station.heartbeat()
        shown = await api.station(name)

    assert (shown["registration"], shown["firmware_version"]) == ("accepted", "2.0.0")
    assert [it["status"] for it in shown["evses"]] == ["available", "available"]


@for_2x("TC_B_02_CSMS")
@for_2x("TC_B_30_CSMS")
@for_2x("TC_B_31_CSMS")
@both
async def test_a_station_that_is_pending(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        await api.patch(f"/stations/{name}", registration="pending")
        url = server.url(name)
        async with connected(kind, url, name, accepted=False) as station:
            pending = await station.boot()
            refused = await refusal_of(station.heartbeat())
            command = await api.order(name, "trigger", message="boot_notification")
            await station.ordered("TriggerMessage")
            await api.patch(f"/stations/{name}", registration="accepted")
            accepted = await station.boot(reason="Triggered")
            ended = await api.get(f"/commands/{command['id']}")

    assert (pending, refused, accepted) == ("Pending", "SecurityError", "Accepted")
    assert ended["state"] == "applied"


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([HEARTBEAT], marks=for_2x("TC_B_06_CSMS")),
        pytest.param([HEARTBEAT, OFFLINE], marks=for_2x("TC_B_07_CSMS")),
    ],
)
@both
async def test_variables_that_are_read_are_on_file(
    server: Server, kind: type[Station201], names: list[str]
) -> None:
    name = a_name(kind)
    results = [
        {
            "attribute_status": "Accepted",
            "attribute_value": str(100 + place),
            "component": COMM,
            "variable": {"name": it.partition("/")[2]},
        }
        for place, it in enumerate(names)
    ]
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetVariables"] = {"get_variable_result": results}
        await api.order(name, "get_variables", names=names, wait_s=5)
        told = await station.ordered("GetVariables")
        kept = await variables(api, name)

    assert [it["variable"]["name"] for it in told["get_variable_data"]] == [
        it.partition("/")[2] for it in names
    ]
    assert kept == {it: str(100 + place) for place, it in enumerate(names)}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({HEARTBEAT: "60"}, marks=for_2x("TC_B_09_CSMS")),
        pytest.param({HEARTBEAT: "60", OFFLINE: "90"}, marks=for_2x("TC_B_10_CSMS")),
    ],
)
@both
async def test_variables_that_are_set_are_on_file(
    server: Server, kind: type[Station201], values: dict[str, str]
) -> None:
    name = a_name(kind)
    results = [
        {
            "attribute_status": "Accepted",
            "component": COMM,
            "variable": {"name": it.partition("/")[2]},
        }
        for it in values
    ]
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariables"] = {"set_variable_result": results}
        command = await api.order(name, "set_variables", values=values, wait_s=5)
        told = await station.ordered("SetVariables")
        kept = await variables(api, name)

    assert command["state"] == "accepted"
    assert [it["attribute_value"] for it in told["set_variable_data"]] == list(values.values())
    assert kept == values


@pytest.mark.parametrize(
    ("base", "word"),
    [
        pytest.param("configuration", "ConfigurationInventory", marks=for_2x("TC_B_12_CSMS")),
        pytest.param("full", "FullInventory", marks=for_2x("TC_B_13_CSMS")),
        pytest.param("summary", "SummaryInventory", marks=for_2x("TC_B_14_CSMS")),
    ],
)
@both
async def test_a_base_report_in_parts_is_on_file(
    server: Server, kind: type[Station201], base: str, word: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "report", base=base)
        told = await station.ordered("GetBaseReport")
        for part, value in enumerate(("300", "60")):
            await station.call(
                "NotifyReport",
                request_id=told["request_id"],
                generated_at=text_of(now()),
                seq_no=part,
                tbc=part == 0,
                report_data=[reported(["HeartbeatInterval", "OfflineThreshold"][part], value)],
            )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await variables(api, name)

    assert told["report_base"] == word
    assert ended["state"] == "applied"
    assert kept == {HEARTBEAT: "300", OFFLINE: "60"}


def reported(variable: str, value: str) -> Fields:
    return {
        "component": COMM,
        "variable": {"name": variable},
        "variable_attribute": [{"value": value, "mutability": "ReadWrite"}],
        "variable_characteristics": {"data_type": "integer", "supports_monitoring": True},
    }


@for_2x("TC_B_18_CSMS")
@both
async def test_a_report_of_what_is_asked_for(server: Server, kind: type[Station201]) -> None:
    command, told = await given(
        server,
        kind,
        "GetReport",
        {"status": "EmptyResultSet"},
        "report",
        criteria=["problem"],
        variables=[HEARTBEAT],
    )
    assert told["component_criteria"] == ["Problem"]
    assert told["component_variable"] == [{"component": COMM, "variable": INTERVAL}]
    assert command["result"] == "EmptyResultSet"


@for_2x("TC_N_05_CSMS")
@both
async def test_the_base_of_monitors_is_chosen(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "set_monitoring_base", base="hard_wired_only", wait_s=5)
        told = await station.ordered("SetMonitoringBase")
        kept = await variables(api, name)

    assert told == {"monitoring_base": "HardWiredOnly"}
    assert command["state"] == "accepted"
    assert kept["MonitoringCtrlr/ActiveMonitoringBase"] == "HardWiredOnly"


@for_2x("TC_N_16_CSMS")
@both
async def test_the_level_of_monitors_is_chosen(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_monitoring_level", severity=4, wait_s=5)
        told = await station.ordered("SetMonitoringLevel")
        kept = await variables(api, name)

    assert told == {"severity": 4}
    assert kept["MonitoringCtrlr/ActiveMonitoringLevel"] == "4"


@for_2x("TC_N_17_CSMS")
@both
async def test_a_level_that_there_is_not_is_sent_to_nobody(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    body = {"command": "set_monitoring_level", "severity": 10}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await api.client.post(f"/stations/{name}/commands", json=body)
        assert station.orders.empty()

    assert answer.status_code == 400
    assert "severity" in answer.text


@pytest.mark.parametrize(
    ("monitor", "value", "word"),
    [
        pytest.param("upper_threshold", 60.5, "UpperThreshold", marks=for_2x("TC_N_08_CSMS")),
        pytest.param("periodic", 300, "Periodic", marks=for_2x("TC_N_24_CSMS")),
    ],
)
@both
async def test_a_monitor_is_set_and_on_file(
    server: Server, kind: type[Station201], monitor: str, value: float, word: str
) -> None:
    name = a_name(kind)
    result = {
        "status": "Accepted",
        "id": 12,
        "type": word,
        "severity": 3,
        "component": COMM,
        "variable": INTERVAL,
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariableMonitoring"] = {"set_monitoring_result": [result]}
        command = await api.order(
            name,
            "set_monitor",
            variable=HEARTBEAT,
            type=monitor,
            value=value,
            severity=3,
            wait_s=5,
        )
        told = await station.ordered("SetVariableMonitoring")
        kept = await api.only_holding(name, "monitor")

    (asked,) = told["set_monitoring_data"]
    assert (asked["type"], asked["value"], asked["severity"]) == (word, value, 3)
    assert (command["state"], kept["key"]) == ("accepted", "12")


@for_2x("TC_N_44_CSMS")
@both
async def test_a_monitor_that_cannot_be_cleared_stays_on_file(
    server: Server, kind: type[Station201]
) -> None:
    command, told = await given(
        server,
        kind,
        "ClearVariableMonitoring",
        {"clear_monitoring_result": [{"id": 12, "status": "Rejected"}]},
        "clear_monitors",
        monitors=[12],
    )
    assert told == {"id": [12]}
    assert command["state"] == "rejected"


@for_2x("TC_N_47_CSMS")
@both
async def test_all_monitors_are_reported(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    monitor = {
        "component": COMM,
        "variable": INTERVAL,
        "variable_monitoring": [
            {
                "id": 7,
                "transaction": False,
                "value": 30,
                "type": "Delta",
                "severity": 5,
                **({} if kind is Station201 else {"event_notification_type": "CustomMonitor"}),
            }
        ],
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "get_monitors")
        told = await station.ordered("GetMonitoringReport")
        await station.call(
            "NotifyMonitoringReport",
            request_id=told["request_id"],
            seq_no=0,
            generated_at=text_of(now()),
            monitor=[monitor],
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "monitor")

    assert told == {"request_id": told["request_id"]}
    assert (ended["state"], kept["key"]) == ("applied", "7")


@pytest.mark.parametrize(
    ("version", "state"),
    [
        pytest.param(5, "whole", marks=for_2x("TC_D_08_CSMS")),
        pytest.param(0, "none", marks=for_2x("TC_D_09_CSMS")),
    ],
)
@both
async def test_the_version_of_the_local_list(
    server: Server, kind: type[Station201], version: int, state: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetLocalListVersion"] = {"version_number": version}
        await api.order(name, "get_local_list_version", wait_s=5)
        await station.ordered("GetLocalListVersion")
        kept = await api.only_holding(name, "local_list")

    assert (kept["value"], kept["state"]) == (str(version), state)


@pytest.mark.parametrize(
    ("mode", "entry"),
    [
        pytest.param("full", {}, marks=for_2x("TC_D_01_CSMS")),
        pytest.param("differential", {}, marks=for_2x("TC_D_02_CSMS")),
        pytest.param("differential", {"remove": True}, marks=for_2x("TC_D_03_CSMS")),
    ],
)
@both
async def test_a_local_list_is_sent(
    server: Server, kind: type[Station201], mode: str, entry: Fields
) -> None:
    name, uid = a_name(kind), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name,
            "send_local_list",
            mode=mode,
            version=9,
            entries=[{"uid": uid, "type": "rfid", **entry}],
            wait_s=5,
        )
        told = await station.ordered("SendLocalList")
        kept = await api.only_holding(name, "local_list")

    (sent,) = told["local_authorization_list"]
    assert (told["version_number"], told["update_type"]) == (9, mode.title())
    assert sent["id_token"]["id_token"] == uid
    assert ("id_token_info" in sent) == (not entry)
    assert kept["value"] == "9"


@for_2x("TC_D_04_CSMS")
@both
async def test_an_empty_list_clears(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "send_local_list", mode="full", version=3, entries=[], wait_s=5)
        told = await station.ordered("SendLocalList")
        kept = await api.only_holding(name, "local_list")

    assert told == {"version_number": 3, "update_type": "Full"}
    assert (kept["value"], kept["data"]["entries"]) == ("3", 0)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param("Accepted", "accepted", marks=for_2x("TC_C_37_CSMS")),
        pytest.param("Rejected", "rejected", marks=for_2x("TC_C_38_CSMS")),
    ],
)
@both
async def test_the_cache_is_cleared_or_not(
    server: Server, kind: type[Station201], answer: str, state: str
) -> None:
    command, told = await given(server, kind, "ClearCache", {"status": answer}, "clear_cache")
    assert told == {}
    assert (command["state"], command["result"]) == (state, answer)
