"""A trace against someone else's CSMS: what reaches it, and what came of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest

from ogniwo.sim.replay import AS_FAST_AS_POSSIBLE, Replay
from ogniwo.sim.wire import Wire, WireError
from tests.sim.csms import Csms, running_csms
from tests.sim.traces import BEGIN, Trace, replay_of

CARD = {"idTag": "04A1B2C3D40001"}
VERDICT = {"idTagInfo": {"status": "Accepted"}}
HOUR_S = 3_600.0
STARTED = {**CARD, "connectorId": 1, "meterStart": 0, "timestamp": "2026-05-17T08:00:00Z"}
STOPPED = {"transactionId": 77, "meterStop": 900, "timestamp": "2026-05-17T09:00:00Z"}


def a_session(trace: Trace, *, readings: int = 3, station: str = "CP-1") -> Trace:
    trace.said("StartTransaction", STARTED, {**VERDICT, "transactionId": 77}, station=station)
    for reading in range(readings):
        value = {
            "timestamp": "2026-05-17T08:30:00Z",
            "sampledValue": [{"value": str(reading)}],
        }
        payload = {"connectorId": 1, "transactionId": 77, "meterValue": [value]}
        trace.said("MeterValues", payload, {}, station=station)
    return trace.said("StopTransaction", STOPPED, {}, station=station)


@asynccontextmanager
async def playing(replay: Replay) -> AsyncIterator[None]:
    """While it runs; at the end it is stopped."""
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(replay.run(), name="replay")
        try:
            yield
        finally:
            replay.stop()
            await run


async def test_everything_is_said_again_in_its_order_under_its_ids() -> None:
    trace = a_session(Trace().booted())
    async with running_csms() as csms:
        csms.transactions = 4
        replay = replay_of(trace, csms)
        await replay.run()
        heard = csms.heard

    assert [one.action for one in heard] == [line.action for line in trace.lines]
    assert {one.connection for one in heard} == {1}
    result = replay.result
    assert (result.sent, result.alike, result.different, result.missing) == (6, 6, 0, 0)
    assert (result.connections, result.unsent, result.refused, result.given_up) == (1, 0, 0, 0)


async def test_the_new_csms_numbers_the_transactions() -> None:
    trace = a_session(a_session(Trace().booted(), station="CP-2"), readings=1)
    async with running_csms() as csms:
        csms.transactions = 40
        await replay_of(trace, csms).run()
        numbers = {
            station: [one["transactionId"] for one in csms.said(station, "MeterValues")]
            + [one["transactionId"] for one in csms.said(station, "StopTransaction")]
            for station in ("CP-1", "CP-2")
        }

    assert numbers == {"CP-2": [41] * 4, "CP-1": [42] * 2}


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_station_speaks_its_recorded_version(protocol: str) -> None:
    boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "Volta", "model": "Two"}}
    trace = Trace(protocol).said("BootNotification", boot, {"status": "Accepted"})
    async with running_csms() as csms:
        replay = replay_of(trace, csms)
        await replay.run()
        assert csms.said("CP-1", "BootNotification") == [boot]

    assert replay.result.alike == 1


async def test_a_station_connects_again_where_the_recorded_one_did() -> None:
    trace = Trace().booted().said("Heartbeat", {}, {})
    trace.connection = "another"
    trace.said("Heartbeat", {}, {}).said("Heartbeat", {}, {})
    async with running_csms() as csms:
        await replay_of(trace, csms).run()
        assert [one.connection for one in csms.heard] == [1, 1, 2, 2]


async def test_stations_get_new_names() -> None:
    trace = Trace().booted().booted(station="CP-2")
    async with running_csms() as csms:
        await replay_of(trace, csms, names={"CP-2": "Rynek 1"}, prefix="T-").run()
        assert {one.station for one in csms.heard} == {"T-CP-1", "Rynek 1"}


async def test_answers_that_differ_are_told_apart() -> None:
    trace = Trace().booted()
    for _ in range(2):
        trace.said("Authorize", CARD, VERDICT)
    trace.said("Heartbeat", {}, {"currentTime": "2026-05-17T08:00:00Z"})
    trace.said("Heartbeat", {}, {"currentTime": "2026-05-17T08:00:00Z"})
    async with running_csms(refused_tokens={CARD["idTag"]}, error_once={"Heartbeat"}) as csms:
        replay = replay_of(trace, csms)
        await replay.run()

    result = replay.result
    assert (result.alike, result.different, result.missing) == (2, 3, 0)
    told = [(it.action, it.recorded, it.now, it.first_line, it.count) for it in result.differences]
    assert told == [
        ("Authorize", "Accepted", "Blocked", 3, 2),
        ("Heartbeat", "answered", "error InternalError", 5, 1),
    ]


async def test_a_recorded_hour_takes_as_long_as_its_speed_says() -> None:
    trace = Trace().booted()
    for _ in range(60):
        trace.said("Heartbeat", {}, {}, after_s=HOUR_S / 60)
    async with running_csms() as csms:
        begun_s = monotonic()
        await replay_of(trace, csms, speed=AS_FAST_AS_POSSIBLE).run()
        fast_s = monotonic() - begun_s
        begun_s = monotonic()
        await replay_of(trace, csms, speed=2 * HOUR_S).run()
        half_s = monotonic() - begun_s

    assert fast_s < 10
    assert half_s >= 0.5


async def test_times_are_moved_to_today_and_never_into_the_future() -> None:
    trace = Trace()
    for at in ("2026-05-17T08:00:01.5Z", "2026-05-17T09:00:01Z"):
        started = {**STARTED, "timestamp": at}
        trace.said("StartTransaction", started, VERDICT | {"transactionId": 1}, after_s=HOUR_S)
    now_s = int(BEGIN.timestamp()) + 500 * 24 * 3_600

    class Today:
        def now_us(self) -> int:
            return now_s * 1_000_000

        def now_ms(self) -> int:
            return 0

    async with running_csms() as csms:
        await replay_of(trace, csms, shift_times=True, clock=Today()).run()
        times = [one["timestamp"] for one in csms.said("CP-1", "StartTransaction")]

    # The trace began an hour after BEGIN and lasts one; it ends at the moment of its replay.
    assert times == ["2027-09-29T06:00:01.5Z", "2027-09-29T07:00:01Z"]


async def test_orders_are_answered_as_the_recorded_station_did() -> None:
    trace = Trace().booted().ordered("Reset", '[3,"7",{"status":"Rejected"}]')
    trace.ordered("ClearCache", '[4,"7","GenericError","no",{}]')
    trace.said("Heartbeat", {}, {}, after_s=HOUR_S)
    async with running_csms() as csms:
        replay = replay_of(trace, csms, speed=1.0)
        async with playing(replay):
            await csms.until(lambda: bool(csms.said("CP-1", "BootNotification")))
            assert (await csms.call("CP-1", "Reset", type="Soft")).status == "Rejected"
            assert await refusal(csms, "ClearCache") == "GenericError"
            assert await refusal(csms, "GetConfiguration") == "NotImplemented"

    assert (replay.result.orders, replay.result.unsent) == (3, 1)


async def refusal(csms: Csms, action: str) -> str:
    try:
        answer = await csms.call("CP-1", action)
    except Exception as error:  # noqa: BLE001 - the package's errors share no typed root
        return str(getattr(error, "code", error))
    return f"answered {answer}"


async def test_a_call_without_an_answer_is_missing_and_the_next_one_follows() -> None:
    trace = Trace().booted().said("Authorize", CARD, VERDICT).said("Heartbeat", {}, {})
    async with running_csms(ignored={"Authorize"}) as csms:
        replay = replay_of(trace, csms, patience_s=0.1)
        await replay.run()
        assert csms.said("CP-1", "Heartbeat") == [{}]

    result = replay.result
    assert (result.sent, result.missing, result.given_up, result.alike) == (3, 1, 0, 2)


async def test_a_csms_that_answers_nothing_more_is_given_up() -> None:
    trace = Trace().booted()
    for _ in range(10):
        trace.said("Heartbeat", {}, {})
    async with running_csms(ignored={"Heartbeat"}) as csms:
        replay = replay_of(trace, csms, patience_s=0.1)
        await replay.run()

    result = replay.result
    assert (result.sent, result.missing, result.given_up, result.unsent) == (4, 3, 1, 7)


async def test_a_csms_that_is_not_there_refuses_everybody() -> None:
    async with running_csms() as csms:
        url = csms.url
    replay = replay_of(Trace().booted().booted(station="CP-2"), url)
    await replay.run()

    result = replay.result
    assert (result.refused, result.connections, result.sent, result.unsent) == (2, 0, 0, 2)
    assert result.last_error


class Exchange:
    """A CSMS in memory: answers by rule, keeps every text it got."""

    def __init__(self, rules: dict[str, str | None]) -> None:
        self.rules = rules  # text -> answer; None: it hangs up
        self.heard: list[tuple[int, str]] = []
        self.dials = 0

    async def __call__(self, identity: str, subprotocol: str) -> Wire:
        self.dials += 1
        return End(self, self.dials)


class End:
    def __init__(self, exchange: Exchange, number: int) -> None:
        self._exchange = exchange
        self._number = number
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self.closed = False

    async def send(self, text: str) -> None:
        if self.closed:
            raise WireError("closed")
        self._exchange.heard.append((self._number, text))
        if text not in self._exchange.rules:
            return
        answer = self._exchange.rules[text]
        self.closed = answer is None
        self._texts.put_nowait(answer)

    async def receive(self) -> str | None:
        return await self._texts.get()

    async def close(self) -> None:
        self.closed = True
        self._texts.put_nowait(None)


async def test_what_is_no_message_goes_out_as_it_was() -> None:
    heartbeat, done = '[2,"1","Heartbeat",{}]', '[3,"1",{}]'
    noise = ["\x00\x01", '[2,"x","Heart', '[2,"a","Heartbeat",{},]', '[6,"s","NotifyX",{}]']
    trace = Trace().sent(noise[0], None).sent(noise[1], '[4,"-1","RpcFrameworkError","",{}]')
    trace.sent(noise[2], '[3,"a",{}]').sent(noise[3], None).sent(heartbeat, done)
    csms = Exchange(
        {noise[1]: '[4,"-1","FormatViolation","",{}]', noise[2]: '[3,"a",{}]', heartbeat: done}
    )
    replay = replay_of(trace, "ws://127.0.0.1:1")
    await replay.play(csms)

    assert csms.heard == [(1, text) for text in [*noise, heartbeat]]
    result = replay.result
    assert (result.sent, result.alike, result.different, result.missing) == (5, 2, 1, 0)


async def test_nobody_waits_long_for_an_answer_to_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogniwo.sim.replay_player.NOISE_PATIENCE_S", 0.05)
    trace = Trace().sent("noise", '[4,"-1","RpcFrameworkError","",{}]')
    replay = replay_of(trace, "ws://127.0.0.1:1", patience_s=60.0)
    async with asyncio.timeout(10):
        await replay.play(Exchange({}))

    (difference,) = replay.result.differences
    assert (difference.recorded, difference.now) == ("error RpcFrameworkError", "no answer")
    assert replay.result.missing == 0


async def test_a_csms_may_hang_up_on_noise_and_the_trace_goes_on() -> None:
    heartbeat, done = '[2,"1","Heartbeat",{}]', '[3,"1",{}]'
    trace = Trace().sent("noise", '[4,"-1","RpcFrameworkError","",{}]').sent(heartbeat, done)
    csms = Exchange({"noise": None, heartbeat: done})
    replay = replay_of(trace, "ws://127.0.0.1:1")
    await replay.play(csms)

    assert csms.heard == [(1, "noise"), (2, heartbeat)]
    assert (replay.result.alike, replay.result.different, replay.result.missing) == (1, 1, 0)


async def test_a_call_is_sent_again_over_a_new_connection_when_the_old_one_broke() -> None:
    heartbeat = '[2,"1","Heartbeat",{}]'
    trace = Trace().sent(heartbeat, '[3,"1",{}]')
    csms = Exchange({heartbeat: None})
    replay = replay_of(trace, "ws://127.0.0.1:1")
    await replay.play(csms)

    assert csms.heard == [(n, heartbeat) for n in (1, 2, 3)]
    assert (replay.result.connections, replay.result.missing, replay.result.sent) == (3, 1, 1)


async def test_a_card_is_shown_at_the_next_station_only_when_the_last_one_is_done() -> None:
    """Even at full speed; what concerns nobody else does not wait."""
    trace = Trace()
    stations = [f"CP-{number}" for number in range(8)]
    for station in stations:
        a_session(trace, station=station, readings=20)
    async with running_csms() as csms:
        await replay_of(trace, csms).run()
        deciding = [(one.station, one.action) for one in csms.heard if one.action != "MeterValues"]

    assert deciding == [
        (station, action)
        for station in stations
        for action in ("StartTransaction", "StopTransaction")
    ]


async def test_memory_does_not_grow_with_the_trace() -> None:
    """Lines are taken from the file only as fast as they are played."""
    heartbeat, done = '[2,"1","Heartbeat",{}]', '[3,"1",{}]'
    line = Trace().sent(heartbeat, done, action="Heartbeat").numbered()[0][1]
    csms = Exchange({heartbeat: done})
    ahead: list[int] = []

    def lines() -> Any:
        for number in range(2, 5_002):
            ahead.append(number - 2 - len(csms.heard))
            yield number, line

    replay = replay_of(Trace().sent(heartbeat, done), "ws://127.0.0.1:1")
    replay.lines = lines()
    await replay.play(csms)

    assert len(csms.heard) == 5_000
    assert max(ahead) <= 1_001
