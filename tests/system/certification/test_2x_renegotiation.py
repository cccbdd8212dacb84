"""K15 to K17 as the official cases play them: what a car needs, gets, and asks for anew."""

from typing import Any

import pytest

from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Api, Server, api_of
from tests.system.station import Charging, Fields, Hours, connected, now, text_of
from tests.system.station201 import Station201
from tests.system.test_charging_needs import NEEDS, a_schedule
from tests.system.versions import a_name, a_token

LIMIT_A = 20  # below what the car can take


async def plugged_in(api: Api, station: Station201, name: str) -> Charging:
    """A car charges where a limit is known."""
    await api.order(name, "set_limit", evse=1, limit_a=LIMIT_A, wait_s=5)
    await station.ordered("SetChargingProfile")
    return await station.start(await api.token(a_token()), wh=0, at=Hours().begin)


async def asks(station: Station201, **changed: Any) -> tuple[str, Fields]:
    """The answer to the car's needs, and the profile that follows it."""
    parameters = {**NEEDS["ac_charging_parameters"], **changed}  # type: ignore[dict-item] # one of them is a dict
    needs = {**NEEDS, "ac_charging_parameters": parameters}
    answer = await station.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=needs)
    told = await station.ordered("SetChargingProfile")
    assert told["evse_id"] == 1
    return answer.status, told["charging_profile"]


async def follows(station: Station201, limit: float) -> str:
    answer = await station.call("NotifyEVChargingSchedule", **a_schedule(limit))
    return str(answer.status)


def limit_of(profile: Fields) -> float:
    (schedule,) = profile["charging_schedule"]
    (period,) = schedule["charging_schedule_period"]
    return float(period["limit"])


@for_2x("TC_K_53_CSMS")
@both
async def test_a_car_is_given_a_schedule_and_follows_it(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await plugged_in(api, station, name)
        answer, profile = await asks(station)
        verdict = await follows(station, LIMIT_A)
        held = await api.all(f"/stations/{name}/holdings", kind="profile")
        kept = await api.only_holding(name, "charging_schedule")
        (given, *_) = await api.all("/commands", station_id=name)

    assert (answer, verdict) == ("Accepted", "Accepted")
    assert profile["charging_profile_purpose"] == "TxProfile"
    assert profile["transaction_id"] == charging.transaction_id
    assert limit_of(profile) == LIMIT_A
    assert str(profile["id"]) in {it["key"] for it in held if it["value"] == "tx"}
    assert (kept["state"], kept["value"]) == ("within_limits", charging.transaction_id)
    assert (given["command"], given["author"], given["state"]) == (
        "set_charging_profile", "ogniwo", "accepted",
    )  # fmt: skip


@for_2x("TC_K_55_CSMS")
@both
async def test_a_car_that_wants_more_is_refused_and_given_its_schedule_again(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await plugged_in(api, station, name)
        _, first = await asks(station)
        refused = await follows(station, LIMIT_A + 12)
        again = (await station.ordered("SetChargingProfile"))["charging_profile"]
        beyond = await api.only_holding(name, "charging_schedule")
        taken = await follows(station, LIMIT_A)
        within = await api.only_holding(name, "charging_schedule")

    assert (refused, taken) == ("Rejected", "Accepted")
    assert (again["id"], limit_of(again)) == (first["id"], LIMIT_A)
    assert (beyond["state"], within["state"]) == ("beyond_limits", "within_limits")


@for_2x("TC_K_57_CSMS")
@both
async def test_a_car_that_needs_something_else_is_given_something_else(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await plugged_in(api, station, name)
        _, first = await asks(station, ev_max_current=10)
        await follows(station, 10)
        answer, second = await asks(station)
        verdict = await follows(station, LIMIT_A)
        kept = await api.only_holding(name, "charging_needs")

    assert (answer, verdict) == ("Accepted", "Accepted")
    assert [limit_of(it) for it in (first, second)] == [10, LIMIT_A]
    assert second["id"] == first["id"]  # one takes the other's place
    assert kept["value"] == charging.transaction_id
    assert kept["data"]["ac_charging_parameters"]["ev_max_current"] == 32


@pytest.mark.parametrize(
    "needs_come",
    [
        pytest.param(False, marks=for_2x("TC_K_58_CSMS")),
        pytest.param(True, marks=for_2x("TC_K_59_CSMS")),
    ],
)
@both
async def test_an_operator_gives_a_charging_car_less(
    server: Server, kind: type[Station201], *, needs_come: bool
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await plugged_in(api, station, name)
        _, first = await asks(station)
        await follows(station, LIMIT_A)
        schedule = {"unit": "A", "starts_at": text_of(now()), "periods": [{"limit": 8}]}
        profile = {
            "purpose": "tx",
            "transaction_id": charging.transaction_id,
            "schedules": [schedule],
        }
        await api.order(name, "set_charging_profile", evse=1, profile=profile, wait_s=5)
        told = (await station.ordered("SetChargingProfile"))["charging_profile"]
        answer, again = await asks(station) if needs_come else ("Accepted", told)
        greedy = await follows(station, LIMIT_A)
        await station.ordered("SetChargingProfile")
        verdict = await follows(station, 8)
        (own,) = [
            it
            for it in await api.all(f"/stations/{name}/holdings", kind="profile")
            if it["value"] == "tx"
        ]

    assert told["id"] == again["id"] == first["id"]
    assert limit_of(told) == limit_of(again) == 8  # the operator's word stands
    assert (answer, greedy, verdict) == ("Accepted", "Rejected", "Accepted")
    assert own["data"]["schedules"][0]["periods"] == [{"limit": 8}]
    assert "planned" not in own["data"]
