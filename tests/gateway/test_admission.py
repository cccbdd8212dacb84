from dataclasses import replace

import pytest

from ogniwo.gateway.admission import (
    AdmissionPolicy,
    Admitted,
    Credentials,
    Flag,
    Refused,
    decide_admission,
    hash_secret,
)
from ogniwo.gateway.handshake import Basic, Fault, Handshake
from ogniwo.gateway.refusal import EXPLANATIONS, RefusalReason

KEY = b"server key"
POLICY = AdmissionPolicy(server_key=KEY)
HEX_LOWER = b"00ff80a1b2c3d4e5f60718293a4b5c6d7e8f9001"  # 40 digits, 20 bytes
BYTES = bytes.fromhex(HEX_LOWER.decode())

STATION = Credentials(identity="CP1")
HANDSHAKE = Handshake(
    identity="CP1",
    path_raw="/ocpp/CP1",
    query="",
    peer="192.0.2.7:50000",
    tls=False,
    subprotocols_offered=("ocpp1.6",),
    basic=None,
    basic_unreadable=False,
    websocket_key="",
    extensions="",
    user_agent="",
    fault=None,
)


def decide(handshake: Handshake, credentials: Credentials | None) -> Admitted | Refused:
    return decide_admission(handshake, credentials, POLICY)


def with_secret(secret: bytes, *, previous: bytes | None = None) -> Credentials:
    return Credentials(
        identity="CP1",
        secret_hash=hash_secret(KEY, "CP1", secret),
        previous_secret_hashes=() if previous is None else (hash_secret(KEY, "CP1", previous),),
        security_profile=1,
    )


def sending(password: bytes, user: bytes = b"CP1", *, tls: bool = False) -> Handshake:
    return replace(HANDSHAKE, basic=Basic(user, password), tls=tls)


def admitted(verdict: Admitted | Refused) -> Admitted:
    assert isinstance(verdict, Admitted), verdict
    return verdict


def refusal(verdict: Admitted | Refused) -> tuple[RefusalReason, int]:
    assert isinstance(verdict, Refused), verdict
    return verdict.reason, verdict.status


def test_a_station_without_a_secret_on_file_needs_none() -> None:
    verdict = admitted(decide(HANDSHAKE, STATION))

    assert (verdict.identity, verdict.dialect, verdict.flags) == ("CP1", "ocpp1.6", frozenset())
    assert verdict.security_profile == 0


def test_a_password_that_nothing_on_file_can_check_is_flagged() -> None:
    assert admitted(decide(sending(b"x"), STATION)).flags == {Flag.SECRET_NOT_NEEDED}


def test_an_unknown_station_is_not_found() -> None:
    assert refusal(decide(HANDSHAKE, None)) == (RefusalReason.UNKNOWN_STATION, 404)


def test_a_fault_of_the_request_comes_before_everything_else() -> None:
    fault = Fault(reason=RefusalReason.NO_IDENTITY, detail="")

    assert refusal(decide(replace(HANDSHAKE, fault=fault), STATION)) == (fault.reason, 404)


def test_the_right_secret_opens_and_a_wrong_one_does_not() -> None:
    station = with_secret(b"correct horse battery")

    assert admitted(decide(sending(b"correct horse battery"), station)).flags == frozenset()
    assert refusal(decide(sending(b"correct horse batterY"), station)) == (
        RefusalReason.WRONG_SECRET,
        401,
    )


def test_a_secret_is_bound_to_its_station_and_server() -> None:
    for_other = Credentials(identity="CP1", secret_hash=hash_secret(KEY, "CP2", b"s"))
    of_other_server = Credentials(identity="CP1", secret_hash=hash_secret(b"other", "CP1", b"s"))

    for station in (for_other, of_other_server):
        assert refusal(decide(sending(b"s"), station))[0] is RefusalReason.WRONG_SECRET


@pytest.mark.parametrize("stored", [BYTES, HEX_LOWER, HEX_LOWER.upper()])
@pytest.mark.parametrize("sent", [BYTES, HEX_LOWER, HEX_LOWER.upper()])
@pytest.mark.quirk(8)
def test_a_key_matches_as_bytes_and_as_hex_in_either_case(stored: bytes, sent: bytes) -> None:
    flags = admitted(decide(sending(sent), with_secret(stored))).flags

    assert flags == (frozenset() if sent == stored else {Flag.SECRET_IN_OTHER_FORM})


