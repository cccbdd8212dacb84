"""Templates and configuration from a terminal, against the real web room."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner, Result

from ogniwo.app.views import ConfigurationLine
from ogniwo.cli import config
from tests.web.world import API_TOKEN, Room, open_room


async def run(room: Room, *arguments: str) -> Result:
    environment = {"OGNIWO_URL": room.url, "OGNIWO_TOKEN": API_TOKEN}
    runner = CliRunner()
    return await asyncio.to_thread(lambda: runner.invoke(config.app, arguments, env=environment))


async def test_a_template_is_put_from_a_file_listed_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"name": "volta", "model": "One", "values": {"Key": "2"}}))
    async with open_room() as room:
        put = await run(room, "put", str(file))
        kept = dict(room.network.shelf.kept)
        listed = await run(room, "templates")
        removed = await run(room, "remove", "volta")
        empty = await run(room, "templates")

    assert [it.exit_code for it in (put, listed, removed, empty)] == [0] * 4
    assert kept["volta"].values == {"Key": "2"}
    assert "volta" in listed.stdout
    assert "There are no templates." in empty.stdout


async def test_a_file_that_is_no_template_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text("[1]")
    async with open_room() as room:
        refused = await run(room, "put", str(file))

    assert refused.exit_code == 1
    assert "is no template" in refused.output


async def test_only_what_drifted_is_shown_and_pushed() -> None:
    async with open_room() as room:
        room.network.shelf.lines = [
            ConfigurationLine(name="Same", value="1", wanted="1"),
            ConfigurationLine(name="Key", value="1", wanted="2", template="volta", drift=True),
        ]
        shown = await run(room, "show", "CP-1", "--drift")
        dry = await run(room, "push", "CP-1", "--dry-run", "--json")
        pushed = await run(room, "push", "CP-1", "--json")

    assert [it.exit_code for it in (shown, dry, pushed)] == [0] * 3
    assert shown.stdout.splitlines()[1].split() == ["Key", "1", "2", "volta", "yes"]
    assert [it["command_id"] for it in json.loads(dry.stdout)["items"]] == [None]
    assert [it["command_id"] for it in json.loads(pushed.stdout)["items"]] == ["1"]
