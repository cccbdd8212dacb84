import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.gateway.forwarded import forwarded_origin
from ogniwo.gateway.headers import Headers
from ogniwo.gateway.origin import Origin, TrustedProxies

PROXY = Origin(peer="10.0.0.5:40000", tls=False)
TRUSTED = TrustedProxies([ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("fd00::/64")])
STATION = "192.0.2.7"
NOBODY = Origin(peer=PROXY.peer, tls=False)


def read(*headers: tuple[str, str], proxy: Origin = PROXY) -> Origin:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return forwarded_origin(Headers(raw), proxy, TRUSTED)


def by_x(*addresses: str, proto: str | None = None) -> list[tuple[str, str]]:
    headers = [("X-Forwarded-For", ", ".join(addresses))]
    return headers + ([("X-Forwarded-Proto", proto)] if proto else [])


# -- the address ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "peer"),
    [
        ([STATION], STATION),
        (["6.6.6.6", STATION], STATION),
        (["6.6.6.6", STATION, "10.0.0.9"], STATION),
        (["6.6.6.6", STATION, "fd00::9", "10.0.0.9"], STATION),
        (["10.0.0.7", STATION], STATION),
        (["10.0.0.7"], "10.0.0.7"),  # a health check of a proxy before the proxy
        (["2001:db8::7"], "2001:db8::7"),
        (["[2001:db8::7]:51234"], "[2001:db8::7]:51234"),
        ([f"{STATION}:51234"], f"{STATION}:51234"),
        (["::ffff:192.0.2.7"], STATION),
        (["::ffff:10.0.0.9"], "10.0.0.9"),
    ],
)
def test_the_last_address_that_is_no_proxys_is_the_stations(
    addresses: list[str], peer: str
) -> None:
    assert read(*by_x(*addresses)).peer == peer
    elements = ", ".join(f'for="{it}"' if ":" in it else f"for={it}" for it in addresses)
    assert read(("Forwarded", elements)).peer == peer


@pytest.mark.parametrize("junk", ["unknown", "_hidden", "", "300.1.1.1", "1.2.3.4:x", "a b"])
def test_behind_a_word_that_is_no_address_everything_is_hearsay(junk: str) -> None:
    assert read(*by_x(STATION, junk, proto="https")) == NOBODY
    assert read(*by_x(STATION, junk, "10.0.0.9")).peer == "10.0.0.9"
    assert read(("Forwarded", f'for={STATION};proto=https, for="{junk}"')) == NOBODY


def test_several_headers_of_one_name_are_one_list() -> None:
    assert read(*by_x("6.6.6.6"), *by_x(STATION)).peer == STATION
    assert read(("Forwarded", "for=6.6.6.6"), ("Forwarded", f"for={STATION}")).peer == STATION


# -- TLS --------------------------------------------------------------------------------------


@pytest.mark.parametrize("proto", ["https", "wss", "HTTPS"])
def test_that_it_came_by_tls_is_the_proxys_word(proto: str) -> None:
    assert read(*by_x(STATION, proto=proto)) == Origin(peer=STATION, tls=True)
    assert read(("X-Forwarded-Proto", proto)) == Origin(peer=PROXY.peer, tls=True)


@pytest.mark.parametrize("proto", ["http", "ws", "https, http", "httpss", ""])
def test_every_other_word_is_no_tls(proto: str) -> None:
    assert read(*by_x(STATION), ("X-Forwarded-Proto", proto)) == Origin(peer=STATION, tls=False)


def test_a_scheme_said_twice_is_not_believed() -> None:
    twice = [*by_x(STATION, proto="https"), ("X-Forwarded-Proto", "http")]

    assert not read(*twice).tls


def test_each_hop_of_a_forwarded_header_has_a_scheme_of_its_own() -> None:
    spoofed = "for=6.6.6.6;proto=https"
    inner = "for=10.0.0.9;proto=https"

    assert not read(("Forwarded", f"{spoofed}, for={STATION};proto=http, {inner}")).tls
    assert read(("Forwarded", f"for={STATION};proto=https, for=10.0.0.9;proto=http")).tls


def test_a_forwarded_header_is_read_in_every_form_of_its_rfc() -> None:
    for text in (
        f'for={STATION};by=203.0.113.43;host="csms.example:443";proto=https',
        f'Proto=https ; FOR="{STATION}"'.replace(" ; ", ";"),
        rf'by="a\"b,c;d";for={STATION};proto=https',
        f"for={STATION};proto=https;",
    ):
        assert read(("Forwarded", text)) == Origin(peer=STATION, tls=True)


