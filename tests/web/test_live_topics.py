"""What a client of the live stream asks for, and that it gets that and nothing else."""

import asyncio

import pytest

from ogniwo.app.live import (
    AttemptLive,
    CommandLive,
    LiveBatch,
    MessageLive,
    SessionLive,
    StationLive,
)
from ogniwo.domain.trace import Direction
from ogniwo.web import live
from ogniwo.web.frames import Following, Frame, frames_of
from ogniwo.web.texts import Language
from tests.web.test_live import EVENTS, take
from tests.web.world import NOW, an_event, open_room


def a_session(number: int, station: str) -> SessionLive:
    return SessionLive(id=str(number), station_id=station, state="charging")


def a_station(name: str) -> StationLive:
    return StationLive(id=name, connected=True)


def a_command(number: int, station: str, state: str = "sent") -> CommandLive:
    return CommandLive(
        id=str(number),
        station_id=station,
        command="reset",
        state=state,
        author="ania",
        created_at=NOW,
    )


def a_message(
    number: int, station: str, action: str = "Heartbeat", **values: object
) -> MessageLive:
    return MessageLive(
        id=str(number),
        station_id=station,
        direction=Direction.UP,
        action=action,
        message_id="m",
        at=NOW,
        latency_us=1_500,
        call=b'[2,"m","Heartbeat",{}]',
        answer=b'[3,"m",{"currentTime":"2026-05-17T08:30:00Z"}]',
        answered="result",
        **values,  # type: ignore[arg-type] # the tests tell
    )


AN_ATTEMPT = AttemptLive(
    identity="NEW-1",
    reason="unknown_station",
    detail="",
    http_status=404,
    peer="192.0.2.7:51234",
    path="/ocpp/NEW-1",
    subprotocols="ocpp1.6",
    at=NOW,
)
EVERYTHING = LiveBatch(
    events=[an_event(5)],
    sessions=[a_session(70, "CP-1")],
    stations=[a_station("CP-1")],
    commands=[a_command(90, "CP-1")],
    attempts=[AN_ATTEMPT],
    messages=[a_message(80, "CP-1")],
)


@pytest.mark.parametrize(
    ("topics", "kinds"),
    [
        ("events", ["event"]),
        ("events,sessions,stations", ["event", "sessions", "stations"]),
        ("commands,attempts", ["commands", "attempts"]),
        ("messages, stations", ["stations", "messages"]),
    ],
)
async def test_a_client_is_told_of_its_topics_alone(topics: str, kinds: list[str]) -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, len(kinds) + 1, topics=topics))
        await room.followed()
        room.network.batches.put_nowait(EVERYTHING)
        await asyncio.sleep(0.4)  # two batches apart
        room.network.batches.put_nowait(EVERYTHING)

        told = [kind for kind, _, _ in await taking]

    assert told[:-1] == kinds
    assert told[-1] in kinds


@pytest.mark.parametrize("topics", ["", "weather", "events,weather"])
async def test_a_topic_that_is_none_is_refused(topics: str) -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.get(EVENTS, params={"topics": topics})

        assert answer.status_code == 400
        assert "attempts, commands, events" in answer.json()["detail"]


async def test_a_message_is_told_as_the_trace_shows_it() -> None:
    long = a_message(81, "CP-1", cut=True)
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, 2, topics="messages", lang="pl"))
        await room.followed()
        room.network.batches.put_nowait(
            LiveBatch(messages=[a_message(80, "CP-1"), long], skipped=7)
        )
        (_, no_id, messages), (kind, _, skipped) = await taking

    assert isinstance(messages, list)
    first, second = messages
    assert no_id is None
    assert first["call"] == {}
    assert first["answer"] == {"currentTime": "2026-05-17T08:30:00Z"}
    assert (first["latency_ms"], first["cut"], second["cut"]) == (1.5, False, True)
    assert first["words"]
    assert (kind, skipped) == ("skipped", {"messages": 7})


async def test_messages_are_asked_for_while_somebody_follows_them() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, 1, topics="messages", station_id="CP-1"))
        await room.followed()

        others = tasks.create_task(take(room, 1, topics="messages"))
        while room.hub.clients < 2:  # noqa: ASYNC110 - the hub tells nobody of its clients
            await asyncio.sleep(0.01)
        room.network.batches.put_nowait(LiveBatch(messages=[a_message(80, "CP-1")]))
        await asyncio.gather(taking, others)

    assert room.network.messages_wanted[:2] == [{"CP-1"}, None]


