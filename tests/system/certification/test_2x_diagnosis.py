"""OCPP 2.0.1 and 2.1: monitors that are asked for, cost at the end, limits in reports."""

from typing import Any

import pytest

from tests.system.certification.test_2x_configuration import COMM, HEARTBEAT, INTERVAL
from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, connected, now, text_of
from tests.system.station201 import Station201
from tests.system.versions import a_name


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        pytest.param(
            {"criteria": ["threshold", "delta"]},
            {"monitoring_criteria": ["ThresholdMonitoring", "DeltaMonitoring"]},
            marks=for_2x("TC_N_01_CSMS"),
        ),
        pytest.param(
            {"variables": [HEARTBEAT]},
            {"component_variable": [{"component": COMM, "variable": INTERVAL}]},
            marks=for_2x("TC_N_02_CSMS"),
        ),
        pytest.param(
            {"criteria": ["periodic"], "variables": [HEARTBEAT]},
            {
                "monitoring_criteria": ["PeriodicMonitoring"],
                "component_variable": [{"component": COMM, "variable": INTERVAL}],
            },
            marks=for_2x("TC_N_03_CSMS"),
        ),
        pytest.param(
            {"criteria": ["delta"], "components": ["OCPPCommCtrlr", "ChargingStation"]},
            {
                "monitoring_criteria": ["DeltaMonitoring"],
                "component_variable": [
                    {"component": COMM},
                    {"component": {"name": "ChargingStation"}},
                ],
            },
            marks=for_2x("TC_N_60_CSMS"),
        ),
    ],
)
@both
async def test_some_monitors_are_reported_and_the_others_stay(
    server: Server, kind: type[Station201], choice: Fields, wire: Fields
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "get_monitors", **choice)
        told = await station.ordered("GetMonitoringReport")
        await station.call(
            "NotifyMonitoringReport",
            request_id=told["request_id"],
            seq_no=0,
            generated_at=text_of(now()),
            monitor=[a_monitor(kind, 7)],
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "monitor")

    assert {it: told[it] for it in wire} == wire
    assert (ended["state"], kept["key"]) == ("applied", "7")


def a_monitor(kind: type[Station201], number: int) -> Fields:
    its: dict[str, Any] = {
        "id": number,
        "transaction": False,
        "value": 30,
        "type": "Delta",
        "severity": 5,
    }
    if kind is not Station201:
        its["event_notification_type"] = "CustomMonitor"
    return {"component": COMM, "variable": INTERVAL, "variable_monitoring": [its]}


@for_2x("TC_N_09_CSMS")
@both
async def test_monitors_of_several_variables(server: Server, kind: type[Station201]) -> None:
    name, other = a_name(kind), "OCPPCommCtrlr/OfflineThreshold"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for number, variable in ((1, HEARTBEAT), (2, other)):
            result = {
                "status": "Accepted",
                "id": number,
                "type": "Delta",
                "severity": 5,
                "component": COMM,
                "variable": {"name": variable.partition("/")[2]},
            }
            station.answers["SetVariableMonitoring"] = {"set_monitoring_result": [result]}
            await api.order(
                name, "set_monitor", variable=variable, type="delta", value=2, severity=5, wait_s=5
            )
            (asked,) = (await station.ordered("SetVariableMonitoring"))["set_monitoring_data"]
            assert asked["variable"] == result["variable"]
        held = await api.all(f"/stations/{name}/holdings", kind="monitor")

    assert [it["key"] for it in held] == ["1", "2"]


