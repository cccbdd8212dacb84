"""Which 2.0.1 call each order becomes, and what the station's answer amounts to."""

from typing import Any

import pytest

from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.commands import Reply
from ogniwo.domain.orders import (
    AnyOrder,
    ChangeAvailability,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
    request_number,
)
from ogniwo.ocpp.adapter import OrderNotPossibleError
from tests.domain.world import NOON, StationUnderTest, World

COMMAND = 314_371_473_408_000_001
NUMBER = request_number(COMMAND)
CARD = {"idToken": "04A1B2C3", "type": "ISO14443"}

START = "RequestStartTransaction"

CALLS: list[tuple[AnyOrder, str, dict[str, Any]]] = [
    (RemoteStart(token=IdToken("04A1B2C3")), START, {"remoteStartId": NUMBER, "idToken": CARD}),
    (
        RemoteStart(token=IdToken("app-7", TokenType.APP), evse=2),
        START,
        {
            "remoteStartId": NUMBER,
            "idToken": {"idToken": "app-7", "type": "Central"},
            "evseId": 2,
        },
    ),
    (
        RemoteStop(transaction_id="T-1"),
        "RequestStopTransaction",
        {"transactionId": "T-1"},
    ),
    (Reset(), "Reset", {"type": "Immediate"}),
    (Reset(kind=ResetKind.HARD), "Reset", {"type": "Immediate"}),
    (Reset(kind=ResetKind.ON_IDLE, evse=2), "Reset", {"type": "OnIdle", "evseId": 2}),
    (Unlock(evse=2), "UnlockConnector", {"evseId": 2, "connectorId": 1}),
    (
        Trigger(message=TriggerMessage.STATUS_NOTIFICATION, evse=2),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
    ),
    (
        Trigger(message=TriggerMessage.TRANSACTION_EVENT),
        "TriggerMessage",
        {"requestedMessage": "TransactionEvent"},
    ),
    (
        ChangeAvailability(operative=False),
        "ChangeAvailability",
        {"operationalStatus": "Inoperative"},
    ),
    (
        ChangeAvailability(operative=True, evse=2, connector=1),
        "ChangeAvailability",
        {"operationalStatus": "Operative", "evse": {"id": 2, "connectorId": 1}},
    ),
]


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize(("order", "action", "payload"), CALLS)
def test_an_order_becomes_its_call(
    version: str, order: AnyOrder, action: str, payload: dict[str, Any]
) -> None:
    station = StationUnderTest(World(), version)
    assert station.outgoing(order, COMMAND) == (action, payload)


@pytest.mark.parametrize("kind", list(TokenType))
@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_a_token_of_every_kind_has_its_word(version: str, kind: TokenType) -> None:
    order = RemoteStart(token=IdToken("ABC", kind), evse=1)
    _, payload = StationUnderTest(World(), version).outgoing(order)
    assert payload["idToken"]["idToken"] == "ABC"


@pytest.mark.parametrize(
    ("order", "advice"),
    [
        (RemoteStart(token=IdToken("X" * 37)), "use a shorter one"),
        (Reset(kind=ResetKind.IMMEDIATE_AND_RESUME), "use immediate or on_idle"),
        (Trigger(message=TriggerMessage.STATUS_NOTIFICATION), "name the EVSE"),
        (ChangeAvailability(operative=False, connector=2), "name the EVSE"),
    ],
)
def test_what_2_0_1_cannot_say_is_refused_with_advice(order: AnyOrder, advice: str) -> None:
    with pytest.raises(OrderNotPossibleError, match=advice):
        StationUnderTest(World(), "ocpp2.0.1").outgoing(order)


def test_numbers_of_remote_starts_fit_the_wire_and_differ() -> None:
    world = World()
    commands = []
    for _ in range(500):
        world.wait(0.001)
        commands.append(world.ids.next())
    numbers = {request_number(it) for it in commands}
    assert len(numbers) == 500
    assert all(0 <= it < 2**31 for it in numbers)
    assert world.now > NOON


def test_an_answer_tells_its_reason() -> None:
    version = StationUnderTest(World(), "ocpp2.0.1").version
    raw = b'{"status":"Rejected","statusInfo":{"reasonCode":"TxInProgress","additionalInfo":"no"}}'
    outcome = version.to_outcome(Reset(), "Reset", raw)
    assert (outcome.reply, outcome.result) == (Reply.REJECTED, "Rejected")
    assert outcome.reason == "TxInProgress: no"
    outcome = version.to_outcome(Reset(), "Reset", b'{"status":"Scheduled"}')
    assert (outcome.reply, outcome.reason) == (Reply.SCHEDULED, None)


@pytest.mark.parametrize(
    ("word", "reply"),
    [
        ("Unlocked", Reply.ACCEPTED),
        ("UnlockFailed", Reply.REJECTED),
        ("OngoingAuthorizedTransaction", Reply.REJECTED),
        ("UnknownConnector", Reply.REJECTED),
    ],
)
def test_only_unlocked_is_unlocked(word: str, reply: Reply) -> None:
    version = StationUnderTest(World(), "ocpp2.0.1").version
    raw = b'{"status":"%b"}' % word.encode()
    outcome = version.to_outcome(Unlock(evse=1), "UnlockConnector", raw)
    assert (outcome.reply, outcome.result) == (reply, word)
