"""Which 1.6 call each order becomes, and what the station's answer amounts to."""

from typing import Any

import pytest

from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Reply
from ogniwo.domain.orders import (
    AnyOrder,
    ChangeAvailability,
    RawCall,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)
from ogniwo.ocpp.adapter import OrderNotPossibleError
from tests.domain.world import StationUnderTest, World

TAG = IdToken("04A1B2C3")

CALLS: list[tuple[AnyOrder, str, dict[str, Any]]] = [
    (RemoteStart(token=TAG), "RemoteStartTransaction", {"idTag": "04A1B2C3"}),
    (
        RemoteStart(token=TAG, evse=2, connector=1),
        "RemoteStartTransaction",
        {"idTag": "04A1B2C3", "connectorId": 2},
    ),
    (RemoteStop(transaction_id="8841"), "RemoteStopTransaction", {"transactionId": 8841}),
    (Reset(), "Reset", {"type": "Soft"}),
    (Reset(kind=ResetKind.HARD), "Reset", {"type": "Hard"}),
    (Reset(kind=ResetKind.IMMEDIATE), "Reset", {"type": "Hard"}),
    (Unlock(evse=2), "UnlockConnector", {"connectorId": 2}),
    (
        Trigger(message=TriggerMessage.STATUS_NOTIFICATION, evse=1),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "connectorId": 1},
    ),
    (
        Trigger(message=TriggerMessage.HEARTBEAT),
        "TriggerMessage",
        {"requestedMessage": "Heartbeat"},
    ),
    (
        Trigger(message=TriggerMessage.LOG_STATUS_NOTIFICATION),
        "ExtendedTriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
    ),
    (
        Trigger(message=TriggerMessage.SIGN_STATION_CERTIFICATE),
        "ExtendedTriggerMessage",
        {"requestedMessage": "SignChargePointCertificate"},
    ),
    (
        ChangeAvailability(operative=False),
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
    ),
    (
        ChangeAvailability(operative=True, evse=3),
        "ChangeAvailability",
        {"connectorId": 3, "type": "Operative"},
    ),
]


@pytest.mark.parametrize(("order", "action", "payload"), CALLS)
def test_an_order_becomes_its_call(order: AnyOrder, action: str, payload: dict[str, Any]) -> None:
    assert StationUnderTest(World(), "ocpp1.6").outgoing(order) == (action, payload)


@pytest.mark.parametrize(
    ("order", "advice"),
    [
        (RemoteStart(token=IdToken("X" * 21)), "use a shorter one"),
        (RemoteStart(token=TAG, evse=1, connector=2), "give the connector's number as the EVSE"),
        (RemoteStart(token=TAG, connector=1), "give the connector's number as the EVSE"),
        (RemoteStop(transaction_id="a-uuid"), "are numbers"),
        (Reset(evse=1), "leave out the EVSE"),
        (Reset(kind=ResetKind.ON_IDLE), "use soft or hard"),
        (Reset(kind=ResetKind.IMMEDIATE_AND_RESUME), "use soft or hard"),
        (Unlock(evse=1, connector=2), "give the connector's number as the EVSE"),
        (Trigger(message=TriggerMessage.TRANSACTION_EVENT), "meter_values"),
        (ChangeAvailability(operative=False, connector=2), "number as the EVSE"),
        (ChangeAvailability(operative=False, evse=1, connector=2), "number as the EVSE"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_advice(order: AnyOrder, advice: str) -> None:
    with pytest.raises(OrderNotPossibleError, match=advice):
        StationUnderTest(World(), "ocpp1.6").outgoing(order)


@pytest.mark.parametrize(
    ("order", "action", "word", "reply"),
    [
        (Reset(), "Reset", "Accepted", Reply.ACCEPTED),
        (Reset(), "Reset", "Rejected", Reply.REJECTED),
        (RemoteStop(transaction_id="1"), "RemoteStopTransaction", "Accepted", Reply.ACCEPTED),
        (RemoteStart(token=TAG), "RemoteStartTransaction", "Rejected", Reply.REJECTED),
        (ChangeAvailability(operative=True), "ChangeAvailability", "Scheduled", Reply.SCHEDULED),
        (Unlock(evse=1), "UnlockConnector", "Unlocked", Reply.ACCEPTED),
        (Unlock(evse=1), "UnlockConnector", "UnlockFailed", Reply.REJECTED),
        (Unlock(evse=1), "UnlockConnector", "NotSupported", Reply.REJECTED),
        (
            Trigger(message=TriggerMessage.HEARTBEAT),
            "TriggerMessage",
            "NotImplemented",
            Reply.REJECTED,
        ),
        (
            Trigger(message=TriggerMessage.LOG_STATUS_NOTIFICATION),
            "ExtendedTriggerMessage",
            "Accepted",
            Reply.ACCEPTED,
        ),
    ],
)
def test_an_answer_is_read_in_its_own_word(
    order: AnyOrder, action: str, word: str, reply: Reply
) -> None:
    version = StationUnderTest(World(), "ocpp1.6").version
    outcome = version.to_outcome(order, action, b'{"status":"%b"}' % word.encode())
    assert (outcome.reply, outcome.result) == (reply, word)


def test_a_raw_call_passes_as_it_is() -> None:
    version = StationUnderTest(World(), "ocpp1.6").version
    order = RawCall(action="ClearCache", payload=b'{"odd":1}')
    assert version.to_call(order, 1) == ("ClearCache", b'{"odd":1}')
    outcome = version.to_outcome(order, "ClearCache", b'{"status":"Rejected"}')
    assert (outcome.reply, outcome.answer) == (Reply.ACCEPTED, b'{"status":"Rejected"}')
