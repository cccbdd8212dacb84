"""OCPP 2.1: restarts that sessions survive, networks, monitors, files and grid, as played."""

import json
from typing import Any

import pytest

from tests.ocpp.pem import a_certificate
from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import case
from tests.system.certification.test_21_charging import of_21
from tests.system.server import Server, api_of
from tests.system.station import Fields, Hours, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.test_monitoring import HEAT, OF_HEAT, Streams
from tests.system.versions import a_name, a_token
from tests.system.wire import wired


@case("2.1", "TC_B_103_CSMS")
async def test_a_session_goes_on_after_a_restart_that_resumes_it(server: Server) -> None:
    name, hours = a_name(Station21), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(Station21, server.url(name), name) as station:
            charging = await station.start(token, wh=1_000, at=hours.begin)
            await station.energy_flows(charging, at=hours.after(1))
            command = await api.order(name, "reset", kind="immediate_and_resume")
            told = await station.ordered("Reset")
            await station.event(charging, "Updated", "ResetCommand", at=hours.after(20))
        await api.has_left(name)
        async with connected(Station21, server.url(name), name, accepted=False) as station:
            await station.boot("RemoteReset")
            info = {"charging_state": "Charging"}
            await station.event(charging, "Updated", "TxResumed", at=hours.after(22), info=info)
            command = await api.get(f"/commands/{command['id']}")
            running = await api.only_session(name)
            await station.stop(charging, wh=8_000, at=hours.after(60))
        session = await api.only_session(name)

    assert told == {"type": "ImmediateAndResume"}
    assert command["state"] == "applied"
    assert (running["state"], running["ended_at"]) == ("charging", None)
    assert (session["transaction_id"], session["energy_wh"]) == (charging.transaction_id, 7_000)
    assert session["flags"] == []


