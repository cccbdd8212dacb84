"""``make fuzz``: a million texts and more that no station should send, in four rounds.

First seeded texts and answers, then whatever the coverage-guided fuzzer finds (where atheris can be
installed), then some over a real socket to a real server with another station beside. A finding is
printed with the seed or the text that repeats it, and ends the run with 1.
"""

import argparse
import asyncio
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from ogniwo.base.clock import SystemClock
from ogniwo.ocpp.catalogue import VERSIONS
from tests.fuzz.inputs import Input, Inputs
from tests.fuzz.live import mistreat
from tests.fuzz.target import Target, answers
from tests.system.server import Server

FINDINGS_TOLD = 20  # one fault is found again and again
FINDING_CHARS = 3_000
SHARES = {"texts": 0.8, "answers": 0.2}  # of the seeded inputs


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="seeded ones")
    parser.add_argument("--guided", type=int, default=500_000, help="with coverage, by atheris")
    parser.add_argument("--live", type=int, default=3_000, help="over a socket")
    parser.add_argument("--seed", type=int, default=SystemClock().now_us())
    given = parser.parse_args()
    _say(f"seed {given.seed}")
    found = [
        *_texts(round(given.inputs * SHARES["texts"]), given.seed),
        *_answers(round(given.inputs * SHARES["answers"]), given.seed),
        *_guided(given.guided, given.seed),
        *_live(given.live, given.seed),
    ]
    for told in found[:FINDINGS_TOLD]:
        _say(f"FOUND {told[:FINDING_CHARS]}")
    _say("nothing found" if not found else f"{len(found)} findings")
    return 1 if found else 0


def _texts(count: int, seed: int) -> list[str]:
    inputs = Inputs(seed)
    targets = {
        (version, strict): Target(version, strict=strict)
        for version in VERSIONS
        for strict in (False, True)
    }
    rng, found, began = Random(seed), [], time.monotonic()
    for _ in range(count):
        text = inputs.next()
        strict = rng.random() < 0.2
        if problem := _problem(targets[text.version, strict], text):
            found.append(f"{text.version} strict={strict} {text.text!r}: {problem}")
    counts = sum((Counter(it.counts) for it in targets.values()), Counter())
    _tell("texts", count, began, dict(counts))
    return found


def _problem(target: Target, text: Input) -> str:
    try:
        target.feed(text.text)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


def _answers(count: int, seed: int) -> list[str]:
    inputs, rng, found, began = Inputs(f"answers {seed}"), Random(seed), [], time.monotonic()
    targets = {version: Target(version) for version in VERSIONS}
    known = {version: answers(version) for version in VERSIONS}
    for _ in range(count):
        version = rng.choice(tuple(VERSIONS))
        order, action, payload = rng.choice(known[version])
        text = json.dumps(inputs.spoilt(payload)).encode()
        try:
            targets[version].feed_answer(order, action, text)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            found.append(f"{version} {order} {text!r}: {type(error).__name__}: {error}")
    _tell("answers", count, began, {})
    return found


def _guided(count: int, seed: int) -> list[str]:
    if count == 0:
        return []
    if importlib.util.find_spec("atheris") is None:
        _say("guided: left out, atheris is not installed")
        return []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        inputs = Inputs(f"corpus {seed}")
        for number in range(600):
            text = inputs.next()
            version = b"%d" % list(VERSIONS).index(text.version)
            (corpus / f"{number}").write_bytes(version + text.text)
        options = (f"-runs={count}", f"-seed={seed % 2**31}", "-max_len=8000", "-timeout=20")
        artefacts = f"-artifact_prefix={folder}/found-"
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", str(corpus), *options, artefacts],
            capture_output=True,
            text=True,
            check=False,
        )
        found = [it.read_bytes() for it in corpus.glob("found-*")]
    _tell("guided", count, began, {})
    if ended.returncode == 0:
        return []
    return [f"guided: {found}\n{ended.stdout[-2_000:]}\n{ended.stderr[-2_000:]}"]


def _live(count: int, seed: int) -> list[str]:
    if count == 0:
        return []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            for version in VERSIONS:
                asyncio.run(mistreat(server, version, count // len(VERSIONS), seed=seed))
            server.stop()
        except AssertionError as error:
            return [f"live: {error}"]
        finally:
            server.kill()
    _tell("live", count, began, {})
    return []


def _tell(what: str, count: int, began: float, counts: dict[str, int]) -> None:
    took_s = max(time.monotonic() - began, 0.001)
    _say(f"{what}: {count} in {took_s:.0f} s, {count / took_s:.0f}/s {counts or ''}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
