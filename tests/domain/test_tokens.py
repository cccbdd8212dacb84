from typing import Any

import pytest

from ogniwo.domain.access import IdToken, TokenStatus, TokenType, Verdict, normalise_uid
from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Flag, SessionState
from tests.domain.says2x import CARD, VERSIONS_2X, Station2x
from tests.domain.says16 import TAG, Station16
from tests.domain.world import World

both = pytest.mark.parametrize("version", VERSIONS_2X)

ON_FILE: dict[str, dict[str, Any] | None] = {
    "accepted": {},
    "blocked": {"status": TokenStatus.BLOCKED, "group": "family"},
    "expired by status": {"status": TokenStatus.EXPIRED},
    "expired by time": {"expires_at": 1},
    "invalid": {"status": TokenStatus.INVALID},
    "not on file": None,
}
WORDS_16 = ("Accepted", "Blocked", "Expired", "Expired", "Invalid", "Invalid")
WORDS_2X = ("Accepted", "Blocked", "Expired", "Expired", "Invalid", "Unknown")


def world_with(fields: dict[str, Any] | None) -> World:
    world = World()
    if fields is not None:
        world.token(TAG, **fields)
    return world


@pytest.mark.parametrize(("case", "word"), list(zip(ON_FILE, WORDS_16, strict=True)))
def test_1_6_says_its_word_for_each_token_and_gives_every_start_an_id(case: str, word: str) -> None:
    station = Station16(world_with(ON_FILE[case]))
    assert station.call("Authorize", {"idTag": TAG})["idTagInfo"]["status"] == word
    answer = station.start()
    assert answer["idTagInfo"]["status"] == word
    assert answer["transactionId"] > 0
    assert (Flag.TOKEN_NOT_ACCEPTED in station.flags) is (word != "Accepted")
    station.world.wait(3_600)
    station.stop(answer["transactionId"], 12_000)
    assert station.session.energy_wh == 2_000  # energy that flowed is booked whoever took it


@both
@pytest.mark.parametrize(("case", "word"), list(zip(ON_FILE, WORDS_2X, strict=True)))
def test_2x_says_its_word_for_each_token(version: str, case: str, word: str) -> None:
    station = Station2x(world_with(ON_FILE[case]), version)
    assert station.call("Authorize", {"idToken": CARD})["idTokenInfo"]["status"] == word
    answer = station.event("Started", 0, evse={"id": 1}, idToken=CARD)
    assert answer["idTokenInfo"]["status"] == word
    assert (Flag.TOKEN_NOT_ACCEPTED in station.flags) is (word != "Accepted")


def test_the_group_is_told_whatever_the_verdict_is_where_it_fits() -> None:
    world = World()
    world.token(TAG, status=TokenStatus.BLOCKED, group="G" * 36)
    blocked = {"status": "Blocked", "groupIdToken": {"idToken": "G" * 36, "type": "Central"}}
    assert Station2x(world).call("Authorize", {"idToken": CARD}) == {"idTokenInfo": blocked}
    assert Station16(world).call("Authorize", {"idTag": TAG}) == {
        "idTagInfo": {"status": "Blocked"}
    }


@both
def test_a_group_too_long_for_the_wire_is_left_out_not_an_error(version: str) -> None:
    world = World()
    world.token(TAG, group="G" * 37)
    answer = Station2x(world, version).event("Started", 0, idToken=CARD)
    assert answer == {"idTokenInfo": {"status": "Accepted"}}


def test_expiry_is_told_to_the_second_in_plain_utc() -> None:
    world = World()
    world.token(TAG, expires_at=world.now + 86_400_123_456)
    plain = "2026-05-18T12:00:00Z"
    answer = Station16(world).call("Authorize", {"idTag": TAG})
    assert answer["idTagInfo"]["expiryDate"] == plain
    answer = Station2x(world).call("Authorize", {"idToken": CARD})
    assert answer["idTokenInfo"]["cacheExpiryDateTime"] == plain


def test_a_token_that_charges_elsewhere_is_refused_when_it_starts_not_when_it_asks() -> None:
    world = World()
    world.token(TAG)
    first, second = Station16(world), Station16(world)
    number = first.start()["transactionId"]
    assert second.call("Authorize", {"idTag": TAG})["idTagInfo"]["status"] == "Accepted"
    assert second.start()["idTagInfo"]["status"] == "ConcurrentTx"
    assert second.session.verdict is Verdict.CONCURRENT
    other = Station2x(world)
    answer = other.event("Started", 0, evse={"id": 1}, idToken=CARD)
    assert answer["idTokenInfo"]["status"] == "ConcurrentTx"
    first.stop(number, 10_000)
    assert first.start(connector=2)["idTagInfo"]["status"] == "Accepted"


def test_a_token_that_may_charge_at_several_places_does() -> None:
    world = World()
    world.token(TAG, concurrent=True)
    station = Station16(world)
    words = [station.start(connector=n)["idTagInfo"]["status"] for n in (1, 2, 3)]
    assert words == ["Accepted"] * 3