@for_2x("TC_N_18_CSMS")
@both
async def test_no_more_monitors_are_cleared_at_once_than_the_station_takes(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    limit = "MonitoringCtrlr/ItemsPerMessage[ClearVariableMonitoring]"
    result = {
        "attribute_status": "Accepted",
        "attribute_value": "1",
        "component": {"name": "MonitoringCtrlr"},
        "variable": {"name": "ItemsPerMessage", "instance": "ClearVariableMonitoring"},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetVariables"] = {"get_variable_result": [result]}
        await api.order(name, "get_variables", names=[limit], wait_s=5)
        await station.ordered("GetVariables")
        body = {"command": "clear_monitors", "monitors": [1, 2]}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)
        assert station.orders.empty()

    assert refused.status_code == 409
    assert "1" in refused.json()["detail"]


@for_2x("TC_N_63_CSMS")
@both
async def test_customer_data_is_asked_for_by_a_certificate(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    certificate = {
        "hash_algorithm": "sha256",
        "issuer_name_hash": "ab" * 32,
        "issuer_key_hash": "cd" * 32,
        "serial_number": "0A1B",
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "customer_information", certificate=certificate, clear=True)
        told = await station.ordered("CustomerInformation")
        await station.call(
            "NotifyCustomerInformation",
            request_id=told["request_id"],
            data="Jan",
            seq_no=0,
            generated_at=text_of(now()),
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "customer_data")

    assert told["customer_certificate"] == {**certificate, "hash_algorithm": "SHA256"}
    assert (ended["state"], kept["value"]) == ("applied", "Jan")


@for_2x("TC_N_46_CSMS")
@both
async def test_a_customer_that_is_forgotten_is_taken_off_the_local_list_too(
    server: Server, kind: type[Station201]
) -> None:
    name, uid = a_name(kind), "04A1B2C3D4"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        cleared = await api.order(
            name, "customer_information", token=uid, report=False, clear=True, wait_s=5
        )
        await station.ordered("CustomerInformation")
        listed = await api.order(
            name,
            "send_local_list",
            mode="differential",
            version=8,
            entries=[{"uid": uid, "type": "rfid", "remove": True}],
            wait_s=5,
        )
        told = await station.ordered("SendLocalList")

    assert (cleared["state"], listed["state"]) == ("applied", "accepted")
    (entry,) = told["local_authorization_list"]
    assert entry == {"id_token": {"id_token": uid, "type": "ISO14443"}}


@for_2x("TC_K_52_CSMS")
@both
async def test_a_limit_from_outside_stands_in_the_report_of_profiles(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    profile: Fields = {
        "id": 90,
        "stack_level": 0,
        "charging_profile_purpose": "ChargingStationExternalConstraints",
        "charging_profile_kind": "Absolute",
        "charging_schedule": [
            {
                "id": 1,
                "charging_rate_unit": "A",
                "start_schedule": text_of(now()),
                "charging_schedule_period": [{"start_period": 0, "limit": 8}],
            }
        ],
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "get_charging_profiles")
        told = await station.ordered("GetChargingProfiles")
        await station.call(
            "ReportChargingProfiles",
            request_id=told["request_id"],
            charging_limit_source="EMS",
            evse_id=0,
            charging_profile=[profile],
        )
        kept = await api.only_holding(name, "profile")
        body = {"command": "clear_charging_profiles", "profile": 90}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)

    assert (kept["key"], kept["value"]) == ("90", "external_constraints")
    assert refused.status_code == 409


@for_2x("TC_L_13_CSMS")
@both
async def test_an_update_that_waits_for_a_session_to_end(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    signed: Fields = {"signing_certificate": "PEM", "signature": "c2ln"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        order = await api.order(name, "update_firmware", location="https://f.example/f", **signed)
        number = (await station.ordered("UpdateFirmware"))["request_id"]
        for status in ("Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"):
            await station.call("FirmwareStatusNotification", status=status, request_id=number)
        await station.unavailable()
        waits = await api.get(f"/commands/{order['id']}")
        shown = await api.station(name)
        for status in ("Installing", "Installed"):
            await station.call("FirmwareStatusNotification", status=status, request_id=number)
        ended = await api.get(f"/commands/{order['id']}")

    assert (waits["state"], ended["state"]) == ("accepted", "applied")
    assert shown["evses"][0]["status"] == "unavailable"


@for_2x("TC_C_48_CSMS")
@both
async def test_all_sessions_may_be_ended_by_a_master_pass(
    server: Server, kind: type[Station201]
) -> None:
    name, at = a_name(kind), now()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.post("/tokens", {"uid": "04FFEE01", "type": "rfid", "status": "stop_only"})
        charging = [
            await station.start(await api.token(f"04AABB0{evse}"), wh=0, at=at, evse=evse)
            for evse in (1, 2)
        ]
        for one in charging:
            one.token = "04FFEE01"
            await station.stop(one, wh=0, at=at, reason="MasterPass")
        sessions = await api.sessions(name)

    assert [it["stop_reason"] for it in sessions] == ["MasterPass", "MasterPass"]
    assert {it["token"]["uid"] for it in sessions} == {"04AABB01", "04AABB02"}
