"""A report in parts is whole or it is not, whatever happens to the server and to answers."""

from typing import Any

import pytest

from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.events import Event
from ogniwo.domain.holdings import Holding, HoldingsSwept, Kind
from ogniwo.domain.orders import Report, Trigger, TriggerMessage, request_number
from ogniwo.domain.station import Registration
from ogniwo.ocpp.faults import Fault
from tests.domain.world import StationUnderTest, World

V201 = "ocpp2.0.1"


def a_part(number: int, part: int, *, last: bool = False) -> dict[str, Any]:
    return {
        "requestId": number,
        "generatedAt": "2026-05-17T12:00:00Z",
        "seqNo": part,
        "tbc": not last,
        "reportData": [
            {
                "component": {"name": "C"},
                "variable": {"name": f"V{part}"},
                "variableAttribute": [{"value": "1"}],
            }
        ],
    }


def of_type(station: StationUnderTest, kind: type) -> list[Any]:
    return [it for it in station.latest if isinstance(it, kind)]


def state_of(station: StationUnderTest, command: Command) -> CommandState:
    rows = [it for it in station.rows if isinstance(it, Command) and it.id == command.id]
    return rows[-1].state


def test_a_report_goes_on_after_the_server_restarted() -> None:
    station = World().station(V201)
    command = station.order(Report())
    number = request_number(command.id)
    station.call("NotifyReport", a_part(number, 0))
    station.restart_server()
    station.state.absorb([command])
    station.call("NotifyReport", a_part(number, 1, last=True))

    assert state_of(station, command) is CommandState.APPLIED
    assert len(of_type(station, HoldingsSwept)) == 1


def test_a_last_part_that_is_sent_again_changes_nothing() -> None:
    station = World().station(V201)
    number = request_number(station.order(Report()).id)
    station.call("NotifyReport", a_part(number, 0))
    station.call("NotifyReport", a_part(number, 1, last=True))
    station.call("NotifyReport", a_part(number, 1, last=True))

    assert of_type(station, Event) == of_type(station, HoldingsSwept) == []
    assert station.holdings[Kind.REPORT, str(number)].state == "complete"
    assert [it.key for it in of_type(station, Holding)] == ["C/V1"]


def test_a_part_that_never_came_leaves_the_report_incomplete() -> None:
    station = World().station(V201)
    command = station.order(Report())
    number = request_number(command.id)
    station.call("NotifyReport", a_part(number, 0))
    station.call("NotifyReport", a_part(number, 2, last=True))

    assert state_of(station, command) is CommandState.NOT_APPLIED
    assert of_type(station, HoldingsSwept) == []


@pytest.mark.parametrize("version", [V201, "ocpp2.1"])
def test_a_pending_station_may_send_what_it_was_asked_for_and_nothing_else(version: str) -> None:
    station = World().station(version, registration=Registration.PENDING)
    assert station.refusal("NotifyReport", a_part(5, 0, last=True)) is Fault.SECURITY
    number = request_number(station.order(Report()).id)
    assert station.refusal("NotifyReport", a_part(number + 1, 0)) is Fault.SECURITY
    station.call("NotifyReport", a_part(number, 0, last=True))
    assert station.refusal("Heartbeat", {}) is Fault.SECURITY
    station.order(Trigger(message=TriggerMessage.HEARTBEAT))
    station.call("Heartbeat", {})
