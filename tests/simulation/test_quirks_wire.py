"""Odd handshakes and odd answers: what the server is shown, and what it makes of it."""

import json
from random import Random

import pytest

from ogniwo.domain.orders import Reset
from ogniwo.domain.station import Registration
from ogniwo.gateway.admission import AdmissionPolicy, Admitted, Credentials, decide_admission
from ogniwo.gateway.handshake import read_handshake
from ogniwo.gateway.origin import Origin
from ogniwo.ocpp.catalogue import VERSIONS
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.rpc.frame import DIALECTS, Malformed, parse
from tests.domain.world import World
from tests.simulation.quirks import words
from tests.simulation.quirks.bench import SUBPROTOCOLS, OddStation
from tests.simulation.quirks.csms import Csms
from tests.simulation.quirks.registry import ALL
from tests.simulation.quirks.twist import ANY, CALL, ERROR, RESULT, V2X, Frame, HangUp, Twist

KINDS = {it.name: it for it in ALL}
UPGRADE = [
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Version", b"13"),
    (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]
BOOT: Frame = [CALL, "b", "BootNotification", words.boot("1.6")]
BOOTED: Frame = [RESULT, "b", {"status": "Accepted", "interval": 300, "currentTime": "now"}]


def odd(name: str, seed: int = 1) -> Twist:
    twist = KINDS[name](Random(seed))
    while True:
        try:
            twist.connected()
        except HangUp:
            continue
        return twist


def admitted(twist: Twist, identity: str, version: str) -> str:
    """The version that the next connection is served in."""
    offered = ", ".join(twist.offers(SUBPROTOCOLS[version])).encode()
    handshake = read_handshake(
        method="GET",
        target=twist.target(identity),
        headers=[*UPGRADE, *([(b"Sec-WebSocket-Protocol", offered)] if offered else [])],
        origin=Origin(peer="192.0.2.7:1", tls=False),
    )
    assert handshake.identity == identity
    assumed = SUBPROTOCOLS[version] if twist.assume_version else None
    on_file = Credentials(identity=identity, assume_version=assumed)
    admission = decide_admission(handshake, on_file, AdmissionPolicy(server_key=b"k"))
    assert isinstance(admission, Admitted), admission
    return admission.dialect


@pytest.mark.parametrize(
    ("name", "version"), [(it.name, version) for it in ALL for version in it.versions]
)
def test_every_odd_station_is_let_in_under_its_own_name(name: str, version: str) -> None:
    for seed in range(12):
        twist = KINDS[name](Random(seed))
        for identity in ("CP-1", "EVB|00 42", "Łódź-3"):
            served = admitted(twist, identity, version)
            try:
                twist.connected()
            except HangUp:
                assert served != SUBPROTOCOLS[version]  # a probe
            else:
                assert served == SUBPROTOCOLS[version]


def profile_of(version: str, stack: int) -> words.Payload:
    name, request = (
        ("csChargingProfiles", words.PROFILE_16)
        if version == "1.6"
        else ("chargingProfile", words.PROFILE_2X)
    )
    return {**request, name: {**request[name], "stackLevel": stack}}


def answer_of(name: str, action: str, payload: words.Payload, version: str = "1.6") -> Frame | None:
    return OddStation(version, odd(name), weather=Random(0)).asked(action, payload)


@pytest.mark.parametrize("version", ANY)
def test_a_profile_is_accepted_and_never_reaches_the_station(version: str) -> None:
    answer = answer_of("ignores_profiles", "SetChargingProfile", profile_of(version, 0), version)
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}
    call = [CALL, "c", "SetChargingProfile", profile_of(version, 0)]
    (heard,) = odd("ignores_profiles").hears(call)
    assert heard[2] == "ClearChargingProfile"


@pytest.mark.parametrize("version", ANY)
def test_only_high_stacks_are_rejected(version: str) -> None:
    for stack, status in ((0, "Accepted"), (1, "Rejected")):
        profile = profile_of(version, stack)
        answer = answer_of("rejects_high_stacks", "SetChargingProfile", profile, version)
        assert answer is not None
        assert answer[2] == {"status": status}


@pytest.mark.parametrize("version", V2X)
def test_a_profile_is_refused_in_the_words_of_another_version(version: str) -> None:
    profile = profile_of(version, 0)
    answer = answer_of("rejects_profiles_as_16", "SetChargingProfile", profile, version)
    assert answer is not None
    assert answer[0] == ERROR
    assert "connectorId" in answer[3]


