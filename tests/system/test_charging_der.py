"""R. Control of distributed energy resources: set, reported, cleared, begun, ended, alarmed."""

from typing import Any

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import connected, now, text_of
from tests.system.station21 import Station21
from tests.system.versions import a_name

CURVE = {
    "priority": 1,
    "y_unit": "pct_max_w",
    "curve_data": [{"x": 50.2, "y": 100}, {"x": 51.5, "y": 0}],
    "hysteresis": {"hysteresis_low": 49.8},
}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "enter_service": (
        "enter_service",
        {"high_voltage": 253, "low_voltage": 195, "high_freq": 50.1, "low_freq": 49.9},
    ),
    "fixed_pf_absorb": ("fixed_pf_absorb", {"displacement": 0.95, "excitation": True}),
    "fixed_pf_inject": ("fixed_pf_inject", {"displacement": 0.95, "excitation": False}),
    "fixed_var": ("fixed_var", {"setpoint": 10, "unit": "pct_max_var"}),
    "freq_droop": (
        "freq_droop",
        {
            "over_freq": 50.2,
            "under_freq": 49.8,
            "over_droop": 5,
            "under_droop": 5,
            "response_time": 2,
        },
    ),
    "gradients": ("gradient", {"gradient": 1.5, "soft_gradient": 0.5}),
    "limit_max_discharge": ("limit_max_discharge", {"pct_max_discharge_power": 60}),
}


async def set_curve(api: Api, name: str, control: str) -> Any:
    return await api.order(
        name,
        "set_der_control",
        control=control,
        control_type="freq_watt",
        default=True,
        curve=CURVE,
        wait_s=5,
    )


@pytest.mark.case("2.1", "TC_R_108_CSMS")
@pytest.mark.covers("SetDERControl", "NotifyDERStartStop", versions=("ocpp2.1",))
async def test_a_control_is_on_file_and_what_it_supersedes_is_so(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await set_curve(api, name, "c1")
        told = await station.ordered("SetDERControl")
        station.answers["SetDERControl"] = {"status": "Accepted", "superseded_ids": ["c1"]}
        await set_curve(api, name, "c2")
        both = await api.all(f"/stations/{name}/holdings", kind="der_control")
        started: dict[str, Any] = {"control_id": "c2", "started": True, "timestamp": text_of(now())}
        await station.call("NotifyDERStartStop", **started)
        _, running = await api.all(f"/stations/{name}/holdings", kind="der_control")

    assert (told["control_id"], told["control_type"]) == ("c1", "FreqWatt")
    assert told["curve"]["y_unit"] == "PctMaxW"
    assert told["curve"]["curve_data"][1] == {"x": 51.5, "y": 0.0}
    assert [(it["key"], it["state"]) for it in both] == [("c1", "superseded"), ("c2", "default")]
    assert both[1]["data"]["curve"]["hysteresis"] == {"hysteresis_low": 49.8}
    assert (running["state"], running["value"]) == ("started", "freq_watt")


@pytest.mark.case("2.1", "TC_R_107_CSMS")
@pytest.mark.covers("SetDERControl", versions=("ocpp2.1",))
@pytest.mark.parametrize("control_type", sorted(OTHERS))
async def test_a_control_of_each_type_is_said_in_its_own_field(
    server: Server, control_type: str
) -> None:
    name = a_name(Station21)
    field, said = OTHERS[control_type]
    fields = {"control_type": control_type, "default": True, field: {"priority": 0, **said}}
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(name, "set_der_control", wait_s=5, **fields)
        told = await station.ordered("SetDERControl")
        kept = await api.only_holding(name, "der_control")
        wrong = {"command": "set_der_control", "control_type": "volt_var", **fields}
        wrong["control_type"] = "volt_var"
        refused = await api.client.post(f"/stations/{name}/commands", json=wrong)

    assert command["state"] == "accepted"
    assert told[field]["priority"] == 0
    assert kept["data"][field]["priority"] == 0
    assert "'curve' alone" in refused.json()["detail"]


@pytest.mark.covers("GetDERControl", "ReportDERControl", "ClearDERControl", versions=("ocpp2.1",))
async def test_a_report_tells_which_controls_there_are_until_they_are_cleared(
    server: Server,
) -> None:
    name = a_name(Station21)
    curve = {"priority": 1, "y_unit": "PctMaxW", "curve_data": [{"x": 1, "y": 2}]}
    shown = {"is_default": False, "is_superseded": False}
    limit = {"priority": 2, "pct_max_discharge_power": 50}
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await set_curve(api, name, "lost")
        await station.ordered("SetDERControl")
        command = await api.order(name, "get_der_control")
        number = (await station.ordered("GetDERControl"))["request_id"]
        first = {"id": "a", "curve": curve, "curve_type": "VoltVar", **shown}
        await station.call("ReportDERControl", request_id=number, curve=[first], tbc=True)
        second = {"id": "b", "limit_max_discharge": limit, **shown}
        await station.call("ReportDERControl", request_id=number, limit_max_discharge=[second])
        done = await api.get(f"/commands/{command['id']}")
        kept = await api.all(f"/stations/{name}/holdings", kind="der_control")
        await api.order(name, "clear_der_control", control_type="volt_var", wait_s=5)
        cleared = await station.ordered("ClearDERControl")
        left = await api.only_holding(name, "der_control")

    assert done["state"] == "applied"
    assert [(it["key"], it["value"], it["state"]) for it in kept] == [
        ("a", "volt_var", "scheduled"),
        ("b", "limit_max_discharge", "scheduled"),
    ]
    assert kept[1]["data"]["limit_max_discharge"]["pct_max_discharge_power"] == 50
    assert cleared == {"is_default": False, "control_type": "VoltVar"}
    assert left["key"] == "b"


@pytest.mark.case("2.1", "TC_R_108_CSMS")
@pytest.mark.covers("NotifyDERAlarm", versions=("ocpp2.1",))
async def test_an_alarm_is_on_file_until_it_ended(server: Server) -> None:
    name = a_name(Station21)
    alarm = {"control_type": "HVMustTrip", "grid_event_fault": "OverVoltage"}
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await station.call("NotifyDERAlarm", timestamp=text_of(now()), **alarm)
        active = await api.only_holding(name, "der_alarm")
        ended: dict[str, Any] = {"control_type": "HVMustTrip", "alarm_ended": True}
        await station.call("NotifyDERAlarm", timestamp=text_of(now()), **ended)
        after = await api.only_holding(name, "der_alarm")

    assert (active["key"], active["state"]) == ("hv_must_trip", "active")
    assert active["data"]["grid_event_fault"] == "over_voltage"
    assert after["state"] == "ended"
