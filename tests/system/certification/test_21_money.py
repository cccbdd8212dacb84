"""OCPP 2.1: tariffs that stations reckon with, what they say of cost, and payments, as played."""

from typing import Any

import pytest

from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import case
from tests.system.certification.test_21_charging import of_21
from tests.system.fleet.member import Member21
from tests.system.server import Server, api_of
from tests.system.station import Fields, Hours, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.versions import a_name, a_token

TARIFF: Fields = {
    "tariff_id": "day",
    "currency": "EUR",
    "energy": {"prices": [{"price_kwh": 0.42}]},
}
BY_HOUR: Fields = {
    **TARIFF,
    "energy": {
        "prices": [
            {
                "price_kwh": 0.3,
                "conditions": {"start_time_of_day": "22:00", "end_time_of_day": "06:00"},
            },
            {"price_kwh": 0.42},
        ]
    },
}
DEFAULT: Fields = {"evse": 1}
CHANGED: Fields = {"transaction_id": "T-1"}


@pytest.mark.parametrize(
    ("action", "order", "where", "word", "state"),
    [
        pytest.param(
            "SetDefaultTariff", "set_default_tariff", DEFAULT, "TooManyElements", "rejected",
            marks=of_21("TC_I_102_CSMS"),
        ),
        pytest.param(
            "SetDefaultTariff", "set_default_tariff", DEFAULT, "ConditionNotSupported", "rejected",
            marks=of_21("TC_I_105_CSMS"),
        ),
        pytest.param(
            "SetDefaultTariff", "set_default_tariff", DEFAULT, "Accepted", "accepted",
            marks=of_21("TC_I_101_CSMS"),
        ),
        pytest.param(
            "ChangeTransactionTariff", "change_transaction_tariff", CHANGED, "TooManyElements",
            "rejected", marks=of_21("TC_I_113_CSMS"),
        ),
        pytest.param(
            "ChangeTransactionTariff", "change_transaction_tariff", CHANGED,
            "ConditionNotSupported", "rejected", marks=of_21("TC_I_114_CSMS"),
        ),
        pytest.param(
            "ChangeTransactionTariff", "change_transaction_tariff", CHANGED, "Accepted",
            "accepted", marks=of_21("TC_I_115_CSMS"),
        ),
    ],
)  # fmt: skip
async def test_a_tariff_by_the_hour_is_taken_or_refused(
    server: Server, action: str, order: str, where: Fields, word: str, state: str
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers[action] = {"status": word}
        command = await api.order(name, order, tariff=BY_HOUR, wait_s=5, **where)
        told = (await station.ordered(action))["tariff"]
        kept = await api.all(f"/stations/{name}/holdings", kind="tariff")

    night, day = told["energy"]["prices"]
    assert night["conditions"] == {"start_time_of_day": "22:00", "end_time_of_day": "06:00"}
    assert (night["price_kwh"], day["price_kwh"]) == (0.3, 0.42)
    assert (command["state"], command["result"]) == (state, word)
    assert len(kept) == (state == "accepted")


@case("2.1", "TC_I_110_CSMS")
async def test_default_tariffs_are_cleared(server: Server) -> None:
    name = a_name(Station21)
    results = [{"tariff_id": "day", "status": "Accepted"}]
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await api.order(name, "set_default_tariff", evse=1, tariff=TARIFF, wait_s=5)
        await station.ordered("SetDefaultTariff")
        before = await api.only_holding(name, "tariff")
        station.answers["ClearTariffs"] = {"clear_tariffs_result": results}
        command = await api.order(name, "clear_tariffs", evse=1, wait_s=5)
        told = await station.ordered("ClearTariffs")
        left = await api.all(f"/stations/{name}/holdings", kind="tariff")

    assert before["key"] == "1/day"
    assert (command["state"], told, left) == ("accepted", {"evse_id": 1}, [])


@case("2.1", "TC_I_122_CSMS")
async def test_the_cost_that_a_station_reckoned_is_on_file_at_the_end(server: Server) -> None:
    name, hours = a_name(Station21), Hours()
    energy = {"excl_tax": 2.5, "incl_tax": 3.0}
    costs: dict[str, Any] = {
        "charging_periods": [
            {
                "tariff_id": "day",
                "start_period": text_of(hours.begin),
                "dimensions": [{"type": "Energy", "volume": 6.0}],
            }
        ],
        "total_cost": {
            "currency": "EUR",
            "type_of_cost": "NormalCost",
            "energy": energy,
            "total": energy,
        },
        "total_usage": {"energy": 6.0, "charging_time": 3_600, "idle_time": 0},
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
        info = {"stopped_reason": "Local", "tariff_id": "day"}
        await station.event(
            charging, "Ended", "StopAuthorized", at=hours.after(60), info=info, cost_details=costs
        )
        path = f"/stations/{name}/holdings"
        held = await api.all(path, kind="transaction", key=f"{charging.transaction_id}/")
        kept = {it["key"].partition("/")[2]: it for it in held}

    told = kept["cost_details"]["data"]
    assert told["total_cost"]["total"] == energy
    assert told["charging_periods"][0]["dimensions"] == [{"type": "energy", "volume": 6.0}]
    assert kept["tariff_id"]["value"] == "day"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Failed", "failed", marks=of_21("TC_C_119_CSMS")),
        pytest.param("Rejected", "rejected", marks=of_21("TC_C_120_CSMS")),
    ],
)
async def test_a_payment_that_came_to_nothing_is_on_file(
    server: Server, status: str, state: str
) -> None:
    name, at = a_name(Member21), text_of(now())
    told = {
        "pspRef": "psp-78",
        "status": status,
        "statusInfo": "the bank said no",
        "settlementAmount": 12.5,
        "settlementTime": at,
    }
    async with api_of(server) as api, connected(Member21, server.url(name), name) as station:
        answer = await station.say("NotifySettlement", told)
        kept = await api.only_holding(name, "settlement")

    assert answer == {}
    assert (kept["key"], kept["value"], kept["state"]) == ("psp-78", "12.5", state)
    assert kept["data"]["info"] == "the bank said no"


@case("2.1", "TC_F_100_CSMS")
async def test_a_station_is_triggered_by_a_name_of_its_maker(server: Server) -> None:
    command, told = await given(
        server, Station21, "TriggerMessage", {"status": "Accepted"}, "trigger_custom", evse=1,
        name="EnergyMeterReport",
    )  # fmt: skip

    assert command["state"] == "accepted"
    assert told == {
        "requested_message": "CustomTrigger",
        "custom_trigger": "EnergyMeterReport",
        "evse": {"id": 1},
    }
