"""Whatever comes in on the wire gets its version's answer; its link and all others go on."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Hours, text_of
from tests.system.versions import a_name
from tests.system.wire import Wire, wired

V16, V201, V21 = VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
V2X = [V201, V21]
MIB = 1 << 20
FORMAT = {V16: "FormationViolation", V201: "FormatViolation", V21: "FormatViolation"}
ENVELOPE = {V16: "FormationViolation", V201: "RpcFrameworkError", V21: "RpcFrameworkError"}


@asynccontextmanager
async def beside_another(server: Server, version: str) -> AsyncIterator[Wire]:
    """A link to mistreat; in the end another station's link must still work, and so must it."""
    neighbour, name = a_name(), a_name()
    async with (
        wired(server.url(neighbour), V16) as other,
        wired(server.url(name), version) as wire,
    ):
        yield wire
        assert await other.is_alive()


@pytest.mark.parametrize("text", ["hello", "{}", "[]", '"[2]"', "[2", "null", "", "[[[["])
@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_no_message_gets_no_answer_in_1_6_and_an_error_without_id_in_2_x(
    server: Server, version: str, text: str
) -> None:
    async with beside_another(server, version) as wire:
        if version == V16:
            await wire.send(text)
        else:
            assert (await wire.ask(text))[:3] == [4, "-1", "RpcFrameworkError"]
        assert await wire.is_alive()


@pytest.mark.parametrize("version", VERSIONS)
async def test_noise_is_kept_in_the_trace(server: Server, version: str) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        await wire.send("what is this?")
        if version != V16:
            await wire.receive()
        await wire.is_alive()
        messages = await api.all("/messages", station_id=name)

    kept = [it for it in messages if it["call"] == "what is this?"]
    assert len(kept) == 1
    assert kept[0]["notes"]


@pytest.mark.parametrize(
    "text",
    ['[9,"a","Heartbeat",{}]', '["2","a","Heartbeat",{}]', '[3,"a",{}]', '[4,"a","x","y",{}]'],
)
@pytest.mark.parametrize("version", VERSIONS)
async def test_unknown_kinds_of_messages_and_answers_to_nothing_are_passed_over(
    server: Server, version: str, text: str
) -> None:
    async with beside_another(server, version) as wire:
        await wire.send(text)
        assert await wire.is_alive()


@pytest.mark.parametrize("message_id", ["", "x" * 37])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_call_with_an_unusable_id_is_refused_under_what_could_be_read(
    server: Server, version: str, message_id: str
) -> None:
    async with beside_another(server, version) as wire:
        answer = await wire.ask(json.dumps([2, message_id, "Heartbeat", {}]))
        assert answer[:3] == [4, message_id or "-1", ENVELOPE[version]]
        assert await wire.is_alive()


async def test_a_number_for_an_id_is_answered_with_the_number_in_1_6(server: Server) -> None:
    async with beside_another(server, V16) as wire:
        answer = await wire.ask('[2,42,"Heartbeat",{}]')
        assert answer[:2] == [3, 42]


