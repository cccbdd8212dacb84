"""The command groups against the real web room."""

import asyncio
import json

import pytest
import typer
from typer.testing import CliRunner, Result

from ogniwo.app.views import SampleView
from ogniwo.cli import attempt, command, event, message, session, station, token
from ogniwo.domain.orders import RemoteStart, Reset, ResetKind
from tests.web.world import (
    API_TOKEN,
    NOW,
    Room,
    a_message,
    a_session,
    a_station,
    an_attempt,
    an_event,
    open_room,
)

ogniwo = typer.Typer()
for _name, _group in {
    "station": station,
    "session": session,
    "token": token,
    "command": command,
    "message": message,
    "attempt": attempt,
    "event": event,
}.items():
    ogniwo.add_typer(_group.app, name=_name)


async def run(room: Room | str, *arguments: str, api_token: str = API_TOKEN) -> Result:
    url = room if isinstance(room, str) else room.url
    environment = {"OGNIWO_URL": url, "OGNIWO_TOKEN": api_token}
    runner = CliRunner()
    return await asyncio.to_thread(lambda: runner.invoke(ogniwo, arguments, env=environment))


async def test_stations_are_listed_with_what_their_evses_do() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(name="Market square", power_w=11_000)
        room.network.all_stations["CP-2"] = a_station("CP-2", connected=False)

        result = await run(room, "station", "list")

        assert result.exit_code == 0
        first, second = result.stdout.splitlines()[1:]
        assert "Market square" in first
        assert "1 available, 2 available" in first
        assert "11.0 kW" in first
        assert "offline since 2026-05-17 08:30:00" in second


async def test_json_is_what_the_api_gave() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station()

        result = await run(room, "station", "list", "--json")

        assert json.loads(result.stdout)["items"][0]["id"] == "CP-1"


async def test_a_list_goes_on_over_pages_up_to_its_limit() -> None:
    async with open_room() as room:
        for number in range(1_050):
            room.network.all_stations[f"CP-{number:04}"] = a_station(f"CP-{number:04}")

        result = await run(room, "station", "list", "--json", "--limit", "1030")

        assert len(json.loads(result.stdout)["items"]) == 1_030


async def test_a_station_is_added_shown_and_removed_under_an_odd_identity() -> None:
    async with open_room() as room:
        added = await run(room, "station", "add", "A B|C", "--name", "Odd")
        shown = await run(room, "station", "show", "A B|C")
        removed = await run(room, "station", "remove", "A B|C")

        assert (added.exit_code, shown.exit_code, removed.exit_code) == (0, 0, 0)
        assert "Odd" in shown.stdout
        assert room.network.all_stations == {}


async def test_a_refused_station_is_accepted_by_its_identity() -> None:
    async with open_room() as room:
        room.network.all_attempts = [an_attempt(identity="NEW-1")]

        result = await run(room, "station", "accept", "NEW-1")

        assert result.exit_code == 0
        assert "NEW-1" in room.network.all_stations


async def test_accepting_a_station_that_never_tried_says_where_to_look() -> None:
    async with open_room() as room:
        result = await run(room, "station", "accept", "GHOST")

        assert result.exit_code == 1
        assert "ogniwo attempt list" in result.stderr


async def test_attempts_are_listed_and_accepted_by_id() -> None:
    async with open_room() as room:
        room.network.all_attempts = [an_attempt(900, identity="NEW-1", reason="unknown_station")]

        listed = await run(room, "attempt", "list")
        accepted = await run(room, "attempt", "accept", "900")

        assert "unknown_station" in listed.stdout
        assert accepted.exit_code == 0
        assert "NEW-1" in room.network.all_stations


async def test_sessions_are_filtered_by_the_server() -> None:
    async with open_room() as room:
        ended = a_session(701, state="closed", ended_at=NOW, power_w=None)
        room.network.all_sessions = [a_session(700), ended]

        running = await run(room, "session", "list", "--running", "--json")
        others = await run(room, "session", "list", "--ended", "--json")
        of_card = await run(room, "session", "list", "--card", "04:aa:bb", "--json")

        ids = [[one["id"] for one in json.loads(it.stdout)["items"]] for it in (running, others)]
        assert ids == [["700"], ["701"]]
        assert len(json.loads(of_card.stdout)["items"]) == 2


async def test_a_session_is_shown_with_readings_and_story() -> None:
    async with open_room() as room:
        room.network.all_sessions = [a_session(700)]
        room.network.all_samples = [
            SampleView(id="1", at=NOW, received_at=NOW, context="periodic", energy_wh=2_500)
        ]
        room.network.all_events = [
            an_event(5, "session_started", session_id="700", data={"token": "04AABB"})
        ]

        shown = await run(room, "session", "show", "700")
        samples = await run(room, "session", "samples", "700")
        timeline = await run(room, "session", "timeline", "700")

        assert "2.500 kWh" in shown.stdout
        assert "2.500 kWh" in samples.stdout
        assert "charging session started with card 04AABB" in timeline.stdout


