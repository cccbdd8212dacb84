"""OCPP 2.0.1 and 2.1: messages to drivers, customers' data, vendor data, transaction status."""

from datetime import timedelta

import pytest

from tests.system.certification.test_2x_orders import given
from tests.system.certification.test_2x_sessions import both, for_2x
from tests.system.server import Server, api_of
from tests.system.station import Fields, connected, now, text_of
from tests.system.station201 import Station201
from tests.system.versions import a_name, a_token

LATER = text_of(now() + timedelta(hours=1))


@pytest.mark.parametrize(
    ("fields", "wire"),
    [
        pytest.param({}, {}, marks=for_2x("TC_O_01_CSMS")),
        pytest.param(
            {"transaction_id": "T-1"}, {"transaction_id": "T-1"}, marks=for_2x("TC_O_06_CSMS")
        ),
        pytest.param(
            {"starts_at": LATER}, {"start_date_time": LATER}, marks=for_2x("TC_O_13_CSMS")
        ),
        pytest.param({"ends_at": LATER}, {"end_date_time": LATER}, marks=for_2x("TC_O_14_CSMS")),
        pytest.param({"state": "charging"}, {"state": "Charging"}, marks=for_2x("TC_O_25_CSMS")),
        pytest.param(
            {"transaction_id": "T-1", "starts_at": LATER},
            {"transaction_id": "T-1", "start_date_time": LATER},
            marks=for_2x("TC_O_27_CSMS"),
        ),
        pytest.param(
            {"transaction_id": "T-1", "ends_at": LATER},
            {"transaction_id": "T-1", "end_date_time": LATER},
            marks=for_2x("TC_O_28_CSMS"),
        ),
    ],
)
@both
async def test_a_message_is_shown(
    server: Server, kind: type[Station201], fields: Fields, wire: Fields
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(
            name, "set_display_message", text="Zapraszamy", message=5, wait_s=5, **fields
        )
        told = (await station.ordered("SetDisplayMessage"))["message"]
        kept = await api.only_holding(name, "display_message")

    assert command["state"] == "accepted"
    assert told["message"]["content"] == "Zapraszamy"
    assert {it: told[it] for it in wire} == wire
    assert (kept["key"], kept["value"], kept["state"]) == ("5", "Zapraszamy", "shown")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("UnknownTransaction", marks=for_2x("TC_O_10_CSMS")),
        pytest.param("NotSupportedPriority", marks=for_2x("TC_O_17_CSMS")),
        pytest.param("NotSupportedState", marks=for_2x("TC_O_18_CSMS")),
        pytest.param("NotSupportedMessageFormat", marks=for_2x("TC_O_19_CSMS")),
        pytest.param("Rejected", marks=for_2x("TC_O_26_CSMS")),
    ],
)
@both
async def test_a_message_that_is_not_shown_is_not_on_file(
    server: Server, kind: type[Station201], answer: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetDisplayMessage"] = {"status": answer}
        command = await api.order(name, "set_display_message", text="x", wait_s=5)
        held = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert (command["state"], command["result"], held) == ("rejected", answer, [])


@for_2x("TC_O_12_CSMS")
@both
async def test_a_message_of_the_same_number_is_replaced(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        for text in ("one", "two"):
            await api.order(name, "set_display_message", text=text, message=5, wait_s=5)
        kept = await api.only_holding(name, "display_message")

    assert (kept["key"], kept["value"]) == ("5", "two")


@pytest.mark.parametrize(
    ("fields", "wire"),
    [
        pytest.param({}, {}, marks=for_2x("TC_O_02_CSMS")),
        pytest.param({"messages": [5]}, {"id": [5]}, marks=for_2x("TC_O_07_CSMS")),
        pytest.param(
            {"priority": "always_front"}, {"priority": "AlwaysFront"}, marks=for_2x("TC_O_08_CSMS")
        ),
        pytest.param({"state": "faulted"}, {"state": "Faulted"}, marks=for_2x("TC_O_09_CSMS")),
    ],
)
@both
async def test_messages_that_are_asked_for_are_on_file(
    server: Server, kind: type[Station201], fields: Fields, wire: Fields
) -> None:
    name = a_name(kind)
    message = {
        "id": 5,
        "priority": "NormalCycle",
        "message": {"format": "UTF8", "content": "Witaj"},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "get_display_messages", **fields)
        told = await station.ordered("GetDisplayMessages")
        await station.call(
            "NotifyDisplayMessages", request_id=told["request_id"], message_info=[message]
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "display_message")

    assert told == {"request_id": told["request_id"], **wire}
    assert (ended["state"], kept["key"], kept["value"]) == ("applied", "5", "Witaj")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, marks=for_2x("TC_O_03_CSMS")),
        pytest.param({"messages": [99]}, marks=for_2x("TC_O_11_CSMS")),
    ],
)
@both
async def test_no_messages_to_tell_of(
    server: Server, kind: type[Station201], fields: Fields
) -> None:
    command, _ = await given(
        server, kind, "GetDisplayMessages", {"status": "Unknown"}, "get_display_messages", **fields
    )
    assert command["result"] == "Unknown"
    assert command["finished_at"] is not None


