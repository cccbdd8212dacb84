"""What real stations send is saved as far as it can be, each liberty with its note."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from ogniwo.ocpp.codec import PayloadError, decode, decode_tolerant, encode, read
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.notes import FRAGMENT_CHARS_MAX, NOTES_MAX, Note, Oddity, Remedy
from ogniwo.ocpp.v16 import schema as v16
from ogniwo.ocpp.v21 import schema as v21
from ogniwo.ocpp.v201 import schema as v201

START: dict[str, object] = {
    "connectorId": 1,
    "idTag": "04A1B2C3",
    "meterStart": 1200,
    "timestamp": "2026-01-01T00:00:00Z",
}
STATUS: dict[str, object] = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def changed(payload: dict[str, object], **fields: object) -> bytes:
    return json.dumps(payload | fields).encode()


def one_note(notes: tuple[Note, ...]) -> tuple[str, Oddity, Remedy, str]:
    assert len(notes) == 1, [str(note) for note in notes]
    return notes[0].path, notes[0].oddity, notes[0].remedy, notes[0].fragment


def meter_values(*samples: object, timestamp: object = "2026-01-01T00:00:00Z") -> bytes:
    entry = {"timestamp": timestamp, "sampledValue": list(samples)}
    return json.dumps({"connectorId": 1, "meterValue": [entry]}).encode()


def values_of(raw: bytes) -> list[str]:
    saved = read(v16.MeterValuesRequest, raw)
    assert saved.payload is not None
    return [sample.value for entry in saved.payload.meter_value for sample in entry.sampled_value]


# One odd field of a StartTransaction: what it becomes, and the note.
ODD_FIELDS: list[tuple[str, object, object, Oddity, Remedy]] = [
    ("meterStart", 1200.0, 1200, Oddity.WRONG_TYPE, Remedy.READ),
    ("meterStart", 1200.9, 1200, Oddity.WRONG_TYPE, Remedy.READ),
    ("meterStart", "1200", 1200, Oddity.WRONG_TYPE, Remedy.READ),
    ("meterStart", " 1200,5 ", 1200, Oddity.WRONG_TYPE, Remedy.READ),
    ("idTag", 4711, "4711", Oddity.WRONG_TYPE, Remedy.READ),
    ("idTag", True, "true", Oddity.WRONG_TYPE, Remedy.READ),
    ("idTag", "\x02" + "A" * 20 + "\x03", "A" * 20, Oddity.CONTROLS, Remedy.READ),
    ("idTag", "04A1\x00B2", "04A1B2", Oddity.CONTROLS, Remedy.READ),
    ("idTag", "A" * 30, "A" * 30, Oddity.LENGTH, Remedy.KEPT),
    ("timestamp", "2026-01-01 00:00:00", NEW_YEAR, Oddity.ZONE, Remedy.READ),
    ("reservationId", "none", None, Oddity.WRONG_TYPE, Remedy.DROPPED),
    ("reservationId", [1], None, Oddity.WRONG_TYPE, Remedy.DROPPED),
    ("reservationId", 2**64, None, Oddity.RANGE, Remedy.DROPPED),
    ("vendorExtra", {"a": 1}, None, Oddity.UNKNOWN_FIELD, Remedy.DROPPED),
]


@pytest.mark.parametrize(("field", "sent", "meant", "oddity", "remedy"), ODD_FIELDS)
def test_one_odd_field_costs_a_note_and_nothing_else(
    field: str, sent: object, meant: object, oddity: Oddity, remedy: Remedy
) -> None:
    saved = read(v16.StartTransactionRequest, changed(START, **{field: sent}))
    plain = decode(v16.StartTransactionRequest, changed(START))
    assert saved.payload is not None
    name = {"meterStart": "meter_start", "idTag": "id_tag", "reservationId": "reservation_id"}.get(
        field, field
    )
    assert getattr(saved.payload, name, None) == meant
    assert saved.payload.connector_id == plain.connector_id
    assert one_note(saved.notes)[:3] == (field, oddity, remedy)


HOPELESS: list[tuple[bytes, Oddity, str, Fault]] = [
    (b"", Oddity.NOT_JSON, "", Fault.FORMAT),
    (b'{,"connectorId":1}', Oddity.NOT_JSON, "", Fault.FORMAT),
    (b"[" * 100_000, Oddity.NOT_JSON, "", Fault.FORMAT),
    (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, Oddity.NOT_JSON, "", Fault.FORMAT),
    (b"7", Oddity.WRONG_TYPE, "", Fault.TYPE),
    (b"[]", Oddity.MISSING, "connectorId", Fault.PROTOCOL),
    (changed(START, idTag=None), Oddity.WRONG_TYPE, "idTag", Fault.TYPE),
    (changed(START, idTag={}), Oddity.WRONG_TYPE, "idTag", Fault.TYPE),
    (changed(START, timestamp="soon"), Oddity.TIME, "timestamp", Fault.PROPERTY),
    (changed(START, meterStart=1e300), Oddity.RANGE, "meterStart", Fault.PROPERTY),
    (b'{"connectorId":1e999}', Oddity.WRONG_TYPE, "connectorId", Fault.TYPE),
]


@pytest.mark.parametrize(("raw", "oddity", "path", "fault"), HOPELESS, ids=range(len(HOPELESS)))
def test_a_payload_without_what_it_needs_is_refused_with_the_reason(
    raw: bytes, oddity: Oddity, path: str, fault: Fault
) -> None:
    saved = read(v16.StartTransactionRequest, raw)
    assert saved.payload is None
    last = saved.notes[-1]
    assert (last.oddity, last.path, last.remedy) == (oddity, path, Remedy.REFUSED)
    assert isinstance(saved.error, PayloadError)
    assert saved.error.fault is fault


def test_null_and_nan_for_an_optional_field_mean_absent() -> None:
    raw = changed(STATUS, info=None)[:-1] + b',"vendorId":NaN}'
    saved = read(v16.StatusNotificationRequest, raw)
    assert saved.payload == decode(v16.StatusNotificationRequest, changed(STATUS))


def test_a_raw_control_character_inside_a_string_is_survived() -> None:
    saved = read(v16.AuthorizeRequest, b'{"idTag":"AB\x02C"}')
    assert saved.payload == v16.AuthorizeRequest(id_tag="ABC")
    assert [note.oddity for note in saved.notes] == [Oddity.NOT_JSON, Oddity.CONTROLS]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("charging", "Charging"), ("SuspendedEvse", "SuspendedEVSE"), ("suspended_ev", "SuspendedEV")],
)
def test_an_enumeration_is_read_without_regard_to_its_spelling(sent: str, meant: str) -> None:
    saved = read(v16.StatusNotificationRequest, changed(STATUS, status=sent))
    assert saved.payload is not None
    assert saved.payload.status == meant
    assert one_note(saved.notes) == ("status", Oddity.SPELLING, Remedy.READ, f'"{sent}"')


def test_an_unknown_error_code_becomes_the_fallback_and_the_status_is_still_taken() -> None:
    raw = changed(STATUS, errorCode="Error")
    assert read(v16.StatusNotificationRequest, raw).payload is None
    saved = read(v16.StatusNotificationRequest, raw, {"errorCode": "OtherError"})
    assert saved.payload is not None
    assert (saved.payload.error_code, saved.payload.status) == ("OtherError", "Charging")
    assert one_note(saved.notes) == ("errorCode", Oddity.UNKNOWN_VALUE, Remedy.REPLACED, '"Error"')


def test_a_fallback_stands_in_for_what_is_missing_however_deep() -> None:
    raw = meter_values({"value": "1"}, timestamp="??")
    saved = read(v16.MeterValuesRequest, raw, {"meterValue.timestamp": NEW_YEAR})
    assert saved.payload is not None
    assert saved.payload.meter_value[0].timestamp == NEW_YEAR
    without = json.dumps({key: START[key] for key in START if key != "timestamp"}).encode()
    started = read(v16.StartTransactionRequest, without, {"timestamp": NEW_YEAR})
    assert started.payload is not None
    assert one_note(started.notes)[:3] == ("timestamp", Oddity.MISSING, Remedy.REPLACED)


def test_a_fallback_is_not_used_while_the_value_is_good() -> None:
    saved = read(v16.StatusNotificationRequest, changed(STATUS), {"errorCode": "OtherError"})
    assert saved.payload is not None
    assert saved.payload.error_code == "NoError"


def test_an_empty_array_is_an_empty_object() -> None:
    saved = read(v16.HeartbeatRequest, b"[]")
    assert saved.payload == v16.HeartbeatRequest()
    assert one_note(saved.notes) == ("", Oddity.WRONG_TYPE, Remedy.READ, "[]")


# Meter values: quirks 21 to 25 of real stations.


def test_one_object_where_a_list_is_wanted_is_wrapped() -> None:
    raw = b"""{"connectorId":1,"meterValue":{"timestamp":"2026-01-01T00:00:00Z",
        "sampledValue":{"value":"7"}}}"""
    assert values_of(raw) == ["7"]


def test_an_empty_list_of_samples_is_an_answerable_message() -> None:
    assert values_of(meter_values()) == []


def test_numbers_as_sample_values_are_read_as_text() -> None:
    assert values_of(meter_values({"value": 7}, {"value": 7.5}, {"value": "x"})) == [
        "7",
        "7.5",
        "x",
    ]


@pytest.mark.parametrize(
    ("field", "sent", "meant"),
    [
        ("unit", "C", "Celsius"),
        ("unit", "Hz", "Hertz"),
        ("unit", "%", "Percent"),
        ("measurand", "energy.active.import.register", "Energy.Active.Import.Register"),
        ("phase", "L1N", "L1-N"),
        ("phase", "", None),
        ("context", "Whenever", None),
    ],
)
def test_a_qualifier_is_understood_or_left_out_when_that_changes_nothing(
    field: str, sent: str, meant: str | None
) -> None:
    saved = read(v16.MeterValuesRequest, meter_values({"value": "1", field: sent}))
    assert saved.payload is not None
    assert getattr(saved.payload.meter_value[0].sampled_value[0], field) == meant


@pytest.mark.parametrize(
    ("field", "sent"),
    [("unit", "furlong"), ("measurand", "Mood"), ("phase", "L7"), ("format", 7), ("location", "?")],
)
def test_a_sample_whose_meaning_is_lost_is_lost_alone(field: str, sent: object) -> None:
    """Without its unit or measurand it would be read, and billed, as Wh of energy."""
    raw = meter_values({"value": "1"}, {"value": "50", field: sent}, {"value": "2"})
    assert values_of(raw) == ["1", "2"]
    path, _, remedy, fragment = one_note(read(v16.MeterValuesRequest, raw).notes)
    assert path == f"meterValue[0].sampledValue[1].{field}"
    assert (remedy, fragment) == (Remedy.OWNER_DROPPED, json.dumps(sent))


def test_a_multiplier_that_cannot_be_read_takes_its_sample_along_in_2x() -> None:
    good = {"value": 1.5, "unitOfMeasure": {"unit": "kWh", "multiplier": 3}}
    bad = {"value": 1.5, "unitOfMeasure": {"unit": "kWh", "multiplier": "k"}}
    entry = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [bad, good]}
    raw = json.dumps({"evseId": 1, "meterValue": [entry]}).encode()
    saved = read(v201.MeterValuesRequest, raw)
    assert saved.payload is not None
    (sample,) = saved.payload.meter_value[0].sampled_value
    assert sample.unit_of_measure == v201.UnitOfMeasureType(unit="kWh", multiplier=3)


def test_a_reading_without_a_time_is_lost_alone() -> None:
    one = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}
    other = {"timestamp": "", "sampledValue": [{"value": "2"}]}
    raw = json.dumps({"connectorId": 1, "meterValue": [other, one, "junk"]}).encode()
    assert values_of(raw) == ["1"]


# Open places


def test_vendor_data_keeps_its_form_but_not_its_nul() -> None:
    raw = b'{"vendorId":"v","data":{"a\\u0000":["x\\u0000y",1,null]},"customData":{"vendorId":"w"}}'
    saved = read(v201.DataTransferRequest, raw)
    assert saved.payload is not None
    assert saved.payload.data == {"a": ["xy", 1, None]}
    assert saved.payload.custom_data == {"vendorId": "w"}


def test_custom_data_without_a_vendor_is_dropped() -> None:
    saved = read(v201.HeartbeatRequest, b'{"customData":{"x":1}}')
    assert saved.payload == v201.HeartbeatRequest()
    assert one_note(saved.notes)[:3] == ("customData", Oddity.WRONG_TYPE, Remedy.DROPPED)


def test_an_object_as_data_of_a_1_6_transfer_is_kept_as_text() -> None:
    saved = read(v16.DataTransferRequest, b'{"vendorId":"v","data":{"a":[1]}}')
    assert saved.payload == v16.DataTransferRequest(vendor_id="v", data='{"a":[1]}')


# Notes stay small


def test_notes_are_bounded_in_number_and_length_and_printable() -> None:
    wide = {f"field{number}": "x" * 500 for number in range(NOTES_MAX * 2)}
    saved = read(v16.HeartbeatRequest, json.dumps(wide).encode())
    assert len(saved.notes) == NOTES_MAX
    assert max(len(note.fragment) for note in saved.notes) == FRAGMENT_CHARS_MAX
    evil = read(v16.HeartbeatRequest, b'{"a\\u0000b":"c\\u0000d"}')
    assert str(evil.notes[0]).isprintable()


def test_a_refusal_is_noted_even_after_too_many_other_notes() -> None:
    wide: dict[str, object] = {f"field{number}": 1 for number in range(NOTES_MAX * 2)}
    saved = read(v16.ResetRequest, json.dumps(wide).encode())
    assert saved.notes[-1] == Note("type", Oddity.MISSING, Remedy.REFUSED, "null")


# Any input


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["Wh", "2026-01-01T00:00:00", "\0", "Accepted", "-1", "1.0", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
GOOD: list[tuple[type[Payload], dict[str, Any]]] = [
    (v16.StartTransactionRequest, START),
    (v16.StatusNotificationRequest, STATUS),
    (
        v16.MeterValuesRequest,
        json.loads(meter_values({"value": "1", "unit": "Wh", "phase": "L1"}, {"value": "2"})),
    ),
    (
        v21.TransactionEventRequest,
        {
            "eventType": "Started",
            "timestamp": "2026-01-01T00:00:00.123Z",
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "t1"},
            "idToken": {"idToken": "04A1", "type": "ISO14443"},
            "evse": {"id": 1, "connectorId": 1},
            "meterValue": [
                {
                    "timestamp": "2026-01-01T00:00:00Z",
                    "sampledValue": [{"value": 1.5, "unitOfMeasure": {"multiplier": 3}}],
                }
            ],
        },
    ),
]


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[type[Payload], bytes]:
    """A good message with one or two values anywhere in it replaced by rubbish."""
    model, payload = draw(st.sampled_from(GOOD))
    document = json.loads(json.dumps(payload))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                break
            place = place[key]
        place[key] = draw(ODD)
    return model, json.dumps(document).encode()


@settings(max_examples=200, deadline=None)
@given(case=spoiled())
def test_a_spoiled_message_is_saved_or_refused_but_never_raises_and_never_keeps_a_nul(
    case: tuple[type[Payload], bytes],
) -> None:
    model, raw = case
    saved = read(model, raw)
    assert (saved.payload is None) == (saved.error is not None)
    assert "\\x00" not in repr(saved)
    if saved.payload is not None:
        assert_storable(saved.payload)
    if not saved.notes:
        tolerant = decode_tolerant(model, raw)
        assert (tolerant.payload, tolerant.notes) == (saved.payload, ())


def assert_storable(payload: Struct) -> None:
    try:
        text = encode(payload).decode()
    except PayloadError:  # over-long text and the like are kept on purpose
        return
    assert json.loads(text) is not None


@settings(max_examples=150, deadline=None)
@given(raw=st.binary() | ODD.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_the_reading_raise(raw: bytes) -> None:
    for model, _ in GOOD:
        decode_tolerant(model, raw)
        read(model, raw)


@pytest.mark.parametrize(("model", "payload"), GOOD)
def test_a_good_message_is_read_alike_by_both_readers(
    model: type[Payload], payload: dict[str, object]
) -> None:
    raw = changed(payload)
    tolerant = decode_tolerant(model, raw)
    assert (tolerant.payload, tolerant.notes) == (decode(model, raw), ())
