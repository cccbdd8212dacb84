"""The benchmark harness measures what it says: run through its command line, audited by SQL."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contenders import Stored
from benchmarks.machine import CpuUse
from benchmarks.report import BEGIN, END, write_page
from benchmarks.row import Size
from benchmarks.rows import durable
from benchmarks.tally import Measurement, Result
from benchmarks.throughput import EXTENTS, outcome

ROOT = Path(__file__).parents[2]
STATIONS = 5
VALUES_PER_READING = 8


Measurements = list[dict[str, Any]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measurements]:
    """The measurements of one short run, by the command ``make bench`` uses."""
    scratch = tmp_path_factory.mktemp("scratch")
    options = ["--size", "tiny", "--contenders", "usual,ceiling", "--keep", "--json"]
    rows = ["durable", "session", "--scratch", str(scratch)]
    command = [sys.executable, "-m", "benchmarks", *rows, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {it["row"]: it["measurements"] for it in json.loads(done.stdout)["results"]}


def rows(measurement: dict[str, Any], query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(Path(measurement["data"]) / "usual.db")) as database:
        return database.execute(query).fetchall()


def test_every_reading_the_usual_way_acknowledged_is_in_its_database(
    measured: dict[str, Measurements],
) -> None:
    usual, ceiling = measured["durable"]

    ((values,),) = rows(usual, "SELECT count(*) FROM meter_value")
    assert values == usual["readings_acknowledged"] * VALUES_PER_READING
    assert 0 < usual["readings_acknowledged"] < ceiling["readings_acknowledged"]
    assert ceiling["stored"] is None
    for measurement in (usual, ceiling):
        assert measurement["sessions_acknowledged"] == STATIONS
        assert 0 < measurement["p50_ms"] <= measurement["p99_ms"]
        assert measurement["cpu"]["server"] > 0


def test_sessions_are_whole_and_their_readings_plausible(
    measured: dict[str, Measurements],
) -> None:
    (usual,) = measured["session"]

    ended = rows(
        usual,
        "SELECT meter_stop_wh - meter_start_wh,"
        " strftime('%s', stopped_at) - strftime('%s', started_at)"
        " FROM charging WHERE stopped_at IS NOT NULL",
    )
    assert len(ended) >= usual["sessions_acknowledged"] - STATIONS
    # 100 s at 11 kW are 305.6 Wh; each register is rounded down
    assert ended
    assert all(wh in (305, 306) and duration_s == 100 for wh, duration_s in ended)
    falling = rows(
        usual,
        "SELECT 1 FROM (SELECT value, sampled_at,"
        " lag(value) OVER reading AS value_before, lag(sampled_at) OVER reading AS time_before"
        " FROM meter_value WHERE measurand = 'Energy.Active.Import.Register'"
        " WINDOW reading AS (PARTITION BY station_id ORDER BY id))"
        " WHERE value <= value_before OR sampled_at <= time_before",
    )
    assert falling == []


def a_measurement(contender: str, rate: float, *, stored: Stored) -> Measurement:
    """A run in which 50 readings of 5 sessions were acknowledged."""
    return Measurement(
        contender=contender,
        rate=rate,
        p50_ms=1.0,
        p99_ms=2.0,
        cpu=CpuUse(server=1.0, generator=0.5),
        readings_acknowledged=50,
        sessions_acknowledged=5,
        stored=stored,
        data="",
    )


def sentences(*runs: Measurement) -> list[str]:
    row = durable.ROW
    result = Result(row.contenders, row.goals, list(runs))
    return outcome(row, result, EXTENTS[Size.TINY]).sentences


def test_a_row_is_void_when_an_acknowledged_reading_is_missing() -> None:
    usual = a_measurement("usual", 100.0, stored=Stored(50, 5))
    whole = a_measurement("product", 2_000.0, stored=Stored(50, 5))
    lossy = a_measurement("product", 2_000.0, stored=Stored(49, 5))

    assert sentences(usual, whole)[0].startswith("met: 20.00 times ")
    assert sentences(usual, lossy)[0].startswith("VOID: 20.00 times ")


def test_a_ratio_is_of_the_medians_and_a_missed_goal_is_called_missed() -> None:
    stored = Stored(50, 5)
    rates = {"usual": (90.0, 100.0, 500.0), "product": (1_000.0, 1_400.0, 9_000.0)}
    runs = [a_measurement(name, rate, stored=stored) for name in rates for rate in rates[name]]

    assert sentences(*runs)[0].startswith("MISSED: 14.00 times ")


def test_a_section_of_the_page_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"by hand\n{BEGIN}\n### first\n\nold\n\n### second\n\nold\n{END}\nthe end\n")

    write_page(["### second\n\nnew\n", "### third\n\nnew\n"], ["first", "second", "third"], page)

    written = f"{BEGIN}\n\n### first\n\nold\n\n### second\n\nnew\n\n### third\n\nnew\n\n{END}"
    assert page.read_text() == f"by hand\n{written}\nthe end\n"
