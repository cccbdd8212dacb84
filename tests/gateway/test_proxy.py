from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.gateway.origin import Origin
from ogniwo.gateway.proxy import (
    HEADER_BYTES_MAX,
    ProxyHeader,
    ProxyHeaderError,
    read_proxy_header,
)
from tests.gateway.proxy_headers import (
    IN_THIS_SESSION,
    LOCAL,
    SHOWED_CERTIFICATE,
    SIGNATURE,
    SSL,
    SSL_CN,
    USED_TLS,
    record,
    tls,
    v1,
    v2,
    v2_of,
)

PROXY = Origin(peer="10.0.0.5:40000", tls=False)


def read(data: bytes) -> Origin:
    header = read_proxy_header(data, PROXY)
    assert header is not None, "more was wanted"
    assert header.length == len(data)
    return header.origin


# -- what is said -----------------------------------------------------------------------------


@pytest.mark.parametrize("header", [v1(), v2()], ids=["v1", "v2"])
def test_the_origin_is_the_address_in_the_header(header: bytes) -> None:
    assert read(header) == Origin(peer="192.0.2.7:51234", tls=False)


@pytest.mark.parametrize("write", [v1, v2])
def test_addresses_of_ipv6_have_brackets_and_those_of_ipv4_inside_them_do_not(
    write: Callable[[str, int], bytes],
) -> None:
    assert read(write("2001:db8::7", 1)).peer == "[2001:db8::7]:1"
    assert read(write("::ffff:192.0.2.7", 1)).peer == "192.0.2.7:1"


def test_a_header_written_out_in_the_specification_is_read() -> None:
    line = b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"
    longest = b"PROXY UNKNOWN " + b"ffff:f...f:ffff ".ljust(39, b"f") * 2
    longest = longest[:105].ljust(105, b"f") + b"\r\n"

    assert read(line).peer == "255.255.255.255:65535"
    assert len(longest) == 107
    assert read(longest) == PROXY


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN 192.0.2.7 198.51.100.1 1 2\r\n",
        LOCAL,
        v2_of(b"\xc0\x00\x02\x07" + bytes(8) + tls(b"CP1"), family=0x11, command=0x20),
    ],
)
def test_a_health_check_comes_from_the_proxy_itself(header: bytes) -> None:
    assert read(header) == PROXY


def test_a_connection_without_an_address_is_the_proxys_but_its_tls_counts() -> None:
    from_a_file = v2_of(bytes(216) + tls(b"CP1"), family=0x31)
    of_no_kind = v2_of(tls(b"CP1"), family=0x00)

    for header in (from_a_file, of_no_kind):
        assert read(header) == Origin(peer=PROXY.peer, tls=True, client_cn="CP1")


def test_tls_counts_only_when_the_client_used_it() -> None:
    assert read(v2("192.0.2.7", 1, tls())).tls
    assert not read(v2("192.0.2.7", 1, tls(b"CP1", client=0))).tls
    assert read(v2("192.0.2.7", 1, tls(b"CP1", client=0))).client_cn is None
    assert not read(v2("192.0.2.7", 1, record(0x02, b"csms.example"))).tls


def test_the_name_of_a_verified_certificate_is_taken_over() -> None:
    assert read(v2("192.0.2.7", 1, tls(b"CP1"))).client_cn == "CP1"
    assert read(v2("192.0.2.7", 1, tls("Łódź".encode()))).client_cn == "Łódź"


@pytest.mark.parametrize("where", [SHOWED_CERTIFICATE, IN_THIS_SESSION])
def test_a_certificate_of_a_resumed_session_counts_as_well(where: int) -> None:
    assert read(v2("192.0.2.7", 1, tls(b"CP1", client=USED_TLS | where))).client_cn == "CP1"


@pytest.mark.parametrize(
    ("ssl", "why"),
    [
        (tls(b"CP1", verify=20), "was not verified: its issuer is not trusted"),
        (tls(b""), "did not pass on"),
        (tls(None, client=USED_TLS | SHOWED_CERTIFICATE), "did not pass on"),
        (tls(b"\xff\xfe"), "is not UTF-8"),
        (
            record(SSL, b"\x07\x00\x00\x00\x00" + record(SSL_CN, b"CP1") + record(SSL_CN, b"CP2")),
            "did not pass on",
        ),
    ],
)
def test_a_certificate_that_does_not_count_says_why(ssl: bytes, why: str) -> None:
    origin = read(v2("192.0.2.7", 1, ssl))

    assert (origin.tls, origin.client_cn) == (True, None)
    assert why in origin.certificate_fault


