"""OCPP 2.1: smart charging and bidirectional power, as the official cases play it."""

from typing import Any

import pytest

from tests.system.certification.test_2x_sessions import case
from tests.system.server import Api, Server, api_of
from tests.system.station import Charging, Fields, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.test_charging_profiles import a_profile
from tests.system.versions import a_name, a_token

PROFILE = "set_charging_profile"
CURVE = [{"frequency": 49.8, "power": 5000}, {"frequency": 50.2, "power": -5000}]


def of_21(case_id: str) -> pytest.MarkDecorator:
    return case("2.1", case_id)


def scheduled(unit: str = "W", **period: Any) -> Fields:
    return {"unit": unit, "starts_at": text_of(now()), "periods": [period]}


@pytest.mark.parametrize(
    ("fields", "schedule", "told", "told_schedule"),
    [
        pytest.param(
            {"max_offline_s": 600, "invalid_after_offline": True},
            {},
            {"max_offline_duration": 600, "invalid_after_offline_duration": True},
            {},
            marks=of_21("TC_K_100_CSMS"),
        ),
        pytest.param(
            {},
            {"limit_at_soc": {"soc": 80, "limit": 6000}},
            {},
            {"limit_at_soc": {"soc": 80, "limit": 6000.0}},
            marks=of_21("TC_K_102_CSMS"),
        ),
        pytest.param(
            {"purpose": "priority_charging"},
            {},
            {"charging_profile_purpose": "PriorityCharging"},
            {},
            marks=of_21("TC_K_104_CSMS"),
        ),
        pytest.param(
            {}, {"random_delay_s": 90}, {}, {"randomized_delay": 90}, marks=of_21("TC_K_106_CSMS")
        ),
    ],
)
async def test_what_only_2_1_says_of_a_profile_is_sent_and_on_file(
    server: Server, fields: Fields, schedule: Fields, told: Fields, told_schedule: Fields
) -> None:
    name = a_name(Station21)
    profile = a_profile(id=7, schedules=[scheduled(limit=11_000) | schedule], **fields)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(name, PROFILE, evse=1, profile=profile, wait_s=5)
        sent = (await station.ordered("SetChargingProfile"))["charging_profile"]
        kept = await api.only_holding(name, "profile")

    (sent_schedule,) = sent["charging_schedule"]
    assert command["state"] == "accepted"
    assert sent | told == sent
    assert sent_schedule | told_schedule == sent_schedule
    assert kept["value"] == profile["purpose"]
    assert kept["data"].items() >= fields.items() - {("purpose", profile["purpose"])}
    (kept_schedule,) = kept["data"]["schedules"]
    assert kept_schedule | schedule == kept_schedule


@case("2.1", "TC_K_109_CSMS")
async def test_a_profile_takes_no_id_that_is_kept_for_limits_from_outside(server: Server) -> None:
    name = a_name(Station21)
    result = {
        "attribute_status": "Accepted",
        "attribute_value": "500",
        "component": {"name": "SmartChargingCtrlr"},
        "variable": {"name": "MaxExternalConstraintsId"},
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["GetVariables"] = {"get_variable_result": [result]}
        names = ["SmartChargingCtrlr/MaxExternalConstraintsId"]
        await api.order(name, "get_variables", names=names, wait_s=5)
        await station.ordered("GetVariables")
        body = {"command": PROFILE, "evse": 1, "profile": a_profile(id=500)}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)
        await api.order(name, PROFILE, evse=1, profile=a_profile(id=501), wait_s=5)
        sent = (await station.ordered("SetChargingProfile"))["charging_profile"]

    assert refused.status_code == 409
    assert "500" in refused.json()["detail"]
    assert sent["id"] == 501


async def charging_by(
    api: Api, station: Station21, kind: str, schedule: Fields
) -> tuple[Charging, Fields]:
    """A car that charges by a profile of its own, and that profile as it was sent."""
    charging = await station.start(await api.token(a_token()), wh=0, at=now())
    dynamic = {"update_interval_s": 60} if kind == "dynamic" else {}
    if kind == "dynamic":
        schedule = {name: it for name, it in schedule.items() if name != "starts_at"}
    profile = {
        "id": 31,
        "purpose": "tx",
        "kind": kind,
        "stack_level": 3,
        "transaction_id": charging.transaction_id,
        "schedules": [schedule],
        **dynamic,
    }
    await api.order(station.identity, PROFILE, evse=1, profile=profile, wait_s=5)
    sent = (await station.ordered("SetChargingProfile"))["charging_profile"]
    return charging, sent


