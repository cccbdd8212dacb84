"""K15 to K28, Q: what cars want, priority, limits that are renewed, and the grid's signals."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ogniwo.domain.charging_told import SENT_AGAIN_MAX
from tests.system.server import Api, Server, api_of, serving
from tests.system.station import Charging, Fields, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS_2X, a_name, a_token
from tests.system.wire import wired

NEEDS = {
    "requested_energy_transfer": "AC_three_phase",
    "ac_charging_parameters": {
        "energy_amount": 30_000,
        "ev_min_current": 6,
        "ev_max_current": 32,
        "ev_max_voltage": 400,
    },
}


async def charging_within(
    api: Api, station: Station201, name: str, limit: float, **fields: Any
) -> Charging:
    """A session with a profile of its own, in A."""
    charging = await station.start(await api.token(a_token()), wh=0, at=now())
    schedule = {"unit": "A", "starts_at": text_of(now()), "periods": [{"limit": limit}]}
    profile = {
        "purpose": "tx",
        "stack_level": 3,
        "transaction_id": charging.transaction_id,
        "schedules": [schedule],
        **fields,
    }
    await api.order(name, "set_charging_profile", evse=1, profile=profile, wait_s=5)
    await station.ordered("SetChargingProfile")
    return charging


@pytest.mark.covers("NotifyEVChargingNeeds")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_car_s_needs_are_kept_and_answered_with_a_profile_if_a_limit_is_known(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    asked: dict[str, Any] = {"evse_id": 1, "charging_needs": NEEDS, "max_schedule_tuples": 3}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        idle = await station.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=NEEDS)
        charging = await station.start(await api.token(a_token()), wh=0, at=now())
        unlimited = await station.call("NotifyEVChargingNeeds", **asked)
        assert station.orders.empty()
        await api.order(name, "set_limit", evse=1, limit_a=20, wait_s=5)
        await station.ordered("SetChargingProfile")
        follows = await station.call("NotifyEVChargingNeeds", **asked)
        told = (await station.ordered("SetChargingProfile"))["charging_profile"]
        kept = await api.only_holding(name, "charging_needs")

    no = "NoChargingProfile" if kind is Station21 else "Rejected"
    assert (idle.status, unlimited.status, follows.status) == (no, no, "Accepted")
    assert "no transaction runs there" in idle.status_info["additional_info"]
    assert "no limit is known" in unlimited.status_info["additional_info"]
    assert told["charging_profile_purpose"] == "TxProfile"
    assert told["transaction_id"] == charging.transaction_id
    (schedule,) = told["charging_schedule"]
    assert schedule["charging_schedule_period"] == [
        {"start_period": 0, "limit": 20, "number_phases": 3}
    ]
    assert (kept["key"], kept["evse_id"]) == ("1", 1)
    assert kept["value"] == charging.transaction_id
    assert kept["data"]["requested_energy_transfer"] == "ac_three_phase"
    assert kept["data"]["ac_charging_parameters"]["ev_max_current"] == 32
    assert kept["data"]["max_schedule_tuples"] == 3


async def lists(api: Api, station: Station201, name: str, profile: Fields) -> None:
    """The station tells that it has the profile."""
    await api.order(name, "get_charging_profiles", evse=1, purpose="tx")
    asked = await station.ordered("GetChargingProfiles")
    await station.call(
        "ReportChargingProfiles",
        request_id=asked["request_id"],
        charging_limit_source="CSO",
        evse_id=1,
        charging_profile=[profile],
    )


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_car_with_a_plan_feels_a_limit_that_is_changed_or_taken_away(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    told = []
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.start(await api.token(a_token()), wh=0, at=now())
        for limit_a in (20, 8):
            await api.order(name, "set_limit", evse=1, limit_a=limit_a, wait_s=5)
            await station.ordered("SetChargingProfile")
            if limit_a == 20:
                await station.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=NEEDS)
            told.append((await station.ordered("SetChargingProfile"))["charging_profile"])
            await lists(api, station, name, told[-1])
        await api.order(name, "clear_limit", evse=1, wait_s=5)
        cleared = [await station.ordered("ClearChargingProfile") for _ in range(2)]
        left = await api.until(
            lambda: api.all(f"/stations/{name}/holdings", kind="profile"), lambda it: not it
        )

    limits = [it["charging_schedule"][0]["charging_schedule_period"][0]["limit"] for it in told]
    assert limits == [20, 8]
    assert {it["charging_profile_purpose"] for it in told} == {"TxProfile"}
    assert cleared[1] == {"charging_profile_id": told[1]["id"]}
    assert left == []


@pytest.mark.covers("NotifyEVChargingSchedule")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_car_may_follow_only_what_is_within_the_limits(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await charging_within(api, station, name, 16)
        greedy = await station.call("NotifyEVChargingSchedule", **a_schedule(32))
        again = (await station.ordered("SetChargingProfile"))["charging_profile"]
        refused = await api.only_holding(name, "charging_schedule")
        modest = await station.call("NotifyEVChargingSchedule", **a_schedule(16))
        kept = await api.only_holding(name, "charging_schedule")
        await station.call(
            "NotifyChargingLimit",
            charging_limit={"charging_limit_source": "SO"},
            charging_schedule=[a_schedule(10)["charging_schedule"]],
        )
        limited = await station.call("NotifyEVChargingSchedule", **a_schedule(16))

    assert (greedy.status, modest.status, limited.status) == ("Rejected", "Accepted", "Rejected")
    assert "32 A after 0 s, where 16 A is the limit" in str(greedy.status_info)
    assert again["charging_schedule"][0]["charging_schedule_period"] == [
        {"start_period": 0, "limit": 16}
    ]
    assert (refused["state"], kept["state"]) == ("beyond_limits", "within_limits")
    assert kept["data"]["periods"] == [{"start_s": 0, "limit": 16}]


@pytest.mark.covers("NotifyEVChargingSchedule")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_car_that_does_not_listen_is_not_told_for_ever(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await charging_within(api, station, name, 16)
        for _ in range(SENT_AGAIN_MAX):
            await station.call("NotifyEVChargingSchedule", **a_schedule(32))
            await station.ordered("SetChargingProfile")
        last = await station.call("NotifyEVChargingSchedule", **a_schedule(32))
        given = await api.all("/commands", station_id=name)
        await station.call("NotifyEVChargingSchedule", **a_schedule(16))
        await station.call("NotifyEVChargingSchedule", **a_schedule(32))
        await station.ordered("SetChargingProfile")

    assert last.status == "Rejected"
    assert len([it for it in given if it["author"] == "ogniwo"]) == SENT_AGAIN_MAX


def a_schedule(limit: float) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "charging_rate_unit": "A",
        "charging_schedule_period": [{"start_period": 0, "limit": limit}],
    }
    return {"time_base": text_of(now()), "evse_id": 1, "charging_schedule": schedule}


@pytest.mark.case("2.1", "TC_K_118_CSMS")
@pytest.mark.covers("UsePriorityCharging", "NotifyPriorityCharging", versions=("ocpp2.1",))
async def test_priority_is_asked_for_and_told(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await api.order(name, "use_priority_charging", transaction_id="T-1", wait_s=5)
        told = await station.ordered("UsePriorityCharging")
        asked = await api.only_holding(name, "priority")
        await station.call("NotifyPriorityCharging", transaction_id="T-1", activated=True)
        active = await api.only_holding(name, "priority")
        station.answers["UsePriorityCharging"] = {"status": "NoProfile"}
        none = await api.order(name, "use_priority_charging", transaction_id="T-2", wait_s=5)

    assert told == {"transaction_id": "T-1", "activate": True}
    assert (asked["key"], asked["state"], active["state"]) == ("T-1", "requested", "active")
    assert (none["state"], none["result"]) == ("rejected", "NoProfile")
    assert "purpose priority_charging first" in none["reason"]


@pytest.mark.case("2.1", "TC_K_121_CSMS")
@pytest.mark.covers("UpdateDynamicSchedule", "PullDynamicScheduleUpdate", versions=("ocpp2.1",))
async def test_a_dynamic_limit_is_pushed_and_told_again_when_asked_for(server: Server) -> None:
    name = a_name(Station21)
    profile = {
        "id": 31,
        "purpose": "tx_default",
        "kind": "dynamic",
        "update_interval_s": 60,
        "schedules": [{"unit": "W", "periods": [{"limit": 5000}]}],
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        body = {"command": "update_dynamic_schedule", "profile": 31, "update": {"limit": 1}}
        early = await api.client.post(f"/stations/{name}/commands", json=body)
        await api.order(name, "set_charging_profile", evse=1, profile=profile, wait_s=5)
        told = await station.ordered("SetChargingProfile")
        first = await station.call("PullDynamicScheduleUpdate", charging_profile_id=31)
        update = {"limit": 3700.5, "setpoint": -1000}
        await api.order(name, "update_dynamic_schedule", profile=31, update=update, wait_s=5)
        pushed = await station.ordered("UpdateDynamicSchedule")
        second = await station.call("PullDynamicScheduleUpdate", charging_profile_id=31)
        stranger = await station.call("PullDynamicScheduleUpdate", charging_profile_id=99)
        kept = await api.only_holding(name, "profile")

    assert early.status_code == 409
    assert told["charging_profile"]["dyn_update_interval"] == 60
    assert (first.status, first.schedule_update) == ("Accepted", {"limit": 5000.0})
    assert pushed["schedule_update"] == update
    assert (second.status, second.schedule_update) == ("Accepted", update)
    assert stranger.status == "Rejected"
    assert kept["data"]["update"] == update


@pytest.mark.covers("AFRRSignal", "NotifyAllowedEnergyTransfer", versions=("ocpp2.1",))
async def test_the_grid_s_signal_and_a_permission_reach_the_station(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        sent = await api.order(name, "afrr_signal", signal=-5, wait_s=5)
        signal = await station.ordered("AFRRSignal")
        station.answers["NotifyAllowedEnergyTransfer"] = {"status": "Rejected"}
        fields = {"transaction_id": "T-1", "allowed": ["ac_bpt", "dc_acdp_bpt"]}
        refused = await api.order(name, "notify_allowed_energy_transfer", wait_s=5, **fields)
        allowed = await station.ordered("NotifyAllowedEnergyTransfer")

    assert sent["state"] == "accepted"
    assert signal["signal"] == -5
    assert "timestamp" in signal
    assert allowed["allowed_energy_transfer"] == ["AC_BPT", "DC_ACDP_BPT"]
    assert (refused["state"], refused["result"]) == ("rejected", "Rejected")


async def test_the_profile_comes_after_the_answer_that_promised_it(server: Server) -> None:
    name = a_name(Station201)
    needs = {
        "requestedEnergyTransfer": "AC_three_phase",
        "acChargingParameters": {
            "energyAmount": 9_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400,
        },
    }  # fmt: skip
    async with api_of(server) as api:
        url = server.url(name)
        async with connected(Station201, url, name) as station:
            await api.order(name, "set_limit", evse=1, limit_a=20, wait_s=5)
            await station.start(await api.token(a_token()), wh=0, at=now())
        async with wired(url, "ocpp2.0.1") as wire:
            answer = await wire.call("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
            order = await wire.receive()

    assert (answer[0], answer[2]["status"]) == (3, "Accepted")
    assert (order[0], order[2]) == (2, "SetChargingProfile")


async def test_a_promised_profile_comes_although_the_server_died_in_between(
    tmp_path: Path,
) -> None:
    name = a_name(Station201)
    async with serving(tmp_path / "data") as (server, api):
        url = server.url(name)
        async with connected(Station201, url, name) as station:
            await api.order(name, "set_limit", evse=1, limit_a=20, wait_s=5)
            await station.ordered("SetChargingProfile")
            await station.start(await api.token(a_token()), wh=0, at=now())
            station.answers["SetChargingProfile"] = None
            answer = await station.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=NEEDS)
            server.kill()
        await asyncio.to_thread(server.start)
        async with connected(Station201, url, name) as station:
            told = (await station.ordered("SetChargingProfile"))["charging_profile"]

    assert answer.status == "Accepted"
    assert told["charging_profile_purpose"] == "TxProfile"
