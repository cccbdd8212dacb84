"""I. Tariff and cost: what stations reckon with, what drivers are shown, what events tell of it."""

import json
from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Station, connected, now
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS_2X, a_name, a_token

TARIFF: dict[str, Any] = {
    "tariff_id": "day",
    "currency": "EUR",
    "description": [{"content": "by day", "language": "en"}],
    "energy": {
        "prices": [
            {"price_kwh": 0.42, "conditions": {"day_of_week": ["monday"], "evse_kind": "dc"}},
            {"price_kwh": 0.3},
        ],
        "tax_rates": [{"type": "vat", "tax": 23}],
    },
    "fixed_fee": {"prices": [{"price_fixed": 1}]},
}


@pytest.mark.covers("SetDefaultTariff", "GetTariffs", "ClearTariffs", versions=("ocpp2.1",))
async def test_a_tariff_is_on_file_until_it_is_replaced_or_cleared(server: Server) -> None:
    name = a_name(Station21)
    night = {**TARIFF, "tariff_id": "night"}
    assigned = [
        {"tariff_id": "driver", "tariff_kind": "DriverTariff", "evse_ids": [1]},
        {"tariff_id": "night", "tariff_kind": "DefaultTariff", "evse_ids": [1]},
    ]
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await api.order(name, "set_default_tariff", evse=1, tariff=TARIFF, wait_s=5)
        told = await station.ordered("SetDefaultTariff")
        day = await api.only_holding(name, "tariff")
        await api.order(name, "set_default_tariff", evse=1, tariff=night, wait_s=5)
        replaced = await api.only_holding(name, "tariff")
        station.answers["GetTariffs"] = {"status": "Accepted", "tariff_assignments": assigned}
        await api.order(name, "get_tariffs", evse=1, wait_s=5)
        both = await api.all(f"/stations/{name}/holdings", kind="tariff")
        results = [{"tariff_id": "night", "status": "Accepted"}]
        station.answers["ClearTariffs"] = {"clear_tariffs_result": results}
        await api.order(name, "clear_tariffs", tariffs=["night"], wait_s=5)
        left = await api.only_holding(name, "tariff")
        station.answers["ClearTariffs"] = {"clear_tariffs_result": [{"status": "Rejected"}]}
        refused = await api.order(name, "clear_tariffs", wait_s=5)

    first, second = told["tariff"]["energy"]["prices"]
    assert (first["price_kwh"], first["conditions"]["day_of_week"]) == (0.42, ["Monday"])
    assert (second["price_kwh"], told["tariff"]["description"][0]["format"]) == (0.3, "UTF8")
    assert (day["key"], day["value"], day["evse_id"]) == ("1/day", "default_tariff", 1)
    assert day["data"]["tariff"]["fixed_fee"] == {"prices": [{"price_fixed": 1.0}]}
    assert replaced["key"] == "1/night"
    assert [(it["key"], it["value"]) for it in both] == [
        ("1/driver", "driver_tariff"),
        ("1/night", "default_tariff"),
    ]
    assert (
        both[1]["data"] == replaced["data"]
    )  # what it charges, of which the station tells nothing
    assert left["key"] == "1/driver"
    assert refused["state"] == "rejected"