def test_a_text_that_only_looks_like_half_a_key_is_not_taken_for_its_bytes() -> None:
    short = b"00ff80a1"

    verdict = decide(sending(short), with_secret(bytes.fromhex(short.decode())))

    assert refusal(verdict)[0] is RefusalReason.WRONG_SECRET


@pytest.mark.quirk(8)
def test_a_key_with_colons_and_unprintable_bytes_is_compared_as_bytes() -> None:
    key = b"\x80\xff::\x00\xfe" * 3

    assert admitted(decide(sending(key), with_secret(key))).flags == frozenset()


def test_the_previous_secret_opens_while_the_change_is_unproved() -> None:
    station = with_secret(b"the new one", previous=b"the old one")

    assert admitted(decide(sending(b"the new one"), station)).flags == frozenset()
    assert admitted(decide(sending(b"the old one"), station)).flags == {Flag.SECRET_PREVIOUS}
    assert refusal(decide(sending(b"an older one"), station))[1] == 401


@pytest.mark.parametrize("user", [b"CP2", b"cp1", b"CP1 ", b""])
def test_credentials_of_another_station_are_refused(user: bytes) -> None:
    assert refusal(decide(sending(b"secret", user), with_secret(b"secret"))) == (
        RefusalReason.CREDENTIALS_OF_ANOTHER,
        401,
    )


def test_missing_and_unreadable_credentials_are_told_apart() -> None:
    station = with_secret(b"secret")

    assert refusal(decide(HANDSHAKE, station)) == (RefusalReason.CREDENTIALS_MISSING, 401)
    assert refusal(decide(replace(HANDSHAKE, basic_unreadable=True), station)) == (
        RefusalReason.CREDENTIALS_UNREADABLE,
        401,
    )


def test_a_profile_with_passwords_but_none_on_file_lets_nobody_in() -> None:
    station = Credentials(identity="CP1", security_profile=1)

    assert refusal(decide(sending(b"guess"), station)) == (RefusalReason.NO_SECRET_ON_FILE, 401)


def test_a_tls_station_may_not_come_in_the_clear_even_with_the_right_secret() -> None:
    station = replace(with_secret(b"secret"), security_profile=2)

    assert refusal(decide(sending(b"secret"), station)) == (RefusalReason.SECURITY_PROFILE, 403)
    assert admitted(decide(sending(b"secret", tls=True), station)).security_profile == 2


BY_CERTIFICATE = Credentials(identity="CP1", security_profile=3)


def showing(cn: str | None, fault: str = "", *, tls: bool = True) -> Handshake:
    return replace(HANDSHAKE, tls=tls, client_cn=cn, certificate_fault=fault)


def test_a_station_of_client_certificates_is_not_let_in_by_password() -> None:
    station = replace(with_secret(b"secret"), security_profile=3)

    assert refusal(decide(sending(b"secret", tls=True), station)) == (
        RefusalReason.CERTIFICATE_MISSING,
        403,
    )


def test_a_certificate_of_the_stations_name_opens_and_needs_no_password() -> None:
    for on_file in (BY_CERTIFICATE, replace(with_secret(b"secret"), security_profile=3)):
        verdict = admitted(decide(showing("CP1"), on_file))
        assert (verdict.security_profile, verdict.flags) == (3, frozenset())


@pytest.mark.parametrize("cn", ["CP2", "cp1", "CP1 ", "CP1.example", "", "CP1\x00"])
def test_a_certificate_of_another_name_does_not_open(cn: str) -> None:
    assert refusal(decide(showing(cn), BY_CERTIFICATE)) == (
        RefusalReason.CERTIFICATE_OF_ANOTHER,
        403,
    )


def test_a_certificate_that_does_not_count_is_missing_and_it_is_told_why() -> None:
    verdict = decide(showing(None, "not verified: error 20"), BY_CERTIFICATE)

    assert isinstance(verdict, Refused)
    assert verdict.reason is RefusalReason.CERTIFICATE_MISSING
    assert verdict.detail == "not verified: error 20"


