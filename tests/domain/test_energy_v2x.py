"""What a 2.x session is billed for: its registers come as readings, in events of any order."""

import pytest

from ogniwo.domain.session import Flag, SessionState
from tests.domain.says2x import VERSIONS_2X, Station2x, interval
from tests.domain.world import Answer, World

both = pytest.mark.parametrize("version", VERSIONS_2X)

END = "Transaction.End"
BEGIN = "Transaction.Begin"


@both
def test_a_begin_of_0_before_a_lifetime_register_is_not_the_baseline(version: str) -> None:
    world = World()
    station = Station2x(world, version)
    station.event("Started", 0, 0, context=BEGIN, evse={"id": 1}, offline=True)
    world.wait(60)
    station.event("Updated", 1, 910_000)
    world.wait(60)
    station.event("Ended", 2, 910_083, context=END)
    assert station.session.energy_wh == 83
    assert Flag.BASELINE_IMPLAUSIBLE in station.flags


def test_a_begin_that_comes_last_still_counts() -> None:
    world = World()
    station = Station2x(world)
    begin = station.event_payload("Updated", 1, 1_000, context=BEGIN)
    station.event("Started", 0, evse={"id": 1})
    world.wait(60)
    station.event("Ended", 2, 1_500, context=END)
    assert Flag.ENERGY_UNKNOWN in station.flags
    station.call("TransactionEvent", begin)
    assert (station.session.energy_wh, station.session.state) == (500, SessionState.CLOSED)
    assert station.flags == frozenset()


def test_readings_in_the_end_count_by_their_times_not_by_their_places() -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", 0, evse={"id": 1})
    world.wait(3_600)
    ended = station.event_payload("Ended", 1)
    ended["meterValue"] = [
        station.meter_value(3_000, context=END),
        station.meter_value(2_000, at=world.at(-1_800)),
        station.meter_value(1_000, at=world.at(-3_600), context=BEGIN),
    ]
    station.call("TransactionEvent", ended)
    assert (station.session.energy_wh, station.session.meter_stop_wh) == (2_000, 3_000)


def test_an_end_without_a_register_falls_back_to_the_last_reading() -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", 0, 1_000, evse={"id": 1})
    world.wait(60)
    station.event("Updated", 1, 1_400)
    world.wait(60)
    station.event("Ended", 2)
    assert (station.session.energy_wh, station.session.state) == (400, SessionState.CLOSED)
    assert station.flags == {Flag.METER_STOP_UNKNOWN}


@pytest.mark.parametrize("where", ["Started", "Updated", "Ended", None])
def test_a_single_register_is_no_energy_and_is_held(where: str | None) -> None:
    world = World()
    station = Station2x(world)
    for number, kind in enumerate(("Started", "Updated", "Ended")):
        station.event(kind, number, 1_000 if kind == where else None, evse={"id": 1})
        world.wait(60)
    assert station.session.energy_wh is None
    assert Flag.ENERGY_UNKNOWN in station.flags
    assert station.session.state is SessionState.ENDED


def test_a_session_that_began_and_ended_in_one_second_used_nothing() -> None:
    station = Station2x(World())
    station.event("Started", 0, 1_000, evse={"id": 1})
    station.event("Ended", 1, 1_000)
    assert (station.session.energy_wh, station.session.state) == (0, SessionState.CLOSED)


def test_a_first_register_after_the_start_bills_less_and_says_so() -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", 0, evse={"id": 1})
    for number, wh in enumerate((1_200, 1_400), 1):
        world.wait(60)
        station.event("Updated", number, wh)
    station.event("Ended", 3, 1_500)
    assert station.session.energy_wh == 300
    assert station.flags == {Flag.METER_START_UNKNOWN}


def test_intervals_are_added_up_in_any_order_and_each_once() -> None:
    world = World()
    station = Station2x(world)
    payloads: list[Answer] = [station.event_payload("Started", 0, evse={"id": 1})]
    for number, wh in enumerate((700, 800.4, 900), 1):
        world.wait(900)
        kind = "Ended" if number == 3 else "Updated"
        payload = station.event_payload(kind, number)
        payload["meterValue"] = [station.meter_value(interval(wh))]
        payloads.append(payload)
    for place in (0, 2, 2, 3, 0, 1, 3, 1):
        station.call("TransactionEvent", payloads[place])
    assert (station.session.energy_wh, station.session.state) == (2_400, SessionState.CLOSED)


@pytest.mark.parametrize(
    ("value", "unit", "wh"),
    [
        (12.3456, {"unit": "kWh"}, 12_346),
        (12, {"unit": "kWh", "multiplier": 1}, 120_000),
        (1_234, {"unit": "Wh", "multiplier": 1}, 12_340),
        (1_234_567, {"unit": "Wh", "multiplier": -3}, 1_235),
        (5, {"multiplier": 400}, None),
        (5, {"multiplier": -400}, None),
        (2e15, {"unit": "kWh", "multiplier": 9}, None),
        (-1, {}, None),
        (1e300, {}, None),
    ],
)  # fmt: skip
def test_units_and_multipliers_are_applied_or_the_value_is_none(
    value: float, unit: Answer, wh: int | None
) -> None:
    station = Station2x(World())
    payload = station.event_payload("Started", 0, evse={"id": 1})
    payload["meterValue"] = [station.meter_value({"value": value, "unitOfMeasure": unit})]
    assert station.call("TransactionEvent", payload) == {}
    registers = [it.reading.energy_wh for it in station.samples()]
    assert registers == [wh]


def test_signed_values_are_kept_to_the_letter() -> None:
    station = Station2x(World())
    signed = {
        "signedMeterData": "T0NNRnx7fXx7fQ==",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "b2NhOg==",
    }
    value = {"value": 1_000, "signedMeterValue": signed}
    payload = station.event_payload("Started", 0, evse={"id": 1})
    payload["meterValue"] = [station.meter_value(value, context=BEGIN)]
    station.call("TransactionEvent", payload)
    (sample,) = station.samples()
    assert sample.reading.extra is not None
    assert b'"T0NNRnx7fXx7fQ=="' in sample.reading.extra
    assert station.session.meter_start_wh == 1_000
