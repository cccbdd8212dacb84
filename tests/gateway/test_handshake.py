import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.gateway.handshake import Basic, Handshake, parse_basic, read_handshake
from ogniwo.gateway.origin import Origin
from ogniwo.gateway.refusal import RefusalReason

ORIGIN = Origin(peer="192.0.2.7:1", tls=False)
UPGRADE = [
    (b"Upgrade", b"websocket"),
    (b"Connection", b"keep-alive, Upgrade"),
    (b"Sec-WebSocket-Version", b"13"),
    (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]


def read(
    target: str = "/ocpp/CP1",
    *more: tuple[bytes, bytes],
    without: bytes = b"",
    method: str = "GET",
) -> Handshake:
    headers = [(name, value) for name, value in UPGRADE if name != without]
    return read_handshake(method=method, target=target, headers=[*headers, *more], origin=ORIGIN)


def reason(handshake: Handshake) -> RefusalReason | None:
    return handshake.fault.reason if handshake.fault is not None else None


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/CP1", "CP1"),
        ("/ocpp/CP1/", "CP1"),
        ("/ocpp//CP1//", "CP1"),
        ("/a/b/c/RDAM%20123", "RDAM 123"),
        ("/ocpp/EVB%7C0042", "EVB|0042"),
        ("/ocpp/EVB|0042", "EVB|0042"),
        ("/ocpp/%C5%81%C3%B3d%C5%BA", "Łódź"),
        ("/ocpp/CP%2541", "CP%41"),
        ("ws://csms.example:9000/ocpp/CP1", "CP1"),
        ("/ws://csms.example/ocpp/CP1", "CP1"),
        ("/ocpp/CP1?token=a/b", "CP1"),
        ("/ocpp/" + "x" * 48, "x" * 48),
    ],
)
@pytest.mark.quirk(6)
def test_identity_is_the_last_segment_decoded_exactly_once(target: str, identity: str) -> None:
    handshake = read(target)

    assert handshake.fault is None
    assert handshake.identity == identity


@pytest.mark.parametrize("target", ["/", "", "//", "ws://csms.example:9000/"])
def test_a_path_without_a_segment_has_no_identity(target: str) -> None:
    assert reason(read(target)) is RefusalReason.NO_IDENTITY


@pytest.mark.parametrize(
    "target",
    [
        "/ocpp/a%2Fb",
        "/ocpp/a%3Ab",
        "/ocpp/a:b",
        "/ocpp/a%00b",
        "/ocpp/a%0Ab",
        "/ocpp/a%C2%85b",  # a control character beyond ASCII
        "/ocpp/a%E2%80%AEb",  # turns the text around on a screen
        "/ocpp/%20",
        "/ocpp/a%",
        "/ocpp/a%4",
        "/ocpp/a%zz",
        "/ocpp/a%+1b",
        "/ocpp/%FF%FE",
        "/ocpp/" + "x" * 49,
    ],
)
def test_an_identity_that_could_mislead_is_not_acceptable(target: str) -> None:
    handshake = read(target)

    assert reason(handshake) is RefusalReason.UNACCEPTABLE_IDENTITY
    assert handshake.identity == ""


def test_raw_bytes_beyond_ascii_in_the_path_are_read_as_utf8() -> None:
    target = b"/ocpp/\xc5\x81".decode("utf-8", "surrogateescape")
    broken = b"/ocpp/\xc5".decode("utf-8", "surrogateescape")

    assert read(target).identity == "Ł"
    assert reason(read(broken)) is RefusalReason.UNACCEPTABLE_IDENTITY


def test_query_and_user_agent_are_kept_for_the_record() -> None:
    handshake = read("/ocpp/CP1?token=abc&x=1", (b"User-Agent", b"Wallbox/6.1"))

    assert handshake.query == "token=abc&x=1"
    assert handshake.path_raw == "/ocpp/CP1"
    assert handshake.user_agent == "Wallbox/6.1"


