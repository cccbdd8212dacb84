"""What the CSMS may ask of a station, and what the station then really does."""

import asyncio
from typing import Any

import pytest

from tests.sim.csms import Csms, NotImplementedCall, running_csms
from tests.sim.world import DC_150, STATION, TOKEN, a_fleet, plug_and_card, running
from tests.simulation.pem import ROOT_OF_US


def remote_start(version: str, **more: Any) -> dict[str, Any]:
    if version == "1.6":
        return {"action": "RemoteStartTransaction", "id_tag": TOKEN, "connector_id": 1} | more
    token = {"id_token": TOKEN, "type": "Central"}
    facts = {"id_token": token, "remote_start_id": 77, "evse_id": 1}
    return {"action": "RequestStartTransaction"} | facts | more


async def order(csms: Csms, action: str, **fields: Any) -> Any:
    return await csms.call(STATION, action, **fields)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_remote_start_brings_a_car_and_a_remote_stop_ends_its_session(
    version: str,
) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms):
            answer = await order(csms, **remote_start(version))
            assert answer.status == "Accepted"
            await csms.until(lambda: fleet.stats.charging == 1)
            entry = fleet.ledger.entries[0]
            await csms.until(
                lambda: (
                    "MeterValuePeriodic" in str(csms.heard)
                    or (bool(csms.said(STATION, "MeterValues")))
                )
            )
            stop = "RemoteStopTransaction" if version == "1.6" else "RequestStopTransaction"
            wrong: Any = 999 if version == "1.6" else "no-such-transaction"
            assert (await order(csms, stop, transaction_id=wrong)).status == "Rejected"
            answer = await order(csms, stop, transaction_id=entry.transaction_id)
            assert answer.status == "Accepted"
            await csms.until(lambda: entry.stop_acknowledged)

    assert entry.stop_reason == "remote"
    assert entry.token == TOKEN
    assert csms.said(STATION, "Authorize") == []
    if version != "1.6":
        started, ended = csms.events(STATION)[0], csms.events(STATION)[-1]
        assert started["transactionInfo"]["remoteStartId"] == 77
        assert started["triggerReason"] == "RemoteStart"
        assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "RemoteStop")


async def test_a_remote_start_on_a_busy_connector_is_rejected() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            assert (await order(csms, **remote_start("1.6"))).status == "Rejected"


@pytest.mark.parametrize(
    ("version", "kind", "reason"),
    [
        ("1.6", "Soft", "soft_reset"),
        ("1.6", "Hard", "hard_reset"),
        ("2.0.1", "Immediate", "hard_reset"),
    ],
)
async def test_a_reset_ends_the_session_reboots_and_reports_again(
    version: str, kind: str, reason: str
) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            assert (await order(csms, "Reset", type=kind)).status == "Accepted"
            await csms.until(lambda: len(csms.said(STATION, "BootNotification")) == 2)
            await csms.until(lambda: fleet.ledger.entries[0].stop_acknowledged)
            assert csms.connections == 2

    (entry,) = fleet.ledger.finished
    assert entry.stop_reason == reason
    if version != "1.6":
        reasons = [one["reason"] for one in csms.said(STATION, "BootNotification")]
        assert reasons == ["PowerUp", "RemoteReset"]


async def test_a_2x_reset_on_idle_waits_for_the_session() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.1")
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            assert (await order(csms, "Reset", type="OnIdle")).status == "Scheduled"
            await csms.until(lambda: len(csms.events(STATION)) >= 4)
            assert csms.connections == 1
            station.evses[0].unplug(station.now_s)
            await csms.until(lambda: len(csms.said(STATION, "BootNotification")) == 2)

    assert csms.said(STATION, "BootNotification")[1]["reason"] == "ScheduledReset"


async def test_unlocking_ends_a_16_session() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            assert (await order(csms, "UnlockConnector", connector_id=1)).status == "Unlocked"
            await csms.until(lambda: bool(csms.said(STATION, "StopTransaction")))
            answer = await order(csms, "UnlockConnector", connector_id=9)
            assert answer.status == "NotSupported"

    (stop,) = csms.said(STATION, "StopTransaction")
    assert stop["reason"] == "UnlockCommand"


