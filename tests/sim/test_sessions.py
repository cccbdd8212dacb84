"""Whole sessions against an independent CSMS, in each version."""

from collections.abc import Callable

import pytest

from ogniwo.sim.clock import SimClock
from ogniwo.sim.facts import FAULTS
from ogniwo.sim.fleet import Fleet, UnreachableError
from ogniwo.sim.makes import MAKES
from tests.sim.csms import Csms, Payload, running_csms
from tests.sim.world import (
    DC_150,
    START_S,
    STATION,
    TOKEN,
    a_car,
    a_fleet,
    plug_and_card,
    running,
)


async def test_a_16_session_goes_from_plug_to_unplug() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            plug_and_card(evse, station)
            await csms.until(lambda: len(csms.said(STATION, "MeterValues")) >= 3)
            evse.show_card(TOKEN, station.now_s)
            evse.unplug(station.now_s)
            await csms.until(lambda: csms.statuses(STATION)[-1] == "Available")

    assert csms.statuses(STATION) == [
        *("Available", "Available"),  # the station itself, then its only connector
        *("Preparing", "Charging", "Finishing", "Available"),
    ]
    (start,), (stop,) = (
        csms.said(STATION, "StartTransaction"),
        csms.said(STATION, "StopTransaction"),
    )
    (entry,) = fleet.ledger.finished
    assert start["idTag"] == entry.token == TOKEN
    assert stop["transactionId"] == entry.transaction_id == 1
    assert stop["meterStop"] - start["meterStart"] == entry.energy_wh > 0
    assert stop["reason"] == "Local"
    assert [one["sampledValue"][0]["context"] for one in stop["transactionData"]] == [
        "Transaction.Begin",
        "Transaction.End",
    ]
    assert entry.stop_acknowledged
    assert fleet.stats.calls_refused == 0, fleet.stats.last_error


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_2x_session_tells_every_step_in_numbered_events(version: str) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            plug_and_card(evse, station, soc=0.78)  # will be full in a few minutes
            await csms.until(lambda: "SuspendedEV" in states(csms))
            evse.unplug(station.now_s)
            await csms.until(lambda: bool(csms.events(STATION, "Ended")))

    events = csms.events(STATION)
    (entry,) = fleet.ledger.finished
    assert [one["seqNo"] for one in events] == list(range(len(events)))
    assert {one["transactionInfo"]["transactionId"] for one in events} == {entry.transaction_id}
    assert [one["eventType"] for one in events[:2]] == ["Started", "Updated"]
    assert events[0]["triggerReason"] == "Authorized"
    assert events[0]["idToken"] == {"idToken": TOKEN, "type": "ISO14443"}
    assert list(dict.fromkeys(states(csms))) == ["EVConnected", "Charging", "SuspendedEV", "Idle"]
    assert events[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert register(events[-1]) - register(events[0]) == entry.energy_wh > 0
    assert csms.statuses(STATION) == ["Available", "Occupied", "Available"]
    assert fleet.stats.calls_refused == 0, fleet.stats.last_error


@pytest.mark.parametrize("version", ["1.6", "2.1"])
async def test_the_card_may_come_before_the_cable(version: str) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            evse.show_card(TOKEN, station.now_s)
            await csms.until(lambda: bool(csms.said(STATION, "Authorize")))
            fleet.agenda.add(station.now_s + 20, lambda at_s: evse.plug_in(a_car(), at_s))
            started = "StartTransaction" if version == "1.6" else "TransactionEvent"
            await csms.until(lambda: bool(csms.said(STATION, started)))

    if version == "2.1":
        assert csms.events(STATION)[0]["triggerReason"] == "CablePluggedIn"
    assert len(fleet.ledger.finished) == 1


async def test_a_refused_card_starts_nothing() -> None:
    async with running_csms(refused_tokens={TOKEN}) as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: bool(csms.said(STATION, "Authorize")))
            await csms.until(lambda: len(csms.said(STATION, "Heartbeat")) >= 1)

    assert fleet.ledger.entries == []
    assert csms.said(STATION, "StartTransaction") == []


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.6", lambda csms: csms.said(STATION, "StopTransaction")[0]["reason"]),
        (
            "2.0.1",
            lambda csms: csms.events(STATION, "Ended")[0]["transactionInfo"]["stoppedReason"],
        ),
    ],
)
async def test_a_card_blocked_between_authorize_and_start_stops_the_session(
    version: str, reason: Callable[[Csms], str]
) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: bool(csms.said(STATION, "Authorize")))
            csms.refused_tokens.add(TOKEN)
            await csms.until(lambda: bool(fleet.ledger.finished))

    assert reason(csms) == "DeAuthorized"


