"""How a station shall be set, and where it is not so."""

from typing import Any

import pytest

from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.station import Station
from ogniwo.domain.templates import Line, Template, Wanted, compared, wanted_of

STATION = Station(id=1, identity="S", vendor="Volta", model="One", firmware_version="1.2.3")
INTERVAL = "OCPPCommCtrlr/HeartbeatInterval"


def held(key: str, value: str, **fields: Any) -> Holding:
    return Holding(station_id=1, kind=Kind.VARIABLE, key=key, value=value, at=1, **fields)


def only_line(holding: Holding | None, value: str | None, key: str = INTERVAL) -> Line:
    wanted = {} if value is None else {key: Wanted(value, "t")}
    (line,) = compared([] if holding is None else [holding], wanted)
    return line


def test_the_template_that_says_more_of_its_stations_counts() -> None:
    templates = [
        Template(name="z-all", values={INTERVAL: "300", "OCPPCommCtrlr/ResetRetries": "1"}),
        Template(name="a-one", vendor="volta", model="on*", values={INTERVAL: "60"}),
        Template(name="b-other", vendor="Other", values={INTERVAL: "9"}),
    ]
    assert wanted_of(STATION, "ocpp2.0.1", templates) == {
        INTERVAL: Wanted("60", "a-one"),
        "OCPPCommCtrlr/ResetRetries": Wanted("1", "z-all"),
    }


def test_keys_are_for_stations_of_1_6_and_variables_for_the_others() -> None:
    template = Template(name="t", values={INTERVAL: "60", "HeartbeatInterval": "61"})
    assert set(wanted_of(STATION, "ocpp1.6", [template])) == {"HeartbeatInterval"}
    assert set(wanted_of(STATION, "ocpp2.1", [template])) == {INTERVAL}


@pytest.mark.parametrize(
    ("value", "wanted", "drift"),
    [
        ("60", "60", False),
        ("60", "61", True),
        ("True", "true", False),
        ("a, b", "a,b", False),
        ("a,b", "b,a", True),
        ("60", None, False),
    ],
)
def test_drift_is_a_value_that_means_something_else(
    value: str, wanted: str | None, drift: object
) -> None:
    assert only_line(held(INTERVAL, value), wanted).drift is drift


def test_what_the_station_did_not_tell_or_has_not_in_force_yet_drifted() -> None:
    assert only_line(None, "60").drift is True
    assert only_line(held(INTERVAL, "60", state="reboot_required"), "60").drift is True


def test_of_what_can_only_be_written_drift_cannot_be_told() -> None:
    password = "SecurityCtrlr/BasicAuthPassword"
    assert only_line(held(password, ""), "x" * 16, password).drift is None
    assert only_line(None, "x" * 16, password).drift is None
    pin = held("V/Pin", "", data={"mutability": "write_only"})
    assert only_line(pin, "1", "V/Pin").drift is None