@pytest.mark.covers("SetDefaultTariff", "ChangeTransactionTariff", versions=("ocpp2.1",))
async def test_a_tariff_that_is_refused_is_not_on_file(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["SetDefaultTariff"] = {"status": "ConditionNotSupported"}
        refused = await api.order(name, "set_default_tariff", evse=0, tariff=TARIFF, wait_s=5)
        station.answers["ChangeTransactionTariff"] = {"status": "NoCurrencyChange"}
        fields = {"transaction_id": "T-1", "tariff": TARIFF}
        currency = await api.order(name, "change_transaction_tariff", wait_s=5, **fields)
        nothing = await api.all(f"/stations/{name}/holdings")
        station.answers["ChangeTransactionTariff"] = {"status": "Accepted"}
        await api.order(name, "change_transaction_tariff", wait_s=5, **fields)
        kept = await api.only_holding(name, "tariff")

    assert (refused["state"], refused["result"]) == ("rejected", "ConditionNotSupported")
    assert currency["result"] == "NoCurrencyChange"
    assert nothing == []
    assert (kept["key"], kept["value"]) == ("T-1/day", "transaction_tariff")


@pytest.mark.covers("CostUpdated")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_the_cost_so_far_is_shown(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["CostUpdated"] = {}
        command = await api.order(
            name, "cost_updated", transaction_id="T-1", total_cost=3.21, wait_s=5
        )
        told = await station.ordered("CostUpdated")

    assert command["state"] == "accepted"
    assert told == {"transaction_id": "T-1", "total_cost": 3.21}


@pytest.mark.covers("DataTransfer", versions=("ocpp1.6",))
async def test_a_1_6_station_is_told_of_cost_only_if_it_shows_cost(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        body = {"command": "cost_updated", "transaction_id": "17", "total_cost": 3.5}
        blind = await api.client.post(f"/stations/{name}/commands", json=body)
        key = {"key": "CustomDisplayCostAndPrice", "readonly": False, "value": "true"}
        station.answers["GetConfiguration"] = {"configuration_key": [key], "unknown_key": []}
        await api.order(name, "get_variables", names=["CustomDisplayCostAndPrice"], wait_s=5)
        await station.ordered("GetConfiguration")
        running = {"transaction_id": "17", "total_cost": 3.5, "meter_wh": 1200}
        await api.order(name, "cost_updated", wait_s=5, **running)
        cost = await station.ordered("DataTransfer")
        await api.order(name, "set_user_price", token="04AB", price_text="0.3/kWh", wait_s=5)
        price = await station.ordered("DataTransfer")
        await api.order(name, "final_cost", transaction_id="17", total_cost=4, wait_s=5)
        final = await station.ordered("DataTransfer")

    assert blind.status_code == 409
    assert "CustomDisplayCostAndPrice" in blind.json()["detail"]
    assert (cost["vendor_id"], cost["message_id"]) == (
        "org.openchargealliance.costmsg",
        "RunningCost",
    )
    assert json.loads(cost["data"]) == {
        "transactionId": 17,
        "cost": 3.5,
        "meterValue": 1200,
        "state": "Charging",
    }
    assert json.loads(price["data"]) == {"idToken": "04AB", "priceText": "0.3/kWh"}
    assert (final["message_id"], json.loads(final["data"])["cost"]) == ("FinalCost", 4)


@pytest.mark.covers("TransactionEvent", versions=("ocpp2.1",))
async def test_what_an_event_tells_of_cost_and_mode_is_kept(server: Server) -> None:
    name = a_name(Station21)
    costs = {
        "total_cost": {
            "currency": "EUR",
            "type_of_cost": "NormalCost",
            "total": {"excl_tax": 2.5, "incl_tax": 3.0},
        },
        "total_usage": {"energy": 1000, "charging_time": 600, "idle_time": 0},
    }
    info = {
        "operation_mode": "CentralSetpoint",
        "tariff_id": "Day 1",
        "transaction_limit": {"max_energy": 20_000},
    }
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=now())
        await station.event(
            charging,
            "Updated",
            "RunningCost",
            at=now(),
            info=info,
            cost_details=costs,
            preconditioning_status="NotReady",
        )
        path = f"/stations/{name}/holdings"
        kept = await api.all(path, kind="transaction", key=f"{charging.transaction_id}/")

    told = {it["key"].partition("/")[2]: it for it in kept}
    assert told["cost_details"]["data"]["total_cost"]["total"]["incl_tax"] == 3.0
    assert told["operation_mode"]["value"] == "central_setpoint"
    assert told["preconditioning_status"]["value"] == "not_ready"
    assert told["tariff_id"]["value"] == "Day 1"
    assert told["transaction_limit"]["data"] == {"max_energy": 20_000}


@pytest.mark.parametrize("kind", [Station16, Station201])
async def test_what_a_version_cannot_say_is_refused(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        body = {"command": "set_default_tariff", "evse": 0, "tariff": TARIFF}
        refused = await api.refused("POST", f"/stations/{name}/commands", body)

    assert refused == (409, "order_not_possible")
