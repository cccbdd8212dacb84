"""Which call each order of access, display, payment and vendors becomes, version by version."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ogniwo.domain.access import IdToken, TokenStatus, TokenType
from ogniwo.domain.orders import (
    AnyOrder,
    ClearCache,
    ClearDisplayMessage,
    CustomerCertificate,
    CustomerInformation,
    DataTransfer,
    GetDisplayMessages,
    GetLocalListVersion,
    GetTransactionStatus,
    ListEntry,
    ListMode,
    MessageFormat,
    MessagePriority,
    MessageState,
    NotifyWebPaymentStarted,
    RemoteStart,
    RequestBatterySwap,
    SendLocalList,
    SetDisplayMessage,
    request_number,
)
from ogniwo.domain.orders.customer import HashAlgorithm
from ogniwo.domain.orders.local_list import ListPlan
from ogniwo.ocpp.adapter import OrderNotPossibleError
from tests.domain.world import StationUnderTest, World

COMMAND = 314_371_473_408_000_001
NUMBER = request_number(COMMAND)
BOTH = ("ocpp2.0.1", "ocpp2.1")
ALL = ("ocpp1.6", *BOTH)
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
CARD = {"idToken": "04A1B2C3", "type": "ISO14443"}
ENTRIES = (
    ListEntry(uid="04A1B2C3", group="FLEET", expires_at=UNTIL),
    ListEntry(uid="0BADCAFE", status=TokenStatus.STOP_ONLY),
    ListEntry(uid="0FF1CE00", remove=True),
)
FULL = SendLocalList(entries=ENTRIES[:2], version=4)
CHANGE = SendLocalList(mode=ListMode.DIFFERENTIAL, entries=ENTRIES, version=4)
PARTS = SendLocalList(
    entries=ENTRIES[:2], plan=ListPlan(version=4, part_entries=1, sent=1), version=4
)
TEXT = SetDisplayMessage(text="Hi", message=3, state=MessageState.IDLE, ends_at=UNTIL)
CERTIFICATE = CustomerCertificate(
    hash_algorithm=HashAlgorithm.SHA256,
    issuer_name_hash="ab",
    issuer_key_hash="cd",
    serial_number="01",
)

CALLS: list[tuple[tuple[str, ...], AnyOrder, str, dict[str, Any]]] = [
    (ALL, ClearCache(), "ClearCache", {}),
    (ALL, GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        ("ocpp1.6",),
        CHANGE,
        "SendLocalList",
        {
            "listVersion": 4,
            "updateType": "Differential",
            "localAuthorizationList": [
                {
                    "idTag": "04A1B2C3",
                    "idTagInfo": {
                        "status": "Accepted",
                        "parentIdTag": "FLEET",
                        "expiryDate": "2030-01-01T00:00:00Z",
                    },
                },
                {"idTag": "0BADCAFE", "idTagInfo": {"status": "Blocked"}},
                {"idTag": "0FF1CE00"},
            ],
        },
    ),
    (
        ("ocpp1.6",),
        PARTS,
        "SendLocalList",
        {
            "listVersion": 5,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": "0BADCAFE", "idTagInfo": {"status": "Blocked"}}],
        },
    ),
    (
        BOTH,
        FULL,
        "SendLocalList",
        {
            "versionNumber": 4,
            "updateType": "Full",
            "localAuthorizationList": [
                {
                    "idToken": CARD,
                    "idTokenInfo": {
                        "status": "Accepted",
                        "groupIdToken": {"idToken": "FLEET", "type": "Central"},
                        "cacheExpiryDateTime": "2030-01-01T00:00:00Z",
                    },
                },
                {
                    "idToken": {"idToken": "0BADCAFE", "type": "ISO14443"},
                    "idTokenInfo": {"status": "Blocked"},
                },
            ],
        },
    ),
    (
        BOTH,
        SendLocalList(entries=(), version=1),
        "SendLocalList",
        {"versionNumber": 1, "updateType": "Full"},
    ),
    (
        ("ocpp1.6",),
        DataTransfer(vendor="com.volta", message="M", data="[1]"),
        "DataTransfer",
        {"vendorId": "com.volta", "messageId": "M", "data": "[1]"},
    ),
    (
        BOTH,
        DataTransfer(vendor="com.volta", data="[1]"),
        "DataTransfer",
        {"vendorId": "com.volta", "data": [1]},
    ),
    (
        BOTH,
        DataTransfer(vendor="com.volta", data="{not json"),
        "DataTransfer",
        {"vendorId": "com.volta", "data": "{not json"},
    ),
    (
        BOTH,
        TEXT,
        "SetDisplayMessage",
        {
            "message": {
                "id": 3,
                "priority": "NormalCycle",
                "state": "Idle",
                "endDateTime": "2030-01-01T00:00:00Z",
                "message": {"format": "UTF8", "content": "Hi"},
            }
        },
    ),
    (
        BOTH,
        GetDisplayMessages(messages=(3, 4), priority=MessagePriority.IN_FRONT),
        "GetDisplayMessages",
        {"requestId": NUMBER, "id": [3, 4], "priority": "InFront"},
    ),
    (BOTH, GetDisplayMessages(), "GetDisplayMessages", {"requestId": NUMBER}),
    (BOTH, ClearDisplayMessage(message=3), "ClearDisplayMessage", {"id": 3}),
    (
        BOTH,
        CustomerInformation(token="04A1B2C3"),
        "CustomerInformation",
        {"requestId": NUMBER, "report": True, "clear": False, "idToken": CARD},
    ),
    (
        BOTH,
        CustomerInformation(certificate=CERTIFICATE, report=False, clear=True),
        "CustomerInformation",
        {
            "requestId": NUMBER,
            "report": False,
            "clear": True,
            "customerCertificate": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "ab",
                "issuerKeyHash": "cd",
                "serialNumber": "01",
            },
        },
    ),
    (BOTH, GetTransactionStatus(), "GetTransactionStatus", {}),
    (
        BOTH,
        GetTransactionStatus(transaction_id="T"),
        "GetTransactionStatus",
        {"transactionId": "T"},
    ),
    (
        ("ocpp2.1",),
        NotifyWebPaymentStarted(evse=2, timeout_s=60),
        "NotifyWebPaymentStarted",
        {"evseId": 2, "timeout": 60},
    ),
    (
        ("ocpp2.1",),
        RequestBatterySwap(token="psp-1", token_type=TokenType.DIRECT_PAYMENT),
        "RequestBatterySwap",
        {"requestId": NUMBER, "idToken": {"idToken": "psp-1", "type": "DirectPayment"}},
    ),
    (
        ("ocpp2.0.1",),
        RemoteStart(token=IdToken("psp-1", TokenType.DIRECT_PAYMENT), evse=1),
        "RequestStartTransaction",
        {
            "remoteStartId": NUMBER,
            "evseId": 1,
            "idToken": {"idToken": "psp-1", "type": "Central"},
        },
    ),
]


@pytest.mark.parametrize(
    ("version", "order", "action", "payload"),
    [(version, *case) for versions, *case in CALLS for version in versions],
)
def test_an_order_becomes_its_call(
    version: str, order: AnyOrder, action: str, payload: dict[str, Any]
) -> None:
    station = StationUnderTest(World(), version)
    assert station.outgoing(order, COMMAND) == (action, payload)


@pytest.mark.parametrize(
    ("version", "order", "advice"),
    [
        ("ocpp1.6", SendLocalList(entries=(ListEntry(uid="X" * 21),)), "use a shorter one"),
        ("ocpp1.6", TEXT, "no message for this order"),
        ("ocpp2.0.1", SendLocalList(entries=(ListEntry(uid="X" * 37),)), "use a shorter one"),
        ("ocpp2.0.1", SetDisplayMessage(text="x" * 513), "shorten the text"),
        ("ocpp2.0.1", SetDisplayMessage(text="x", format=MessageFormat.QR_CODE), "as uri"),
        ("ocpp2.0.1", SetDisplayMessage(text="x", state=MessageState.SUSPENDED), "leave it out"),
        ("ocpp2.0.1", GetDisplayMessages(state=MessageState.DISCHARGING), "leave it out"),
        ("ocpp2.0.1", CustomerInformation(), "exactly one"),
        ("ocpp2.1", CustomerInformation(token="A", identifier="B"), "exactly one"),
        ("ocpp2.1", CustomerInformation(token="A", report=False), "report, clear, or both"),
        ("ocpp2.0.1", RequestBatterySwap(token="A"), "no message for this order"),
    ],
)
def test_what_a_version_cannot_say_is_refused_with_advice(
    version: str, order: AnyOrder, advice: str
) -> None:
    with pytest.raises(OrderNotPossibleError, match=advice):
        StationUnderTest(World(), version).outgoing(order)


@pytest.mark.parametrize("version", ALL)
def test_of_all_tokens_on_file_those_that_do_not_fit_are_left_out(version: str) -> None:
    on_file = tuple(ListEntry(uid=it) for it in ("04A1B2C3", "X" * 30, "Y" * 60))
    order = SendLocalList(plan=ListPlan(version=1, on_file=on_file))
    _, payload = StationUnderTest(World(), version).outgoing(order)
    assert len(payload["localAuthorizationList"]) == (1 if version == "ocpp1.6" else 2)
