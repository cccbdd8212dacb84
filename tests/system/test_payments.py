"""C17 to C25 and S, in 2.1: payment at the station, and batteries that are swapped."""

from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import connected, now, text_of
from tests.system.station21 import Station21
from tests.system.versions import a_name, a_token
from tests.system.wire import wired


@pytest.mark.covers("NotifySettlement", versions=("ocpp2.1",))
async def test_a_settlement_is_on_file_and_its_receipt_is_told_again(server: Server) -> None:
    name, at = a_name(Station21), text_of(now())
    settled: dict[str, Any] = {
        "pspRef": "psp-77",
        "status": "Settled",
        "settlementAmount": 12.5,
        "settlementTime": at,
        "transactionId": "T-9",
    }
    receipt = {"receiptId": "R-1", "receiptUrl": "https://r.example/1"}
    started = {
        "eventType": "Started",
        "timestamp": at,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T-9"},
        "evse": {"id": 1, "connectorId": 1},
    }
    # The package spells the address as no schema does: hence the plain socket.
    async with api_of(server) as api, wired(server.url(name), "ocpp2.1") as wire:
        await wire.call("TransactionEvent", started)
        first = await wire.call("NotifySettlement", {**settled, **receipt})
        again = await wire.call("NotifySettlement", settled)
        kept = await api.only_holding(name, "settlement")
        session = await api.only_session(name)
        messages = await api.all("/messages", session_id=session["id"])
        events = await api.get(f"/sessions/{session['id']}/timeline")

    assert (kept["key"], kept["value"], kept["state"]) == ("psp-77", "12.5", "settled")
    assert (kept["data"]["transaction_id"], kept["evse_id"]) == ("T-9", 1)
    assert kept["data"]["receipt_url"] == "https://r.example/1"
    assert (first[2], again[2]) == (receipt, receipt)
    assert "NotifySettlement" in {it["action"] for it in messages}
    assert "psp-77" in str(events)


@pytest.mark.case("2.1", "TC_C_108_CSMS")
@pytest.mark.covers("VatNumberValidation", versions=("ocpp2.1",))
@pytest.mark.parametrize(
    ("number", "status"), [("PL5260250274", "Accepted"), ("PL5260250275", "Rejected")]
)
async def test_a_vat_number_is_judged_for_the_evse_that_asked(
    server: Server, number: str, status: str
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        answer = await station.call("VatNumberValidation", vat_number=number, evse_id=2)
        events = (await api.get("/event-log", limit=50))["items"]

    assert (answer.vat_number, answer.evse_id, answer.status) == (number, 2, status)
    (told,) = [
        it["data"]["summary"]
        for it in events
        if it["station_id"] == name and it["kind"] == "station_notice"
    ]
    assert ("accepted" in told) is (status == "Accepted")
    assert number not in told


@pytest.mark.covers("NotifyWebPaymentStarted", versions=("ocpp2.1",))
async def test_a_station_is_told_that_somebody_pays(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        station.answers["NotifyWebPaymentStarted"] = {}
        command = await api.order(
            name, "notify_web_payment_started", evse=2, timeout_s=90, wait_s=5
        )
        told = await station.ordered("NotifyWebPaymentStarted")

    assert command["state"] == "accepted"
    assert told == {"evse_id": 2, "timeout": 90}


@pytest.mark.covers("RequestStartTransaction", versions=("ocpp2.1",))
async def test_who_paid_on_a_web_page_starts_by_the_payments_reference(server: Server) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        await api.order(name, "remote_start", token="psp-1", token_type="direct_payment", evse=1)
        told = await station.ordered("RequestStartTransaction")

    assert told["id_token"] == {"id_token": "psp-1", "type": "DirectPayment"}


def battery(number: str, soc: float, evse: int) -> dict[str, Any]:
    return {"evse_id": evse, "serial_number": number, "so_c": soc, "so_h": 97.0}


@pytest.mark.covers("BatterySwap", "RequestBatterySwap", versions=("ocpp2.1",))
@pytest.mark.parametrize(
    ("last", "state", "held"),
    [
        pytest.param(
            "BatteryOut",
            "applied",
            ["USED"],
            marks=pytest.mark.case("2.1", "TC_S_103_CSMS"),
        ),
        ("BatteryOutTimeout", "not_applied", ["FULL", "USED"]),
    ],
)
async def test_a_swap_ends_when_batteries_were_handed_out_or_left_there(
    server: Server, last: str, state: str, held: list[str]
) -> None:
    name, token = a_name(Station21), a_token()
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        command = await api.order(name, "request_battery_swap", token=token)
        asked = await station.ordered("RequestBatterySwap")
        for event, one in (("BatteryIn", battery("USED", 9.5, 1)), (last, battery("FULL", 98, 2))):
            await station.call(
                "BatterySwap",
                request_id=asked["request_id"],
                event_type=event,
                id_token=asked["id_token"],
                battery_data=[one],
            )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.all(f"/stations/{name}/holdings", kind="battery")

    assert asked["id_token"]["id_token"] == token
    assert ended["state"] == state
    assert [it["key"] for it in kept] == held
    used = kept[-1]
    assert (used["value"], used["evse_id"], used["data"]["soc"]) == ("9.5 %", 1, 9.5)
    assert (used["data"]["token"], used["command_id"]) == (token, command["id"])
