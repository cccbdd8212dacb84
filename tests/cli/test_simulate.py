"""`ogniwo simulate` before it connects: what it is asked for must make sense."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ogniwo.base.errors import UsageError
from ogniwo.cli.main import app
from tests.sim.traces import Trace

URL = "ws://127.0.0.1:9"


def refusal(*arguments: str) -> str:
    result = CliRunner().invoke(app, ("simulate", "--url", URL, *arguments))
    assert isinstance(result.exception, UsageError), result
    assert result.stdout == ""
    return str(result.exception)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(Trace().booted().booted(station="CP-2").text)
    return path


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", "4"], ["--seed", "means nothing with --replay"]),
        (["--stations", "10"], ["--stations", "means nothing with --replay"]),
        (["--speed", "quick"], ["--speed", "max"]),
        (["--speed", "0"], ["--speed", "0.1"]),
        (["--rename", "CP-1"], ["--rename", "RECORDED=NEW"]),
        (["--rename", "CP-3=X"], ["'CP-3'", "not in the trace"]),
        (["--rename", "CP-1=CP-2"], ["the same identity"]),
        (["--url", "http://127.0.0.1"], ["ws://"]),
    ],
)
def test_options_that_make_no_sense_with_a_trace_are_explained(
    trace: Path, options: list[str], words: list[str]
) -> None:
    said = refusal("--replay", str(trace), *options)

    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--shift-times"], ["--shift-times", "--replay FILE"]),
        (["--rename", "A=B"], ["--rename", "--replay FILE"]),
        (["--speed", "max"], ["--speed max", "--replay FILE"]),
    ],
)
def test_options_of_a_replay_need_a_trace(options: list[str], words: list[str]) -> None:
    said = refusal(*options)

    for word in words:
        assert word in said


def test_a_trace_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    said = refusal("--replay", str(tmp_path / "none.jsonl"))

    assert "none.jsonl" in said
    assert "ogniwo message export" in said


def test_a_damaged_trace_is_named_with_its_line_and_nothing_is_sent(trace: Path) -> None:
    trace.write_bytes(trace.read_bytes()[:-40])

    assert f"{trace}: Line 3 cannot be read" in refusal("--replay", str(trace), "--speed", "max")
