"""Smart charging in all versions, as the official cases play it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import both, case, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, Hours, Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_charging_profiles import a_profile, told_profile
from tests.system.versions import KINDS, a_name, a_token

PROFILE = "set_charging_profile"
all_kinds = pytest.mark.parametrize("kind", KINDS)
WIRE = {
    "tx_default": "TxDefaultProfile",
    "station_max": "ChargingStationMaxProfile",
    "tx": "TxProfile",
}


@pytest.mark.parametrize(
    ("evse", "fields", "kind_told"),
    [
        pytest.param(
            1,
            {"purpose": "tx_default"},
            "Absolute",
            marks=[case("1.6", "TC_056_CSMS"), for_2x("TC_K_01_CSMS")],
        ),
        pytest.param(0, {"purpose": "station_max"}, "Absolute", marks=for_2x("TC_K_03_CSMS")),
        pytest.param(0, {"purpose": "tx_default"}, "Absolute", marks=for_2x("TC_K_10_CSMS")),
        pytest.param(
            1,
            {"purpose": "tx_default", "kind": "recurring", "recurrency": "daily"},
            "Recurring",
            marks=for_2x("TC_K_19_CSMS"),
        ),
    ],
)
@all_kinds
async def test_a_profile_is_set_and_on_file(
    server: Server, kind: type[Station], evse: int, fields: Fields, kind_told: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(
            name, PROFILE, evse=evse, profile=a_profile(id=7, **fields), wait_s=5
        )
        told = told_profile(kind, await station.ordered("SetChargingProfile"))
        kept = await api.only_holding(name, "profile")

    purpose = WIRE[fields["purpose"]]
    if kind is Station16:
        purpose = purpose.replace("ChargingStation", "ChargePoint")
    assert command["state"] == "accepted"
    assert (told["charging_profile_purpose"], told["charging_profile_kind"]) == (
        purpose,
        kind_told,
    )
    assert (kept["key"], kept["value"], kept["evse_id"]) == ("7", fields["purpose"], evse)


@pytest.mark.parametrize(
    "where",
    [pytest.param(1, marks=[case("1.6", "TC_057_CSMS"), for_2x("TC_K_60_CSMS")])],
)
@all_kinds
async def test_a_profile_of_a_running_transaction(
    server: Server, kind: type[Station], where: int
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        profile = a_profile(purpose="tx", transaction_id=charging.transaction_id, id=9)
        await api.order(name, PROFILE, evse=where, profile=profile, wait_s=5)
        told = told_profile(kind, await station.ordered("SetChargingProfile"))
        kept = await api.only_holding(name, "profile")

    assert str(told["transaction_id"]) == charging.transaction_id
    assert (kept["key"], kept["value"]) == ("9", "tx")


@for_2x("TC_K_02_CSMS")
@both
async def test_a_profile_of_a_transaction_that_does_not_run_is_sent_to_nobody(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    body = {
        "command": PROFILE,
        "evse": 1,
        "profile": a_profile(purpose="tx", transaction_id="T-0", id=9),
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await api.client.post(f"/stations/{name}/commands", json=body)
        assert station.orders.empty()

    assert answer.status_code == 409


@for_2x("TC_K_04_CSMS")
@both
async def test_a_profile_of_the_same_id_is_replaced(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        for level in (2, 3):
            profile = a_profile(id=7) | {"stack_level": level}
            await api.order(name, PROFILE, evse=1, profile=profile, wait_s=5)
        kept = await api.only_holding(name, "profile")

    assert (kept["key"], kept["data"]["stack_level"]) == ("7", 3)


@pytest.mark.parametrize(
    ("choice", "answer", "left"),
    [
        pytest.param(
            {"profile": 7},
            "Accepted",
            0,
            marks=[case("1.6", "TC_067_CSMS"), for_2x("TC_K_05_CSMS")],
        ),
        pytest.param(
            {"purpose": "tx_default", "stack_level": 2, "evse": 1},
            "Accepted",
            0,
            marks=for_2x("TC_K_06_CSMS"),
        ),
        pytest.param({"profile": 8}, "Unknown", 1, marks=for_2x("TC_K_08_CSMS")),
    ],
)
@all_kinds
async def test_profiles_are_cleared(
    server: Server, kind: type[Station], choice: Fields, answer: str, left: int
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, PROFILE, evse=1, profile=a_profile(id=7), wait_s=5)
        await station.ordered("SetChargingProfile")
        station.answers["ClearChargingProfile"] = {"status": answer}
        command = await api.order(name, "clear_charging_profiles", wait_s=5, **choice)
        await station.ordered("ClearChargingProfile")
        held = await api.all(f"/stations/{name}/holdings", kind="profile")

    assert command["result"] == answer
    assert len(held) == left


@for_2x("TC_K_15_CSMS")
@both
async def test_a_profile_that_is_not_taken_is_not_on_file(
    server: Server, kind: type[Station201]
) -> None:
    fields = {"evse": 1, "profile": a_profile(id=7)}
    command, _ = await given(
        server, kind, "SetChargingProfile", {"status": "Rejected"}, PROFILE, **fields
    )
    assert (command["state"], command["result"]) == ("rejected", "Rejected")


@for_2x("TC_K_70_CSMS")
@both
async def test_several_profiles_lie_side_by_side(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        for number, purpose, evse in ((1, "station_max", 0), (2, "tx_default", 1)):
            profile = a_profile(id=number, purpose=purpose)
            await api.order(name, PROFILE, evse=evse, profile=profile, wait_s=5)
        held = await api.all(f"/stations/{name}/holdings", kind="profile")

    assert [(it["key"], it["value"]) for it in held] == [("1", "station_max"), ("2", "tx_default")]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        pytest.param({"evse": 0}, {"evse_id": 0}, marks=for_2x("TC_K_29_CSMS")),
        pytest.param({"evse": 1}, {"evse_id": 1}, marks=for_2x("TC_K_30_CSMS")),
        pytest.param({}, {}, marks=for_2x("TC_K_31_CSMS")),
        pytest.param(
            {"profiles": [7]},
            {"charging_profile": {"charging_profile_id": [7]}},
            marks=for_2x("TC_K_32_CSMS"),
        ),
        pytest.param(
            {"evse": 1, "stack_level": 2},
            {"evse_id": 1, "charging_profile": {"stack_level": 2}},
            marks=for_2x("TC_K_33_CSMS"),
        ),
        pytest.param(
            {"evse": 1, "source": "cso"},
            {"evse_id": 1, "charging_profile": {"charging_limit_source": ["CSO"]}},
            marks=for_2x("TC_K_34_CSMS"),
        ),
        pytest.param(
            {"evse": 1, "purpose": "tx_default"},
            {
                "evse_id": 1,
                "charging_profile": {"charging_profile_purpose": "TxDefaultProfile"},
            },
            marks=for_2x("TC_K_35_CSMS"),
        ),
        pytest.param(
            {"evse": 1, "purpose": "tx_default", "stack_level": 2},
            {
                "evse_id": 1,
                "charging_profile": {
                    "charging_profile_purpose": "TxDefaultProfile",
                    "stack_level": 2,
                },
            },
            marks=for_2x("TC_K_36_CSMS"),
        ),
    ],
)
@both
async def test_profiles_that_are_told_are_on_file(
    server: Server, kind: type[Station201], choice: Fields, wire: Fields
) -> None:
    name = a_name(kind)
    profile: dict[str, Any] = {
        "id": 7,
        "stack_level": 2,
        "charging_profile_purpose": "TxDefaultProfile",
        "charging_profile_kind": "Absolute",
        "charging_schedule": [
            {
                "id": 1,
                "charging_rate_unit": "A",
                "start_schedule": text_of(now()),
                "charging_schedule_period": [{"start_period": 0, "limit": 10}],
            }
        ],
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "get_charging_profiles", **choice)
        told = await station.ordered("GetChargingProfiles")
        await station.call(
            "ReportChargingProfiles",
            request_id=told["request_id"],
            charging_limit_source="CSO",
            evse_id=1,
            charging_profile=[profile],
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "profile")

    assert {it: told[it] for it in wire} == wire
    assert (ended["state"], kept["key"], kept["value"]) == ("applied", "7", "tx_default")


@pytest.mark.parametrize("evse", [pytest.param(1, marks=for_2x("TC_K_37_CSMS"))])
@case("1.6", "TC_059_CSMS")
@all_kinds
async def test_a_remote_start_brings_its_profile(
    server: Server, kind: type[Station], evse: int
) -> None:
    name, token = a_name(kind), a_token()
    profile = {
        "purpose": "tx",
        "kind": "relative",
        "schedules": [{"unit": "A", "periods": [{"limit": 8}]}],
    }
    action = "RemoteStartTransaction" if kind is Station16 else "RequestStartTransaction"
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(token)
        await api.order(name, "remote_start", token=token, evse=evse, profile=profile)
        told = told_profile(kind, await station.ordered(action))
        (kept,) = await api.until(lambda: api.all(f"/stations/{name}/holdings"), bool)

    (period,) = told["charging_schedule"][0]["charging_schedule_period"]
    assert (told["charging_profile_purpose"], period["limit"]) == ("TxProfile", 8)
    assert (kept["kind"], kept["value"]) == ("profile", "tx")


@pytest.mark.parametrize(
    "evse",
    [
        pytest.param(1, marks=[case("1.6", "TC_066_CSMS"), for_2x("TC_K_43_CSMS")]),
        pytest.param(0, marks=for_2x("TC_K_44_CSMS")),
    ],
)
@all_kinds
async def test_a_composite_schedule_is_on_file(
    server: Server, kind: type[Station], evse: int
) -> None:
    name, begin = a_name(kind), text_of(now())
    periods = [{"start_period": 0, "limit": 12.0}]
    if kind is Station16:
        schedule: Fields = {
            "connector_id": evse,
            "schedule_start": begin,
            "charging_schedule": {
                "duration": 600,
                "charging_rate_unit": "A",
                "charging_schedule_period": periods,
            },
        }
    else:
        schedule = {
            "schedule": {
                "evse_id": evse,
                "duration": 600,
                "schedule_start": begin,
                "charging_rate_unit": "A",
                "charging_schedule_period": periods,
            }
        }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetCompositeSchedule"] = {"status": "Accepted", **schedule}
        command = await api.order(
            name, "get_composite_schedule", evse=evse, duration_s=600, wait_s=5
        )
        told = await station.ordered("GetCompositeSchedule")
        kept = await api.only_holding(name, "schedule")

    assert command["state"] == "accepted"
    assert told["duration"] == 600
    assert kept["key"] == str(evse)


@for_2x("TC_K_48_CSMS")
@for_2x("TC_K_50_CSMS")
@both
async def test_a_limit_from_outside_is_on_file_until_it_is_released(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await station.call(
            "NotifyChargingLimit",
            evse_id=1,
            charging_limit={"charging_limit_source": "EMS", "is_grid_critical": False},
        )
        kept = await api.only_holding(name, "limit")
        await station.call("ClearedChargingLimit", charging_limit_source="EMS", evse_id=1)
        left = await api.all(f"/stations/{name}/holdings", kind="limit")

    assert kept["evse_id"] == 1
    assert left == []


@for_2x("TC_K_51_CSMS")
@both
async def test_a_limit_from_outside_that_is_released_during_a_session(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        await station.call(
            "NotifyChargingLimit", evse_id=1, charging_limit={"charging_limit_source": "SO"}
        )
        await station.call("ClearedChargingLimit", charging_limit_source="SO", evse_id=1)
        await station.event(
            charging,
            "Updated",
            "ChargingRateChanged",
            at=hours.begin + timedelta(minutes=1),
            info={"charging_state": "Charging"},
        )
        left = await api.all(f"/stations/{name}/holdings", kind="limit")
        session = await api.only_session(name)

    assert left == []
    assert session["state"] == "charging"
