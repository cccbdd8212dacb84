"""Boots that are not accepted at once, links that break, and what is caught up on afterwards."""

import asyncio
from datetime import datetime

import pytest

from tests.sim.csms import running_csms
from tests.sim.world import STATION, a_fleet, plug_and_card, running


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_station_kept_pending_asks_again_and_stays_silent_until_accepted(
    version: str,
) -> None:
    async with running_csms(boot_answers=["Pending", "Rejected"]) as csms:
        # The world waits for boots, so that the retries of a pending station need it running.
        fleet = a_fleet(csms, version=version, size=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ogniwo.sim.fleet.CONNECT_S_MAX", 0.2)
            patch.setattr("ogniwo.sim.fleet.NOBODY_S_MAX", 0.1)
            async with running(fleet, csms):
                pass

    actions = [one.action for one in csms.heard]
    assert actions[:3] == ["BootNotification"] * 3
    assert "StatusNotification" in actions[3:]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_session_that_ran_offline_is_told_in_order_with_its_own_times(
    version: str,
) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version=version)
        async with running(fleet, csms) as station:
            evse = station.evses[0]
            await csms.close()
            csms.heard.clear()
            plug_and_card(evse, station)
            while fleet.clock.now_s() < fleet.clock.start_s + 600 or not fleet.stats.charging:
                await _a_moment()
            ended_s = station.now_s
            evse.unplug(ended_s)
            await csms.open()
            await csms.until(lambda: bool(fleet.ledger.finished[0].stop_acknowledged))

    (entry,) = fleet.ledger.finished
    assert csms.said(STATION, "BootNotification") == []  # it never rebooted
    if version == "1.6":
        told = [
            one.action
            for one in csms.heard
            if one.action in {"StartTransaction", "MeterValues", "StopTransaction"}
        ]
        assert (told[0], told[-1]) == ("StartTransaction", "StopTransaction")
        assert "MeterValues" in told
        (stop,) = csms.said(STATION, "StopTransaction")
        (start,) = csms.said(STATION, "StartTransaction")
        assert stop["transactionId"] == entry.transaction_id == 1
        assert _seconds_between(start["timestamp"], stop["timestamp"]) == ended_s - entry.started_s
        samples = csms.said(STATION, "MeterValues")
        assert {one["transactionId"] for one in samples} == {1}
        assert stop["meterStop"] - start["meterStart"] == entry.energy_wh
    else:
        events = csms.events(STATION)
        assert [one["seqNo"] for one in events] == list(range(len(events)))
        assert all(one["offline"] for one in events)
        first, last = events[0]["timestamp"], events[-1]["timestamp"]
        assert _seconds_between(first, last) == ended_s - entry.started_s


async def test_a_refused_stop_is_tried_again() -> None:
    async with running_csms(error_once={"StopTransaction"}) as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: fleet.stats.charging == 1)
            station.evses[0].unplug(station.now_s)
            await csms.until(lambda: len(csms.said(STATION, "StopTransaction")) == 2)
            await csms.until(lambda: fleet.ledger.finished[0].stop_acknowledged)

    first, second = csms.said(STATION, "StopTransaction")
    assert first == second
    assert fleet.stats.calls_refused == 1


async def test_silence_of_the_csms_ends_the_link_and_the_message_is_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ogniwo.sim.link.CALL_TIMEOUT_S", 0.2)
    async with running_csms() as csms:
        fleet = a_fleet(csms)
        async with running(fleet, csms) as station:
            csms.ignored.add("StartTransaction")
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: bool(csms.said(STATION, "StartTransaction")))
            csms.ignored.clear()
            await csms.until(lambda: csms.transactions == 1)

    first, *again = csms.said(STATION, "StartTransaction")
    assert again == [first]
    assert csms.connections == 2


async def test_after_a_broken_link_every_connector_is_reported_without_a_boot() -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, version="2.0.1", evses=2, speed=1)
        async with running(fleet, csms) as station:
            await csms.until(lambda: len(csms.statuses(STATION)) == 2)
            station.link.cut()
            await csms.until(lambda: csms.connections == 2)
            await csms.until(lambda: len(csms.statuses(STATION)) == 4)

    assert len(csms.said(STATION, "BootNotification")) == 1


def _seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


async def _a_moment() -> None:
    await asyncio.sleep(0.01)
