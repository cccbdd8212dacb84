"""What stations send twice, late or after hours without a network is booked once and right."""

from contextlib import AsyncExitStack
from itertools import permutations

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Asked, Hours, Station, connected, text_of
from tests.system.station16 import Station16, sampled
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name, a_token

SAME_ID = "the-same-id"
NOBODYS = 1_999_999_999  # a transaction that was never started


async def recorded(station: Station, token: str, hours: Hours) -> list[Asked]:
    """A session of 5 kWh, and its transaction messages as they were sent."""
    asked: list[Asked] = []

    def keep() -> None:
        assert station.last is not None
        asked.append(station.last)

    charging = await station.start(token, wh=10_000, at=hours.begin)
    keep()
    for minutes in (10, 20):
        await station.measure(charging, wh=10_000 + minutes * 100, w=6_000, at=hours.after(minutes))
        keep()
    await station.stop(charging, wh=15_000, at=hours.after(50))
    keep()
    return asked


async def is_booked_once(api: Api, name: str) -> None:
    session = await api.only_session(name)
    samples = await api.all(f"/sessions/{session['id']}/samples")
    assert session["state"] == "closed"
    assert session["energy_wh"] == 5_000
    assert session["flags"] == []
    registers = [it["energy_wh"] for it in samples]
    assert len(registers) == len(set(registers)), registers
    assert {11_000, 12_000} <= set(registers)