def test_subprotocols_keep_the_stations_order_over_several_headers() -> None:
    handshake = read(
        "/CP1",
        (b"Sec-WebSocket-Protocol", b"ocpp2.1 , ocpp1.6"),
        (b"sec-websocket-protocol", b",ocpp2.0.1"),
    )

    assert handshake.subprotocols_offered == ("ocpp2.1", "ocpp1.6", "ocpp2.0.1")


@pytest.mark.parametrize(
    ("without", "more", "expected"),
    [
        (b"Upgrade", [], RefusalReason.NOT_WEBSOCKET),
        (b"Upgrade", [(b"Upgrade", b"h2c")], RefusalReason.NOT_WEBSOCKET),
        (b"Connection", [], RefusalReason.BROKEN_UPGRADE),
        (b"Connection", [(b"Connection", b"close")], RefusalReason.BROKEN_UPGRADE),
        (b"Sec-WebSocket-Version", [], RefusalReason.BROKEN_UPGRADE),
        (
            b"Sec-WebSocket-Version",
            [(b"Sec-WebSocket-Version", b"8")],
            RefusalReason.BROKEN_UPGRADE,
        ),
        (b"Sec-WebSocket-Key", [], RefusalReason.BROKEN_UPGRADE),
        (b"Sec-WebSocket-Key", [(b"Sec-WebSocket-Key", b"c2hvcnQ=")], RefusalReason.BROKEN_UPGRADE),
        (b"Sec-WebSocket-Key", [(b"Sec-WebSocket-Key", b"***")], RefusalReason.BROKEN_UPGRADE),
    ],
)
@pytest.mark.quirk(3)
def test_a_request_that_is_no_upgrade_is_told_apart_from_a_broken_one(
    without: bytes, more: list[tuple[bytes, bytes]], expected: RefusalReason
) -> None:
    assert reason(read("/CP1", *more, without=without)) is expected


def test_only_get_can_upgrade() -> None:
    assert reason(read(method="POST")) is RefusalReason.NOT_WEBSOCKET


def test_a_broken_upgrade_is_reported_before_a_bad_identity_but_keeps_a_good_one() -> None:
    assert reason(read("/", without=b"Connection")) is RefusalReason.BROKEN_UPGRADE
    assert read("/CP1", without=b"Connection").identity == "CP1"


@given(user=st.binary().filter(lambda user: b":" not in user), password=st.binary())
def test_basic_credentials_come_back_byte_for_byte(user: bytes, password: bytes) -> None:
    encoded = base64.b64encode(user + b":" + password).decode("ascii")

    assert parse_basic(f"Basic {encoded}") == Basic(user, password)
    assert parse_basic(f"bAsIc   {encoded.rstrip('=')} ") == Basic(user, password)


@pytest.mark.parametrize(
    "header", ["Bearer abc", "Basic", "Basic !!!", "Basic Q1AxOg=x=", "Basic Q1Ax", "Basic ł"]
)
def test_what_is_not_basic_is_unreadable_and_not_missing(header: str) -> None:
    handshake = read("/CP1", (b"Authorization", header.encode()))

    assert handshake.basic is None
    assert handshake.basic_unreadable


def test_no_authorization_at_all_is_missing_and_not_unreadable() -> None:
    assert not read().basic_unreadable


def test_a_password_never_shows_in_a_representation() -> None:
    encoded = base64.b64encode(b"CP1:sesame-open")

    assert "sesame" not in repr(read("/CP1", (b"Authorization", b"Basic " + encoded)))


@given(target=st.text(), name=st.binary(), value=st.binary(), method=st.text())
def test_no_request_whatsoever_breaks_the_reader(
    target: str, name: bytes, value: bytes, method: str
) -> None:
    for header in (name, b"Authorization", b"Upgrade", b"Sec-WebSocket-Key"):
        handshake = read(target, (header, value), method=method)
        assert (handshake.identity == "") <= (handshake.fault is not None)
