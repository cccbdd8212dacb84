"""The short form of ``make fuzz``: some thousand texts nobody should send, new ones in each run."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.ocpp.catalogue import VERSIONS
from tests.fuzz.inputs import Inputs
from tests.fuzz.target import Target, answers

versions = pytest.mark.parametrize("version", list(VERSIONS))
TEXTS = 100  # of one seed
some_seeds = settings(max_examples=15, deadline=None)


@versions
@pytest.mark.parametrize("strict", [False, True])
@some_seeds
@given(seed=st.integers(0, 2**32))
def test_no_text_escapes_and_every_call_has_its_answer(
    version: str,
    strict: bool,  # noqa: FBT001 - a parameter of the test
    seed: int,
) -> None:
    inputs, target = Inputs(seed), Target(version, strict=strict)
    for _ in range(TEXTS):
        target.feed(inputs.next(version).text)
    assert target.counts["asked"] > TEXTS // 2  # else nothing but noise was looked at


@versions
@settings(max_examples=200, deadline=None)
@given(text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_at_all_escape(version: str, text: bytes) -> None:
    Target(version).feed(text)


@pytest.fixture(scope="module", autouse=True)
def orders_are_drawn() -> None:
    """Once, and outside of a test that draws itself."""
    for version in VERSIONS:
        answers(version)


@versions
@some_seeds
@given(seed=st.integers(0, 2**32))
def test_no_answer_to_an_order_escapes(version: str, seed: int) -> None:
    inputs, target, rng = Inputs(seed), Target(version), Random(seed)
    for _ in range(TEXTS):
        order, action, payload = rng.choice(answers(version))
        target.feed_answer(order, action, json.dumps(inputs.spoilt(payload)).encode())
