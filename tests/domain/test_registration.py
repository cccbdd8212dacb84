import pytest
from msgspec.structs import replace

from ogniwo.base.limits import HEARTBEAT_S, PENDING_RETRY_S, REJECTED_RETRY_S
from ogniwo.domain.events import EventKind
from ogniwo.domain.station import Registration
from ogniwo.ocpp.faults import Fault
from tests.domain.says2x import VERSIONS_2X, Station2x
from tests.domain.says16 import Station16
from tests.domain.world import StationUnderTest, World

both = pytest.mark.parametrize("version", VERSIONS_2X)


def boots(station: Station16 | Station2x) -> dict[str, object]:
    return station.boot()


@pytest.mark.parametrize(
    ("registration", "word", "interval_s"),
    [
        (Registration.ACCEPTED, "Accepted", HEARTBEAT_S),
        (Registration.PENDING, "Pending", PENDING_RETRY_S),
        (Registration.REJECTED, "Rejected", REJECTED_RETRY_S),
    ],
)
@pytest.mark.quirk(44)
def test_a_boot_is_answered_with_the_registration_the_interval_and_plain_time(
    registration: Registration, word: str, interval_s: int
) -> None:
    world = World()
    world.wait(0.123_456)
    expected = {"status": word, "currentTime": "2026-05-17T12:00:00Z", "interval": interval_s}
    for station in (
        Station16(world, registration=registration),
        Station2x(world, registration=registration),
        Station2x(world, "ocpp2.1", registration=registration),
    ):
        assert boots(station) == expected


def test_a_boot_tells_who_the_station_is() -> None:
    station = Station16(World())
    station.call(
        "BootNotification",
        {
            "chargePointVendor": "V",
            "chargePointModel": "M",
            "chargeBoxSerialNumber": "S",
            "firmwareVersion": "1.2",
            "iccid": "89",
        },
    )
    told = station.state.station
    assert (told.vendor, told.model, told.serial_number) == ("V", "M", "S")
    (booted,) = station.events(EventKind.STATION_BOOTED)
    assert (booted.data["firmware_version"], booted.data["iccid"]) == ("1.2", "89")


def test_a_pending_1_6_station_reports_as_it_likes() -> None:
    station = Station16(World(), registration=Registration.PENDING)
    station.status_is("Available")
    number = station.start()["transactionId"]
    station.stop(number, 10_500)
    assert station.session.energy_wh == 500
    assert "currentTime" in station.call("Heartbeat", {})


@both
def test_a_pending_2x_station_may_only_boot_and_book_energy(version: str) -> None:
    world = World()
    station = Station2x(world, version, registration=Registration.PENDING)
    assert station.refusal("Heartbeat", {}) is Fault.SECURITY
    assert station.refusal("Authorize", {"idToken": {"idToken": "A", "type": "Local"}}) is (
        Fault.SECURITY
    )
    told = {
        "timestamp": world.at(0),
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    }
    assert station.refusal("StatusNotification", told) is Fault.SECURITY
    station.event("Started", 0, 1_000, evse={"id": 1})
    world.wait(60)
    station.event("Ended", 1, 1_500)
    assert station.session.energy_wh == 500


@both
def test_a_strict_pending_2x_station_may_only_boot(version: str) -> None:
    station = Station2x(World(), version, registration=Registration.PENDING, strict=True)
    assert station.refusal("TransactionEvent", station.event_payload("Started", 0)) is (
        Fault.SECURITY
    )


@pytest.mark.parametrize("version", ["ocpp1.6", *VERSIONS_2X])
def test_a_rejected_station_may_only_boot(version: str) -> None:
    station = StationUnderTest(World(), version, registration=Registration.REJECTED)
    assert station.refusal("Heartbeat", {}) is Fault.SECURITY


def test_a_session_from_before_the_rejection_goes_to_its_end() -> None:
    world = World()
    station = Station16(world)
    number = station.start()["transactionId"]
    rejected = replace(station.state.station, registration=Registration.REJECTED)
    station.commit((rejected,))
    world.wait(600)

    assert station.refusal("Heartbeat", {}) is Fault.SECURITY
    assert station.stop(number, 10_500) == {}
    assert (station.session.running, station.session.energy_wh) == (False, 500)


def test_a_station_that_never_booted_but_was_accepted_is_served() -> None:
    station = Station16(World())
    assert station.start()["transactionId"] > 0


@pytest.mark.parametrize("version", ["ocpp1.6", *VERSIONS_2X])
def test_vendor_data_is_answered_and_noted(version: str) -> None:
    station = StationUnderTest(World(), version)
    answer = station.call("DataTransfer", {"vendorId": "V", "messageId": "M", "data": "x"})
    assert answer == {"status": "UnknownVendorId"}
    (notice,) = station.events(EventKind.STATION_NOTICE)
    assert (notice.data["vendor_id"], notice.data["message_id"]) == ("V", "M")
