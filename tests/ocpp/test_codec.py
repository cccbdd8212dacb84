"""Payloads in and out at byte level: what is refused, with which fault, and what may leave."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from ogniwo.ocpp.codec import PayloadError, codec_of, decode, encode, read
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.messages import INTEGER_MAX, INTEGER_MIN, CustomDataType, Payload
from ogniwo.ocpp.v16 import schema as v16
from ogniwo.ocpp.v201 import schema as v201


class Item(Payload, frozen=True, kw_only=True):
    unit: Literal["Wh", "kWh"] | None = None
    value: Annotated[str, Meta(min_length=1, max_length=5)]


class Everything(Payload, frozen=True, kw_only=True):
    """One field for each kind of check that a generated schema can ask for."""

    count: Annotated[int, Meta(ge=INTEGER_MIN, le=INTEGER_MAX)]
    small: Annotated[int, Meta(ge=0, le=9)] | None = None
    power: float | None = None
    share: Annotated[float, Meta(ge=0, le=100)] | None = None
    flag: bool | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    items: Annotated[list[Item], Meta(min_length=1, max_length=2)] | None = None
    custom_data: CustomDataType | None = None
    anything: object = None


# Every kind of complaint the decoder of msgspec 0.22 can have about such a type (and the one
# that is ours), with the fault that OCPP has for it and where it lies.
COMPLAINTS: list[tuple[str, Fault, str]] = [
    ("", Fault.FORMAT, ""),
    ('{"count":1', Fault.FORMAT, ""),
    ('{,"count":1}', Fault.FORMAT, ""),
    ('{"count":1}x', Fault.FORMAT, ""),
    ('{"count":1,"anything":"\\ud800"}', Fault.FORMAT, ""),
    ('{"count":1,"anything":"\x01"}', Fault.FORMAT, ""),
    ('{"count":NaN}', Fault.FORMAT, ""),
    ('{"count":1,"power":1e999}', Fault.FORMAT, ""),
    ("5", Fault.TYPE, ""),
    ("null", Fault.TYPE, ""),
    ("{}", Fault.PROTOCOL, "count"),
    ('{"count":1,"more":2}', Fault.FORMAT, "more"),
    ('{"count":1.0}', Fault.TYPE, "count"),
    ('{"count":1.5}', Fault.TYPE, "count"),
    ('{"count":"1"}', Fault.TYPE, "count"),
    ('{"count":true}', Fault.TYPE, "count"),
    ('{"count":null}', Fault.TYPE, "count"),
    ('{"count":99999999999999999999}', Fault.PROPERTY, "count"),
    ('{"count":1,"small":-1}', Fault.PROPERTY, "small"),
    ('{"count":1,"small":10}', Fault.PROPERTY, "small"),
    ('{"count":1,"power":"1"}', Fault.TYPE, "power"),
    ('{"count":1,"share":100.5}', Fault.PROPERTY, "share"),
    ('{"count":1,"flag":1}', Fault.TYPE, "flag"),
    ('{"count":1,"at":5}', Fault.TYPE, "at"),
    ('{"count":1,"at":"yesterday"}', Fault.PROPERTY, "at"),
    ('{"count":1,"at":"2026-02-31T00:00:00Z"}', Fault.PROPERTY, "at"),
    ('{"count":1,"at":"2026-01-01T00:00:00"}', Fault.PROPERTY, "at"),
    ('{"count":1,"items":{"value":"1"}}', Fault.TYPE, "items"),
    ('{"count":1,"items":[]}', Fault.OCCURRENCE, "items"),
    (
        '{"count":1,"items":[{"value":"1"},{"value":"1"},{"value":"1"}]}',
        Fault.OCCURRENCE,
        "items",
    ),
    ('{"count":1,"items":[{}]}', Fault.PROTOCOL, "items[0].value"),
    ('{"count":1,"items":[{"value":"1"},{"value":""}]}', Fault.PROPERTY, "items[1].value"),
    ('{"count":1,"items":[{"value":"123456"}]}', Fault.PROPERTY, "items[0].value"),
    ('{"count":1,"items":[{"value":7}]}', Fault.TYPE, "items[0].value"),
    ('{"count":1,"items":[{"value":"1","unit":"MWh"}]}', Fault.PROPERTY, "items[0].unit"),
    ('{"count":1,"items":[{"value":"1","unit":"wh"}]}', Fault.PROPERTY, "items[0].unit"),
    ('{"count":1,"items":[{"value":"1","unit":7}]}', Fault.TYPE, "items[0].unit"),
    ('{"count":1,"items":[{"value":"1\\u0000"}]}', Fault.PROPERTY, "items[0].value"),
    ('{"count":1,"customData":{"a":1}}', Fault.TYPE, "customData"),
    ('{"count":1,"customData":7}', Fault.TYPE, "customData"),
]


@pytest.mark.parametrize(("text", "fault", "path"), COMPLAINTS)
def test_what_breaks_the_schema_is_refused_with_its_fault_and_place(
    text: str, fault: Fault, path: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        decode(Everything, text.encode())
    assert (caught.value.fault, caught.value.path) == (fault, path)


def test_a_proper_payload_is_read_to_the_last_field_without_a_note() -> None:
    raw = (
        b'{"count":-7,"small":9,"power":0.5,"share":100,"flag":false,"at":"2026-01-01T02:00:00.1'
        b'+02:00","items":[{"unit":"kWh","value":"1.5"}],"customData":{"vendorId":"v","x":[1]},'
        b'"anything":{"path":"C:\\\\boot\\\\u0000.txt","lines":"a\\n\\tb"}}'
    )
    expected = Everything(
        count=-7,
        small=9,
        power=0.5,
        share=100,
        flag=False,
        at=datetime(2026, 1, 1, 0, 0, 0, 100_000, tzinfo=UTC),
        items=[Item(unit="kWh", value="1.5")],
        custom_data=CustomDataType({"vendorId": "v", "x": [1]}),
        anything={"path": "C:\\boot\\u0000.txt", "lines": "a\n\tb"},
    )
    assert decode(Everything, raw) == expected
    saved = read(Everything, raw)
    assert (saved.payload, saved.notes, saved.error) == (expected, (), None)


def test_text_beyond_utf_8_is_refused_not_raised() -> None:
    with pytest.raises(PayloadError) as caught:
        decode(v16.AuthorizeRequest, b'{"idTag":"\xff\xfe"}')
    assert caught.value.fault is Fault.FORMAT


def test_the_refusal_never_repeats_what_the_station_sent() -> None:
    with pytest.raises(PayloadError) as caught:
        decode(v16.ResetRequest, b'{"type":"<script>"}')
    assert str(caught.value) == "type: unknown value"


# What leaves


def test_times_leave_in_utc_to_the_second_with_a_z() -> None:
    warsaw = timezone(timedelta(hours=2))
    at = datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=warsaw)
    answer = v16.BootNotificationResponse(status="Accepted", current_time=at, interval=300)
    assert encode(answer) == (
        b'{"status":"Accepted","currentTime":"2026-07-01T10:00:00Z","interval":300}'
    )


def test_empty_optional_fields_do_not_leave() -> None:
    assert encode(v16.AuthorizeResponse(id_tag_info=v16.IdTagInfo(status="Accepted"))) == (
        b'{"idTagInfo":{"status":"Accepted"}}'
    )
    assert encode(v16.MeterValuesResponse()) == b"{}"


def test_numbers_leave_with_six_decimals_wherever_they_stand() -> None:
    period = v201.ChargingSchedulePeriodType(start_period=0, limit=0.1 + 0.2)
    fine = v201.ChargingSchedulePeriodType(start_period=60, limit=8.1)
    schedule = v201.ChargingScheduleType(
        id=1, charging_rate_unit="A", charging_schedule_period=[fine, period, fine]
    )
    assert encode(schedule) == (
        b'{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":60,"limit":8.1},'
        b'{"startPeriod":0,"limit":0.3},{"startPeriod":60,"limit":8.1}]}'
    )
    assert period.limit == 0.1 + 0.2  # what the caller holds is left alone


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (v16.AuthorizeRequest(id_tag="x" * 21), Fault.PROPERTY),
        (v16.AuthorizeRequest(id_tag="a\0b"), Fault.PROPERTY),
        (v16.ResetRequest(type="Warm"), Fault.PROPERTY),  # type: ignore[arg-type] # wrong on purpose
        (v16.ResetRequest(type=7), Fault.TYPE),  # type: ignore[arg-type] # wrong on purpose
        (Everything(count=1, power=float("nan")), Fault.PROPERTY),
        (Everything(count=1, power=float("inf")), Fault.PROPERTY),
        (Everything(count=1, items=[]), Fault.OCCURRENCE),
        (Everything(count=1, at=datetime(2026, 1, 1)), Fault.PROPERTY),  # noqa: DTZ001 - the point
    ],
)
def test_what_breaks_its_schema_does_not_leave(payload: Payload, fault: Fault) -> None:
    with pytest.raises(PayloadError) as caught:
        encode(payload)
    assert caught.value.fault is fault


def test_there_is_one_codec_for_each_type() -> None:
    assert codec_of(v16.ResetRequest) is codec_of(v16.ResetRequest)
    assert codec_of(v16.ResetRequest).model is v16.ResetRequest