@pytest.mark.parametrize(
    ("mode", "word", "period", "told"),
    [
        pytest.param(
            "charging_only",
            "ChargingOnly",
            {"limit": 11_000},
            {"limit": 11_000.0},
            marks=of_21("TC_K_101_CSMS"),
        ),
        pytest.param(
            "central_setpoint",
            "CentralSetpoint",
            {"setpoint": -5_000},
            {"setpoint": -5_000.0},
            marks=of_21("TC_Q_108_CSMS"),
        ),
        pytest.param("external_setpoint", "ExternalSetpoint", {}, {}, marks=of_21("TC_Q_111_CSMS")),
        pytest.param("external_limits", "ExternalLimits", {}, {}, marks=of_21("TC_Q_112_CSMS")),
        pytest.param(
            "local_frequency",
            "LocalFrequency",
            {"v2x_baseline": 0, "v2x_freq_watt_curve": CURVE},
            {},
            marks=of_21("TC_Q_121_CSMS"),
        ),
        pytest.param(
            "local_load_balancing", "LocalLoadBalancing", {}, {}, marks=of_21("TC_Q_124_CSMS")
        ),
    ],
)
async def test_a_car_charges_and_discharges_in_the_mode_of_its_profile(
    server: Server, mode: str, word: str, period: Fields, told: Fields
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        schedule = scheduled(operation_mode=mode, **period)
        charging, sent = await charging_by(api, station, "absolute", schedule)
        info = {"operation_mode": word}
        await station.event(charging, "Updated", "OperationModeChanged", at=now(), info=info)
        key = f"{charging.transaction_id}/operation_mode"
        (changed,) = await api.all(f"/stations/{name}/holdings", kind="transaction", key=key)
        profile = await api.only_holding(name, "profile")

    (sent_period,) = sent["charging_schedule"][0]["charging_schedule_period"]
    assert sent_period["operation_mode"] == word
    assert sent_period | told == sent_period
    assert len(sent_period.get("v2x_freq_watt_curve", CURVE)) == 2
    assert changed["value"] == mode
    assert profile["data"]["schedules"][0]["periods"][0]["operation_mode"] == mode


@pytest.mark.parametrize(
    ("mode", "update", "pulled"),
    [
        pytest.param("central_setpoint", {"setpoint": -3_000}, False, marks=of_21("TC_Q_109_CSMS")),
        pytest.param("central_setpoint", {"setpoint": 2_000}, True, marks=of_21("TC_Q_110_CSMS")),
        pytest.param(
            "central_frequency", {"setpoint": -1_500}, False, marks=of_21("TC_Q_117_CSMS")
        ),
    ],
)
async def test_a_setpoint_is_renewed_while_a_car_follows_it(
    server: Server, mode: str, update: Fields, *, pulled: bool
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        schedule = scheduled(operation_mode=mode, setpoint=1_000)
        _, sent = await charging_by(api, station, "dynamic", schedule)
        first = await station.call("PullDynamicScheduleUpdate", charging_profile_id=31)
        command = await api.order(
            name, "update_dynamic_schedule", profile=31, update=update, wait_s=5
        )
        pushed = (await station.ordered("UpdateDynamicSchedule"))["schedule_update"]
        if pulled:
            answer = await station.call("PullDynamicScheduleUpdate", charging_profile_id=31)
            pushed = answer.schedule_update

    assert sent["charging_profile_kind"] == "Dynamic"
    assert sent["dyn_update_interval"] == 60
    assert first.schedule_update == {"setpoint": 1_000.0}
    assert command["state"] == "accepted"
    assert pushed == update


@case("2.1", "TC_Q_120_CSMS")
async def test_a_car_answers_the_grid_s_signal_by_the_curve_of_its_profile(
    server: Server,
) -> None:
    name = a_name(Station21)
    curve = [{"signal": -10, "power": -5000}, {"signal": 10, "power": 5000}]
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        schedule = scheduled(
            operation_mode="local_frequency",
            v2x_baseline=0,
            v2x_freq_watt_curve=CURVE,
            v2x_signal_watt_curve=curve,
        )
        _, sent = await charging_by(api, station, "absolute", schedule)
        command = await api.order(name, "afrr_signal", signal=-5, wait_s=5)
        signal = await station.ordered("AFRRSignal")

    (period,) = sent["charging_schedule"][0]["charging_schedule_period"]
    assert [it["signal"] for it in period["v2x_signal_watt_curve"]] == [-10, 10]
    assert (command["state"], signal["signal"]) == ("accepted", -5)


NEEDS: Fields = {"requested_energy_transfer": "AC_BPT", "control_mode": "DynamicControl"}


@case("2.1", "TC_K_126_CSMS")
async def test_a_car_in_dynamic_control_is_promised_no_profile_where_there_is_none(
    server: Server,
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=now())
        asked: Fields = {"evse_id": 1, "charging_needs": NEEDS}
        answer = await station.call("NotifyEVChargingNeeds", **asked)
        kept = await api.only_holding(name, "charging_needs")

    assert answer.status == "NoChargingProfile"
    assert kept["value"] == charging.transaction_id
    assert kept["data"]["control_mode"] == "dynamic_control"
    assert kept["data"]["requested_energy_transfer"] == "ac_bpt"


async def asks(station: Station21, needs: Fields) -> tuple[str, Fields]:
    """The answer to what a car needs, and the only schedule of the profile that follows."""
    answer = await station.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=needs)
    sent = (await station.ordered("SetChargingProfile"))["charging_profile"]
    (schedule,) = sent["charging_schedule"]
    return answer.status, schedule


@case("2.1", "TC_Q_107_CSMS")
async def test_a_car_that_may_only_charge_is_allowed_to_discharge_later(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        schedule = scheduled(operation_mode="charging_only", limit=11_000)
        charging, _ = await charging_by(api, station, "absolute", schedule)
        first, only = await asks(station, {"requested_energy_transfer": "AC_three_phase"})
        command = await api.order(
            name,
            "notify_allowed_energy_transfer",
            transaction_id=charging.transaction_id,
            allowed=["ac_three_phase", "ac_bpt"],
            wait_s=5,
        )
        told = await station.ordered("NotifyAllowedEnergyTransfer")
        second, _ = await asks(station, NEEDS)
        kept = await api.only_holding(name, "charging_needs")

    assert (first, second, command["state"]) == ("Accepted", "Accepted", "accepted")
    assert only["charging_schedule_period"][0]["operation_mode"] == "ChargingOnly"
    assert told["transaction_id"] == charging.transaction_id
    assert told["allowed_energy_transfer"] == ["AC_three_phase", "AC_BPT"]
    assert kept["data"]["requested_energy_transfer"] == "ac_bpt"


@case("2.1", "TC_K_114_CSMS")
async def test_a_car_that_discharges_asks_anew_and_keeps_its_setpoint(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        schedule = scheduled(operation_mode="central_setpoint", setpoint=-5_000)
        await charging_by(api, station, "absolute", schedule)
        answers = []
        for least in (-9_000, -7_000):
            parameters = {"max_discharge_power": least, "min_discharge_power": -1_000}
            needs = {**NEEDS, "v2x_charging_parameters": parameters}
            answers.append(await asks(station, needs))
        kept = await api.only_holding(name, "charging_needs")

    periods = [schedule["charging_schedule_period"] for _, schedule in answers]
    assert [status for status, _ in answers] == ["Accepted", "Accepted"]
    assert periods[0] == periods[1]
    assert (periods[0][0]["operation_mode"], periods[0][0]["setpoint"]) == (
        "CentralSetpoint",
        -5_000.0,
    )
    assert kept["data"]["v2x_charging_parameters"]["max_discharge_power"] == -7_000


@pytest.mark.parametrize(
    "control",
    [
        pytest.param("ScheduledControl", marks=of_21("TC_K_113_CSMS")),
        pytest.param("DynamicControl", marks=[of_21("TC_K_115_CSMS"), of_21("TC_K_117_CSMS")]),
    ],
)
async def test_a_car_is_given_one_schedule_and_another_when_the_operator_says_so(
    server: Server, control: str
) -> None:
    name = a_name(Station21)
    needs = {
        "requested_energy_transfer": "AC_three_phase",
        "control_mode": control,
        "v2x_charging_parameters": {"max_charge_power": 22_000},
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await api.order(name, "set_limit", evse=1, limit_a=20, wait_s=5)
        await station.ordered("SetChargingProfile")
        charging = await station.start(await api.token(a_token()), wh=0, at=now())
        answer, first = await asks(station, needs)
        profile = {
            "purpose": "tx",
            "transaction_id": charging.transaction_id,
            "schedules": [scheduled("A", limit=8)],
        }
        await api.order(name, PROFILE, evse=1, profile=profile, wait_s=5)
        less = (await station.ordered("SetChargingProfile"))["charging_profile"]
        again, second = await asks(station, needs)

    assert (answer, again) == ("Accepted", "Accepted")
    assert [it["charging_schedule_period"][0]["limit"] for it in (first, second)] == [20, 8]
    assert less["charging_schedule"][0]["charging_schedule_period"][0]["limit"] == 8
