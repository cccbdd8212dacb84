"""The trace file: read as written, and refused with the line that is wrong."""

import pytest

from ogniwo.sim.replay_survey import survey
from ogniwo.sim.replay_trace import Side, TraceError, read_trace
from tests.sim.traces import BEGIN, Trace

HEAD = b'{"trace":"ogniwo-messages","version":1}\n'
LINE = (
    b'{"at":"2026-05-17T08:00:01Z","station":"CP-1","protocol":"ocpp1.6",'
    b'"call":"[2,\\"1\\",\\"Heartbeat\\",{}]"}\n'
)


def test_what_was_written_is_read() -> None:
    trace = Trace().booted().ordered("Reset", '[3,"7",{}]').sent("\x00[2,ż", None)

    assert list(read_trace(trace.text.splitlines(keepends=True))) == trace.numbered()


def test_a_trace_of_another_program_needs_only_time_station_protocol_and_call() -> None:
    ((number, line),) = read_trace([HEAD, LINE.replace(b"{", b'{"more":[1],', 1)])

    assert (number, line.sender, line.answer) == (2, Side.STATION, None)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ["no trace of ours", "ogniwo message export"]),
        ([b"<html>"], ["no trace of ours"]),
        ([b'{"trace":"other","version":1}'], ["no trace of ours"]),
        ([LINE], ["no trace of ours"]),
        ([b'{"trace":"ogniwo-messages","version":2}'], ["version 2"]),
        ([HEAD, LINE, LINE[:40]], ["Line 3"]),
        ([HEAD, b"\xff\n"], ["Line 2"]),
        ([HEAD, LINE.replace(b"1Z", b"1")], ["Line 2", "zone"]),
        ([HEAD, LINE.replace(b"ocpp1.6", b"ocpp1.5")], ["Line 2", "ocpp1.5", "ocpp2.0.1"]),
        ([HEAD, LINE.replace(b"CP-1", b"")], ["Line 2", "station"]),
        ([HEAD.replace(b"}", b',"messages":2}'), LINE], ["after line 2", "1 of 2"]),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(lines: list[bytes], words: list[str]) -> None:
    with pytest.raises(TraceError) as refused:
        list(read_trace(lines))

    for word in words:
        assert word in str(refused.value)


def test_the_first_reading_tells_who_is_in_it_and_how_long_it_is() -> None:
    trace = Trace().booted().said("Heartbeat", {}, {}, station="CP-2", after_s=60)
    trace.ordered("Reset", '[3,"7",{"status":"Rejected"}]')

    found = survey(trace.numbered())

    assert {name: one.calls for name, one in found.stations.items()} == {"CP-1": 1, "CP-2": 1}
    assert (found.calls, found.length_s) == (2, 60)
    assert found.first_us == int((BEGIN.timestamp() + 1) * 1_000_000)
    assert '"Rejected"' in found.stations["CP-1"].answers.answer("Reset", "9")
