"""The catalogue at large: every message a station may send is handled and answered rightly."""

import json
from random import Random
from typing import Any

import pytest

from ogniwo.domain.decision import ACKNOWLEDGED, NotPermitted
from ogniwo.domain.orders import Reset
from ogniwo.ocpp.catalogue import VERSIONS, RefusedCallError
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.frame import Call
from tests.domain.world import FOLDERS, NOON, StationUnderTest, World
from tests.ocpp.schema_official import read_official

understood = pytest.mark.parametrize(
    ("version", "action"),
    [(name, it) for name, version in VERSIONS.items() for it in sorted(version.actions_understood)],
)
versions = pytest.mark.parametrize("version", list(VERSIONS))

MONEY = {
    "ocpp1.6": ("StartTransaction", "StopTransaction", "MeterValues"),
    "ocpp2.0.1": ("TransactionEvent", "MeterValues"),
    "ocpp2.1": ("TransactionEvent", "MeterValues"),
}
STREAM = b'{"id":1,"pending":0,"basetime":"2026-05-17T08:30:00Z","data":[{"t":0.5,"v":"229.8"}]}'


def request_name(version: str, action: str) -> str:
    message = VERSIONS[version].messages[action]
    return action if version == "ocpp1.6" or message.kind == "send" else f"{action}Request"


@understood
def test_whatever_the_official_schema_allows_is_handled_and_answered(
    version: str, action: str
) -> None:
    """The answer is judged by the world; what is right must leave no note."""
    official = read_official(FOLDERS[version], request_name(version, action))
    rng = Random(f"{version} {action}")
    station = StationUnderTest(World(), version)
    for fullness in (0.0, 0.3, 0.7, 1.0, 1.0):
        payload = official.right(rng, fullness=fullness)
        if VERSIONS[version].messages[action].kind == "send":
            station.send(action, payload)
        else:
            station.call(action, payload)
        assert "refused" not in " ".join(station.facts[-1].notes)


@understood
def test_whatever_comes_money_is_answered_and_the_rest_answered_or_refused(
    version: str, action: str
) -> None:
    official = read_official(FOLDERS[version], request_name(version, action))
    if VERSIONS[version].messages[action].kind == "send":
        return
    station = StationUnderTest(World(), version)
    for wrong in official.wrong(Random(f"{version} {action}"), set()):
        try:
            station.call(action, json.dumps(wrong.payload))
        except RefusedCallError:
            assert action not in MONEY[version], wrong


@pytest.mark.parametrize(
    ("version", "action"), [(v, it) for v, all_ in MONEY.items() for it in all_]
)
@pytest.mark.parametrize("body", ["{}", "[]", "7", "null", '"x"', '{"a":{"b":[1,2,null]}}'])
def test_a_money_message_without_any_sense_is_kept_and_answered(
    version: str, action: str, body: str
) -> None:
    station = StationUnderTest(World(), version)
    answer = station.call(action, body)
    if action == "StartTransaction":
        assert answer["transactionId"] > 0
        assert answer["idTagInfo"]["status"] == "Invalid"
    else:
        assert answer == {}


@versions
def test_every_order_tells_which_messages_of_its_version_it_can_become(version: str) -> None:
    messages = VERSIONS[version].messages
    for order, adapter in VERSIONS[version]._outbound.items():
        assert adapter.actions, f"{order.__name__}: use always(...) or one_of(...)"
        for action in adapter.actions:
            assert messages[action].direction in {"down", "both"}


@versions
def test_every_message_that_is_understood_is_one_a_station_may_send(version: str) -> None:
    for action in VERSIONS[version].actions_understood:
        assert VERSIONS[version].messages[action].direction in {"up", "both"}


@versions
def test_strangers_are_refused_each_with_its_own_word(version: str) -> None:
    station = StationUnderTest(World(), version)
    assert station.refusal("DanceTheTango", "{}") is Fault.NOT_IMPLEMENTED
    assert station.refusal("Reset", '{"type":"Hard"}') is Fault.NOT_SUPPORTED


@versions
def test_a_strict_station_gets_the_fault_of_what_it_did_wrong(version: str) -> None:
    station = StationUnderTest(World(), version, strict=True)
    assert station.refusal("Heartbeat", '{"more":1}') is Fault.FORMAT
    assert station.refusal("Authorize", "{}") is Fault.PROTOCOL
    for action in MONEY[version]:
        assert station.refusal(action, "{}") in {Fault.PROTOCOL, Fault.OCCURRENCE}


@pytest.mark.parametrize(("strict", "kept"), [(False, True), (True, False)])
def test_a_stream_that_is_called_is_answered_unless_its_station_is_strict(
    strict: bool,  # noqa: FBT001 - a parameter of the test
    kept: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    version, call = VERSIONS["ocpp2.1"], Call("1", "NotifyPeriodicEventStream", STREAM)
    if kept:
        understood = version.to_fact(call, NOON, strict=strict)
        assert understood.readable
        assert version.to_answer(call.action, ACKNOWLEDGED) == b"{}"
    else:
        with pytest.raises(RefusedCallError) as refused:
            version.to_fact(call, NOON, strict=strict)
        assert refused.value.fault is Fault.MESSAGE_TYPE


@versions
def test_a_refusal_is_an_error_and_never_a_payload(version: str) -> None:
    for action in VERSIONS[version].actions_understood:
        with pytest.raises(RefusedCallError) as refused:
            VERSIONS[version].to_answer(action, NotPermitted())
        assert refused.value.fault is Fault.SECURITY


@versions
def test_text_that_is_almost_json_is_read_and_noted(version: str) -> None:
    understood = VERSIONS[version].to_fact(Call("1", "Heartbeat", b"{}", rescued=True), NOON)
    assert "not proper JSON" in understood.fact.notes[0]


def test_a_status_never_gets_the_answer_of_another_transaction() -> None:
    """Answers without fields are kept; one with a verdict must not be taken for them."""
    world = World()
    station = StationUnderTest(world, "ocpp1.6")
    stop: dict[str, Any] = {"transactionId": 1, "meterStop": 1, "timestamp": world.at(0)}
    assert station.call("StopTransaction", stop) == {}
    assert "idTagInfo" in station.call("StopTransaction", {**stop, "idTag": "A"})
    assert station.call("StopTransaction", stop) == {}


@versions
def test_an_answer_that_breaks_its_schema_is_no_outcome(version: str) -> None:
    for payload in (b"{}", b"[]", b"nonsense", json.dumps({"status": 7}).encode()):
        with pytest.raises(PayloadError):
            VERSIONS[version].to_outcome(Reset(), "Reset", payload)