@pytest.mark.parametrize("version", V2X)
def test_an_answer_with_a_field_of_another_version_is_a_failed_order(version: str) -> None:
    station = OddStation(version, odd("answers_as_16"), weather=Random(0))
    answers = [station.asked("Reset", {"type": "Immediate"}) for _ in range(20)]
    payloads = [json.dumps(it[2]).encode() for it in answers if it is not None]
    unreadable = 0
    for payload in payloads:
        try:
            VERSIONS[SUBPROTOCOLS[version]].to_outcome(Reset(), "Reset", payload)
        except PayloadError:
            unreadable += 1
    assert 0 < unreadable < len(payloads) == 20


def test_a_question_for_all_keys_is_never_answered_and_others_are() -> None:
    assert answer_of("silent_on_all_keys", "GetConfiguration", {}) is None
    assert answer_of("silent_on_all_keys", "GetConfiguration", {"key": ["A"]}) is not None
    assert answer_of("silent_on_all_keys", "Reset", {"type": "Soft"}) is not None


def test_configuration_comes_as_numbers_or_not_at_all() -> None:
    numbers = answer_of("values_as_numbers", "GetConfiguration", {})
    nothing = answer_of("empty_configuration", "GetConfiguration", {})
    assert numbers is not None
    assert nothing is not None
    assert numbers[2]["configurationKey"][0]["value"] == 300
    assert not nothing[2].get("configurationKey")


def test_a_call_that_is_too_long_costs_the_link() -> None:
    twist = odd("chokes_on_long_calls")
    assert twist.hears([CALL, "1", "Reset", {"type": "Soft"}])
    with pytest.raises(HangUp):
        twist.hears([CALL, "2", "SetChargingProfile", words.PROFILE_16])


def test_a_call_before_the_boot_is_answered_is_complained_of_and_no_other() -> None:
    reset: Frame = [CALL, "r", "Reset", {"type": "Soft"}]
    for before, complaints in (([BOOT], 1), ([BOOT, BOOTED], 0), ([], 0)):
        twist = odd("breaks_if_called_before_boot")
        for frame in before:
            _ = twist.says(frame) if frame[0] == CALL else twist.hears(frame)
        twist.hears(reset)
        assert len(twist.complaints) == complaints


def test_a_station_that_was_accepted_boots_no_more_unless_it_is_asked_to() -> None:
    twist = odd("boots_only_once")
    assert twist.says(BOOT) == [BOOT]
    assert twist.hears(BOOTED) == [BOOTED]
    twist.connected()
    assert twist.says(BOOT) == [[CALL, "b", "Heartbeat", {}]]
    (heard,) = twist.hears([RESULT, "b", {"currentTime": "2026-05-17T12:00:00Z"}])
    assert heard[2]["status"] == "Accepted"
    assert twist.says(BOOT) == [BOOT]  # asked for with a trigger


@pytest.mark.parametrize("version", ANY)
def test_the_broken_text_is_no_message_and_what_it_gets_is_not_heard(version: str) -> None:
    twist = odd("invalid_json")
    said = [it for _ in range(50) for it in twist.says([CALL, "h", "Heartbeat", {}])]
    (text, *_) = broken = [it for it in said if isinstance(it, str)]
    assert 0 < len(broken) < 25
    assert isinstance(parse(text, DIALECTS[SUBPROTOCOLS[version]]), Malformed)
    assert twist.hears([ERROR, "-1", "RpcFrameworkError", "", {}]) == []


@pytest.mark.parametrize("version", ANY)
@pytest.mark.parametrize("name", ["status_before_boot", "data_before_boot"])
def test_what_comes_before_acceptance_is_taken_in_16_and_refused_in_2x(
    name: str, version: str
) -> None:
    csms = Csms(World(), SUBPROTOCOLS[version], registration=Registration.PENDING)
    twist = odd(name)
    outcomes: dict[str, set[int]] = {}
    for number in ("1", "2"):
        boot = [CALL, number, "BootNotification", words.boot(version)]
        for said in twist.says(boot):
            assert isinstance(said, list)
            answer = csms.receive(json.dumps(said))
            assert answer is not None
            outcomes.setdefault(said[2], set()).add(answer[0])
            assert twist.hears(answer) == ([answer] if said[1] == number else [])
    assert outcomes.pop("BootNotification") == {RESULT}
    assert outcomes.popitem()[1] == {RESULT if version == "1.6" else ERROR}
