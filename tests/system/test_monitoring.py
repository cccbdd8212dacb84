"""N. Diagnostics: what a station watches, the events it tells, the values it streams."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name
from tests.system.wire import Wire, wired

SENSOR = {"name": "TemperatureSensor", "evse": {"id": 1}}
HEAT = "TemperatureSensor@1/Temperature"
OF_HEAT = {"component": SENSOR, "variable": {"name": "Temperature"}}


async def holdings(api: Api, name: str, kind: str, **query: object) -> dict[str, Any]:
    held = await api.all(f"/stations/{name}/holdings", kind=kind, **query)
    return {it["key"]: it for it in held}


async def monitored(station: Station, api: Api, name: str, number: int = 7) -> Any:
    result = {"status": "Accepted", "type": "UpperThreshold", "severity": 4, **OF_HEAT}
    station.answers["SetVariableMonitoring"] = {"set_monitoring_result": [{**result, "id": number}]}
    await api.order(
        name,
        "set_monitor",
        variable=HEAT,
        type="upper_threshold",
        value=80.5,
        severity=4,
        wait_s=5,
    )
    return await station.ordered("SetVariableMonitoring")


@pytest.mark.covers("SetVariableMonitoring", "ClearVariableMonitoring")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_monitor_is_on_file_under_the_stations_number_until_it_is_cleared(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        told = await monitored(station, api, name)
        kept = await api.only_holding(name, "monitor")
        station.answers["ClearVariableMonitoring"] = {
            "clear_monitoring_result": [
                {"id": 9, "status": "Rejected"},
                {"id": 7, "status": "Accepted"},
            ]
        }
        command = await api.order(name, "clear_monitors", monitors=[7, 9], wait_s=5)
        cleared = await station.ordered("ClearVariableMonitoring")
        after = await holdings(api, name, "monitor")

    assert told["set_monitoring_data"] == [
        {"value": 80.5, "type": "UpperThreshold", "severity": 4, **OF_HEAT}
    ]
    assert (kept["key"], kept["value"], kept["state"]) == ("7", "80.5", "active")
    assert (kept["data"]["variable"], kept["data"]["type"]) == (HEAT, "upper_threshold")
    assert kept["data"]["severity"] == 4
    assert cleared == {"id": [7, 9]}
    assert (command["state"], command["reason"]) == ("rejected", "9: Rejected")
    assert after == {}


@pytest.mark.covers("SetVariableMonitoring")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_monitor_that_is_refused_is_not_on_file(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    refused = {"status": "UnsupportedMonitorType", "type": "Delta", "severity": 4, **OF_HEAT}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetVariableMonitoring"] = {"set_monitoring_result": [refused]}
        command = await api.order(
            name, "set_monitor", variable=HEAT, type="delta", value=1, severity=4, wait_s=5
        )
        after = await holdings(api, name, "monitor")

    assert (command["state"], command["result"]) == ("rejected", "UnsupportedMonitorType")
    assert after == {}


@pytest.mark.covers("GetMonitoringReport", "NotifyMonitoringReport")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_report_of_monitors_names_all_that_there_are(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    by = {"event_notification_type": "HardWiredMonitor"} if kind is Station21 else {}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await monitored(station, api, name)
        command = await api.order(name, "get_monitors")
        order = await station.ordered("GetMonitoringReport")
        for part, (number, kind_) in enumerate(((11, "Delta"), (12, "Periodic"))):
            monitor = {"id": number, "transaction": False, "value": 2.0, "type": kind_}
            await station.call(
                "NotifyMonitoringReport",
                request_id=order["request_id"],
                seq_no=part,
                tbc=part == 0,
                generated_at=text_of(now()),
                monitor=[{**OF_HEAT, "variable_monitoring": [{**monitor, "severity": 8, **by}]}],
            )
        command = await api.get(f"/commands/{command['id']}")
        kept = await holdings(api, name, "monitor")

    assert command["state"] == "applied"
    assert {it: kept[it]["data"]["type"] for it in kept} == {"11": "delta", "12": "periodic"}
    assert kept["11"]["data"]["variable"] == HEAT
    assert kept["11"]["data"].get("by") == ("hard_wired_monitor" if by else None)


@pytest.mark.covers("GetMonitoringReport")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_station_without_monitors_has_none_on_file(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await monitored(station, api, name)
        station.answers["GetMonitoringReport"] = {"status": "EmptyResultSet"}
        filtered = await api.order(name, "get_monitors", criteria=["delta"], wait_s=5)
        order = await station.ordered("GetMonitoringReport")
        still = await holdings(api, name, "monitor")
        command = await api.order(name, "get_monitors", wait_s=5)
        after = await holdings(api, name, "monitor")

    assert order["monitoring_criteria"] == ["DeltaMonitoring"]
    assert [filtered["state"], command["state"]] == ["applied", "applied"]
    assert (set(still), after) == ({"7"}, {})


@pytest.mark.covers("SetMonitoringBase")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_monitors_that_we_set_are_gone_with_the_monitoring_base_of_the_factory(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await monitored(station, api, name)
        await api.order(name, "set_monitoring_base", base="all", wait_s=5)
        still = await holdings(api, name, "monitor")
        await api.order(name, "set_monitoring_base", base="factory_default", wait_s=5)
        after = await holdings(api, name, "monitor")

    assert (set(still), after) == ({"7"}, {})


@pytest.mark.covers("SetMonitoringBase", "SetMonitoringLevel")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_what_a_station_reports_of_itself_is_a_variable_of_it(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_monitoring_base", base="factory_default", wait_s=5)
        base = await station.ordered("SetMonitoringBase")
        await api.order(name, "set_monitoring_level", severity=5, wait_s=5)
        level = await station.ordered("SetMonitoringLevel")
        station.answers["SetMonitoringLevel"] = {"status": "Rejected"}
        await api.order(name, "set_monitoring_level", severity=9, wait_s=5)
        kept = await holdings(api, name, "variable")

    assert (base, level) == ({"monitoring_base": "FactoryDefault"}, {"severity": 5})
    assert {it: kept[it]["value"] for it in kept} == {
        "MonitoringCtrlr/ActiveMonitoringBase": "FactoryDefault",
        "MonitoringCtrlr/ActiveMonitoringLevel": "5",
    }


def heat(number: int, value: str, at: str, **more: object) -> dict[str, Any]:
    return {
        "event_id": number,
        "timestamp": at,
        "trigger": "Alerting",
        "actual_value": value,
        "event_notification_type": "CustomMonitor",
        "variable_monitoring_id": 7,
        **OF_HEAT,
        **more,
    }


async def tell(station: Station, *events: dict[str, Any]) -> None:
    await station.call(
        "NotifyEvent", generated_at=text_of(now()), seq_no=0, event_data=list(events)
    )


@pytest.mark.covers("NotifyEvent")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_an_alert_is_a_problem_until_it_is_cleared(
    server: Server, kind: type[Station201]
) -> None:
    name, at = a_name(kind), text_of(now())
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await monitored(station, api, name)
        await tell(station, heat(1, "83.5", at, tech_code="T9"))
        problem = await api.only_holding(name, "problem")
        value = (await holdings(api, name, "variable"))[HEAT]
        await tell(station, heat(2, "61", at, cleared=True))
        after = await holdings(api, name, "problem")
        value_after = (await holdings(api, name, "variable"))[HEAT]

    assert (problem["key"], problem["value"], problem["state"]) == (HEAT, "83.5", "active")
    assert (problem["evse_id"], problem["data"]["tech_code"]) == (1, "T9")
    assert problem["data"]["severity"] == 4  # as the monitor has it
    assert (value["value"], value_after["value"]) == ("83.5", "61")
    assert after == {}


@pytest.mark.covers("NotifyEvent")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_events_that_are_sent_again_are_told_once(
    server: Server, kind: type[Station201]
) -> None:
    name, at = a_name(kind), text_of(now() - timedelta(minutes=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await tell(station, heat(1, "83.5", at))
        await station.repeat()
        await tell(station, heat(1, "84", text_of(now())))  # counted anew after a restart
        events = (await api.get("/event-log", limit=50))["items"]

    told = [it["data"]["summary"] for it in events if is_notice_of(name, it)]
    assert sorted(told) == [
        "TemperatureSensor[1].Temperature=83.5",
        "TemperatureSensor[1].Temperature=84",
    ]


def is_notice_of(name: str, event: dict[str, Any]) -> bool:
    return (event["station_id"], event["kind"]) == (name, "station_notice")


class Streams:
    """A 2.1 station with streams: a SEND is beyond the package that plays the others."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    async def open(self, stream: int, monitor: int) -> dict[str, Any]:
        data = {"id": stream, "variableMonitoringId": monitor, "params": {"interval": 5}}
        answer = await self.wire.call("OpenPeriodicEventStream", {"constantStreamData": data})
        said: dict[str, Any] = answer[2]
        return said

    async def send(self, stream: int, base: str, *values: tuple[float, str]) -> None:
        data = [{"t": t, "v": v} for t, v in values]
        body = {"id": stream, "pending": 3, "basetime": base, "data": data}
        await self.wire.tell("NotifyPeriodicEventStream", body)


