"""What real 1.6 stations send instead of what they should, and that it is booked all the same."""

import pytest

from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Flag, SessionState
from ogniwo.domain.station import Status
from tests.domain.says16 import TAG, Station16
from tests.domain.world import Answer, World


def charging_station(wh: int = 10_000) -> tuple[Station16, int]:
    world = World()
    world.token(TAG)
    station = Station16(world)
    number: int = station.start(wh)["transactionId"]
    world.wait(600)
    return station, number


@pytest.mark.quirk(19, 20)
def test_an_empty_vendor_and_a_long_serial_number_are_kept_whole() -> None:
    station = Station16(World())
    boot = {"chargePointVendor": "", "chargePointModel": "M", "chargePointSerialNumber": "S" * 40}
    assert station.call("BootNotification", boot)["status"] == "Accepted"
    assert (station.state.station.vendor, station.state.station.serial_number) == ("", "S" * 40)


@pytest.mark.quirk(21)
def test_a_single_meter_value_need_not_be_a_list() -> None:
    station, number = charging_station()
    value = station.meter_value(10_500)
    for meter in (value, [value, value]):
        told = {"connectorId": 1, "transactionId": number, "meterValue": meter}
        assert station.call("MeterValues", told) == {}
    assert (station.session.energy_wh, station.session.samples) == (500, 1)
    assert Flag.CONTENT_TOLERATED in station.flags


@pytest.mark.parametrize("meter", [[], [{"timestamp": "2026-05-17T12:00:00Z", "sampledValue": []}]])
@pytest.mark.quirk(22)
def test_values_that_hold_nothing_are_answered_and_store_nothing(meter: list[Answer]) -> None:
    station, number = charging_station()
    told = {"connectorId": 1, "transactionId": number, "meterValue": meter}
    assert station.call("MeterValues", told) == {}
    assert station.latest == ()


@pytest.mark.quirk(23, 24)
def test_one_bad_value_is_dropped_and_the_rest_kept() -> None:
    station, number = charging_station()
    station.reads(
        number,
        {"value": "", "measurand": "Power.Active.Import"},
        {"value": "400.1", "measurand": "SoC", "unit": "Volts"},
        {"value": "49.9", "measurand": "Frequency", "unit": "Hz"},
        {"value": "x", "measurand": "Temperature", "unit": "Celsius"},
        {"value": "1", "measurand": "Aura"},
        {"value": 10_500},
        {"value": "NaN", "measurand": "Voltage"},
        {"value": "inf", "measurand": "Voltage"},
    )
    (sample,) = station.samples()
    assert (sample.reading.energy_wh, station.session.energy_wh) == (10_500, 500)
    assert (sample.reading.power_w, sample.reading.voltage_l1) == (None, None)
    assert sample.reading.soc is None


@pytest.mark.parametrize("unit", ["Celsius", "Celcius", "C", "celsius"])
@pytest.mark.quirk(25)
def test_celsius_has_many_spellings(unit: str) -> None:
    station, number = charging_station()
    station.reads(number, {"value": "31.5", "measurand": "Temperature", "unit": unit})
    assert station.samples()[0].reading.temperature == 31.5


@pytest.mark.parametrize("code", ["Error", "", None, 17, "groundfailure"])
@pytest.mark.quirk(26)
def test_an_unknown_error_code_does_not_cost_the_status(code: object) -> None:
    station = Station16(World())
    station.status_is("Faulted", errorCode=code)
    assert station.status() is Status.FAULTED
    expected = "GroundFailure" if code == "groundfailure" else "OtherError"
    assert station.connector().error_code == expected


@pytest.mark.quirk(27)
def test_without_a_measurand_it_is_the_register_in_the_unit_sent() -> None:
    station, number = charging_station()
    station.reads(number, {"value": "10.75", "unit": "kWh", "context": "Transaction.Begin"})
    station.reads(number, {"value": "11.25", "unit": "kWh"})
    assert [it.reading.energy_wh for it in station.samples()] == [10_750, 11_250]
    assert station.session.energy_wh == 1_250  # the declared start stands


@pytest.mark.quirk(28)
def test_years_of_old_history_do_not_move_the_present_backwards() -> None:
    station, number = charging_station()
    power = {"value": "7000", "measurand": "Power.Active.Import"}
    station.reads(number, 12_000, power)
    old = [
        station.meter_value(9_000, {**power, "value": "1"}, at=station.world.at(-86_400 * days))
        for days in range(1_000, 0, -1)
    ]
    station.call("MeterValues", {"connectorId": 1, "transactionId": 999, "meterValue": old})
    station.call("MeterValues", {"connectorId": 1, "meterValue": old})
    assert (station.session.energy_wh, station.session.power_w) == (2_000, 7_000)
    assert station.session.samples == 1


