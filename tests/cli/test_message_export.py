"""`ogniwo message export` against the real web room: pages, order, and which connection it was."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from ogniwo.app.views import EventView, MessageView
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import to_instant
from ogniwo.cli.main import app
from ogniwo.sim.replay_trace import Line, Side, read_trace
from tests.web.world import API_TOKEN, NOW, Room, a_message, a_station, an_event, open_room


async def export(room: Room, *options: str) -> Result:
    where = ("--url", room.url, "--token", API_TOKEN)
    words = ("message", "export", *where, *options)
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, words))


async def lines_of(room: Room, *options: str) -> list[Line]:
    result = await export(room, *options)
    assert result.exit_code == 0, result.output
    return [line for _, line in read_trace(result.stdout_bytes.splitlines(keepends=True))]


def at_second(second: float) -> int:
    """An id drawn then."""
    return first_id_at(to_instant(NOW + timedelta(seconds=second)))


def said(second: float, station: str = "CP-1", **changes: Any) -> MessageView:
    number = at_second(second)
    text = f'[2,"{number}","Heartbeat",{{}}]'
    facts = {"call_text": text, "answer_text": f'[3,"{number}",{{}}]', "station_id": station}
    return a_message(number, at=NOW + timedelta(seconds=second), **(facts | changes))


def connected(second: float, protocol: str) -> EventView:
    at = NOW + timedelta(seconds=second)
    data = {"protocol": protocol}
    return an_event(at_second(second), "station_connected", at=at, data=data)


async def test_all_pages_come_oldest_first_as_they_crossed_the_wire() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp1.6")
        room.network.all_messages = [said(second) for second in reversed(range(1_234))]
        lines = await lines_of(room)

    expected = [it.call_text for it in reversed(room.network.all_messages)]
    assert [it.call for it in lines] == expected
    assert lines[7].at == NOW + timedelta(seconds=7)
    assert lines[7].answered_at == NOW + timedelta(seconds=7, milliseconds=3.1)
    assert lines[7].answer == lines[7].call.replace("[2", "[3").replace('"Heartbeat",', "")


async def test_trails_of_several_stations_are_merged() -> None:
    async with open_room() as room:
        for name in ("CP-1", "CP-2", "CP-3"):
            room.network.all_stations[name] = a_station(name, protocol="ocpp1.6")
        room.network.all_messages = [
            said(second, f"CP-{second % 3 + 1}") for second in reversed(range(30))
        ]
        lines = await lines_of(room, "--station", "CP-3", "--station", "CP-1", "--station", "CP-3")

    assert [(it.at - NOW).seconds for it in lines] == [it for it in range(30) if it % 3 != 1]


async def test_orders_never_sent_and_stations_no_longer_there_are_left_out() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp1.6")
        unsent = said(3, direction="down", call_text="", answer_text=None)
        unanswered = said(2, direction="down", answer_text=None, answered="none")
        room.network.all_messages = [unsent, unanswered, said(1, "GONE"), said(0)]
        lines = await lines_of(room)

    assert [(it.sender, it.answer is None) for it in lines] == [
        (Side.STATION, False),
        (Side.CSMS, True),
    ]
    assert lines[1].answered_at is None


async def test_a_message_names_its_connection_and_the_version_spoken_there() -> None:
    """Events are told in the order of their commits, here one after another that is younger."""
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp2.1")
        room.network.all_messages = [said(second) for second in (40, 31, 30, 20, 10, 0)]
        later = NOW + timedelta(seconds=35)
        others = an_event(at_second(35), "station_connected", at=later, station_id="CP-9")
        room.network.all_events = [
            connected(-1, "ocpp1.6"),
            connected(15, "ocpp2.0.1"),
            others,
            connected(28.5, "ocpp2.1"),
        ]
        lines = await lines_of(room)
        plain = await lines_of(room, "--no-connections")

    assert [it.protocol for it in lines] == [
        *("ocpp1.6", "ocpp1.6", "ocpp2.0.1", "ocpp2.1", "ocpp2.1", "ocpp2.1")
    ]
    first, second, third = at_second(-1), at_second(15), at_second(28.5)
    assert [it.connection for it in lines] == [
        str(it) for it in (first, first, second, third, third, third)
    ]
    assert {(it.protocol, it.connection) for it in plain} == {("ocpp2.1", None)}


async def test_a_connection_from_before_the_event_log_speaks_the_version_on_file() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp2.0.1")
        room.network.all_messages = [said(0)]
        (line,) = await lines_of(room)

    assert (line.protocol, line.connection) == ("ocpp2.0.1", None)


async def test_a_trace_without_messages_is_a_trace() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp1.6")
        assert await lines_of(room, "--station", "CP-1") == []


async def test_the_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    output = tmp_path / "trace.jsonl"
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(protocol="ocpp1.6")
        room.network.all_messages = [said(0)]
        told = await export(room, "--output", str(output))
        unknown = await export(room, "--station", "NOBODY", "--output", str(tmp_path / "none"))
        nowhere = await export(room, "--output", str(tmp_path / "no" / "where"))

    assert told.stdout == f"1 messages of 1 stations are in {output}.\n"
    assert (unknown.exit_code, nowhere.exit_code) == (1, 2)
    assert "NOBODY" in unknown.stderr
    assert "cannot be written" in nowhere.stderr
    assert files_in(tmp_path) == ["trace.jsonl"]


def files_in(folder: Path) -> list[str]:
    return [it.name for it in folder.iterdir()]