def test_a_name_without_a_certificate_is_nothing() -> None:
    origin = read(v2("192.0.2.7", 1, tls(b"CP1", client=USED_TLS)))

    assert (origin.tls, origin.client_cn, origin.certificate_fault) == (True, None, "")


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"GET /ocpp/CP1 HTTP/1.1\r\n",
        b"\x16\x03\x01",
        b"proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n",
        b"PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 csms.example 1 2\r\n",
        b"PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 +1 2\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 1 -2\r\n",
        b"PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4 " + b"1" * 100,
        v2()[:12] + b"\x11" + v2()[13:],  # version 1 in the clothes of version 2
        v2()[:12] + b"\x22" + v2()[13:],  # no such command
        v2_of(bytes(12), family=0x12),  # datagrams do not come by TCP
        v2_of(bytes(12), family=0x41),
        v2_of(bytes(11), family=0x11),
        v2_of(bytes(35), family=0x21),
        v2("192.0.2.7", 1, b"\x20"),
        v2("192.0.2.7", 1, b"\x20\x00\x05\x01"),
        v2("192.0.2.7", 1, record(SSL, b"\x01\x00\x00\x00")),
        v2("192.0.2.7", 1, record(SSL, b"\x01\x00\x00\x00\x00\x22\x00\x09CP1")),
        v2("192.0.2.7", 1, tls(b"CP1"), tls(b"CP2")),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_what_is_no_header_is_told_apart_and_not_waited_for(data: bytes) -> None:
    with pytest.raises(ProxyHeaderError):
        read_proxy_header(data, PROXY)


def test_a_header_is_bounded_before_it_is_whole() -> None:
    body = HEADER_BYTES_MAX - 16
    assert read_proxy_header(v2_of(bytes(12), family=0x11)[:14] + _length(body), PROXY) is None
    with pytest.raises(ProxyHeaderError, match="4097 bytes"):
        read_proxy_header(v2_of(bytes(12), family=0x11)[:14] + _length(body + 1), PROXY)


def _length(body: int) -> bytes:
    return body.to_bytes(2, "big")


# -- however it arrives -----------------------------------------------------------------------

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
PORTS = st.integers(0, 65_535)
SSL_RECORDS = st.builds(
    tls,
    st.none() | st.text(max_size=64).map(str.encode),
    verify=st.integers(0, 2**32 - 1),
    client=st.integers(0, 255),
)
OTHERS = st.builds(record, st.integers(0, 255).filter(lambda kind: kind != SSL), st.binary())
HEADERS = st.one_of(
    st.builds(v1, ADDRESSES, PORTS),
    st.builds(lambda records: v2("2001:db8::7", 1, *records), st.lists(OTHERS, max_size=4)),
    st.builds(lambda ssl, other: v2("192.0.2.7", 443, other, ssl), SSL_RECORDS, OTHERS),
    st.just(LOCAL),
)


@given(header=HEADERS, behind=st.binary(max_size=40))
def test_every_piece_of_a_header_waits_for_the_rest_and_takes_nothing_from_behind(
    header: bytes, behind: bytes
) -> None:
    for length in range(len(header)):
        assert read_proxy_header(header[:length], PROXY) is None
    whole = read_proxy_header(header, PROXY)

    assert whole is not None
    assert read_proxy_header(header + behind, PROXY) == whole
    assert whole.length == len(header)


@given(source=ADDRESSES, port=PORTS)
def test_both_versions_say_the_same_of_every_address(source: str, port: int) -> None:
    if "%" not in source:
        assert read(v1(source, port)) == read(v2(source, port))


@given(
    data=st.binary(max_size=300)
    | st.builds(lambda tail: b"PROXY " + tail, st.binary(max_size=200))
    | st.builds(lambda tail: SIGNATURE + tail, st.binary(max_size=300))
    | st.builds(
        lambda body, family: v2_of(body, family=family),
        st.binary(max_size=300),
        st.sampled_from([0x00, 0x11, 0x21, 0x31]),
    )
    | st.builds(lambda ssl: v2("192.0.2.7", 1, record(SSL, ssl)), st.binary(max_size=80))
)
def test_no_bytes_whatsoever_break_the_reader_or_keep_it_waiting_for_ever(data: bytes) -> None:
    try:
        header = read_proxy_header(data, PROXY)
    except ProxyHeaderError:
        return
    if header is None:
        assert len(data) < HEADER_BYTES_MAX
        return
    assert isinstance(header, ProxyHeader)
    assert 0 < header.length <= len(data)
    assert header.origin.tls or header.origin.client_cn is None