async def test_tokens_are_added_blocked_and_removed() -> None:
    async with open_room() as room:
        await run(room, "token", "add", "04:aa:bb", "--group", "fleet")
        blocked = await run(room, "token", "block", "04AABB")

        assert blocked.exit_code == 0
        on_file = room.network.all_tokens["04AABB"]
        assert (on_file.status, on_file.group) == ("blocked", "fleet")

        removed = await run(room, "token", "remove", "04AABB")
        again = await run(room, "token", "remove", "04AABB")

        assert (removed.exit_code, again.exit_code) == (0, 1)
        assert "There is no token '04AABB'" in again.stderr


async def test_an_order_is_sent_with_its_options_and_waited_for() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station()

        result = await run(
            room, "command", "send", "CP-1", "remote-start", "--card", "04AABB", "--evse", "2",
            "--wait", "5",
        )  # fmt: skip

        assert result.exit_code == 0
        assert "applied" in result.stdout
        ((identity, order, author),) = room.network.orders
        assert (identity, author) == ("CP-1", "a program")
        assert isinstance(order, RemoteStart)
        assert (order.token.uid, order.evse) == ("04AABB", 2)


async def test_an_order_the_station_rejects_ends_with_1() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station()
        room.network.outcome = "rejected"

        result = await run(
            room, "command", "send", "CP-1", "reset", "--kind", "hard", "--wait", "5"
        )

        assert result.exit_code == 1
        assert "ended as rejected" in result.stderr
        assert room.network.orders[0][1] == Reset(kind=ResetKind.HARD)


async def test_an_order_that_cannot_be_is_wrong_usage() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station()

        result = await run(room, "command", "send", "CP-1", "dance")

        assert result.exit_code == 2
        assert "command" in result.stderr
        assert room.network.orders == []


async def test_a_command_is_shown_and_listed() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station()
        sent = await run(room, "command", "send", "CP-1", "unlock", "--evse", "1", "--json")
        command_id = json.loads(sent.stdout)["id"]

        shown = await run(room, "command", "show", command_id)
        listed = await run(room, "command", "list", "--station", "CP-1")

        assert "unlock" in shown.stdout
        assert command_id in listed.stdout


async def test_messages_are_told_in_words() -> None:
    async with open_room() as room:
        room.network.all_messages = [
            a_message(
                action="Authorize",
                call={"idTag": "04AABB"},
                answer={"idTagInfo": {"status": "Accepted"}},
            )
        ]

        result = await run(room, "message", "list", "--station", "CP-1")

        assert "asked whether card 04AABB may charge – accepted" in result.stdout


async def test_events_are_followed_as_they_happen() -> None:
    async with open_room() as room:
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(run(room, "event", "follow", "--count", "2"))
            await room.followed()
            room.network.happens(an_event(1, "station_connected"))
            room.network.happens(an_event(2, "station_disconnected"))
        result = following.result()

        assert result.exit_code == 0
        assert [line.split("  ")[2] for line in result.stdout.splitlines()] == [
            "connected",
            "connection lost",
        ]


async def test_the_last_events_are_listed() -> None:
    async with open_room() as room:
        room.network.all_events = [an_event(1, "station_connected")]

        result = await run(room, "event", "list")

        assert "connected" in result.stdout


async def test_a_stranger_s_text_cannot_steer_the_terminal() -> None:
    async with open_room() as room:
        room.network.all_stations["CP-1"] = a_station(name="\x1b[2Jgone [red]bold")

        result = await run(room, "station", "list")

        assert "\x1b" not in result.stdout
        assert "[2Jgone [red]bold" in result.stdout


async def test_a_wrong_token_is_told_apart() -> None:
    async with open_room() as room:
        result = await run(room, "station", "list", api_token="nobody's")

        assert result.exit_code == 1
        assert "does not know this token" in result.stderr
        assert "--token" in result.stderr


async def test_no_server_says_how_to_start_one() -> None:
    result = await run("http://127.0.0.1:9", "station", "list")

    assert result.exit_code == 1
    assert "ogniwo serve" in result.stderr


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://"])
async def test_a_url_that_is_none_is_wrong_usage(url: str) -> None:
    result = await run(url, "station", "list")

    assert result.exit_code == 2
    assert "http://127.0.0.1:8080" in result.stderr


async def test_what_does_not_exist_ends_with_1() -> None:
    async with open_room() as room:
        for arguments in (
            ["station", "show", "X"],
            ["session", "show", "9"],
            ["command", "show", "9"],
        ):
            result = await run(room, *arguments)

            assert result.exit_code == 1
            assert "There is no" in result.stderr


async def test_an_empty_list_says_what_to_do() -> None:
    async with open_room() as room:
        result = await run(room, "station", "list")

        assert "ogniwo station add" in result.stdout
