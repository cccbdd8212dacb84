"""One connection told at byte level: what goes in at which millisecond, what comes out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.connection import (
    Answered,
    Asked,
    Connection,
    Disputed,
    Ignored,
    Late,
    Refused,
    Told,
    Unsolicited,
)
from ogniwo.ocpp.rpc.frame import OCPP16, OCPP21, OCPP201, Call, Dialect, Error, Result
from ogniwo.ocpp.rpc.ledger import TIMED_OUT_KEPT_MAX, CallOpenError, OpenCall

BEAT = '[2,"b1","Heartbeat",{}]'
RESET = b'[2,"r1","Reset",{"type":"Soft"}]'


def a_connection(dialect: Dialect = OCPP16, *, calling: bool = False) -> Connection:
    """With ``calling``, a Reset "r1" went out at 1,000 ms and may be answered until 31,000."""
    connection = Connection(dialect)
    if calling:
        text = connection.call("Reset", b'{"type":"Soft"}', "r1", now_ms=1_000, timeout_ms=30_000)
        assert text == RESET
    return connection


def test_a_call_is_handed_out_and_answered_under_its_id() -> None:
    connection = a_connection()
    asked = connection.receive(BEAT, 5)
    assert asked == Asked(Call("b1", "Heartbeat", b"{}"))
    assert isinstance(asked, Asked)
    assert connection.answer(asked.call, b'{"currentTime":"2026-01-01T00:00:00Z"}') == (
        b'[3,"b1",{"currentTime":"2026-01-01T00:00:00Z"}]'
    )


def test_a_numeric_id_comes_back_as_a_number() -> None:
    connection = a_connection()
    asked = connection.receive('[2,77,"Heartbeat",{}]', 5)
    assert isinstance(asked, Asked)
    assert connection.answer(asked.call, b"{}") == b"[3,77,{}]"
    assert connection.refuse(asked.call, Fault.INTERNAL) == b'[4,77,"InternalError","",{}]'


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (OCPP16, b'[4,"b1","OccurenceConstraintViolation","meterValue",{}]'),
        (OCPP201, b'[4,"b1","OccurrenceConstraintViolation","meterValue",{}]'),
    ],
)
def test_a_refusal_is_spelt_as_the_version_spells_it(dialect: Dialect, text: bytes) -> None:
    call = Call("b1", "Heartbeat", b"{}")
    assert Connection(dialect).refuse(call, Fault.OCCURRENCE, "meterValue") == text


def test_an_answer_meets_its_call_and_says_how_long_it_took() -> None:
    connection = a_connection(calling=True)
    answered = connection.receive('[3,"r1",{"status":"Accepted"}]', 1_250)
    call = OpenCall("r1", "Reset", sent_ms=1_000, deadline_ms=31_000)
    assert answered == Answered(call, Result("r1", b'{"status":"Accepted"}'), 250)
    assert connection.open_call is None


def test_a_callerror_is_an_answer_too() -> None:
    connection = a_connection(calling=True)
    answered = connection.receive('[4,"r1","NotSupported","no",{}]', 1_100)
    assert isinstance(answered, Answered)
    assert answered.answer == Error("r1", "NotSupported", "no", b"{}")
    assert connection.open_call is None


def test_only_one_call_is_open_but_calls_of_both_sides_may_cross() -> None:
    connection = a_connection(calling=True)
    with pytest.raises(CallOpenError) as caught:
        connection.call("ClearCache", b"{}", "c1", now_ms=1_001, timeout_ms=30_000)
    assert caught.value.open_call.id == "r1"
    assert isinstance(connection.receive(BEAT, 1_002), Asked)
    assert isinstance(connection.receive('[3,"r1",{}]', 1_003), Answered)
    assert connection.call("ClearCache", b"{}", "c1", now_ms=1_004, timeout_ms=30_000)


def test_the_wrong_id_settles_nothing() -> None:
    connection = a_connection(calling=True)
    stray = connection.receive('[3,"r2",{}]', 1_100)
    assert stray == Unsolicited(Result("r2", b"{}"))
    assert connection.open_call is not None


def test_a_second_answer_to_one_call_is_unsolicited() -> None:
    connection = a_connection(calling=True)
    connection.receive('[3,"r1",{}]', 1_100)
    assert isinstance(connection.receive('[3,"r1",{}]', 1_101), Unsolicited)


def test_a_call_times_out_at_its_deadline_and_frees_the_way() -> None:
    connection = a_connection(calling=True)
    assert connection.expired(30_999) is None
    expired = connection.expired(31_000)
    assert expired is not None
    assert expired.action == "Reset"
    assert connection.expired(31_001) is None
    assert connection.call("Reset", b"{}", "r2", now_ms=31_001, timeout_ms=30_000)


def test_a_late_answer_is_told_from_one_to_nothing() -> None:
    connection = a_connection(calling=True)
    connection.expired(31_000)
    late = connection.receive('[3,"r1",{"status":"Accepted"}]', 40_000)
    assert isinstance(late, Late)
    assert (late.open_call.action, late.latency_ms) == ("Reset", 39_000)
    assert isinstance(connection.receive('[3,"r1",{}]', 40_001), Unsolicited)


def test_an_answer_past_its_deadline_counts_while_nobody_has_given_up() -> None:
    connection = a_connection(calling=True)
    assert isinstance(connection.receive('[3,"r1",{}]', 31_005), Answered)


def test_calls_given_up_long_ago_are_forgotten() -> None:
    connection = a_connection()
    for number in range(TIMED_OUT_KEPT_MAX + 1):
        connection.call("Reset", b"{}", f"r{number}", now_ms=number, timeout_ms=0)
        connection.expired(number)
    assert isinstance(connection.receive('[3,"r0",{}]', 99), Unsolicited)
    assert isinstance(connection.receive('[3,"r1",{}]', 99), Late)


def test_an_id_used_again_is_a_call_like_any_other() -> None:
    connection = a_connection()
    first = connection.receive(BEAT, 1)
    assert connection.receive(BEAT, 2) == first == Asked(Call("b1", "Heartbeat", b"{}"))


def test_closing_fails_the_open_call_once() -> None:
    connection = a_connection(calling=True)
    lost = connection.close()
    assert lost is not None
    assert lost.id == "r1"
    assert connection.close() is None
    assert a_connection().close() is None


def test_since_2_noise_is_refused_under_minus_one_without_repeating_it() -> None:
    refused = a_connection(OCPP201).receive("<html>secret</html>", 5)
    assert refused == Refused(b'[4,"-1","RpcFrameworkError","not JSON",{}]', Fault.RPC, "not JSON")


def test_on_1_6_noise_is_ignored_and_a_bad_call_is_refused_in_1_6_words() -> None:
    connection = a_connection(OCPP16)
    assert connection.receive("<html>", 5) == Ignored("not JSON")
    refused = connection.receive('[2,"a","Heartbeat"]', 5)
    assert isinstance(refused, Refused)
    assert refused.text.startswith(b'[4,"a","FormationViolation","')


def test_streams_and_disputes_work_on_2_1() -> None:
    connection = a_connection(OCPP21)
    assert isinstance(connection.receive('[6,"s","NotifyPeriodicEventStream",{}]', 5), Told)
    disputed = connection.receive('[5,"b1","FormatViolation","",{}]', 6)
    assert isinstance(disputed, Disputed)
    assert connection.tell("NotifyPeriodicEventStream", b"{}", "s") == (
        b'[6,"s","NotifyPeriodicEventStream",{}]'
    )


def test_a_dispute_is_told_with_the_action_it_is_about() -> None:
    connection = a_connection(OCPP21)
    asked = connection.receive('[2,"b1","Heartbeat",{}]', 5)
    assert isinstance(asked, Asked)
    connection.answer(asked.call, b"{}")

    about = connection.receive('[5,"b1","FormatViolation","no time",{}]', 6)
    unknown = connection.receive('[5,"b0","FormatViolation","",{}]', 7)

    assert isinstance(about, Disputed)
    assert isinstance(unknown, Disputed)
    assert (about.action, unknown.action) == ("Heartbeat", None)


def test_a_send_may_go_out_while_a_call_is_open() -> None:
    connection = a_connection(OCPP21, calling=True)
    assert connection.tell("NotifyPeriodicEventStream", b"{}", "s")
    assert connection.open_call is not None


def test_an_unusable_answer_is_disputed_on_2_1_and_swallowed_before() -> None:
    texts = {}
    for dialect in (OCPP16, OCPP201, OCPP21):
        connection = a_connection(dialect, calling=True)
        answered = connection.receive('[3,"r1",{"status":7}]', 1_100)
        assert isinstance(answered, Answered)
        texts[dialect.version] = connection.dispute(answered, Fault.TYPE, "status")
    assert texts == {
        "ocpp1.6": None,
        "ocpp2.0.1": None,
        "ocpp2.1": b'[5,"r1","TypeConstraintViolation","status",{}]',
    }


def test_an_unusable_callerror_is_never_disputed() -> None:
    connection = a_connection(OCPP21, calling=True)
    answered = connection.receive('[4,"r1","NoSuchCode","",{}]', 1_100)
    assert isinstance(answered, Answered)
    assert connection.dispute(answered, Fault.FORMAT) is None


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text() | st.binary() | st.sampled_from([BEAT, '[3,"r1"]', "[6]", "[2]"])))
def test_no_traffic_makes_a_connection_raise(texts: list[str | bytes]) -> None:
    for dialect in (OCPP16, OCPP201, OCPP21):
        connection = a_connection(dialect, calling=True)
        for now_ms, text in enumerate(texts):
            connection.receive(text, now_ms)
