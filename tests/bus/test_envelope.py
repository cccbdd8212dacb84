"""What travels on the bus, byte by byte: nothing that comes in can raise but one error of ours."""

import contextlib
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.app.bus import Answered, AnyNotice, Asked, EventsWritten, StationTaken
from ogniwo.app.live import LiveBatch
from ogniwo.bus.envelope import (
    LIVE_ITEMS_MAX,
    VERSION,
    OtherVersionError,
    UnreadableError,
    open_answer,
    open_notice,
    open_question,
    parts_of,
    seal,
)
from ogniwo.bus.subjects import Subjects
from tests.bus.sayings import a_batch, a_removal

COUNTS = st.integers(min_value=0, max_value=60)


HEADS = st.sampled_from([b"", bytes((VERSION,))])


@given(head=HEADS, noise=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_that_they_cannot_be_read(head: bytes, noise: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        open_question(head + noise)
    with contextlib.suppress(UnreadableError):
        open_answer(head + noise)
    for kind in get_args(AnyNotice):
        with contextlib.suppress(UnreadableError):
            open_notice(kind, head + noise)


@given(st.data())
def test_a_question_with_a_broken_byte_is_read_or_refused(data: st.DataObject) -> None:
    payload = bytearray(seal(a_removal()))
    where = data.draw(st.integers(min_value=1, max_value=len(payload) - 1))
    payload[where] = data.draw(st.integers(min_value=0, max_value=255))
    with contextlib.suppress(UnreadableError):
        assert isinstance(open_question(bytes(payload)), Asked)


@given(st.integers(min_value=0, max_value=255).filter(lambda it: it != VERSION))
def test_another_version_is_told_apart_from_garbage(version: int) -> None:
    with pytest.raises(OtherVersionError, match=f"version {version} of the bus"):
        open_question(bytes((version,)) + seal(a_removal())[1:])


def test_half_a_character_cannot_travel() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        seal(a_removal("CS-\ud800"))


@given(events=COUNTS, sessions=COUNTS, stations=COUNTS, items=st.integers(min_value=1, max_value=9))
def test_the_parts_of_a_live_batch_are_all_of_it_in_order(
    events: int, sessions: int, stations: int, items: int
) -> None:
    batch = a_batch(events=events, sessions=sessions, stations=stations)
    bytes_max = items * 300
    parts = list(parts_of(batch, bytes_max=bytes_max))
    told = [msgspec.convert(open_notice(LiveBatch, it), LiveBatch) for it in parts]

    assert [it for part in told for it in part.events] == batch.events
    assert [it for part in told for it in part.sessions] == batch.sessions
    assert [it for part in told for it in part.stations] == batch.stations
    assert all(len(it) <= bytes_max for it in parts)


def test_a_batch_that_fits_stays_whole() -> None:
    batch = a_batch(events=LIVE_ITEMS_MAX - 2, stations=2)

    assert list(parts_of(batch, bytes_max=1_000_000)) == [seal(batch)]


def test_a_large_batch_is_cut_before_it_holds_up_a_loop() -> None:
    parts = list(parts_of(a_batch(stations=10 * LIVE_ITEMS_MAX), bytes_max=100_000_000))

    assert max(len(it) for it in parts) < 100_000


def test_a_notice_that_cannot_be_cut_is_refused() -> None:
    notice = StationTaken(identity="x" * 200, epoch=1, owner=1)
    with pytest.raises(UnreadableError):
        list(parts_of(notice, bytes_max=100))


@pytest.mark.parametrize("union", [Asked, Answered])
def test_each_kind_of_question_and_answer_has_a_tag_of_its_own(union: object) -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(union)]

    assert len(set(tags)) == len(tags)


def test_each_kind_of_notice_has_a_subject_of_its_own() -> None:
    subjects = {Subjects().notice(kind) for kind in get_args(AnyNotice)}

    assert len(subjects) == len(get_args(AnyNotice))
    assert Subjects().notice(EventsWritten) == "ogniwo.notice.events"
