"""What real 2.x stations send instead of what they should, and that it is booked all the same."""

import pytest

from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Flag, SessionState
from ogniwo.domain.station import ReportedStatus, Status
from ogniwo.ocpp.faults import Fault
from tests.domain.says2x import CARD, VERSIONS_2X, Station2x
from tests.domain.world import Answer, World

both = pytest.mark.parametrize("version", VERSIONS_2X)


@both
@pytest.mark.parametrize(
    "spoiled",
    [
        {"triggerReason": "BecauseICan"},
        {"triggerReason": None},
        {"vendorField": 1},
        {"offline": "false"},
        {"numberOfPhasesUsed": "three"},
        {"cableMaxCurrent": 32.5},
        {"reservationId": "none"},
        {"evse": 1},
        {"evse": {"id": 0}},
        {"idToken": {"idToken": "A"}},
        {"idToken": []},
        {"customData": {"no": "vendor"}},
        {"meterValue": []},
        {"meterValue": {}},
        {"meterValue": [{"sampledValue": [{"value": "x"}]}]},
    ],
)
def test_odd_content_costs_itself_and_not_the_event(version: str, spoiled: Answer) -> None:
    world = World()
    station = Station2x(world, version)
    for number, kind in enumerate(("Started", "Updated", "Ended")):
        payload = station.event_payload(kind, number, 1_000 + 100 * number)
        assert "eventType" in payload
        station.call("TransactionEvent", {**payload, **spoiled})
        world.wait(60)
    assert (station.session.seq, station.session.running) == (((0, 2),), False)
    assert station.events(EventKind.ORPHAN_STORED) == []
    if "meterValue" not in spoiled:
        assert station.session.energy_wh == 200


@both
@pytest.mark.parametrize("missing", ["eventType", "seqNo", "transactionInfo"])
def test_an_event_without_its_key_is_kept_raw_and_answered(version: str, missing: str) -> None:
    station = Station2x(World(), version)
    payload = station.event_payload("Started", 0, 1_000)
    del payload[missing]
    assert station.call("TransactionEvent", payload) == {}
    (orphan,) = station.events(EventKind.ORPHAN_STORED)
    assert (orphan.data["what"], orphan.data["action"]) == ("unreadable", "TransactionEvent")


@both
@pytest.mark.quirk(51)
def test_a_replay_without_connectors_marked_offline_is_one_closed_session(version: str) -> None:
    world = World()
    station = Station2x(world, version)
    world.wait(7_200)
    for number in (4, 5, 9):
        kind = {4: "Started", 5: "Updated", 9: "Ended"}[number]
        at = world.at(-7_200 + number * 60)
        station.event(kind, number, 1_000 * number, at=at, offline=True, evse={"id": 1})
    session = station.session
    assert (session.energy_wh, session.state) == (5_000, SessionState.WAITING_FOR_DATA)
    assert session.connector is None


@pytest.mark.quirk(52)
def test_available_with_the_cable_in_does_not_end_the_session() -> None:
    station = Station2x(World())
    station.event("Started", 0, 1_000, evse={"id": 1}, info={"chargingState": "Charging"})
    station.status_is("Available")
    assert station.session.running


def test_an_unknown_connector_status_is_refused_and_changes_nothing() -> None:
    world = World()
    station = Station2x(world)
    told = {"timestamp": world.at(0), "connectorStatus": "Hovering", "evseId": 1, "connectorId": 1}
    assert station.refusal("StatusNotification", told) is Fault.PROPERTY


@both
def test_of_several_states_in_one_message_the_last_counts_and_the_rest_is_told(
    version: str,
) -> None:
    world = World()
    station = Station2x(world, version)

    def data(actual: str, component: Answer, variable: str) -> Answer:
        return {
            "eventId": 1,
            "timestamp": world.at(0),
            "trigger": "Delta",
            "actualValue": actual,
            "eventNotificationType": "HardWiredNotification",
            "component": component,
            "variable": {"name": variable},
        }

    connector = {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
    other = {"name": "Connector", "evse": {"id": 2, "connectorId": 1}}
    events = [
        data("Available", connector, "AvailabilityState"),
        data("Occupied", connector, "AvailabilityState"),
        data("Faulted", other, "AvailabilityState"),
        {**data("true", {"name": "RCD", "evse": {"id": 1}}, "Tripped"), "techCode": "X1"},
        data("Available", {"name": "EVSE", "evse": {"id": 1}}, "AvailabilityState"),
        data("Available", {"name": "Connector"}, "AvailabilityState"),
        data("Hovering", connector, "AvailabilityState"),
    ]
    told = {"generatedAt": world.at(0), "seqNo": 0, "eventData": events}
    assert station.call("NotifyEvent", told) == {}
    assert (station.status(1), station.status(2)) == (Status.PREPARING, Status.FAULTED)
    assert station.connector().reported is ReportedStatus.OCCUPIED
    (notice,) = station.events(EventKind.STATION_NOTICE)
    assert "RCD[1].Tripped=true (X1)" in str(notice.data["summary"])


@both
def test_vendor_data_may_be_any_json(version: str) -> None:
    station = Station2x(World(), version)
    for data in (None, 7, "x", [1], {"a": {"b": None}}):
        told = {"vendorId": "V", **({} if data is None else {"data": data})}
        assert station.call("DataTransfer", told) == {"status": "UnknownVendorId"}


@both
def test_a_token_with_control_characters_and_odd_case_is_itself(version: str) -> None:
    world = World()
    world.token("04A1B2C3")
    station = Station2x(world, version)
    token = {
        "idToken": "04a1b2c3\u0000",
        "type": "iso14443" if version == "ocpp2.0.1" else "ISO14443",
    }
    answer = station.event("Started", 0, evse={"id": 1}, idToken=token)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert Flag.CONTENT_TOLERATED in station.flags


@both
def test_the_same_token_is_answered_each_time_it_comes(version: str) -> None:
    world = World()
    world.token("04A1B2C3")
    station = Station2x(world, version)
    for number in range(3):
        answer = station.event("Started" if not number else "Updated", number, idToken=CARD)
        assert answer["idTokenInfo"]["status"] == "Accepted"
    assert station.event("Updated", 3) == {}
