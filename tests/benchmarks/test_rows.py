"""Every row runs from the command line to its verdict, in its tiny form."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.browsing import CHROMIUM
from benchmarks.rows import all_rows

ROOT = Path(__file__).parents[2]
# Side by side, to be quick: what they measure is not looked at closely here.
LANES = (("steady", "orders", "long"), ("crowd", "restart"), ("fleet", "reconnect"))

pytestmark = pytest.mark.timeout(240)  # of the first: all rows run for it, half a minute each

Outcomes = dict[str, dict[str, Any]]


def run(rows: tuple[str, ...], scratch: Path) -> Outcomes:
    options = ["--size", "tiny", "--scratch", str(scratch), "--contenders", "product", "--json"]
    command = [sys.executable, "-m", "benchmarks", *rows, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return {it["row"]: it for it in json.loads(done.stdout)["results"]}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    scratch = tmp_path_factory.mktemp("scratch")
    with ThreadPoolExecutor(len(LANES)) as pool:
        done = list(pool.map(run, LANES, [scratch] * len(LANES)))
    yield {name: outcome for lane in done for name, outcome in lane.items()}
    assert list(scratch.iterdir()) == []  # each cleans up after itself


def test_every_row_of_the_table_is_there() -> None:
    elsewhere = {"durable", "session"}  # measured in test_harness
    seen = {"console"}  # needs a browser
    assert set(all_rows()) == elsewhere | seen.union(*LANES)
    assert len({row.title for row in all_rows().values()}) == len(all_rows())


def test_no_row_is_void(outcomes: Outcomes) -> None:
    assert {name: it["voids"] for name, it in outcomes.items() if it["voids"]} == {}
    assert all(it["goals"] for it in outcomes.values())


def test_a_steady_rate_is_held(outcomes: Outcomes) -> None:
    (held,) = outcomes["steady"]["held"]

    assert held["asked"] == 200
    assert held["carried"] == pytest.approx(200, rel=0.1)
    assert 0 < held["p50_ms"] <= held["p99_ms"] <= held["max_ms"]


def test_orders_come_back_from_the_stations(outcomes: Outcomes) -> None:
    (ordered,) = outcomes["orders"]["ordered"]

    assert ordered["orders"] == 20
    assert 0 < ordered["p50_ms"] <= ordered["p99_ms"] <= ordered["max_ms"]


def test_connected_stations_cost_memory(outcomes: Outcomes) -> None:
    crowd = outcomes["crowd"]

    assert crowd["online"] == 100
    assert 5 < crowd["each_kb"] < 500


def test_a_fleet_stays_connected_over_several_gateways(outcomes: Outcomes) -> None:
    fleet = outcomes["fleet"]

    assert fleet["online"] == 100
    assert set(fleet["services"]) == {"postgres", "nats-server"}


def test_all_come_back_at_once(outcomes: Outcomes) -> None:
    back = outcomes["reconnect"]

    assert back["answered"] == 100
    assert 0 < back["charging_last_s"] <= back["last_s"]
    assert 0 < back["booted_last_s"] <= back["last_s"]


def test_a_restart_takes_the_time_of_a_process(outcomes: Outcomes) -> None:
    (serving_s,) = outcomes["restart"]["product"]

    assert 0.3 < serving_s < 30


def test_long_and_short_sessions_are_both_measured(outcomes: Outcomes) -> None:
    long = outcomes["long"]

    assert all(it > 10 for it in (*long["long_us"], *long["short_us"]))
    assert 0.1 < long["ratio"] < 10


def test_an_operator_can_use_the_stations_page(built: None, tmp_path: Path) -> None:
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium")
    outcome = run(("console",), tmp_path)["console"]

    assert outcome["voids"] == []
    assert len(outcome["heap_mb"]) >= 2
    assert min(outcome["heap_mb"]) > 1