async def test_unlocking_is_refused_during_a_2x_session() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.0.1")
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            answer = await order(csms, "UnlockConnector", evse_id=1, connector_id=1)
            assert answer.status == "OngoingAuthorizedTransaction"
            answer = await order(csms, "UnlockConnector", evse_id=1, connector_id=4)
            assert answer.status == "UnknownConnector"
            assert fleet.stats.charging == 1
            station.evses[0].unplug(station.now_s)
            answer = await order(csms, "UnlockConnector", evse_id=1, connector_id=1)
            assert answer.status == "Unlocked"


async def test_a_triggered_message_follows_the_answer() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, speed=1)
        async with running(fleet, csms) as station:
            trigger = "TriggerMessage"
            answer = await order(csms, trigger, requested_message="Heartbeat")
            assert answer.status == "Accepted"
            await csms.until(lambda: bool(csms.said(STATION, "Heartbeat")))

            csms.heard.clear()
            await order(csms, trigger, requested_message="StatusNotification")
            await csms.until(lambda: len(csms.statuses(STATION)) == 2)

            await order(csms, trigger, requested_message="MeterValues", connector_id=1)
            await csms.until(lambda: bool(csms.said(STATION, "MeterValues")))
            (value,) = csms.said(STATION, "MeterValues")
            assert value["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
            assert "transactionId" not in value

            answer = await order(csms, trigger, requested_message="BootNotification")
            assert answer.status == "Rejected"  # it was accepted on this very connection
            answer = await order(csms, trigger, requested_message="FirmwareStatusNotification")
            assert answer.status == "NotImplemented"
            answer = await order(csms, trigger, requested_message="MeterValues", connector_id=5)
            assert answer.status == "Rejected"
            del station


async def test_a_2x_trigger_can_ask_for_the_running_transaction() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.0.1", speed=60)
        async with running(fleet, csms) as station:
            trigger: dict[str, Any] = {"requested_message": "TransactionEvent", "evse": {"id": 1}}
            assert (await order(csms, "TriggerMessage", **trigger)).status == "Rejected"
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: len(csms.events(STATION)) == 2)
            assert (await order(csms, "TriggerMessage", **trigger)).status == "Accepted"
            await csms.until(
                lambda: "Trigger" in {one["triggerReason"] for one in csms.events(STATION)}
            )


async def test_an_availability_order_waits_for_the_session_and_survives_a_reset() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            change: dict[str, Any] = {"action": "ChangeAvailability", "connector_id": 1}
            assert (await order(csms, **change, type="Inoperative")).status == "Scheduled"
            assert fleet.stats.charging == 1
            station.evses[0].unplug(station.now_s)
            await csms.until(lambda: csms.statuses(STATION)[-1] == "Unavailable")
            assert (await order(csms, **remote_start("1.6"))).status == "Rejected"

            csms.heard.clear()
            await order(csms, "Reset", type="Hard")
            await csms.until(lambda: len(csms.statuses(STATION)) == 2)
            assert csms.statuses(STATION) == ["Available", "Unavailable"]
            assert (await order(csms, **change, type="Operative")).status == "Accepted"
            await csms.until(lambda: csms.statuses(STATION)[-1] == "Available")


async def test_the_sample_interval_can_be_changed_while_a_car_charges() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            asked = ["MeterValueSampleInterval", "NumberOfConnectors", "Nonsense"]
            answer = await order(csms, "GetConfiguration", key=asked)
            assert [(one["key"], one["value"]) for one in answer.configuration_key] == [
                ("MeterValueSampleInterval", "60"),
                ("NumberOfConnectors", "1"),
            ]
            assert answer.unknown_key == ["Nonsense"]
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: len(csms.said(STATION, "MeterValues")) >= 1)
            csms.heard.clear()
            change = {"action": "ChangeConfiguration", "key": "MeterValueSampleInterval"}
            assert (await order(csms, **change, value="ten")).status == "Rejected"
            assert (await order(csms, **change, value="10")).status == "Accepted"
            await csms.until(lambda: len(csms.said(STATION, "MeterValues")) >= 8)

    times = [one["meterValue"][0]["timestamp"] for one in csms.said(STATION, "MeterValues")]
    assert {int(one[17:19]) % 10 for one in times[-5:]} == {int(times[-1][17:19]) % 10}


