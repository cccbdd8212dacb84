"""Our structs and the official JSON schemas must agree on what is a message.

Every type of every message of the three versions, in requests and responses, in both ways: what
one accepts the other accepts, and what we write the official schema accepts.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from ogniwo.ocpp.messages import Payload, read_custom
from tests.ocpp.schema_official import FOLDERS, Case, Wrong, cases


class Excuse(NamedTuple):
    """Where we differ from the official schema on purpose."""

    we_accept: bool
    why: str


EXCUSES: Final[dict[str, Excuse]] = {
    "null for optional": Excuse(
        we_accept=True, why="absent is None for us; what we write leaves it out again"
    ),
    "not a time": Excuse(
        we_accept=False, why="the official validator does not check format; we need the time"
    ),
    "a time without a zone": Excuse(
        we_accept=False, why="the codec reads the payload again and takes it as UTC"
    ),
    "whole number with a point": Excuse(
        we_accept=False, why="msgspec is strict; the codec reads the payload again for 1.0"
    ),
    "beyond 64 bits": Excuse(
        we_accept=False, why="no column and no arithmetic of ours holds more; nor does OCPP"
    ),
    "more than one decimal": Excuse(
        we_accept=True, why="a station may be finer; what the adapter sends is rounded"
    ),
    "Hertz in StopTransaction": Excuse(
        we_accept=True, why="one type for both messages with 1.6 meter values"
    ),
    "no samples in MeterValues": Excuse(
        we_accept=True, why="one type for both messages with 1.6 meter values"
    ),
}

# The last two excuses hold in one place only.
EXCUSED_PLACES: Final = {
    ("v16", "MeterValues.meterValue.sampledValue", "no items"): "no samples in MeterValues",
}


class Verdict(NamedTuple):
    case: Case
    wrong: Wrong
    ours: bool
    official: bool

    @property
    def excuse(self) -> str:
        place = (self.case.folder, self.wrong.place, self.wrong.how)
        return EXCUSED_PLACES.get(place, self.wrong.how)


@cache
def decoder(struct: type[Payload]) -> msgspec.json.Decoder[Payload]:
    return msgspec.json.Decoder(struct, dec_hook=read_custom)


def accepts(struct: type[Payload], payload: object) -> bool:
    try:
        decoder(struct).decode(json.dumps(payload))
    except msgspec.ValidationError:
        return False
    return True


def spoilt(folder: str) -> Iterator[tuple[Case, Wrong]]:
    for case in cases(folder):
        for wrong in case.official.wrong(case.rng(), set()):
            yield case, wrong
    if folder == "v16":
        yield hertz_in_stop_transaction()


def hertz_in_stop_transaction() -> tuple[Case, Wrong]:
    case = next(case for case in cases("v16") if case.name == "StopTransaction")
    payload = case.official.right(case.rng(), fullness=1)
    payload["transactionData"][0]["sampledValue"][0]["unit"] = "Hertz"
    return case, Wrong("Hertz in StopTransaction", "", payload)


@cache
def verdicts(folder: str) -> list[Verdict]:
    return [
        Verdict(
            case, wrong, accepts(case.struct, wrong.payload), case.official.accepts(wrong.payload)
        )
        for case, wrong in spoilt(folder)
    ]


def right_payloads(case: Case) -> Iterator[Any]:
    rng = case.rng()
    for fullness in (0, 0.5, 1):
        yield case.official.right(rng, fullness=fullness)


@pytest.mark.parametrize(("folder", "messages"), [("v16", 39), ("v201", 64), ("v21", 91)])
def test_every_request_and_response_of_the_version_is_judged(folder: str, messages: int) -> None:
    sends = folder == "v21"  # one message that is never answered
    assert len(cases(folder)) == 2 * messages - sends
    judged = {verdict.case.name for verdict in verdicts(folder)}
    assert judged == {case.name for case in cases(folder)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_the_official_schema_accepts_we_read_and_write_unchanged(folder: str) -> None:
    for case in cases(folder):
        for payload in right_payloads(case):
            assert case.official.accepts(payload), (case.name, payload)
            read = decoder(case.struct).decode(json.dumps(payload))
            written = json.loads(msgspec.json.encode(read))
            assert written == payload, case.name
            assert case.official.accepts(written), case.name


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_spoilt_payload_gets_the_official_verdict(folder: str) -> None:
    unexplained = [
        (verdict.case.name, verdict.wrong, f"we accept: {verdict.ours}")
        for verdict in verdicts(folder)
        if verdict.ours != verdict.official
        and (verdict.excuse not in EXCUSES or EXCUSES[verdict.excuse].we_accept != verdict.ours)
    ]
    assert unexplained == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_we_accept_beyond_the_official_schema_is_written_as_it_wants_it(folder: str) -> None:
    nulls = [v for v in verdicts(folder) if v.wrong.how == "null for optional" and v.ours]
    assert nulls
    for case, wrong, _, _ in nulls:
        written = msgspec.json.encode(decoder(case.struct).decode(json.dumps(wrong.payload)))
        assert case.official.accepts(json.loads(written)), (case.name, wrong)


def test_every_excuse_is_still_needed() -> None:
    needed = {
        verdict.excuse
        for folder in FOLDERS
        for verdict in verdicts(folder)
        if verdict.ours != verdict.official
    }
    assert needed == set(EXCUSES)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_way_to_spoil_a_payload_is_refused_somewhere(folder: str) -> None:
    """The judge would prove nothing if the spoilt payloads were right."""
    refused = {verdict.wrong.how for verdict in verdicts(folder) if not verdict.official}
    assert refused >= {"missing", "unknown property", "wrong type", "bad enum", "too long"}
    assert refused >= {"null for required", "fraction for integer", "no items"}
