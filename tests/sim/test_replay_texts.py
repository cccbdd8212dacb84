"""What a replay changes in a recorded text, what it leaves alone, and how it judges answers."""

import pytest

from ogniwo.sim.replay_answers import ANSWERS_KEPT_MAX, RecordedAnswers, read_call, verdict
from ogniwo.sim.replay_rewrite import TransactionIds, shift_times, with_id

HOUR_S = 3_600


def test_a_transaction_gets_the_number_that_the_new_csms_gave_it() -> None:
    ids = TransactionIds()
    ids.learn('[3,"a",{"transactionId":77,"idTagInfo":{"status":"Accepted"}}]', _started(5))

    assert ids.translate('[2,"b","MeterValues",{"transactionId" : 77,"x":77}]') == (
        '[2,"b","MeterValues",{"transactionId" : 5,"x":77}]'
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"transactionId":771}',
        '{"transactionId":-77}',
        '{"myTransactionId":77}',
        '{"data":"{\\"transactionId\\":77}"}',
        "{transactionId:77}",
    ],
)
def test_only_that_number_under_that_name_is_changed(text: str) -> None:
    ids = TransactionIds()
    ids.learn(_started(77), _started(5))

    assert ids.translate(text) == text


def test_numbers_that_swap_places_are_not_confused() -> None:
    ids = TransactionIds()
    ids.learn(_started(1), _started(2))
    ids.learn(_started(2), _started(1))

    assert ids.translate('{"transactionId":1} {"transactionId":"2"}') == (
        '{"transactionId":2} {"transactionId":"1"}'
    )


@pytest.mark.parametrize("answer", [None, "", "[3", '[4,"a","InternalError","",{}]', '[3,"a",{}]'])
def test_an_answer_without_a_number_teaches_nothing(answer: str | None) -> None:
    ids = TransactionIds()
    ids.learn(_started(77), answer)
    ids.learn(answer, _started(5))

    assert ids.translate('{"transactionId":77}') == '{"transactionId":77}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-05-17T23:30:00Z", "2026-05-18T00:30:00Z"),
        ("2026-05-17T23:30:00.120Z", "2026-05-18T00:30:00.120Z"),
        ("2026-05-17T08:30:00+02:00", "2026-05-17T09:30:00+02:00"),
        ("2026-05-17t08:30:00.5z", "2026-05-17t09:30:00.5z"),
        ("2026-05-17 08:30:00", "2026-05-17 09:30:00"),
        ("2026-13-17T08:30:00Z", "2026-13-17T08:30:00Z"),
        ("9999-12-31T23:30:00Z", "9999-12-31T23:30:00Z"),
        ("at 2026-05-17T08:30:00Z", "at 2026-05-17T08:30:00Z"),
        ("2026-05-17", "2026-05-17"),
    ],
)
def test_moments_are_shifted_and_keep_their_form(before: str, after: str) -> None:
    assert shift_times(f'{{"timestamp":"{before}"}}', HOUR_S) == f'{{"timestamp":"{after}"}}'


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ('[3,"7",{"status":"Accepted"}]', '[3,"x\\"y",{"status":"Accepted"}]'),
        ('[ 4 , "a\\"7" , "NotSupported","7",{}]', '[ 4 , "x\\"y" , "NotSupported","7",{}]'),
        ("[3,3,{}]", '[3,"x\\"y",{}]'),
        ("no answer at all", "no answer at all"),
    ],
)
def test_a_recorded_answer_goes_out_under_the_new_id(recorded: str, now: str) -> None:
    assert with_id(recorded, 'x"y') == now


def test_orders_get_their_recorded_answers_in_turn_and_the_last_one_again() -> None:
    answers = RecordedAnswers()
    answers.keep("Reset", '[3,"1",{"status":"Accepted"}]')
    answers.keep("ClearCache", '[3,"2",{"status":"Accepted"}]')
    answers.keep("Reset", '[3,"3",{"status":"Rejected"}]')

    assert [verdict(answers.answer("Reset", n)) for n in range(3)] == [
        "Accepted", "Rejected", "Rejected"
    ]  # fmt: skip
    assert verdict(answers.answer("ClearCache", 9)) == "Accepted"
    assert verdict(answers.answer("UnlockConnector", 9)) == "error NotImplemented"


def test_of_endless_answers_a_bounded_number_is_kept() -> None:
    answers = RecordedAnswers()
    for number in range(3 * ANSWERS_KEPT_MAX):
        answers.keep("Reset", f'[3,"",{{"status":"{number}"}}]')

    given = [verdict(answers.answer("Reset", "")) for _ in range(2 * ANSWERS_KEPT_MAX)]
    assert given[-1] == str(ANSWERS_KEPT_MAX - 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, "no answer"),
        ('[3,"a",{"status":"Accepted","interval":300}]', "Accepted"),
        ('[3,"a",{"idTagInfo":{"status":"Blocked"},"transactionId":4}]', "Blocked"),
        ('[3,"a",{"status":"Rejected","idTokenInfo":{"status":"Unknown"}}]', "Rejected, Unknown"),
        ('[3,"a",{"currentTime":"2026-05-17T08:30:00Z"}]', "answered"),
        ('[4,"a","FormationViolation","text",{}]', "error FormationViolation"),
        ("[3", "(unreadable)"),
    ],
)
def test_answers_come_down_to_what_matters(answer: str | None, expected: str) -> None:
    assert verdict(answer) == expected


def test_noise_is_recognised_by_the_answer_it_got() -> None:
    almost = '[2,"a","Heartbeat",{},]'

    assert read_call(almost, '[3,"a",{}]').message_id == "a"
    assert read_call("noise", '[4,"-1","RpcFrameworkError","",{}]').message_id == "-1"
    assert read_call("noise", None).message_id is None
    assert read_call('[6,"a","NotifyPeriodicEventStream",{}]', None).message_id is None
    assert read_call('[2,17,"Heartbeat",{}]', None).message_id == 17


def _started(number: int) -> str:
    return f'[3,"a",{{"idTagInfo":{{"status":"Accepted"}},"transactionId":{number}}}]'
