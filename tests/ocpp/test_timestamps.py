"""The times that stations write are read the way a person would read them."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.ocpp.timestamps import read_timestamp

TWO_HOURS = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-02T03:04:05Z", (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), True)),
        (
            "2026-01-02T03:04:05.1234567Z",
            (datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC), True),
        ),
        ("2026-01-02T03:04:05,5+02:00", (datetime(2026, 1, 2, 3, 4, 5, 500_000, TWO_HOURS), True)),
        ("2026-01-02T03:04:05+02", (datetime(2026, 1, 2, 3, 4, 5, tzinfo=TWO_HOURS), True)),
        ("2026-01-02T03:04:05-0330", (datetime(2026, 1, 2, 6, 34, 5, tzinfo=UTC), True)),
        ("2026-01-02 03:04:05", (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), False)),
        ("2026-01-02 03:04:05 UTC", (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), True)),
        ("2026-1-2T3:04", (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), False)),
        ("1970-01-01T00:00:00Z", (datetime(1970, 1, 1, tzinfo=UTC), True)),
        ("0001-01-01T00:00:00Z", (datetime(1, 1, 1, tzinfo=UTC), True)),
        ("2026-12-31T23:59:60Z", (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), True)),
    ],
)
def test_a_time_is_understood_and_whether_it_had_a_zone(
    text: str, meant: tuple[datetime, bool]
) -> None:
    assert read_timestamp(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1767322800",
        "2026-02-30T00:00:00Z",
        "2026-01-02",
        "2026-01-02T00:00:00" + " " * 1_000_000 + "x",
        "2026-01-02T25:00:00Z",
        "2026-01-02T00:00:00+99:00",
        "2026-01-02T00:00:00Zebra",
        "٢٠٢٦-01-02T00:00:00Z",
    ],
    ids=range(10),
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_timestamp(text) is None


@settings(max_examples=150, deadline=None)
@given(
    text=st.text()
    | st.from_regex(
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?([+-]\d\d:?\d\d)?", re.ASCII)
    )
)
def test_no_text_raises(text: str) -> None:
    found = read_timestamp(text)
    assert found is None or found[0].tzinfo is not None