@case("2.1", "TC_B_104_CSMS")
async def test_a_restart_that_would_resume_needs_no_session(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(name, "reset", kind="immediate_and_resume")
        told = await station.ordered("Reset")
        await station.boot("RemoteReset")
        command = await api.get(f"/commands/{command['id']}")

    assert (told, command["state"]) == ({"type": "ImmediateAndResume"}, "applied")


@case("2.1", "TC_E_113_CSMS")
async def test_a_session_goes_on_after_its_power_came_back(server: Server) -> None:
    name, hours = a_name(Station21), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(Station21, server.url(name), name) as station:
            charging = await station.start(token, wh=0, at=hours.begin)
        await api.has_left(name)
        async with connected(Station21, server.url(name), name) as station:
            info = {"charging_state": "Charging"}
            await station.event(charging, "Updated", "TxResumed", at=hours.after(5), info=info)
            await station.stop(charging, wh=4_000, at=hours.after(30))
        session = await api.only_session(name)

    assert (session["transaction_id"], session["energy_wh"]) == (charging.transaction_id, 4_000)


@case("2.1", "TC_B_100_CSMS")
async def test_a_network_profile_brings_an_identity_and_a_password(server: Server) -> None:
    name = a_name(Station21)
    profile = {
        "slot": 2,
        "url": "wss://csms.example/ocpp",
        "security_profile": 2,
        "identity": "CP-NEW",
        "password": "a-password-of-its-own",
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        order = {"command": "set_network_profile", **profile}
        command = await api.post(f"/stations/{name}/commands", order, wait=5)
        told = await station.ordered("SetNetworkProfile")
        kept = await api.only_holding(name, "network_profile")

    data = told["connection_data"]
    assert (command["state"], told["configuration_slot"]) == ("accepted", 2)
    assert (data["identity"], data["basic_auth_password"]) == ("CP-NEW", profile["password"])
    assert kept["data"]["identity"] == "CP-NEW"
    assert str(profile["password"]) not in f"{command}{kept}"


@case("2.1", "TC_B_105_CSMS")
async def test_a_network_profile_is_written_as_variables_too(server: Server) -> None:
    name = a_name(Station21)
    written = {"OcppCsmsUrl": "wss://csms.example/ocpp", "MessageTimeout": "30"}
    component = {"name": "NetworkConfiguration", "instance": "2"}
    results = [
        {"attribute_status": "Accepted", "component": component, "variable": {"name": it}}
        for it in written
    ]
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["SetVariables"] = {"set_variable_result": results}
        values = {f"NetworkConfiguration[2]/{it}": written[it] for it in written}
        command = await api.order(name, "set_variables", values=values, wait_s=5)
        told = (await station.ordered("SetVariables"))["set_variable_data"]
        kept = await api.all(f"/stations/{name}/holdings", kind="variable")

    assert command["state"] == "accepted"
    assert all(it["component"] == component for it in told)
    assert {it["variable"]["name"]: it["attribute_value"] for it in told} == written
    assert {it["key"]: it["value"] for it in kept} == values


@case("2.1", "TC_G_01_CSMS")
async def test_a_connector_s_state_is_an_event_or_a_status(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await station.available(1)
        by_event = await api.evse_statuses(name)
        fields: Fields = {"connector_status": "Unavailable", "evse_id": 1, "connector_id": 1}
        await station.call("StatusNotification", timestamp=text_of(now()), **fields)
        by_status = await api.evse_statuses(name)

    assert (by_event, by_status) == ({1: "available"}, {1: "unavailable"})


@case("2.1", "TC_M_101_CSMS")
async def test_a_root_of_a_car_maker_is_installed(server: Server) -> None:
    name, pem = a_name(Station21), a_certificate("OEM", 0xC0)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(
            name, "install_certificate", use="oem_root", certificate=pem, wait_s=5
        )
        told = await station.ordered("InstallCertificate")
        kept = await api.only_holding(name, "certificate")

    assert command["state"] == "accepted"
    assert told == {"certificate_type": "OEMRootCertificate", "certificate": pem}
    assert (kept["key"], kept["state"]) == ("oem_root/c0", "installed")


@pytest.mark.parametrize(
    ("location", "kind", "word"),
    [
        pytest.param(
            "https://files.example/logs", "data_collector", "DataCollectorLog",
            marks=of_21("TC_N_100_CSMS"),
        ),
        pytest.param(
            "http://user:s3cret@files.example/logs", "diagnostics", "DiagnosticsLog",
            marks=of_21("TC_N_102_CSMS"),
        ),
        pytest.param(
            "https://user:s3cret@files.example/logs", "security", "SecurityLog",
            marks=of_21("TC_N_102_2_CSMS"),
        ),
    ],
)  # fmt: skip
async def test_a_log_goes_where_the_station_may_write(
    server: Server, location: str, kind: str, word: str
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["GetLog"] = {"status": "Accepted", "filename": "log.gz"}
        command = await api.order(name, "get_log", kind=kind, location=location)
        told = await station.ordered("GetLog")
        for status in ("Uploading", "Uploaded"):
            await station.call(
                "LogStatusNotification", status=status, request_id=told["request_id"]
            )
        command = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "log")

    assert (told["log_type"], told["log"]["remote_location"]) == (word, location)
    assert (command["state"], kept["state"], kept["value"]) == ("applied", "uploaded", "log.gz")
    assert "s3cret" not in f"{command}{kept}"


@case("2.1", "TC_N_104_CSMS")
async def test_monitors_of_changes_from_a_target_are_among_those_of_changes(
    server: Server,
) -> None:
    name = a_name(Station21)
    monitor: Fields = {
        "id": 11,
        "transaction": False,
        "value": 2.0,
        "type": "TargetDelta",
        "severity": 8,
        "event_notification_type": "CustomMonitor",
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(name, "get_monitors", criteria=["delta"])
        asked = await station.ordered("GetMonitoringReport")
        await station.call(
            "NotifyMonitoringReport",
            request_id=asked["request_id"],
            seq_no=0,
            generated_at=text_of(now()),
            monitor=[{**OF_HEAT, "variable_monitoring": [monitor]}],
        )
        command = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "monitor")

    assert asked["monitoring_criteria"] == ["DeltaMonitoring"]
    assert (command["state"], kept["data"]["type"]) == ("applied", "target_delta")


@case("2.1", "TC_N_105_CSMS")
async def test_a_frequent_monitor_is_answered_by_a_stream(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, wired(server.url(name), "ocpp2.1") as wire:
        order: dict[str, Any] = {"variable": HEAT, "type": "periodic", "value": 1, "severity": 8}
        stream = {"interval_s": 5, "values": 3}
        given_ = await api.order(name, "set_monitor", **order, stream=stream)
        (_, number, _, asked) = await wire.receive()
        (data,) = asked["setMonitoringData"]
        result = {name: data[name] for name in ("type", "severity", "component", "variable")}
        answer = {"setMonitoringResult": [{**result, "id": 7, "status": "Accepted"}]}
        await wire.send(json.dumps([3, number, answer]))
        station = Streams(wire)
        opened = await station.open(5, monitor=7)
        await station.send(5, text_of(now()), (0.0, "21.5"), (1.0, "22"), (2.0, "22"))
        assert await wire.is_alive()
        command = await api.get(f"/commands/{given_['id']}")
        monitor = await api.only_holding(name, "monitor")
        (values,) = await api.all(f"/stations/{name}/telemetry")

    assert data["periodicEventStream"] == {"interval": 5, "values": 3}
    assert (command["state"], opened["status"]) == ("accepted", "Accepted")
    assert (monitor["key"], monitor["data"]["stream"]) == ("7", stream)
    assert [it["value"] for it in values["values"]] == ["21.5", "22", "22"]


@case("2.1", "TC_O_100_CSMS")
async def test_a_message_in_a_language_that_the_station_cannot_show(server: Server) -> None:
    command, told = await given(
        server,
        Station21,
        "SetDisplayMessage",
        {"status": "LanguageNotSupported"},
        "set_display_message",
        text="Dobrze",
        language="pl",
    )
    assert told["message"]["message"]["language"] == "pl"
    assert (command["state"], command["result"]) == ("rejected", "LanguageNotSupported")


@case("2.1", "TC_S_102_CSMS")
async def test_a_swap_for_which_there_are_too_few_batteries(server: Server) -> None:
    reason = {"reason_code": "NoBatteryAvailable"}
    command, _ = await given(
        server,
        Station21,
        "RequestBatterySwap",
        {"status": "Rejected", "status_info": reason},
        "request_battery_swap",
        token=a_token(),
    )
    assert (command["state"], command["result"]) == ("rejected", "Rejected")
    assert "NoBatteryAvailable" in command["reason"]


LIMITS = [
    pytest.param({"max_energy": 20_000}, "EnergyLimitReached", marks=of_21("TC_E_106_CSMS")),
    pytest.param({"max_time": 1_800}, "TimeLimitReached", marks=of_21("TC_E_107_CSMS")),
    pytest.param({"max_cost": 12.5}, "CostLimitReached", marks=of_21("TC_E_108_CSMS")),
]


@pytest.mark.parametrize(("limit", "trigger"), LIMITS)
async def test_a_limit_that_the_driver_set_at_the_station_is_on_file(
    server: Server, limit: Fields, trigger: str
) -> None:
    name, hours = a_name(Station21), Hours()
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        info = {"transaction_limit": limit}
        await station.event(charging, "Updated", "LimitSet", at=hours.after(1), info=info)
        suspended = {"charging_state": "SuspendedEVSE"}
        await station.event(charging, "Updated", trigger, at=hours.after(29), info=suspended)
        key = f"{charging.transaction_id}/transaction_limit"
        (kept,) = await api.all(f"/stations/{name}/holdings", kind="transaction", key=key)
        session = await api.only_session(name)
        await station.stop(
            charging, wh=9_000, at=hours.after(30), reason=trigger_to_reason(trigger)
        )
        ended = await api.only_session(name)

    assert kept["data"] == limit
    assert session["state"] == "suspended"
    assert (ended["state"], ended["energy_wh"]) == ("closed", 9_000)


def trigger_to_reason(trigger: str) -> str:
    """No cost is reached by name: to the standard the driver is out of credit."""
    return {"CostLimitReached": "LocalOutOfCredit"}.get(trigger, trigger)