@pytest.mark.quirk(29)
def test_a_current_on_the_neutral_serves_where_there_is_no_other() -> None:
    station, number = charging_station()
    on_n = {"value": "15.5", "measurand": "Current.Import", "phase": "N"}
    station.reads(number, on_n)
    station.reads(number, on_n, {**on_n, "phase": "L1", "value": "16"})
    assert [it.reading.current_l1 for it in station.samples()] == [15.5, 16.0]


@pytest.mark.quirk(36)
def test_transactions_of_another_backend_open_nothing_and_are_answered() -> None:
    station = Station16(World())
    assert station.reads(4_711, 5_000) == {}
    assert station.stop(4_711, 6_000, reason="EVDisconnected") == {}
    assert station.sessions == []
    kinds = [it.data["what"] for it in station.events(EventKind.ORPHAN_STORED)]
    assert kinds == ["meter_values", "stop"]


@pytest.mark.quirk(41)
def test_a_stop_with_another_card_or_none_ends_the_session() -> None:
    for more in ({}, {"idTag": "ANOTHER"}, {"reason": "Weather"}, {"reason": ""}):
        station, number = charging_station()
        station.stop(number, 11_000, **more)
        assert (station.session.state, station.session.stop_reason) == (
            SessionState.CLOSED,
            "Local",
        )


@pytest.mark.quirk(42)
def test_an_offline_start_with_the_stations_own_serial_as_tag_is_booked() -> None:
    world = World()
    station = Station16(world)
    answer = station.start(idTag="ICU-EVe-0000123", timestamp=world.at(-7_200))
    assert answer["idTagInfo"]["status"] == "Invalid"
    station.stop(answer["transactionId"], 12_000, timestamp=world.at(-3_600))
    assert station.session.energy_wh == 2_000
    assert station.flags == {Flag.TOKEN_NOT_ACCEPTED}


@pytest.mark.parametrize(
    ("spoiled", "wh"),
    [
        ({"meterStop": "12000"}, 2_000),
        ({"meterStop": 12_000.9}, 2_000),
        ({"meterStop": None}, None),
        ({"meterStop": {}}, None),
        ({"reason": 5, "meterStop": 12_000}, 2_000),
        ({"transactionData": {}, "meterStop": 12_000}, 2_000),
        ({"transactionData": "none", "meterStop": 12_000}, 2_000),
        ({"vendorField": 1, "meterStop": 12_000}, 2_000),
        ({"meterStop": 2**60}, None),
    ],
)
@pytest.mark.quirk(40)
def test_a_stop_with_odd_content_always_ends_its_session(spoiled: Answer, wh: int | None) -> None:
    station, number = charging_station()
    told = {"transactionId": number, "timestamp": station.world.at(0), **spoiled}
    assert station.call("StopTransaction", told) == {}
    assert not station.session.running
    assert station.session.energy_wh == wh


@pytest.mark.parametrize("number", ["1", 1.0])
def test_a_transaction_id_in_an_odd_form_is_the_same_id(number: object) -> None:
    station, own = charging_station()
    assert own == 1
    station.reads(number, 10_500)
    station.stop(number, 11_000)
    assert (station.session.state, station.session.samples) == (SessionState.CLOSED, 1)


@pytest.mark.parametrize("connector", [0, -1, None, "x"])
def test_a_start_on_no_connector_is_a_session_without_an_evse(connector: object) -> None:
    station = Station16(World())
    answer = station.start(connectorId=connector)
    station.world.wait(600)
    station.stop(answer["transactionId"], 10_500)
    assert (station.session.evse, station.session.energy_wh) == (None, 500)


def test_a_bare_signed_value_is_kept_to_the_letter() -> None:
    station, number = charging_station()
    ocmf = "OCMF|" + "x" * 500 + '|{"SD":"30"}'
    station.reads(number, {"value": ocmf}, {"value": ocmf, "format": "SignedData"}, 10_500)
    (sample,) = station.samples()
    assert sample.reading.extra is not None
    assert sample.reading.extra.count(b"x" * 500) == 2
    assert sample.reading.energy_wh == 10_500