def test_tls_between_proxy_and_us_says_nothing_about_the_station() -> None:
    encrypted = Origin(peer=PROXY.peer, tls=True, client_cn="the proxy")

    assert read(*by_x(STATION), proxy=encrypted) == Origin(peer=STATION, tls=False)
    assert read(proxy=encrypted) == encrypted  # no proxy spoke: this is the peer itself


# -- two ways of saying it --------------------------------------------------------------------


def test_two_headers_that_agree_are_believed_and_others_are_not() -> None:
    same = ("Forwarded", f"for={STATION};proto=https")
    spoofed = ("Forwarded", "for=6.6.6.6;proto=https")
    more_secure = ("Forwarded", f"for={STATION};proto=https")
    broken = ("Forwarded", f'for="{STATION}')

    assert read(*by_x(STATION, proto="https"), same) == Origin(peer=STATION, tls=True)
    assert read(*by_x(STATION, proto="https"), spoofed) == NOBODY
    assert read(*by_x(STATION, proto="http"), more_secure) == NOBODY
    assert read(*by_x(STATION, proto="https"), broken) == NOBODY


@pytest.mark.parametrize(
    "spoofed", ['for="', 'for="x', "for=6.6.6.6;proto=https;", "for=6.6.6.6;for=", ";", '"', "a=\\"]
)
def test_no_beginning_by_the_station_changes_what_the_proxy_adds(spoofed: str) -> None:
    for text in (f"{spoofed}, for={STATION};proto=http", f'{spoofed}, for="{STATION}";proto=http'):
        origin = read(("Forwarded", text))
        assert not origin.tls
        assert origin.peer in {STATION, PROXY.peer}


# -- the certificate --------------------------------------------------------------------------


def certified(verify: str, cn: str | None) -> list[tuple[str, str]]:
    shown = [] if cn is None else [("X-SSL-Client-CN", cn)]
    return [*by_x(STATION, proto="https"), ("X-SSL-Client-Verify", verify), *shown]


@pytest.mark.parametrize("verify", ["0", "SUCCESS"])
def test_the_name_of_a_verified_certificate_is_taken_over(verify: str) -> None:
    assert read(*certified(verify, "CP1")).client_cn == "CP1"
    assert read(*certified(verify, "Łódź")).client_cn == "Łódź"


@pytest.mark.parametrize(
    ("verify", "why"),
    [
        ("10", "it has expired"),
        ("77", "the verification ended with 77"),
        ("FAILED:expired", "the verification ended with FAILED:expired"),
        ("success", "the verification ended with success"),
        ("00", "the verification ended with 00"),
    ],
)
def test_a_certificate_that_was_not_verified_does_not_count_and_says_why(
    verify: str, why: str
) -> None:
    origin = read(*certified(verify, "CP1"))

    assert origin.client_cn is None
    assert origin.certificate_fault.endswith(f"was not verified: {why}")


@pytest.mark.parametrize(("verify", "cn"), [("0", None), ("NONE", ""), ("", ""), ("NONE", "CP1")])
def test_no_certificate_is_no_fault(verify: str, cn: str | None) -> None:
    origin = read(*certified(verify, cn))

    assert (origin.tls, origin.client_cn, origin.certificate_fault) == (True, None, "")


@pytest.mark.parametrize("name", ["X-SSL-Client-Verify", "X-SSL-Client-CN"])
def test_a_header_that_came_twice_certifies_nobody(name: str) -> None:
    for value in ("0", "CP1", "CP2"):
        assert read((name, value), *certified("0", "CP1")).client_cn is None


def test_a_certificate_without_tls_is_nothing() -> None:
    plain = [*by_x(STATION), ("X-SSL-Client-Verify", "0"), ("X-SSL-Client-CN", "CP1")]

    assert read(*plain) == Origin(peer=STATION, tls=False)


# -- anything ---------------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        b"Forwarded",
        b"X-Forwarded-For",
        b"X-Forwarded-Proto",
        b"X-SSL-Client-Verify",
        b"X-SSL-Client-CN",
    ]
)
PIECES = st.sampled_from(
    [
        b"for=",
        b'"',
        b"\\",
        b",",
        b";",
        b"proto=https",
        b"[",
        b"]",
        b":",
        b"1.2.3.4",
        b"=",
        b" ",
        b"0",
    ]
)


@given(
    st.lists(
        st.tuples(NAMES, st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=60)),
        max_size=6,
    )
)
def test_no_headers_whatsoever_break_the_reader(raw: list[tuple[bytes, bytes]]) -> None:
    origin = forwarded_origin(Headers(raw), PROXY, TRUSTED)

    assert origin.peer
    assert origin.tls or origin.client_cn is None