@pytest.mark.covers(
    "OpenPeriodicEventStream",
    "NotifyPeriodicEventStream",
    "ClosePeriodicEventStream",
    versions=("ocpp2.1",),
)
async def test_values_of_a_stream_are_kept_with_their_time(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, wired(server.url(name), "ocpp2.1") as wire:
        station = Streams(wire)
        opened = await station.open(5, monitor=7)
        kept = await api.only_holding(name, "event_stream")
        other = await station.open(5, monitor=8)
        again = await station.open(5, monitor=7)
        base = text_of(now())
        await station.send(5, base, (0.0, "21.5"), (1.5, "22"))
        assert await wire.is_alive()  # the next answer is to this question: a SEND gets none
        (values,) = await api.all(f"/stations/{name}/telemetry")
        await wire.call("ClosePeriodicEventStream", {"id": 5})
        after = await holdings(api, name, "event_stream")

    assert (opened["status"], again["status"]) == ("Accepted", "Accepted")
    assert other["status"] == "Rejected"
    assert "open for monitor 7" in other["statusInfo"]["additionalInfo"]
    assert (kept["key"], kept["value"], kept["data"]["interval_s"]) == ("5", "7", 5)
    assert (values["stream"], values["monitor"], values["pending"]) == (5, 7, 3)
    assert [it["value"] for it in values["values"]] == ["21.5", "22"]
    moments = [datetime.fromisoformat(it["at"]) for it in values["values"]]
    assert moments[0] == datetime.fromisoformat(base)
    assert moments[1] - moments[0] == timedelta(seconds=1.5)
    assert after == {}


@pytest.mark.case("2.1", "TC_N_107_CSMS")
@pytest.mark.covers("GetPeriodicEventStream", "AdjustPeriodicEventStream", versions=("ocpp2.1",))
async def test_streams_are_listed_and_adjusted(server: Server) -> None:
    name = a_name(Station21)
    listed = [{"id": 6, "params": {"interval": 9}, "variable_monitoring_id": 7}]
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["GetPeriodicEventStream"] = {"constant_stream_data": listed}
        command = await api.order(name, "get_event_streams", wait_s=5)
        await station.ordered("GetPeriodicEventStream")
        kept = await api.only_holding(name, "event_stream")
        await api.order(name, "adjust_event_stream", stream=6, interval_s=2, wait_s=5)
        told = await station.ordered("AdjustPeriodicEventStream")
        adjusted = await api.only_holding(name, "event_stream")
        station.answers["GetPeriodicEventStream"] = {}
        await api.order(name, "get_event_streams", wait_s=5)
        after = await holdings(api, name, "event_stream")

    assert command["state"] == "applied"
    assert (kept["key"], kept["value"], kept["data"]["interval_s"]) == ("6", "7", 9)
    assert told == {"id": 6, "params": {"interval": 2}}
    assert (adjusted["value"], adjusted["data"]["interval_s"]) == ("7", 2)
    assert after == {}


@pytest.mark.covers("SetVariableMonitoring", versions=("ocpp2.1",))
async def test_a_monitor_of_2_1_may_ask_for_a_stream(server: Server) -> None:
    name = a_name(Station21)
    result = {"status": "Accepted", "id": 3, "type": "TargetDelta", "severity": 9, **OF_HEAT}
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["SetVariableMonitoring"] = {"set_monitoring_result": [result]}
        await api.order(
            name,
            "set_monitor",
            variable=HEAT,
            type="target_delta",
            value=2,
            severity=9,
            stream={"interval_s": 5},
            wait_s=5,
        )
        told = await station.ordered("SetVariableMonitoring")
        kept = await api.only_holding(name, "monitor")

    assert told["set_monitoring_data"][0]["periodic_event_stream"] == {"interval": 5}
    assert told["set_monitoring_data"][0]["type"] == "TargetDelta"
    assert kept["data"]["stream"] == {"interval_s": 5, "values": None}


@pytest.mark.covers("SetNetworkProfile", versions=("ocpp2.0.1", "ocpp2.1"))
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_network_profile_is_on_file_without_its_secrets(
    server: Server, kind: type[Station201]
) -> None:
    name, url = a_name(kind), "wss://csms.example/ocpp"
    apn = {"name": "iot", "user": "u", "password": "apn-secret", "authentication": "pap"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name,
            "set_network_profile",
            slot=2,
            url=url,
            security_profile=2,
            interface="wireless0",
            apn=apn,
            wait_s=5,
        )
        told = await station.ordered("SetNetworkProfile")
        kept = await api.only_holding(name, "network_profile")
        station.answers["SetNetworkProfile"] = {"status": "Failed"}
        failed = await api.order(
            name, "set_network_profile", slot=3, url=url, security_profile=2, wait_s=5
        )
        after = await holdings(api, name, "network_profile")

    data = told["connection_data"]
    assert (told["configuration_slot"], data["ocpp_csms_url"]) == (2, url)
    assert (data["ocpp_interface"], data["ocpp_transport"]) == ("Wireless0", "JSON")
    assert data["apn"]["apn_password"] == "apn-secret"
    assert (kept["key"], kept["value"], kept["state"]) == ("2", url, "accepted")
    assert kept["data"]["security_profile"] == 2
    assert "apn-secret" not in str(kept)
    assert (failed["state"], set(after)) == ("rejected", {"2"})


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_version_cannot_do_is_refused_with_what_to_do(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        answer = await api.client.post(
            f"/stations/{name}/commands",
            json={"command": "get_variables", "names": ["A" * 51]},
        )

    assert answer.status_code == 409
    assert "check its spelling" in answer.text or "Component/Variable" in answer.text
