"""K. Smart charging: profiles and limits as the station gets them, and what is on file of them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name, a_token


def a_profile(**fields: Any) -> dict[str, Any]:
    schedule = {
        "unit": "A",
        "starts_at": text_of(now()),
        "duration_s": 3600,
        "periods": [{"limit": 16.07}, {"start_s": 600, "limit": 10, "number_phases": 3}],
    }
    return {"purpose": "tx_default", "stack_level": 2, "schedules": [schedule], **fields}


def told_profile(kind: type[Station], fields: dict[str, Any]) -> dict[str, Any]:
    """The profile in a call, under the names of 2.x."""
    if kind is not Station16:
        profile: dict[str, Any] = fields["charging_profile"]
        return profile
    profile = dict(fields.get("cs_charging_profiles") or fields["charging_profile"])
    profile["id"] = profile.pop("charging_profile_id")
    profile["charging_schedule"] = [profile["charging_schedule"]]
    return profile


@pytest.mark.covers("SetChargingProfile", "ClearChargingProfile")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_profile_is_on_file_until_it_is_cleared(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(
            name, "set_charging_profile", evse=1, profile=a_profile(id=7), wait_s=5
        )
        told = told_profile(kind, await station.ordered("SetChargingProfile"))
        kept = await api.only_holding(name, "profile")
        await api.order(name, "clear_charging_profiles", profile=7, wait_s=5)
        cleared = await station.ordered("ClearChargingProfile")
        left = await api.all(f"/stations/{name}/holdings", kind="profile")

    assert command["state"] == "accepted"
    assert (kept["key"], kept["value"], kept["state"], kept["evse_id"]) == (
        "7", "tx_default", "active", 1,
    )  # fmt: skip
    assert kept["data"]["schedules"][0]["periods"][1] == {
        "start_s": 600, "limit": 10, "number_phases": 3,
    }  # fmt: skip
    (schedule,) = told["charging_schedule"]
    first, second = schedule["charging_schedule_period"]
    assert (told["id"], told["stack_level"], told["charging_profile_kind"]) == (7, 2, "Absolute")
    assert first["limit"] == (16.0 if kind is Station16 else 16.07)
    assert (second["start_period"], second["number_phases"]) == (600, 3)
    assert 7 in cleared.values()
    assert left == []


@pytest.mark.covers("SetChargingProfile")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_profile_is_not_on_file(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetChargingProfile"] = {"status": "Rejected"}
        command = await api.order(
            name, "set_charging_profile", evse=1, profile=a_profile(), wait_s=5
        )
        held = await api.all(f"/stations/{name}/holdings")

    assert (command["state"], command["result"]) == ("rejected", "Rejected")
    assert held == []


@pytest.mark.parametrize("kind", KINDS)
async def test_two_profiles_of_one_level_are_refused_before_the_station_is_asked(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_charging_profile", evse=1, profile=a_profile(id=7), wait_s=5)
        await station.ordered("SetChargingProfile")
        body = {"command": "set_charging_profile", "evse": 1, "profile": a_profile(id=8)}
        refused = await api.client.post(f"/stations/{name}/commands", json=body)
        elsewhere = {**body, "evse": 0}
        everywhere = await api.client.post(f"/stations/{name}/commands", json=elsewhere)
        again = await api.order(
            name, "set_charging_profile", evse=1, profile=a_profile(id=7), wait_s=5
        )

    assert refused.status_code == everywhere.status_code == 409
    assert "rofile 7 has this purpose and stack level already" in refused.json()["detail"]
    assert again["state"] == "accepted"


@pytest.mark.covers("SetChargingProfile")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_transaction_s_profile_goes_with_it(server: Server, kind: type[Station]) -> None:
    name, begin = a_name(kind), now() - timedelta(minutes=10)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = await station.start(token, wh=100, at=begin)
        profile = a_profile(purpose="tx", transaction_id=charging.transaction_id, id=9)
        command = await api.order(name, "set_charging_profile", evse=1, profile=profile, wait_s=5)
        told = told_profile(kind, await station.ordered("SetChargingProfile"))
        kept = await api.only_holding(name, "profile")
        await station.stop(charging, wh=500, at=now())
        left = await api.all(f"/stations/{name}/holdings", kind="profile")
        late = {"command": "set_charging_profile", "evse": 1, "profile": profile}
        refused = await api.client.post(f"/stations/{name}/commands", json=late)

    assert command["state"] == "accepted"
    assert str(told["transaction_id"]) == charging.transaction_id
    assert kept["value"] == "tx"
    assert left == []
    assert "does not run" in refused.json()["detail"]


@pytest.mark.covers("RemoteStartTransaction", "RequestStartTransaction")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_remote_start_brings_its_profile(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    schedule = {"unit": "W", "periods": [{"limit": 7400}]}
    profile = {"purpose": "tx", "kind": "relative", "schedules": [schedule]}
    action = "RemoteStartTransaction" if kind is Station16 else "RequestStartTransaction"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        await api.order(name, "remote_start", token=token, evse=1, profile=profile)
        told = told_profile(kind, await station.ordered(action))
        (kept,) = await api.until(lambda: api.all(f"/stations/{name}/holdings"), bool)
        charging = await station.start(token, wh=0, at=now())
        await station.stop(charging, wh=500, at=now() + timedelta(seconds=1))
        left = await api.all(f"/stations/{name}/holdings", kind="profile")

    assert told["charging_profile_purpose"] == "TxProfile"
    assert "transaction_id" not in told
    assert (kept["key"], kept["value"]) == (str(told["id"]), "tx")
    assert left == []


@pytest.mark.covers("SetChargingProfile", "ClearChargingProfile")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_plain_limit_needs_no_more_than_a_number(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_limit", limit_w=11_000, wait_s=5)
        whole = told_profile(kind, await station.ordered("SetChargingProfile"))
        await api.order(name, "set_limit", evse=1, limit_a=10, duration_s=600, wait_s=5)
        one = told_profile(kind, await station.ordered("SetChargingProfile"))
        kept = await api.all(f"/stations/{name}/holdings", kind="profile")
        await api.order(name, "clear_limit", evse=1, wait_s=5)
        left = await api.only_holding(name, "profile")

    assert whole["charging_profile_purpose"] in {
        "ChargePointMaxProfile", "ChargingStationMaxProfile",
    }  # fmt: skip
    assert one["charging_profile_purpose"] == "TxDefaultProfile"
    assert one["charging_schedule"][0]["duration"] == 600
    assert [it["value"] for it in kept] == ["station_max", "tx_default"]
    assert left["value"] == "station_max"


@pytest.mark.covers("ClearChargingProfile")
@pytest.mark.parametrize("kind", KINDS)
async def test_what_matches_is_cleared_and_the_rest_stays(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for number, evse in ((7, 1), (8, 2)):
            profile = a_profile(id=number)
            await api.order(name, "set_charging_profile", evse=evse, profile=profile, wait_s=5)
            await station.ordered("SetChargingProfile")
        await api.order(name, "clear_charging_profiles", evse=2, purpose="tx_default", wait_s=5)
        told = await station.ordered("ClearChargingProfile")
        left = await api.only_holding(name, "profile")
        station.answers["ClearChargingProfile"] = {"status": "Unknown"}
        unknown = await api.order(name, "clear_charging_profiles", profile=7, wait_s=5)
        none = await api.all(f"/stations/{name}/holdings", kind="profile")

    criteria = told if kind is Station16 else told["charging_profile_criteria"]
    assert criteria["charging_profile_purpose"] == "TxDefaultProfile"
    assert left["key"] == "7"
    assert (unknown["state"], unknown["result"]) == ("accepted", "Unknown")
    assert none == []


def a_composite(kind: type[Station], limit: float) -> dict[str, Any]:
    periods = [{"start_period": 0, "limit": limit}]
    start = text_of(now())
    if kind is Station16:
        schedule = {"charging_rate_unit": "A", "charging_schedule_period": periods}
        return {
            "status": "Accepted",
            "connector_id": 1,
            "schedule_start": start,
            "charging_schedule": {**schedule, "duration": 60},
        }
    composite = {
        "evse_id": 1,
        "duration": 60,
        "schedule_start": start,
        "charging_rate_unit": "A",
        "charging_schedule_period": periods,
    }
    return {"status": "Accepted", "schedule": composite}


@pytest.mark.covers("GetCompositeSchedule")
@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_station_keeps_to_is_on_file(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetCompositeSchedule"] = a_composite(kind, 16)
        await api.order(name, "get_composite_schedule", evse=1, duration_s=60, unit="A", wait_s=5)
        asked = await station.ordered("GetCompositeSchedule")
        kept = await api.only_holding(name, "schedule")

    assert (asked["duration"], asked["charging_rate_unit"]) == (60, "A")
    assert (kept["key"], kept["evse_id"], kept["data"]["unit"]) == ("1", 1, "A")
    assert kept["data"]["periods"] == [{"start_s": 0, "limit": 16}]
    assert kept["data"]["duration_s"] == 60
    assert "starts_at" in kept["data"]


@pytest.mark.covers("GetCompositeSchedule")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.quirk(47)
async def test_a_limit_that_was_accepted_and_is_not_kept_is_found_out(
    server: Server, kind: type[Station]
) -> None:
    """Quirk 47: some stations accept what they do not do."""
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetCompositeSchedule"] = a_composite(kind, 32)
        short = await api.order(name, "verify_limit", evse=1, limit_a=16, wait_s=5)
        station.answers["GetCompositeSchedule"] = a_composite(kind, 16)
        kept = await api.order(name, "verify_limit", evse=1, limit_a=16, wait_s=5)
        in_w = await api.order(name, "verify_limit", evse=1, limit_w=11_040, wait_s=5)
        station.answers["GetCompositeSchedule"] = {"status": "Accepted"}
        none = await api.order(name, "verify_limit", evse=1, limit_a=16, wait_s=5)

    assert short["state"] == "rejected"
    assert short["reason"] == "the station allows 32 A where 16 A was set"
    assert kept["state"] == in_w["state"] == "accepted"
    assert none["state"] == "rejected"
    assert "tells of no limit" in none["reason"]


@pytest.mark.covers("GetChargingProfiles", "ReportChargingProfiles")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_what_a_report_of_all_profiles_does_not_name_is_gone(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_charging_profile", evse=1, profile=a_profile(id=7), wait_s=5)
        await station.ordered("SetChargingProfile")
        command = await api.order(name, "get_charging_profiles")
        asked = await station.ordered("GetChargingProfiles")
        for number, more in ((11, True), (12, False)):
            await report(station, asked["request_id"], number, tbc=more)
        done = await api.get(f"/commands/{command['id']}")
        kept = await api.all(f"/stations/{name}/holdings", kind="profile")
        external = {"command": "clear_charging_profiles", "profile": 12}
        refused = await api.client.post(f"/stations/{name}/commands", json=external)

    assert done["state"] == "applied"
    assert [(it["key"], it["value"]) for it in kept] == [
        ("11", "tx_default"),
        ("12", "external_constraints"),
    ]
    assert kept[1]["data"]["source"] == "ems"
    assert kept[1]["data"]["schedules"][0]["periods"] == [{"start_s": 0, "limit": 8}]
    assert "not ours to clear" in refused.json()["detail"]


@pytest.mark.covers("GetChargingProfiles")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_what_a_station_without_profiles_was_thought_to_have_is_gone(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_charging_profile", evse=1, profile=a_profile(id=7), wait_s=5)
        station.answers["GetChargingProfiles"] = {"status": "NoProfiles"}
        await api.order(name, "get_charging_profiles", evse=1, wait_s=5)
        (kept,) = await api.all(f"/stations/{name}/holdings", kind="profile")
        none = await api.order(name, "get_charging_profiles", wait_s=5)
        left = await api.all(f"/stations/{name}/holdings", kind="profile")

    assert kept["key"] == "7"
    assert (none["state"], none["result"]) == ("rejected", "NoProfiles")
    assert left == []


async def report(station: Station201, request_id: int, number: int, *, tbc: bool) -> None:
    external = "ChargingStationExternalConstraints"
    schedule = {
        "id": 1,
        "charging_rate_unit": "A",
        "charging_schedule_period": [{"start_period": 0, "limit": 8}],
    }
    await station.call(
        "ReportChargingProfiles",
        request_id=request_id,
        charging_limit_source="CSO" if tbc else "EMS",
        evse_id=1,
        tbc=tbc,
        charging_profile=[
            {
                "id": number,
                "stack_level": 0,
                "charging_profile_purpose": "TxDefaultProfile" if tbc else external,
                "charging_profile_kind": "Absolute",
                "charging_schedule": [schedule],
            }
        ],
    )


@pytest.mark.covers("NotifyChargingLimit", "ClearedChargingLimit")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_limit_from_outside_is_on_file_while_it_holds(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.call(
            "NotifyChargingLimit",
            evse_id=1,
            charging_limit={"charging_limit_source": "SO", "is_grid_critical": True},
            charging_schedule=[
                {
                    "id": 1,
                    "charging_rate_unit": "W",
                    "charging_schedule_period": [{"start_period": 0, "limit": 4200}],
                }
            ],
        )
        kept = await api.only_holding(name, "limit")
        await station.call("ClearedChargingLimit", charging_limit_source="SO", evse_id=1)
        left = await api.all(f"/stations/{name}/holdings", kind="limit")

    assert (kept["key"], kept["value"], kept["evse_id"]) == ("so/1", "so", 1)
    assert kept["data"]["is_grid_critical"] is True
    assert kept["data"]["schedules"][0]["periods"] == [{"start_s": 0, "limit": 4200}]
    assert left == []