async def test_2x_variables_are_read_written_and_reported() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.1")
        async with running(fleet, csms):
            interval = {
                "component": {"name": "SampledDataCtrlr"},
                "variable": {"name": "TxUpdatedInterval"},
            }
            unknown = interval | {"component": {"name": "Toaster"}}
            readonly = {
                "component": {"name": "SmartChargingCtrlr"},
                "variable": {"name": "RateUnit"},
            }
            answer = await order(csms, "GetVariables", get_variable_data=[interval, unknown])
            results = answer.get_variable_result
            assert [one["attribute_status"] for one in results] == ["Accepted", "UnknownComponent"]
            assert results[0]["attribute_value"] == "60"
            answer = await order(
                csms,
                "SetVariables",
                set_variable_data=[
                    interval | {"attribute_value": "30"},
                    readonly | {"attribute_value": "W"},
                ],
            )
            statuses = [one["attribute_status"] for one in answer.set_variable_result]
            assert statuses == ["Accepted", "Rejected"]
            await order(csms, "GetBaseReport", request_id=5, report_base="FullInventory")
            await csms.until(lambda: bool(csms.said(STATION, "NotifyReport")))

    (report,) = csms.said(STATION, "NotifyReport")
    assert report["requestId"] == 5
    values = {
        (one["component"]["name"], one["variable"]["name"]): one["variableAttribute"][0]["value"]
        for one in report["reportData"]
    }
    assert values["SampledDataCtrlr", "TxUpdatedInterval"] == "30"


async def test_a_charging_profile_throttles_the_car_and_clearing_it_sets_it_free() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            plug_and_card(evse, station)
            await csms.until(lambda: fleet.stats.charging == 1 and bool(csms.statuses(STATION)))
            await csms.until(lambda: csms.statuses(STATION)[-1] == "Charging")
            schedule = {
                "charging_rate_unit": "A",
                "charging_schedule_period": [{"start_period": 0, "limit": 8.0}],
            }
            profile = {
                "charging_profile_id": 1,
                "stack_level": 0,
                "charging_profile_purpose": "TxProfile",
                "charging_profile_kind": "Relative",
                "charging_schedule": schedule,
            }
            answer = await order(
                csms, "SetChargingProfile", connector_id=1, cs_charging_profiles=profile
            )
            assert answer.status == "Accepted"
            assert evse.outlet.meter.flow.amps == (8.0, 8.0, 8.0)

            answer = await order(csms, "GetCompositeSchedule", connector_id=1, duration=600)
            (period,) = answer.charging_schedule["charging_schedule_period"]
            assert period["limit"] == 8.0

            schedule["charging_schedule_period"] = [{"start_period": 0, "limit": 0.0}]
            await order(csms, "SetChargingProfile", connector_id=1, cs_charging_profiles=profile)
            await csms.until(lambda: csms.statuses(STATION)[-1] == "SuspendedEVSE")
            assert evse.outlet.meter.flow.power_w == 0

            assert (await order(csms, "ClearChargingProfile", id=1)).status == "Accepted"
            await csms.until(lambda: csms.statuses(STATION)[-1] == "Charging")
            assert (await order(csms, "ClearChargingProfile", id=1)).status == "Unknown"


async def test_a_2x_profile_in_watts_is_obeyed_by_a_dc_station() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.1", makes=DC_150)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            plug_and_card(evse, station)
            await csms.until(lambda: len(csms.events(STATION)) >= 2)
            profile = {
                "id": 4,
                "stack_level": 1,
                "charging_profile_purpose": "TxDefaultProfile",
                "charging_profile_kind": "Absolute",
                "charging_schedule": [
                    {
                        "id": 1,
                        "start_schedule": "2026-01-01T00:00:00Z",
                        "charging_rate_unit": "W",
                        "charging_schedule_period": [{"start_period": 0, "limit": 30_000.0}],
                    }
                ],
            }
            answer = await order(csms, "SetChargingProfile", evse_id=0, charging_profile=profile)
            assert answer.status == "Accepted"
            assert evse.outlet.meter.flow.power_w == pytest.approx(30_000)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_station_keeps_what_it_is_told_to_until_it_is_told_otherwise(version: str) -> None:
    v16 = version == "1.6"
    root = {"certificate_type": f"{'CentralSystem' if v16 else 'CSMS'}RootCertificate"}
    name = "list_version" if v16 else "version_number"
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version, speed=1)
        async with running(fleet, csms):
            first = await order(csms, "SendLocalList", update_type="Full", **{name: 3})
            again = await order(csms, "SendLocalList", update_type="Differential", **{name: 3})
            told = await order(csms, "GetLocalListVersion")
            empty = await order(csms, "GetInstalledCertificateIds", **listing(version, root))
            await order(csms, "InstallCertificate", certificate=ROOT_OF_US, **root)
            listed = await order(csms, "GetInstalledCertificateIds", **listing(version, root))
            hashes = hashes_in(listed)
            deleted = await order(csms, "DeleteCertificate", certificate_hash_data=hashes)
            missing = await order(csms, "DeleteCertificate", certificate_hash_data=hashes)

    assert (first.status, again.status) == ("Accepted", "VersionMismatch")
    assert getattr(told, name) == 3
    assert (empty.status, hashes["serial_number"]) == ("NotFound", "1a2b")
    assert (deleted.status, missing.status) == ("Accepted", "NotFound")