@pytest.mark.parametrize(
    ("answer", "state", "left"),
    [
        pytest.param("Accepted", "accepted", 0, marks=for_2x("TC_O_04_CSMS")),
        pytest.param("Unknown", "rejected", 1, marks=for_2x("TC_O_05_CSMS")),
    ],
)
@both
async def test_a_message_is_cleared_or_unknown(
    server: Server, kind: type[Station201], answer: str, state: str, left: int
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_display_message", text="x", message=5, wait_s=5)
        station.answers["ClearDisplayMessage"] = {"status": answer}
        command = await api.order(name, "clear_display_message", message=5, wait_s=5)
        await station.ordered("SetDisplayMessage")
        told = await station.ordered("ClearDisplayMessage")
        held = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert told == {"id": 5}
    assert command["result"] == answer
    if answer == "Accepted":
        assert (command["state"], len(held)) == (state, left)


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        pytest.param({"token": "04AB"}, "Jan", marks=for_2x("TC_N_27_CSMS")),
        pytest.param({"token": "04AB"}, "", marks=for_2x("TC_N_28_CSMS")),
        pytest.param({"token": "04AB", "clear": True}, "Jan", marks=for_2x("TC_N_30_CSMS")),
        pytest.param({"token": "04AB", "clear": True}, "", marks=for_2x("TC_N_31_CSMS")),
        pytest.param({"identifier": "C-7", "clear": True}, "Jan", marks=for_2x("TC_N_62_CSMS")),
    ],
)
@both
async def test_what_a_station_keeps_of_a_customer_is_told(
    server: Server, kind: type[Station201], fields: Fields, data: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "customer_information", **fields)
        told = await station.ordered("CustomerInformation")
        await station.call(
            "NotifyCustomerInformation",
            request_id=told["request_id"],
            data=data,
            seq_no=0,
            generated_at=text_of(now()),
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "customer_data")

    assert (told["report"], told["clear"]) == (True, bool(fields.get("clear")))
    assert (ended["state"], kept["state"], kept["value"] or "") == ("applied", "complete", data)


@for_2x("TC_N_29_CSMS")
@both
async def test_customer_data_that_is_not_told(server: Server, kind: type[Station201]) -> None:
    command, _ = await given(
        server,
        kind,
        "CustomerInformation",
        {"status": "Rejected"},
        "customer_information",
        token="04AB",
    )
    assert (command["state"], command["result"]) == ("rejected", "Rejected")


@for_2x("TC_N_32_CSMS")
@both
async def test_customer_data_that_is_only_cleared(server: Server, kind: type[Station201]) -> None:
    command, told = await given(
        server,
        kind,
        "CustomerInformation",
        {"status": "Accepted"},
        "customer_information",
        token="04AB",
        report=False,
        clear=True,
    )
    assert (told["report"], told["clear"]) == (False, True)
    assert command["state"] == "applied"


@for_2x("TC_P_02_CSMS")
@both
async def test_vendor_data_that_nobody_knows(server: Server, kind: type[Station201]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await station.call("DataTransfer", vendor_id="com.volta.none", data={"x": 1})
        (kept,) = await api.all("/messages", station_id=name, action="DataTransfer")

    assert answer.status in {"UnknownVendorId", "Rejected"}
    assert kept["call"]["data"] == {"x": 1}


@for_2x("TC_P_03_CSMS")
@both
async def test_custom_data_is_taken_and_kept_in_the_trace(
    server: Server, kind: type[Station201]
) -> None:
    name, custom = a_name(kind), {"vendor_id": "com.volta", "lamp": "green"}
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        answer = await station.call("Heartbeat", custom_data=custom)
        await station.call(
            "StatusNotification",
            timestamp=text_of(now()),
            connector_status="Available",
            evse_id=1,
            connector_id=1,
            custom_data=custom,
        )
        (kept,) = await api.all("/messages", station_id=name, action="StatusNotification")
        shown = await api.station(name)

    assert answer.current_time
    assert kept["call"]["customData"]["lamp"] == "green"
    assert shown["evses"][0]["status"] == "available"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param("T-9", (True, True), marks=for_2x("TC_E_29_CSMS")),
        pytest.param("T-9", (True, False), marks=for_2x("TC_E_30_CSMS")),
        pytest.param("T-9", (False, True), marks=for_2x("TC_E_31_CSMS")),
        pytest.param(None, (None, True), marks=for_2x("TC_E_33_CSMS")),
        pytest.param(None, (None, False), marks=for_2x("TC_E_34_CSMS")),
    ],
)
@both
async def test_the_status_of_a_transaction(
    server: Server,
    kind: type[Station201],
    asked: str | None,
    answer: tuple[bool | None, bool],
) -> None:
    ongoing, queued = answer
    said: Fields = {"messages_in_queue": queued}
    said |= {} if ongoing is None else {"ongoing_indicator": ongoing}
    fields = {} if asked is None else {"transaction_id": asked}
    command, told = await given(
        server, kind, "GetTransactionStatus", said, "get_transaction_status", **fields
    )
    assert told == fields
    assert command["state"] == "accepted"
    assert command["result"]


@for_2x("TC_G_20_CSMS")
@both
async def test_a_lock_that_fails_is_a_problem_until_it_is_cleared(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    event = {
        "event_id": 1,
        "timestamp": text_of(now()),
        "trigger": "Alerting",
        "actual_value": "true",
        "event_notification_type": "HardWiredMonitor",
        "component": {
            "name": "ConnectorPlugRetentionLock",
            "evse": {"id": 1, "connector_id": 1},
        },
        "variable": {"name": "Problem"},
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.token(a_token())
        await station.call("NotifyEvent", generated_at=text_of(now()), seq_no=0, event_data=[event])
        kept = await api.only_holding(name, "problem")
        cleared = {**event, "event_id": 2, "actual_value": "false", "cleared": True}
        await station.call(
            "NotifyEvent", generated_at=text_of(now()), seq_no=0, event_data=[cleared]
        )
        left = await api.all(f"/stations/{name}/holdings", kind="problem")

    assert "ConnectorPlugRetentionLock" in kept["key"]
    assert left == []