@pytest.mark.parametrize("message_id", [None, SAME_ID])
@pytest.mark.parametrize("reconnects", [False, True])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_sent_again_is_booked_once(
    server: Server, kind: type[Station], *, reconnects: bool, message_id: str | None
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, AsyncExitStack() as sockets:
        token = await api.token(a_token())
        station = await sockets.enter_async_context(connected(kind, server.url(name), name))
        asked = await recorded(station, token, Hours())
        first = await api.only_session(name)
        if reconnects:
            await sockets.aclose()
            station = await sockets.enter_async_context(connected(kind, server.url(name), name))
        for one in asked:
            answer = await station.repeat(one, message_id=message_id)
            if type(one.request).__name__ == "StartTransaction":
                assert str(answer.transaction_id) == first["transaction_id"]
                assert answer.id_tag_info["status"] == "Accepted"
        await is_booked_once(api, name)


async def test_a_stop_that_contradicts_the_first_is_noted_and_changes_no_energy(
    server: Server,
) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=100, at=hours.begin)
        await station.stop(charging, wh=4_100, at=hours.after(30))
        await station.stop(charging, wh=9_100, at=hours.after(35))
        session = await api.only_session(name)

    assert session["energy_wh"] == 4_000
    assert session["state"] == "closed"
    assert session["flags"] == ["repeat_differs"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_queue_from_hours_offline_is_booked_with_the_times_of_the_station(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        tokens = [await api.token(a_token()) for _ in range(3)]
        async with connected(kind, server.url(name), name) as station:
            for number, token in enumerate(tokens):
                start, wh = number * 30, 1_000 + number * 2_000
                charging = await station.start(token, wh=wh, at=hours.after(start))
                await station.measure(charging, wh=wh + 900, w=4_000, at=hours.after(start + 10))
                await station.stop(charging, wh=wh + 1_500, at=hours.after(start + 25))
        booked = await api.sessions(name)

    assert [it["token"]["uid"] for it in booked] == tokens
    assert [it["energy_wh"] for it in booked] == [1_500] * 3
    assert [it["state"] for it in booked] == ["closed"] * 3
    assert [it["flags"] for it in booked] == [[]] * 3


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_events_in_any_order_make_one_whole_session(
    server: Server, kind: type[Station201]
) -> None:
    hours, rehearsal = Hours(), a_name(kind)
    async with api_of(server) as api:
        token = await api.token(a_token(), concurrent=True)
        async with connected(kind, server.url(rehearsal), rehearsal) as station:
            asked = await recorded(station, token, hours)
        for order in permutations(range(4)):
            name = a_name(kind)
            async with connected(kind, server.url(name), name) as station:
                for place in order[:-1]:
                    await station.repeat(asked[place])
                    assert (await api.only_session(name))["state"] != "closed", order
                await station.repeat(asked[order[-1]])
                session = await api.only_session(name)
            assert session["state"] == "closed", (order, session)
            assert session["flags"] == [], order
            assert session["energy_wh"] == 5_000, order
            assert (session["meter_start_wh"], session["meter_stop_wh"]) == (10_000, 15_000), order
            assert session["token"]["uid"] == token, order
            assert session["started_at"] == text_of(hours.begin), order
            assert session["ended_at"] == text_of(hours.after(50)), order


@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_session_whose_last_word_came_first_waits_for_the_rest(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(kind, server.url(name), name) as station:
            charging = await station.start(token, wh=10_000, at=hours.begin)
            charging.seq_no = 2  # number 1 is still in the station's queue
            await station.stop(charging, wh=15_000, at=hours.after(50))
            waiting = await api.only_session(name)
            charging.seq_no = 1
            await station.measure(charging, wh=12_000, w=5_000, at=hours.after(20))
            whole = await api.only_session(name)

    assert (waiting["state"], waiting["energy_wh"]) == ("waiting_for_data", 5_000)
    assert (whole["state"], whole["energy_wh"]) == ("closed", 5_000)
    assert whole["flags"] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_readings_after_the_end_are_kept_and_change_no_bill(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=100, at=hours.begin)
        await station.stop(charging, wh=2_100, at=hours.after(20))
        closed = await api.only_session(name)
        await station.measure(charging, wh=7_000, w=0, at=hours.after(30))
        after = await api.only_session(name)
        samples = await api.all(f"/sessions/{after['id']}/samples")

    assert closed["energy_wh"] == after["energy_wh"] == 2_000
    assert closed["ended_at"] == after["ended_at"]
    assert after["state"] == "closed"
    assert after["flags"] == ["late_data"]
    assert 7_000 in {it["energy_wh"] for it in samples}


async def test_a_stop_without_an_id_ends_the_only_session_it_can_mean(server: Server) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=100, at=hours.begin)
        charging.transaction_id = "-1"
        await station.stop(charging, wh=3_100, at=hours.after(20))
        session = await api.only_session(name)

    assert (session["state"], session["energy_wh"]) == ("closed", 3_000)


async def test_a_stop_without_an_id_ends_none_of_two_sessions(server: Server) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token(), concurrent=True)
        charging = await station.start(token, wh=100, at=hours.begin, evse=1)
        await station.start(token, wh=100, at=hours.begin, evse=2)
        charging.transaction_id = "-1"
        await station.stop(charging, wh=3_100, at=hours.after(20))
        sessions = await api.sessions(name)
        orphans = await orphans_of(api, name)

    assert [it["ended_at"] for it in sessions] == [None, None]
    assert [it["what"] for it in orphans] == ["stop"]


@pytest.mark.quirk(37)
async def test_a_stop_of_an_unknown_transaction_is_answered_and_put_up_for_review(
    server: Server,
) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        running = await station.start(await api.token(a_token()), wh=100, at=hours.begin)
        stranger = await api.token(a_token())
        answer = await station.call(
            "StopTransaction",
            transaction_id=NOBODYS,
            meter_stop=777,
            timestamp=text_of(hours.after(5)),
            id_tag=stranger,
        )
        sessions = await api.sessions(name)
        orphans = await orphans_of(api, name)
        kept = await api.all("/messages", station_id=name, action="StopTransaction")

    assert answer.id_tag_info["status"] == "Accepted"
    assert [(it["transaction_id"], it["ended_at"]) for it in sessions] == [
        (running.transaction_id, None)
    ]
    assert [(it["transaction_id"], it["meter_stop_wh"]) for it in orphans] == [(str(NOBODYS), 777)]
    assert len(kept) == 1


@pytest.mark.parametrize("transaction_id", [-1, 0, None, NOBODYS])
@pytest.mark.quirk(36)
async def test_readings_without_a_known_transaction_are_kept_and_open_no_session(
    server: Server, transaction_id: int | None
) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        value = {"timestamp": text_of(hours.begin), "sampled_value": sampled(500, 0)}
        await station.call(
            "MeterValues", connector_id=1, transaction_id=transaction_id, meter_value=[value]
        )
        sessions = await api.sessions(name)
        kept = await api.all("/messages", station_id=name, action="MeterValues")
        orphans = await orphans_of(api, name)

    assert sessions == []
    assert [it["answered"] for it in kept] == ["result"]
    told = ["meter_values"] if transaction_id == NOBODYS else []  # the others name nothing
    assert [it["what"] for it in orphans] == told


async def test_readings_of_a_station_that_forgot_the_id_go_to_the_session_on_that_connector(
    server: Server,
) -> None:
    name, hours = a_name(), Hours()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=100, at=hours.begin)
        charging.transaction_id = "-1"
        await station.measure(charging, wh=1_300, w=6_000, at=hours.after(10))
        session = await api.only_session(name)

    assert session["energy_wh"] == 1_200


async def orphans_of(api: Api, name: str) -> list[dict[str, object]]:
    events = (await api.get("/event-log", limit=1_000))["items"]
    mine = [it for it in events if it["station_id"] == name and it["kind"] == "orphan_stored"]
    return [it["data"] for it in mine]
