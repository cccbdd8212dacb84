"""Frames are read and written as the specification draws them, and no text hurts the reader."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.frame import (
    DIALECTS,
    ID_UNREADABLE,
    OCPP16,
    OCPP21,
    OCPP201,
    Call,
    Dialect,
    Error,
    Malformed,
    Result,
    ResultError,
    Send,
    call_text,
    error_text,
    parse,
    result_error_text,
    result_text,
    send_text,
)

ALL = tuple(DIALECTS.values())
SINCE_2 = (OCPP201, OCPP21)
BOOT = b'[2,"19223201","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'

every_version = pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.version)


@every_version
def test_a_call_is_read_with_its_payload_untouched(dialect: Dialect) -> None:
    payload = b'{"chargePointVendor":"V","chargePointModel":"M"}'
    assert parse(BOOT, dialect) == Call("19223201", "BootNotification", payload)
    assert parse(BOOT.decode(), dialect) == parse(BOOT, dialect)


@every_version
def test_white_space_around_everything_changes_nothing(dialect: Dialect) -> None:
    text = ' [ 2 , "a" , "Heartbeat" , { } ]\r\n'
    assert parse(text, dialect) == Call("a", "Heartbeat", b"{ }")


@every_version
def test_answers_are_read(dialect: Dialect) -> None:
    assert parse('[3,"7",{"status":"Accepted"}]', dialect) == Result("7", b'{"status":"Accepted"}')
    assert parse('[4,"7","NotSupported","no such thing",{"a":1}]', dialect) == Error(
        "7", "NotSupported", "no such thing", b'{"a":1}'
    )


@every_version
def test_an_answer_without_its_tail_still_settles_the_call(dialect: Dialect) -> None:
    assert parse('[3,"7"]', dialect) == Result("7", b"{}")
    assert parse('[4,"7","InternalError"]', dialect) == Error("7", "InternalError", "", b"{}")
    assert parse('[4,"7",null,null,null]', dialect) == Error("7", "", "", b"{}")


@every_version
def test_a_null_payload_counts_as_empty(dialect: Dialect) -> None:
    assert parse('[2,"a","Heartbeat",null]', dialect) == Call("a", "Heartbeat", b"{}")
    assert parse('[3,"a",null]', dialect) == Result("a", b"{}")


def test_streams_and_disputed_answers_exist_since_2_1_only() -> None:
    send = '[6,"s1","NotifyPeriodicEventStream",{"id":1}]'
    dispute = '[5,"r1","FormatViolation","what?",{}]'
    assert parse(send, OCPP21) == Send("s1", "NotifyPeriodicEventStream", b'{"id":1}')
    assert parse(dispute, OCPP21) == ResultError("r1", "FormatViolation", "what?", b"{}")
    for dialect in (OCPP16, OCPP201):
        assert parse(send, dialect) == Malformed("unknown message type")
        assert parse(dispute, dialect) == Malformed("unknown message type")


def test_a_numeric_id_is_kept_a_number_on_1_6_and_refused_later() -> None:
    text = '[2,123,"Heartbeat",{}]'
    assert parse(text, OCPP16) == Call(123, "Heartbeat", b"{}")
    assert result_text(123, b"{}") == b"[3,123,{}]"
    for dialect in SINCE_2:
        refused = parse(text, dialect)
        assert isinstance(refused, Malformed)
        assert (refused.id, refused.fault) == (ID_UNREADABLE, Fault.RPC)


@every_version
def test_an_id_of_36_characters_is_good_and_one_of_37_is_refused_by_its_name(
    dialect: Dialect,
) -> None:
    assert isinstance(parse(f'[2,"{"x" * 36}","Heartbeat",{{}}]', dialect), Call)
    refused = parse(f'[2,"{"x" * 37}","Heartbeat",{{}}]', dialect)
    assert isinstance(refused, Malformed)
    assert (refused.id, refused.fault) == ("x" * 37, Fault.RPC)


@every_version
@pytest.mark.parametrize(
    "message_id", ["null", "true", "1.5", "{}", '""', r'"a\u0000"', '"%s"' % ("x" * 5000), "9" * 40]
)
def test_a_call_whose_id_cannot_be_repeated_is_refused_as_minus_one(
    dialect: Dialect, message_id: str
) -> None:
    refused = parse(f'[2,{message_id},"Heartbeat",{{}}]', dialect)
    assert isinstance(refused, Malformed)
    assert (refused.id, refused.fault) == (ID_UNREADABLE, Fault.RPC)


@every_version
def test_a_call_cut_short_is_refused_by_the_id_that_could_be_read(dialect: Dialect) -> None:
    refused = parse('[2,"a","Heartbeat"]', dialect)
    assert isinstance(refused, Malformed)
    assert (refused.id, refused.fault) == ("a", Fault.RPC)


@every_version
@pytest.mark.parametrize(
    "text",
    ["[3]", "[3,null,{}]", "[4]", '[4,1.5,"InternalError","",{}]', '[3,"%s",{}]' % ("x" * 37)],
)
def test_a_broken_answer_is_never_answered(dialect: Dialect, text: str) -> None:
    frame = parse(text, dialect)
    assert isinstance(frame, Malformed)
    assert frame.fault is None


@every_version
@pytest.mark.parametrize("text", ['[7,"a","B",{}]', '[1,"a"]', '["2","a","B",{}]', "[[2]]", "[-1]"])
def test_a_message_of_an_unknown_type_is_ignored_whole(dialect: Dialect, text: str) -> None:
    assert parse(text, dialect) == Malformed("unknown message type")


NOISE: list[str | bytes] = [
    "",
    "hello",
    "{}",
    "null",
    "[]",
    '"[2]"',
    b"\xff\xfe\x00",
    '[2,"a","Heartbeat",{}',
    '[2,"a","Heartbeat",{}]x',
    '[2,"a","StatusNotification",{,"connectorId":1}]',
    '[2,"a","Heartbeat",{}]\0',
    "[" * 100_000,
    '[2,"a","Heartbeat",' + "[" * 100_000 + "]" * 100_000 + "]",
    '[2,"a","Heartbeat",{"a":01}]',
]


@pytest.mark.parametrize("text", NOISE, ids=range(len(NOISE)))
def test_noise_is_met_with_silence_on_1_6_and_with_minus_one_since_2(text: str | bytes) -> None:
    silent = parse(text, OCPP16)
    assert isinstance(silent, Malformed)
    assert silent.fault is None
    for dialect in SINCE_2:
        answered = parse(text, dialect)
        assert isinstance(answered, Malformed)
        assert (answered.id, answered.fault) == (ID_UNREADABLE, Fault.RPC)


@every_version
@pytest.mark.parametrize(
    ("damaged", "payload"),
    [
        ('{"idTag":"A\x02B"}', {"idTag": "A\x02B"}),
        ('{"idTag":"A\\ud800B"}', {"idTag": "A?B"}),
        ('{"value":NaN,"other":1}', {"value": None, "other": 1}),
    ],
)
def test_a_message_that_is_almost_json_is_rescued_unless_the_link_is_strict(
    dialect: Dialect, damaged: str, payload: object
) -> None:
    text = f'[2,"a","StopTransaction",{damaged}]'
    call = parse(text, dialect)
    assert isinstance(call, Call)
    assert call.rescued
    assert json.loads(call.payload) == payload
    strict = msgspec.structs.replace(dialect, rescues=False)
    assert isinstance(parse(text, strict), Malformed)


@every_version
@pytest.mark.parametrize("action", ["", "A" * 101, "Heart\\u0000beat"])
def test_an_action_nobody_could_have_meant_is_not_implemented(
    dialect: Dialect, action: str
) -> None:
    frame = parse(f'[2,"a","{action}",{{}}]', dialect)
    assert frame == Malformed("unreadable action", "a", Fault.NOT_IMPLEMENTED)


def test_what_a_station_writes_into_an_error_is_bounded_and_free_of_nul() -> None:
    frame = parse(f'[4,"a","{"c" * 99}","\\u0000{"d" * 999}",{{}}]', OCPP16)
    assert frame == Error("a", "c" * 50, "d" * 254, b"{}")


def test_frames_are_written_as_the_specification_draws_them() -> None:
    assert call_text("1", "Reset", b'{"type":"Hard"}') == b'[2,"1","Reset",{"type":"Hard"}]'
    assert result_text("1", b"{}") == b'[3,"1",{}]'
    assert error_text("-1", "RpcFrameworkError", "") == b'[4,"-1","RpcFrameworkError","",{}]'
    assert result_error_text("1", "TypeConstraintViolation", "no") == (
        b'[5,"1","TypeConstraintViolation","no",{}]'
    )
    assert send_text("1", "NotifyPeriodicEventStream", b"{}") == (
        b'[6,"1","NotifyPeriodicEventStream",{}]'
    )


def test_an_error_description_is_cut_at_255_characters() -> None:
    text = error_text("1", "GenericError", 'ż"' * 500)
    assert json.loads(text)[3] == ('ż"' * 500)[:255]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(text=st.text() | st.binary() | st.lists(JSON, max_size=6).map(json.dumps))
def test_no_text_makes_the_reader_raise(text: str | bytes) -> None:
    for dialect in ALL:
        parse(text, dialect)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from([2, 3, 4, 5, 6]),
    rest=st.lists(JSON | st.sampled_from(["a", "Heartbeat"]), max_size=5),
)
def test_no_array_that_looks_like_a_frame_makes_the_reader_raise(
    kind: int, rest: list[object]
) -> None:
    text = json.dumps([kind, *rest])
    for dialect in ALL:
        parse(text, dialect)