def test_a_token_stops_its_own_session_and_appears_again_in_it() -> None:
    world = World()
    world.token(TAG)
    station = Station2x(world)
    words = [
        station.event(kind, number, evse={"id": 1}, idToken=CARD)["idTokenInfo"]["status"]
        for number, kind in enumerate(("Started", "Updated", "Ended"))
    ]
    assert words == ["Accepted"] * 3


def test_what_was_charged_offline_is_not_refused_for_what_the_driver_does_now() -> None:
    world = World()
    world.token(TAG)
    Station16(world).start()
    old = Station16(world)
    answer = old.start(timestamp=world.at(-7_200))
    assert answer["idTagInfo"]["status"] == "Accepted"
    offline = Station2x(world)
    answer = offline.event("Started", 0, evse={"id": 1}, idToken=CARD, offline=True)
    assert answer["idTokenInfo"]["status"] == "Accepted"


def test_a_good_token_after_a_refused_one_takes_the_session_over() -> None:
    world = World()
    world.token(TAG)
    world.token("BADBADBA", status=TokenStatus.BLOCKED)
    station = Station2x(world)
    bad = {"idToken": "BADBADBA", "type": "ISO14443"}
    station.event("Started", 0, evse={"id": 1}, idToken=bad)
    assert Flag.TOKEN_NOT_ACCEPTED in station.flags
    station.event("Updated", 1, idToken=CARD)
    assert station.session.token is not None
    assert (station.session.token.uid, station.session.verdict) == (TAG, Verdict.ACCEPTED)
    assert station.flags == frozenset()
    station.event("Updated", 2, idToken=bad)
    assert station.session.token.uid == TAG


@both
def test_the_start_button_needs_no_token_on_file(version: str) -> None:
    world = World()
    nobody = {"idToken": "", "type": "NoAuthorization"}
    for _ in range(2):
        station = Station2x(world, version)
        answer = station.event("Started", 0, evse={"id": 1}, idToken=nobody)
        assert answer == {"idTokenInfo": {"status": "Accepted"}}
        assert station.flags == frozenset()


@pytest.mark.parametrize(
    ("type_", "word"),
    [
        ("ISO14443", "Accepted"),
        ("ISO15693", "Accepted"),
        ("Central", "Unknown"),
        ("eMAID", "Unknown"),
    ],
)
def test_a_token_of_another_kind_is_another_token(type_: str, word: str) -> None:
    world = World()
    world.token(TAG, TokenType.RFID)
    answer = Station2x(world).call("Authorize", {"idToken": {"idToken": TAG, "type": type_}})
    assert answer["idTokenInfo"]["status"] == word


def test_2_1_may_name_kinds_of_token_we_do_not_know() -> None:
    world = World()
    world.token(TAG)
    token = {"idToken": TAG, "type": "SomethingNew"}
    answer = Station2x(world, "ocpp2.1").call("Authorize", {"idToken": token})
    assert answer["idTokenInfo"]["status"] == "Accepted"


