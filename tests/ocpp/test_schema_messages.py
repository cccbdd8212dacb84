from collections import Counter

import msgspec
import pytest

from ogniwo.ocpp.messages import CustomDataType, read_custom
from ogniwo.ocpp.v16 import schema as v16
from ogniwo.ocpp.v21 import schema as v21
from ogniwo.ocpp.v201 import schema as v201
from tests.ocpp.schema_official import FOLDERS, messages_of
from tools.generate_schemas import main as generate_schemas


def test_the_committed_schemas_are_what_the_generator_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert generate_schemas(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "up", "down"), [("v16", 13, 25), ("v201", 24, 39), ("v21", 36, 54)]
)
def test_every_message_has_its_direction(folder: str, up: int, down: int) -> None:
    directions = Counter(message.direction for message in messages_of(folder).values())
    assert directions == {"up": up, "down": down, "both": 1}
    assert messages_of(folder)["DataTransfer"].direction == "both"


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_the_periodic_event_stream_has_no_answer(folder: str) -> None:
    messages = messages_of(folder).values()
    sends = [message.action for message in messages if message.kind == "send"]
    assert sends == (["NotifyPeriodicEventStream"] if folder == "v21" else [])
    assert sends == [message.action for message in messages if message.response is None]


def test_a_message_is_listed_under_its_own_action_and_types() -> None:
    assert v16.MESSAGES["StartTransaction"].request is v16.StartTransactionRequest
    assert v201.MESSAGES["TransactionEvent"].response is v201.TransactionEventResponse
    for folder in FOLDERS:
        for action, message in messages_of(folder).items():
            assert message.action == action
            assert message.request.__name__ == f"{action}Request"
            assert message.response is None or message.response.__name__ == f"{action}Response"


def test_custom_data_keeps_what_the_vendor_added() -> None:
    decoder = msgspec.json.Decoder(v201.HeartbeatRequest, dec_hook=read_custom)
    text = b'{"customData":{"vendorId":"pl.example","shelf":[1,{"deep":null}]}}'

    request = decoder.decode(text)

    assert request.custom_data == CustomDataType(vendorId="pl.example", shelf=[1, {"deep": None}])
    assert request.custom_data.vendor_id == "pl.example"
    assert msgspec.json.encode(request) == text


@pytest.mark.parametrize(
    ("custom", "complaint"),
    [
        ("{}", "vendorId"),
        ('{"vendorId":7}', "vendorId"),
        (f'{{"vendorId":"{"x" * 256}"}}', "length <= 255"),
        ("[]", "object"),
    ],
)
def test_custom_data_without_a_proper_vendor_is_refused_with_its_place(
    custom: str, complaint: str
) -> None:
    decoder = msgspec.json.Decoder(v21.HeartbeatRequest, dec_hook=read_custom)
    with pytest.raises(msgspec.ValidationError, match=complaint) as refusal:
        decoder.decode(f'{{"customData":{custom}}}')
    assert "$.customData" in str(refusal.value)


def test_an_integer_no_column_can_hold_is_refused_with_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.transactionId"):
        msgspec.json.decode(
            b'{"transactionId":99999999999999999999}', type=v16.RemoteStopTransactionRequest
        )


def test_a_time_without_zone_is_refused_with_its_place() -> None:
    text = b'{"currentTime":"2026-05-01T12:00:00"}'
    with pytest.raises(msgspec.ValidationError, match=r"\$\.currentTime"):
        msgspec.json.decode(text, type=v16.HeartbeatResponse)


def test_names_that_are_no_plain_camel_case_keep_their_spelling_on_the_wire() -> None:
    period = v21.ChargingSchedulePeriodType(start_period=0, limit=16.0, limit_l2=10.0)
    assert msgspec.json.encode(period) == b'{"startPeriod":0,"limit":16.0,"limit_L2":10.0}'