def listing(version: str, root: dict[str, str]) -> dict[str, Any]:
    use = root["certificate_type"]
    return {"certificate_type": use if version == "1.6" else [use]}


def hashes_in(listed: Any) -> dict[str, str]:
    chains = getattr(listed, "certificate_hash_data_chain", None)
    found: dict[str, str] = (
        chains[0]["certificate_hash_data"] if chains else listed.certificate_hash_data[0]
    )
    return found


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_reservation_is_kept_once_and_let_go_once(version: str) -> None:
    until = "2027-01-01T00:00:00Z"
    wanted: dict[str, Any] = {
        "id": 5,
        "expiry_date_time": until,
        "id_token": {"id_token": TOKEN, "type": "Central"},
        "evse_id": 1,
    }
    if version == "1.6":
        wanted = {"reservation_id": 5, "expiry_date": until, "id_tag": TOKEN, "connector_id": 1}
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            kept = await order(csms, "ReserveNow", **wanted)
            let_go = [await order(csms, "CancelReservation", reservation_id=5) for _ in range(2)]
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            occupied = await order(csms, "ReserveNow", **wanted)

    assert (kept.status, occupied.status) == ("Accepted", "Occupied")
    assert [it.status for it in let_go] == ["Accepted", "Rejected"]


async def test_a_2x_station_reports_the_monitors_and_texts_that_it_keeps() -> None:
    interval = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
    }
    monitor = {"value": 9.0, "type": "UpperThreshold", "severity": 4, **interval}
    content = {"format": "UTF8", "content": "Hi"}
    texts = [{"id": number, "priority": "AlwaysFront", "message": content} for number in (1, 2)]
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.1", speed=1)
        async with running(fleet, csms):
            await order(csms, "SetVariableMonitoring", set_monitoring_data=[monitor])
            await order(csms, "GetMonitoringReport", request_id=1)
            await csms.until(lambda: bool(csms.said(STATION, "NotifyMonitoringReport")))
            for text in texts:
                await order(csms, "SetDisplayMessage", message=text)
            await order(csms, "GetDisplayMessages", request_id=2)
            await csms.until(lambda: bool(csms.said(STATION, "NotifyDisplayMessages")))
            cleared = await order(csms, "ClearVariableMonitoring", id=[1, 2])
            nothing = await order(csms, "GetMonitoringReport", request_id=3)

    (report,) = csms.said(STATION, "NotifyMonitoringReport")
    assert report["monitor"][0]["variableMonitoring"][0]["value"] == 9.0
    (shown,) = csms.said(STATION, "NotifyDisplayMessages")
    assert [it["id"] for it in shown["messageInfo"]] == [2]
    assert [it["status"] for it in cleared.clear_monitoring_result] == ["Accepted", "NotFound"]
    assert nothing.status == "EmptyResultSet"


async def test_what_a_station_cannot_do_it_says() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, speed=1)
        async with running(fleet, csms):
            with pytest.raises(NotImplementedCall):
                await order(csms, "CertificateSigned", certificate_chain="-----BEGIN")
            answer = await order(csms, "DataTransfer", vendor_id="com.example")
            assert answer.status == "UnknownVendorId"


async def test_orders_are_answered_one_at_a_time_and_in_order() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, speed=1)
        async with running(fleet, csms):
            answers = await asyncio.gather(
                *(order(csms, "GetConfiguration", key=["HeartbeatInterval"]) for _ in range(20))
            )
    assert len(answers) == 20
    assert fleet.stats.calls_refused == 0, fleet.stats.last_error