@pytest.mark.parametrize(
    "presented",
    ["04a1b2c3", "04:A1:B2:C3", "04-a1-b2-c3", " 04A1B2C3 ", "04A1B2C3\u0000\u0003"],
)  # fmt: skip
def test_readers_write_one_uid_in_many_ways(presented: str) -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    assert station.call("Authorize", {"idTag": presented})["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize("tail", ["\u0000\u0000", "X", "XY"])
def test_a_full_length_tag_that_comes_back_longer_is_still_itself(tail: str) -> None:
    world = World()
    tag = "ABCDEFGHIJKLMNOPQRST"
    world.token(tag)
    station = Station16(world)
    number = station.start(idTag=tag)["transactionId"]
    answer = station.stop(number, 10_500, idTag=tag + tail)
    assert answer["idTagInfo"]["status"] == "Accepted"
    assert not station.session.running


def test_only_hexadecimal_uids_lose_their_separators() -> None:
    assert normalise_uid("de-ad-be-ef") == "DEADBEEF"
    assert normalise_uid("pl-ogn-c123") == "PL-OGN-C123"
    assert normalise_uid("") == ""


def test_a_start_without_a_tag_or_with_a_broken_one_still_leaves_a_money_trail() -> None:
    world = World()
    station = Station16(world)
    for tag in ({}, {"idTag": None}, {"idTag": ""}, {"idTag": ["x"]}):
        world.wait(60)
        start = {"connectorId": 1, "meterStart": 0, "timestamp": world.at(0), **tag}
        answer = station.call("StartTransaction", start)
        assert answer["idTagInfo"]["status"] == "Invalid"
        world.wait(600)
        station.stop(answer["transactionId"], 500)
    assert [it.energy_wh for it in station.sessions] == [500] * 4
    assert all(Flag.TOKEN_NOT_ACCEPTED in it.flags for it in station.sessions)


@pytest.mark.parametrize("tag", ["OTHER-CARD", "\u0000"])
def test_a_stop_with_another_card_or_none_to_read_is_acknowledged_and_ends_the_session(
    tag: str,
) -> None:
    """Rejecting it would leave the power on; who may stop was the station's to judge."""
    world = World()
    world.token(TAG)
    station = Station16(world)
    number = station.start()["transactionId"]
    world.wait(600)
    station.stop(number, 10_400, idTag=tag)
    assert (station.session.state, station.session.energy_wh) == (SessionState.CLOSED, 400)
    assert station.session.token == IdToken(TAG)


def test_a_stop_without_card_and_reason_is_one_at_the_station() -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    number = station.start()["transactionId"]
    world.wait(600)
    assert station.stop(number, 10_400) == {}
    assert station.session.stop_reason == "Local"


def test_what_an_unknown_card_charged_offline_is_booked_and_flagged() -> None:
    """Some stations queue a start with their own serial number for a card."""
    station = Station16(World())
    began, ended = station.world.at(-7_200), station.world.at(-3_600)
    answer = station.start(10_000, idTag="SERIAL-0815", timestamp=began)
    assert answer["idTagInfo"]["status"] == "Invalid"
    station.stop(answer["transactionId"], 17_000, idTag="SERIAL-0815", timestamp=ended)
    assert station.session.energy_wh == 7_000
    assert Flag.TOKEN_NOT_ACCEPTED in station.flags
    (started,) = station.events(EventKind.SESSION_STARTED)
    assert (started.data["token"], started.data["verdict"]) == ("SERIAL-0815", "unknown")


def group_of_two() -> World:
    world = World()
    world.token(TAG, group="FAMILY", concurrent=True)
    world.token("0BADCAFE", group="FAMILY")
    world.token("FAMILY", TokenType.APP)  # a card that bears the group's name
    world.token("0FF1CE", status=TokenStatus.STOP_ONLY)
    return world


@pytest.mark.parametrize(
    ("tag", "ends"),
    [(TAG, True), ("0BADCAFE", True), ("0FF1CE", True), ("FAMILY", False), ("NOBODY", False)],
)
def test_a_stop_that_names_no_transaction_ends_the_session_of_its_card_or_group(
    tag: str,
    ends: bool,  # noqa: FBT001 - a case of the table
) -> None:
    station = Station16(group_of_two())
    station.start()
    station.world.wait(600)
    station.stop(-1, 10_300, idTag=tag)
    assert station.session.running is not ends


@both
def test_a_card_of_the_group_is_told_to_the_station_with_its_group(version: str) -> None:
    """The station compares; 2.x asks with every card that is shown."""
    station = Station2x(group_of_two(), version)
    station.event("Started", 0, evse={"id": 1}, idToken=CARD)
    other = {"idToken": "0BADCAFE", "type": "ISO14443"}
    info = station.event("Updated", 1, idToken=other)["idTokenInfo"]
    assert info["groupIdToken"] == {"idToken": "FAMILY", "type": "Central"}
    assert info["status"] == "Accepted"


def test_a_master_pass_begins_nothing_and_ends_everything() -> None:
    world = group_of_two()
    pass_ = {"idToken": "0FF1CE", "type": "ISO14443"}
    old, new = Station16(world), Station2x(world)
    assert old.call("Authorize", {"idTag": "0FF1CE"})["idTagInfo"]["status"] == "Accepted"
    assert old.start(idTag="0FF1CE")["idTagInfo"]["status"] == "Blocked"
    assert Flag.TOKEN_NOT_ACCEPTED in old.flags
    assert new.call("Authorize", {"idToken": pass_})["idTokenInfo"]["status"] == "Accepted"
    new.event("Started", 0, evse={"id": 1}, idToken=CARD)
    for number, kind in ((1, "Updated"), (2, "Ended")):
        answer = new.event(kind, number, idToken=pass_)
        assert answer["idTokenInfo"]["status"] == "Accepted"
    assert new.session.token is not None
    assert (new.session.token.uid, new.session.running) == (TAG, False)
    other = Station2x(world)
    answer = other.event("Started", 0, evse={"id": 1}, idToken=pass_)
    assert answer["idTokenInfo"]["status"] == "Blocked"


@both
def test_a_key_code_stands_in_no_event(version: str) -> None:
    world = World()
    world.token("4711", TokenType.KEYCODE)
    station = Station2x(world, version)
    code = {"idToken": "4711", "type": "KeyCode"}
    station.call("Authorize", {"idToken": code})
    answer = station.event("Started", 0, evse={"id": 1}, idToken=code)
    station.event("Ended", 1, idToken=code)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    told = [it.data["token"] for it in station.events() if "token" in it.data]
    assert set(told) == {"(key code)"}
    assert station.session.token is not None
    assert station.session.token.uid == "4711"