def test_a_certificate_over_a_plain_connection_is_nothing() -> None:
    verdict = decide(showing("CP1", tls=False), BY_CERTIFICATE)

    assert refusal(verdict) == (RefusalReason.SECURITY_PROFILE, 403)


def test_a_certificate_does_not_stand_in_for_the_password_of_profile_2() -> None:
    station = replace(with_secret(b"secret"), security_profile=2)

    assert refusal(decide(showing("CP1"), station)) == (RefusalReason.CREDENTIALS_MISSING, 401)


def test_a_blocked_station_is_forbidden_with_its_certificate_too() -> None:
    blocked = replace(BY_CERTIFICATE, blocked=True)

    assert refusal(decide(showing("CP1"), blocked))[0] is RefusalReason.STATION_BLOCKED


def test_more_security_than_on_file_is_welcome_and_told() -> None:
    verdict = admitted(decide(sending(b"secret", tls=True), with_secret(b"secret")))

    assert verdict.flags == {Flag.ABOVE_PROFILE}
    assert verdict.security_profile == 2


def test_a_blocked_station_is_forbidden() -> None:
    assert refusal(decide(HANDSHAKE, replace(STATION, blocked=True))) == (
        RefusalReason.STATION_BLOCKED,
        403,
    )


@pytest.mark.parametrize(
    ("offered", "dialect"),
    [
        (("ocpp0.1", "ocpp2.0.1"), "ocpp2.0.1"),
        (("ocpp1.6", "ocpp1.5"), "ocpp1.6"),
        (("ocpp1.6", "ocpp2.1"), "ocpp1.6"),
        (("ocpp2.1", "ocpp1.6"), "ocpp2.1"),
        (("ocpp2.0", "ocpp2.0.1"), "ocpp2.0.1"),
    ],
)
@pytest.mark.quirk(2)
def test_the_first_version_of_the_stations_own_list_that_we_know_is_taken(
    offered: tuple[str, ...], dialect: str
) -> None:
    handshake = replace(HANDSHAKE, subprotocols_offered=offered)

    assert admitted(decide(handshake, STATION)).dialect == dialect


@pytest.mark.parametrize("offered", [("ocpp2.0",), ("ocpp0.1", "ocpp1.5"), ("OCPP",)])
def test_only_unknown_versions_are_refused_before_the_upgrade(offered: tuple[str, ...]) -> None:
    handshake = replace(HANDSHAKE, subprotocols_offered=offered)

    assert refusal(decide(handshake, STATION)) == (RefusalReason.NO_COMMON_SUBPROTOCOL, 400)


def test_a_pinned_version_is_the_only_one_taken() -> None:
    pinned = replace(STATION, pinned_version="ocpp1.6")
    both = replace(HANDSHAKE, subprotocols_offered=("ocpp2.0.1", "ocpp1.6"))
    other = replace(HANDSHAKE, subprotocols_offered=("ocpp2.0.1",))

    assert admitted(decide(both, pinned)).dialect == "ocpp1.6"
    assert refusal(decide(other, pinned))[0] is RefusalReason.NO_COMMON_SUBPROTOCOL


@pytest.mark.quirk(1)
def test_no_version_at_all_is_refused_unless_one_is_assumed_for_the_station() -> None:
    silent = replace(HANDSHAKE, subprotocols_offered=())

    assert refusal(decide(silent, STATION)) == (RefusalReason.NO_SUBPROTOCOL, 400)

    verdict = admitted(decide(silent, replace(STATION, assume_version="ocpp1.6")))
    assert verdict.dialect == "ocpp1.6"
    assert verdict.flags == {Flag.SUBPROTOCOL_ASSUMED}


def test_deflate_is_agreed_when_offered_and_not_switched_off() -> None:
    offering = replace(HANDSHAKE, extensions="permessage-deflate")

    assert admitted(decide(offering, STATION)).deflate is not None
    assert admitted(decide(HANDSHAKE, STATION)).deflate is None
    assert admitted(decide(offering, replace(STATION, deflate=False))).deflate is None


def test_every_reason_is_explained_in_a_sentence() -> None:
    for reason in RefusalReason:
        assert EXPLANATIONS[reason].sentence.endswith(".")
        assert EXPLANATIONS[reason].status in {0, 400, 401, 403, 404, 426, 503}