async def test_six_evses_charge_at_once_and_each_books_its_own_energy() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, evses=6)
        async with running(fleet, csms) as station:
            for n, evse in enumerate(station.evses):
                plug_and_card(evse, station, token=f"{TOKEN[:-1]}{n}")
            await csms.until(lambda: csms.statuses(STATION).count("Charging") == 6)
            assert fleet.stats.charging == 6
            await csms.until(lambda: len(csms.said(STATION, "MeterValues")) >= 18)

    starts = {one["connectorId"]: one for one in csms.said(STATION, "StartTransaction")}
    stops = {one["transactionId"]: one for one in csms.said(STATION, "StopTransaction")}
    assert sorted(starts) == [1, 2, 3, 4, 5, 6]
    for entry in fleet.ledger.finished:
        assert isinstance(entry.transaction_id, int)
        metered = stops[entry.transaction_id]["meterStop"] - starts[entry.evse]["meterStart"]
        assert metered == entry.energy_wh > 0
    assert len(fleet.ledger.finished) == 6


async def test_a_car_on_the_second_plug_of_an_evse_is_reported_there() -> None:
    twin = [make for make in MAKES if len(make.outlet.plugs) == 2][:1]
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.0.1", makes=twin)
        async with running(fleet, csms) as station:
            station.evses[0].plug_in(a_car(), station.now_s, connector=2)
            station.evses[0].show_card(TOKEN, station.now_s)
            await csms.until(lambda: bool(csms.events(STATION)))

    assert csms.events(STATION)[0]["evse"] == {"id": 1, "connectorId": 2}
    reported = [
        (one["connectorId"], one["connectorStatus"])
        for one in csms.said(STATION, "StatusNotification")
    ]
    assert reported[:3] == [(1, "Available"), (2, "Available"), (2, "Occupied")]


@pytest.mark.parametrize("version", ["1.6", "2.1"])
async def test_a_fault_ends_the_session_and_clears(version: str) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version, makes=DC_150)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            plug_and_card(evse, station)
            await csms.until(lambda: fleet.stats.charging == 1 and len(csms.heard) > 5)
            evse.break_down(FAULTS[0], station.now_s)
            await csms.until(lambda: "Faulted" in csms.statuses(STATION))
            evse.recover(station.now_s)
            await csms.until(lambda: csms.statuses(STATION)[-1] != "Faulted")

    (entry,) = fleet.ledger.finished
    assert entry.stop_reason == "fault"
    if version == "1.6":
        faulted = next(
            one for one in csms.said(STATION, "StatusNotification") if one["status"] == "Faulted"
        )
        assert faulted["errorCode"] == "HighTemperature"
        assert faulted["vendorErrorCode"] == "T-417"
    else:
        alerts = [one["eventData"][0] for one in csms.said(STATION, "NotifyEvent")]
        assert [(one["actualValue"], one["cleared"]) for one in alerts] == [
            ("true", False),
            ("false", True),
        ]
        assert alerts[0]["techCode"] == "T-417"


async def test_the_same_seed_tells_the_same_story() -> None:
    async def story(seed: int) -> list[tuple[object, ...]]:
        async with running_csms() as csms:
            fleet = Fleet(
                url=csms.url,
                size=3,
                seed=seed,
                clock=SimClock(speed=3_600, start_s=START_S),
            )
            await fleet.run(until_s=START_S + 5_400)
            assert fleet.stats.calls_refused == 0, fleet.stats.last_error
            assert all(one.stop_acknowledged for one in fleet.ledger.finished)
            return sorted(
                (one.station, one.evse, one.started_s, one.ended_s, one.token, one.energy_wh)
                for one in fleet.ledger.finished
            )

    first, again, other = await story(7), await story(7), await story(8)

    assert len(first) >= 3
    assert first == again
    assert first != other


async def test_a_fleet_ends_by_itself_after_so_many_sessions() -> None:
    async with running_csms() as csms:
        fleet = Fleet(url=csms.url, size=4, seed=2, clock=SimClock(speed=6_000, start_s=START_S))
        await fleet.run(sessions=3)

    assert len(fleet.ledger.finished) >= 3
    assert fleet.stats.connected == 0


async def test_a_fleet_that_reaches_nobody_says_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ogniwo.sim.fleet.NOBODY_S_MAX", 0.3)
    async with running_csms() as csms:
        fleet = a_fleet(csms)
    with pytest.raises(UnreachableError, match=r"No station could connect to ws://127\.0\.0\.1"):
        await fleet.run()


def states(csms: Csms) -> list[str]:
    return [one["transactionInfo"]["chargingState"] for one in csms.events(STATION)]


def register(event: Payload) -> float:
    values = event["meterValue"][0]["sampledValue"]
    return next(
        float(one["value"]) for one in values if one["measurand"] == "Energy.Active.Import.Register"
    )
