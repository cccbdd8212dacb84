"""Names of variables, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.units import seconds
from ogniwo.domain import settling
from ogniwo.domain.commands import Command, CommandState, Outcome, Reply
from ogniwo.domain.configuration import (
    Attribute,
    Variable,
    key_of,
    told,
    variable_of,
    without_secrets,
)
from ogniwo.domain.elements import Element, outcome_of
from ogniwo.domain.holdings import Holding, HoldingsSwept, Kind
from ogniwo.domain.orders import GetVariables, SetVariables
from ogniwo.domain.orders.network import Apn, SetNetworkProfile
from ogniwo.domain.orders.order import Known
from tests.domain.world import NOON

NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=50)
NUMBERS = st.integers(0, 999_999_999)


@given(
    st.builds(
        Variable,
        name=NAMES,
        instance=st.none() | NAMES,
        component=NAMES,
        component_instance=st.none() | NAMES,
        evse=NUMBERS,
        connector=st.none() | NUMBERS,
        attribute=st.sampled_from(Attribute),
    )
    | st.builds(Variable, name=NAMES, instance=st.none() | NAMES)
)
def test_a_name_can_always_be_taken_apart_again(variable: Variable) -> None:
    assert variable_of(key_of(variable)) == variable


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        (Variable(name="HeartbeatInterval"), "HeartbeatInterval"),
        (Variable(name="Vendor/Key"), "Vendor%2FKey"),
        (
            Variable(name="ItemsPerMessage", instance="GetReport", component="DeviceDataCtrlr"),
            "DeviceDataCtrlr/ItemsPerMessage[GetReport]",
        ),
        (
            Variable(name="Limit", component="Sensor", component_instance="a", evse=1, connector=2),
            "Sensor[a]@1.2/Limit",
        ),
        (
            Variable(name="Power", component="EVSE", attribute=Attribute.MAX_SET),
            "EVSE/Power#max_set",
        ),
    ],
)
def test_a_variable_has_one_name(variable: Variable, key: str) -> None:
    assert key_of(variable) == key


@pytest.mark.parametrize("text", ["", "/", "a/b/c", "a[b", "a@x/b", "a#no", "#actual"])
def test_what_names_no_variable_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="names no variable"):
        variable_of(text)


def test_values_that_are_secret_or_for_writing_only_are_not_kept() -> None:
    password = Variable(name="BasicAuthPassword", component="SecurityCtrlr")
    assert told(password, "hunter2 hunter2").value == ""
    pin = Variable(name="Pin", component="Vendor")
    assert told(pin, "1234", data={"mutability": "write_only"}).value == ""
    assert told(pin, "1234", data={"mutability": "read_write"}).value == "1234"


def test_a_value_is_not_kept_once_its_variable_is_known_for_writing_only() -> None:
    row = Holding(station_id=1, kind=Kind.VARIABLE, key="V/Pin", value="1234", at=NOON)
    before = Holding(
        station_id=1, kind=Kind.VARIABLE, key="V/Pin", at=1, data={"mutability": "write_only"}
    )
    assert [it.value for it in without_secrets([row], {"V/Pin": before})] == [""]
    assert [it.value for it in without_secrets([row], {})] == ["1234"]


def test_more_than_the_station_takes_is_refused_and_said() -> None:
    order = GetVariables(names=("A", "B", "C"))
    most = Holding(station_id=1, kind=Kind.VARIABLE, key="GetConfigurationMaxKeys", value="2", at=1)
    with pytest.raises(RefusedError, match=r"takes 2 keys.*this has 3.*several orders"):
        settling.check_limits(order, [most], 0)
    settling.check_limits(GetVariables(names=("A", "B")), [most], 0)
    odd = Holding(station_id=1, kind=Kind.VARIABLE, key="GetConfigurationMaxKeys", value="", at=1)
    settling.check_limits(order, [odd], 0)


def test_a_message_longer_than_the_station_takes_is_refused() -> None:
    key = "DeviceDataCtrlr/BytesPerMessage[SetVariables]"
    most = Holding(station_id=1, kind=Kind.VARIABLE, key=key, value="300", at=1)
    order = SetVariables(values={"A/B": "1"})
    settling.check_limits(order, [most], 300)
    with pytest.raises(RefusedError, match="300 bytes"):
        settling.check_limits(order, [most], 301)


def test_an_answer_may_come_in_any_order_and_case() -> None:
    said = [
        Element(key="A/b", word="Rejected", good=False, reason="ReadOnly"),
        Element(key="A/A", word="Accepted", good=True),
        Element(key="X/Y", word="Rejected", good=False),
    ]
    outcome = outcome_of(["A/a", "A/B"], said)
    assert (outcome.reply, outcome.reason) == (Reply.REJECTED, "A/B: Rejected (ReadOnly)")
    assert outcome_of(["A/a"], said).reply is Reply.ACCEPTED
    assert outcome_of(["A/a", "A/B"], said, lenient=True).reply is Reply.ACCEPTED
    silent = outcome_of(["A/a", "N"], said)
    assert (silent.reply, silent.reason) == (Reply.REJECTED, "N: the station said nothing")


def test_an_answer_that_names_all_of_a_kind_makes_the_others_gone() -> None:
    sent = Command(
        id=1,
        station_id=7,
        order=GetVariables(names=("A",)),
        state=CommandState.SENT,
        author="test",
        created_at=NOON,
        deadline_at=NOON + seconds(9),
    )
    outcome = Outcome(reply=Reply.DONE, result="Accepted", whole_of=Kind.EVENT_STREAM)
    rows = settling.held_after(sent, outcome, Known(now=NOON))
    assert rows == (HoldingsSwept(station_id=7, kind=Kind.EVENT_STREAM, before=NOON),)


def test_secrets_are_hidden_in_the_text_that_is_kept() -> None:
    order = SetVariables(values={"AuthorizationKey": 'a"b\\c', "Key": "b"})
    text = b'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"a\\"b\\\\c"}]'
    hidden = settling.hidden(text, order.secrets())
    assert hidden == b'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"***"}]'
    assert order.without_secrets().values == {"AuthorizationKey": "", "Key": "b"}


def test_a_pin_that_crosses_the_wire_as_a_number_is_hidden_and_nothing_beside_it() -> None:
    text = b'[2,"1","SetNetworkProfile",{"apn":{"apn":"x1234","simPin":1234,"n":12345},"s":2}]'
    apn = Apn(name="x1234", sim_pin=1234)
    order = SetNetworkProfile(slot=1, url="wss://x", security_profile=2, apn=apn)
    hidden = settling.hidden(text, order.secrets())
    assert hidden == text.replace(b":1234,", b':"***",')