async def test_nobody_asks_for_messages_that_nobody_follows() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, 1))
        await room.followed()
        room.network.happens(an_event(1))
        await taking

        assert room.network.messages_wanted == []


async def test_who_comes_back_is_told_that_it_missed_what_moved() -> None:
    async with open_room() as room:
        room.network.all_events = [an_event(1), an_event(2)]

        told = await take(room, 2, last_id="1", resync=True)

    assert [(kind, event_id) for kind, event_id, _ in told] == [("event", "2"), ("resync", None)]


async def test_what_the_feed_may_have_missed_is_told_to_whoever_follows_what_moves() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        moving = tasks.create_task(take(room, 1, resync=True, station_id="CP-1"))
        durable = tasks.create_task(take(room, 1, resync=True, topics="events"))
        while room.hub.clients < 2:  # noqa: ASYNC110 - the hub tells nobody of its clients
            await asyncio.sleep(0.01)
        room.network.batches.put_nowait(LiveBatch(missed=True))
        room.network.happens(an_event(3))

        ((kind, _, data),) = await moving
        assert (kind, data) == ("resync", {"reason": "missed"})
        assert [one for one, _, _ in await durable] == ["event"]


def text_for(frames: list[Frame], who: Following) -> str:
    return b"".join(frame.text(who) for frame in frames).decode()


BATCH = LiveBatch(
    events=[
        an_event(1, station_id="A", session_id="70"),
        an_event(2, station_id="B"),
        an_event(3, station_id=None),
    ],
    sessions=[a_session(70, "A"), a_session(71, "B"), a_session(72, "C")],
    stations=[a_station("A"), a_station("B"), a_station("C")],
    commands=[a_command(90, "A"), a_command(91, "B")],
    attempts=[AN_ATTEMPT],
    messages=[a_message(80, "A"), a_message(81, "A", "BootNotification")],
)


@pytest.mark.parametrize(
    ("who", "has", "has_not"),
    [
        (
            Following(station_id="A"),
            ["id: 1\n", '"id":"70"', '"id":"90"', '"id":"80"', '"id":"81"'],
            ['"B"', '"C"', "NEW-1", "id: 3\n"],
        ),
        (Following(session_id="70"), ["id: 1\n", '"id":"70"'], ["id: 2\n", '"id":"71"', "NEW-1"]),
        (Following(action="BootNotification"), ['"id":"81"'], ['"id":"80"', "id: 1\n"]),
        (Following(station_id="NEW-1"), ["unknown_station"], ['"A"']),
        (Following(), ["id: 3\n", '"id":"72"', "NEW-1"], []),
    ],
    ids=("station", "session", "action", "stranger", "all"),
)
def test_a_client_hears_what_is_its_business(
    who: Following, has: list[str], has_not: list[str]
) -> None:
    text = text_for(frames_of(BATCH), who)

    assert [it for it in has if it not in text] == []
    assert [it for it in has_not if it in text] == []


def test_those_who_want_the_same_share_one_text() -> None:
    frames = frames_of(BATCH)
    for who in (Following(), Following(station_id="A")):
        again = Following(topics=frozenset({"sessions"}), station_id=who.station_id)
        assert all(it.text(who) is it.text(again) for it in frames)


def test_words_come_in_the_language_of_each() -> None:
    (frame,) = frames_of(LiveBatch(events=[an_event(1, "station_disconnected")]))

    assert b"utracono" in frame.text(Following(language=Language.PL))
    assert b"connection lost" in frame.text(Following(language=Language.EN))


async def test_the_overview_is_told_when_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "OVERVIEW_S", 0.01)
    async with open_room() as room:
        told = await take(room, 3, topics="overview", time_zone="Europe/Warsaw")
        asked = room.network.overviews

        async with room.program() as client:
            answer = await client.get(EVENTS, params={"time_zone": "Europe/Poznan"})

    assert [kind for kind, _, _ in told] == ["overview"] * 3
    assert [data["stations"] for _, _, data in told if isinstance(data, dict)] == [0, 1, 2]
    assert {data["time_zone"] for _, _, data in told if isinstance(data, dict)} == {"Europe/Warsaw"}
    assert asked >= 4
    assert answer.status_code == 400