@pytest.mark.parametrize("version", VERSIONS)
async def test_actions_nobody_knows_and_actions_of_the_other_side_are_told_apart(
    server: Server, version: str
) -> None:
    async with beside_another(server, version) as wire:
        unknown = await wire.call("MakeCoffee", {})
        backwards = await wire.call("Reset", {"type": "Hard"})
        assert await wire.is_alive()

    assert unknown[2] == "NotImplemented"
    assert backwards[2] == "NotSupported"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_boot_without_its_content_is_refused_and_changes_nothing(
    server: Server, version: str
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        before = await api.station(name)
        payloads: list[object] = [{}, [], "x", 7]
        answers = [await wire.call("BootNotification", payload) for payload in payloads]
        after = await api.station(name)
        assert await wire.is_alive()

    assert [it[0] for it in answers] == [4] * 4
    assert all(it[2].endswith("Violation") or it[2] == "ProtocolError" for it in answers)
    assert before["booted_at"] == after["booted_at"]


def odd_transactions(version: str) -> list[tuple[str, Any]]:
    at = text_of(Hours().begin)
    if version == V16:
        return [
            ("StartTransaction", {}),
            ("StartTransaction", {"connectorId": "one", "idTag": 7, "meterStart": "x"}),
            ("StartTransaction", {"idTag": "A" * 500, "connectorId": 1, "meterStart": 10**400}),
            ("StopTransaction", {"transactionId": None, "meterStop": -1, "timestamp": "soon"}),
            ("StopTransaction", {"transactionId": 2**70, "meterStop": 1e300, "timestamp": at}),
            ("MeterValues", {"connectorId": 1, "meterValue": {"timestamp": at}}),
            ("MeterValues", {"connectorId": -5, "meterValue": [{"sampledValue": []}]}),
            ("MeterValues", [1, 2, 3]),
        ]
    event = {"eventType": "Started", "triggerReason": "Authorized", "seqNo": 0, "timestamp": at}
    info = {"transactionId": a_name()}
    return [
        ("TransactionEvent", {}),
        ("TransactionEvent", {**event, "transactionInfo": {}}),
        ("TransactionEvent", {**event, "transactionInfo": info, "seqNo": 2**80}),
        ("TransactionEvent", {**event, "transactionInfo": info, "timestamp": "soon"}),
        ("TransactionEvent", {**event, "transactionInfo": info, "evse": {"id": 10**30}}),
        ("TransactionEvent", {**event, "transactionInfo": info, "meterValue": [{}, None, 3]}),
        ("MeterValues", {"evseId": "x", "meterValue": []}),
        ("TransactionEvent", "text"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_transaction_message_is_answered_whatever_is_in_it(
    server: Server, version: str
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        odd = odd_transactions(version)
        answers = [await wire.call(action, payload) for action, payload in odd]
        assert await wire.is_alive()
        kept = await api.all("/messages", station_id=name)
        listed = await api.sessions(name)

    assert [it[0] for it in answers] == [3] * len(odd), answers
    asked = [it["action"] for it in kept][::-1]
    assert [it for it in asked if it != "BootNotification"] == [action for action, _ in odd]
    assert all(it["state"] != "closed" for it in listed)  # nothing of it is billed


@pytest.mark.parametrize(("version", "frame_max"), [(V16, MIB), (V21, 4 * MIB)])
async def test_a_frame_too_large_closes_its_link_alone(
    server: Server, version: str, frame_max: int
) -> None:
    async with beside_another(server, version) as wire:
        head = '[2,"big","DataTransfer",{"vendorId":"V","data":"'
        await wire.send(head + "x" * frame_max + '"}]')
        assert await wire.closed_with() == 1009


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_large_frame_below_the_bound_is_answered(server: Server, version: str) -> None:
    async with beside_another(server, version) as wire:
        answer = await wire.call("DataTransfer", {"vendorId": "V", "data": "x" * (MIB - 1_000)})
        assert answer[2]["status"] == "UnknownVendorId"


async def test_bytes_that_are_no_text_close_the_link(server: Server) -> None:
    async with beside_another(server, V201) as wire:
        await wire.send(b'[2,"\xff\xfe","Heartbeat",{}]')
        assert await wire.closed_with() == 1007


async def test_a_binary_frame_closes_the_link(server: Server) -> None:
    async with beside_another(server, V16) as wire:
        await wire.socket.send(b"[]")
        assert await wire.closed_with() == 1003


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "[" * 100_000 + "]" * 100_000,
        '[2,"deep","DataTransfer",' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "]",
        '[2,"deep","Heartbeat",{"x":' + "9" * 200_000 + "}]",
        '[2,"deep","Heartbeat",{"x":1e999999}]',
        '[2,"deep","Heartbeat",{"x":"\\ud800"}]',
        '[2,"deep\\u0000","Heartbeat",{}]',
        "[" + "2," * 100_000 + "2]",
    ],
    ids=["open", "nested", "nested payload", "digits", "exponent", "surrogate", "nul", "long"],
)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.quirk(32)
async def test_text_made_to_break_readers_breaks_nothing(
    server: Server, version: str, text: str
) -> None:
    async with beside_another(server, version) as wire:
        await wire.send(text)
        last = await answers_up_to_heartbeat(wire)
        assert last[0] == 3


async def answers_up_to_heartbeat(wire: Wire) -> list[Any]:
    """Odd text may be answered or not; the heartbeat after it must be."""
    await wire.send('[2,"hb","Heartbeat",{}]')
    while (frame := await wire.receive())[1] != "hb":
        assert frame[0] in {3, 4}
    return frame


@pytest.mark.parametrize("version", VERSIONS)
async def test_text_of_the_world_and_nul_are_stored_as_far_as_they_can_be(
    server: Server, version: str
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        odd = {"vendorId": "żółć\x00 🔌 '; DROP TABLE session; --", "messageId": "日本"}
        answer = await wire.call("DataTransfer", odd)
        (kept,) = await api.all("/messages", station_id=name, action="DataTransfer")
        events = (await api.get("/event-log", limit=200))["items"]

    told = [it["data"] for it in events if it["station_id"] == name and it["data"].get("vendor_id")]
    assert answer[0] == 3
    assert kept["call"] == odd
    assert [it["vendor_id"].replace("\x00", "") for it in told] == [
        odd["vendorId"].replace("\x00", "")
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.quirk(17)
async def test_a_message_id_used_twice_for_different_calls_is_answered_twice(
    server: Server, version: str
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version) as wire:
        first = await wire.call("DataTransfer", {"vendorId": "One"}, "same")
        second = await wire.call("DataTransfer", {"vendorId": "Two"}, "same")
        kept = await api.all("/messages", station_id=name, action="DataTransfer")

    assert first[0] == second[0] == 3
    assert [it["call"]["vendorId"] for it in kept] == ["Two", "One"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_calls_sent_without_waiting_are_all_answered_in_order(
    server: Server, version: str
) -> None:
    """OCPP forbids it; a station that does it all the same must not be confused by us."""
    async with beside_another(server, version) as wire:
        for number in range(100):
            await wire.send(json.dumps([2, f"p{number}", "DataTransfer", {"vendorId": "V"}]))
        answers = [await wire.receive() for _ in range(100)]

    assert [it[:2] for it in answers] == [[3, f"p{number}"] for number in range(100)]


async def test_a_send_of_2_1_gets_no_answer_and_is_kept(server: Server) -> None:
    name = a_name()
    stream = {"id": 1, "pending": 0, "basetime": text_of(Hours().begin)}
    stream_data = {**stream, "data": [{"t": 0, "v": "1"}]}
    async with api_of(server) as api, wired(server.url(name), V21) as wire:
        await wire.send(json.dumps([6, "s1", "NotifyPeriodicEventStream", stream_data]))
        assert await wire.is_alive()
        kept = await api.all("/messages", station_id=name, action="NotifyPeriodicEventStream")

    assert [(it["message_id"], it["answered"]) for it in kept] == [("s1", "none")]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_socket_that_says_nothing_is_no_trouble(server: Server, version: str) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), version, booted=False):
        shown = await api.until(lambda: api.station(name), lambda it: it["connected"])

    assert shown["booted_at"] is None
