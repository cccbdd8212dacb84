"""Whatever order the types let through: a call that its version allows, or a refusal in words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import Order
from ogniwo.ocpp.catalogue import VERSIONS
from tests.domain.world import StationUnderTest, World
from tests.ocpp.any_order import orders_of
from tests.ocpp.golden_frames import Golden, golden_of

COMMAND = 314_371_473_408_000_001
thoroughly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

orders = pytest.mark.parametrize(
    ("version", "kind"),
    [(name, kind) for name, version in VERSIONS.items() for kind in version._outbound],
)


@orders
@thoroughly
@given(data=st.data())
def test_an_order_is_a_right_call_or_refused_in_words(
    version: str, kind: type[Order], data: st.DataObject
) -> None:
    order: Any = data.draw(orders_of(kind))
    order.held(COMMAND)
    try:
        action, payload = StationUnderTest(World(), version).outgoing(order, COMMAND)
    except (RefusedError, UsageError) as refusal:
        told = str(refusal)
    else:
        assert isinstance(payload, dict)
        told = action
        assert action in VERSIONS[version]._outbound[kind].actions
    assert told


@orders
@settings(thoroughly, max_examples=4)
@given(data=st.data())
def test_every_right_answer_to_an_order_is_an_outcome(
    version: str, kind: type[Order], data: st.DataObject
) -> None:
    order: Any = data.draw(orders_of(kind))
    adapter = VERSIONS[version]._outbound[kind]
    for golden in responses(version, adapter.actions):
        for payload in golden.valid:
            raw = json.dumps(payload).encode()
            outcome = VERSIONS[version].to_outcome(order, golden.message.action, raw)
            assert isinstance(outcome, Outcome)


def responses(version: str, actions: tuple[str, ...]) -> Iterator[Golden]:
    for golden in golden_of(version):
        if golden.half == "response" and golden.message.action in actions:
            yield golden
