"""The golden frames against three readers: the official schemas, our codec, and our handlers."""

import json
from typing import Any

import pytest

from ogniwo.ocpp.catalogue import VERSIONS, RefusedCallError
from ogniwo.ocpp.codec import PayloadError, codec_of
from tests.domain.world import StationUnderTest, World
from tests.ocpp.golden_frames import Golden, golden_of

versions = pytest.mark.parametrize("version", list(VERSIONS))


def golden_up(version: str) -> list[Golden]:
    """Requests that stations send us and that we understand."""
    understood = VERSIONS[version].actions_understood
    return [
        it for it in golden_of(version) if it.half == "request" and it.message.action in understood
    ]


def sent(golden: Golden, payload: Any, *, strict: bool) -> StationUnderTest:
    station = StationUnderTest(World(), golden.version, strict=strict)
    if golden.message.kind == "send":
        station.send(golden.message.action, payload)
    else:
        station.call(golden.message.action, payload)
    return station


@versions
def test_what_is_valid_goes_through_the_codec_unchanged_and_the_schemas_agree(
    version: str,
) -> None:
    for golden in golden_of(version):
        codec = codec_of(golden.struct)
        for payload in golden.valid:
            assert golden.official.accepts(payload), str(golden)
            written = json.loads(codec.encode(codec.decode(json.dumps(payload).encode())))
            assert written == payload, str(golden)


@versions
def test_what_is_invalid_is_refused_with_the_error_of_its_version(version: str) -> None:
    codes = VERSIONS[version].dialect.codes
    for golden in golden_of(version):
        codec = codec_of(golden.struct)
        for why, payload, error in golden.invalid:
            place = (str(golden), why)
            # The official validator does not look into times.
            assert golden.official.accepts(payload) == (why == "no time"), place
            with pytest.raises(PayloadError) as refused:
                codec.decode(json.dumps(payload).encode())
            assert codes[refused.value.fault] == error, place


@versions
def test_a_message_is_spoilt_in_every_way_it_can_be(version: str) -> None:
    """So that no frame passes for golden by being invalid in one way only."""
    for golden in golden_of(version):
        kinds = {it.why for it in golden.invalid}
        fields = golden.official.root.get("properties", {}).keys() - {"customData"}
        assert "unknown field" in kinds or not fields, str(golden)
        assert "wrong type" in kinds or not fields, str(golden)
        assert ("missing" in kinds) >= bool(golden.official.root.get("required")), str(golden)


@versions
def test_a_valid_request_is_understood_by_the_letter_and_answered(version: str) -> None:
    for golden in golden_up(version):
        for payload in golden.valid:
            station = sent(golden, payload, strict=True)
            assert station.facts[-1].notes == (), str(golden)


@versions
def test_an_invalid_request_is_refused_to_a_strict_station(version: str) -> None:
    codes = VERSIONS[version].dialect.codes
    for golden in golden_up(version):
        for why, payload, error in golden.invalid:
            with pytest.raises(RefusedCallError) as refused:
                sent(golden, payload, strict=True)
            assert codes[refused.value.fault] == error, (str(golden), why)


@versions
def test_an_invalid_request_is_read_as_far_as_possible_from_any_other_station(
    version: str,
) -> None:
    """Understood with a note of what was odd, or refused; the money is never refused."""
    for golden in golden_up(version):
        for why, payload, _ in golden.invalid:
            try:
                station = sent(golden, payload, strict=False)
            except RefusedCallError:
                assert not VERSIONS[version].is_money(golden.message.action), (str(golden), why)
            else:
                assert station.facts[-1].notes, (str(golden), why)
