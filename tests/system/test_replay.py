"""Traffic of one server, exported and played against another: its books come out the same."""

import asyncio
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import US_PER_SECOND
from ogniwo.cli.main import app
from ogniwo.sim.clock import SimClock
from ogniwo.sim.fleet import TOKENS, Fleet
from ogniwo.sim.replay import AS_FAST_AS_POSSIBLE, Replay
from ogniwo.sim.replay_result import Result
from ogniwo.sim.replay_survey import survey
from ogniwo.sim.replay_trace import Line, Side, read_trace
from tests.sim.traces import Trace
from tests.system.server import TOKEN, Api, Json, Server, api_of, launch
from tests.system.station import Charging, Hours, Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name, a_token
from tests.system.wire import Wire, wired

ENDS_WITHIN_S = 30.0
FIRST_WH = 10_000
BOOKED = (
    "evse_id", "state", "energy_wh", "meter_start_wh", "meter_stop_wh", "stop_reason", "flags",
    "started_at", "ended_at",
)  # fmt: skip
MEASURED = ("at", "context", "energy_wh", "power_w", "soc")


@dataclass
class Ended:
    code: int
    out: str
    err: str


@dataclass
class Ogniwo:
    """The command line, in a directory of its own."""

    folder: Path
    runs: int = field(default=0)

    async def run(self, *arguments: str) -> Ended:
        self.runs += 1
        out, err = (self.folder / f"{self.runs}.{name}" for name in ("out", "err"))
        code = await asyncio.to_thread(self._finish, arguments, out, err)
        return Ended(code, out.read_text(), err.read_text())

    def _finish(self, arguments: tuple[str, ...], out: Path, err: Path) -> int:
        process = launch(arguments, out=out, err=err)
        try:
            return process.wait(ENDS_WITHIN_S)
        finally:
            process.kill()
            process.wait()

    async def export(self, server: Server, *options: str) -> Path:
        """Here and not as a process, to be quick."""
        output = self.folder / "trace.jsonl"
        where = ("--url", f"http://{server.http}", "--token", TOKEN, "--output", str(output))
        words = ("message", "export", *where, *options)
        result = await asyncio.to_thread(lambda: CliRunner().invoke(app, words))
        assert result.exit_code == 0, result.output
        return output

    async def replay(self, trace: Path, server: Server, *options: str) -> Ended:
        url = f"ws://{server.ocpp}/ocpp"
        return await self.run("simulate", "--url", url, "--replay", str(trace), *options)


@pytest.fixture
def ogniwo(tmp_path: Path) -> Ogniwo:
    return Ogniwo(tmp_path)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has seen nothing of what is played to it."""
    one = Server(tmp_path_factory.mktemp("another") / "data")
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()


def of_stations(names: Sequence[str]) -> list[str]:
    return [word for name in names for word in ("--station", name)]


async def played(trace: Path, server: Server, **options: Any) -> Result:
    """Here and not as a process, to be quick."""
    lines = list(enumerate(lines_of(trace), start=2))
    url = f"ws://{server.ocpp}/ocpp"
    replay = Replay(
        url=url, lines=lines, survey=survey(lines), speed=AS_FAST_AS_POSSIBLE, **options
    )
    await replay.run()
    return replay.result


async def drive(kind: type[Station], url: str, name: str, token: str, hours: Hours) -> None:
    """A session with a new connection in its middle, over which nothing is as it should be."""
    async with connected(kind, url, name) as station:
        await station.plug_in()
        await station.authorize(token)
        charging = await station.start(token, wh=FIRST_WH, at=hours.begin)
        await station.measure(charging, wh=FIRST_WH + 900, w=6_000, at=hours.after(10))
        await station.repeat()
    async with wired(url, kind.version, booted=False) as wire:
        await misbehave(wire, charging, at=hours.after(20))
    async with connected(kind, url, name, accepted=False) as station:
        await station.measure(charging, wh=FIRST_WH + 2_000, w=6_000, at=hours.after(30))
        await station.stop(charging, wh=FIRST_WH + 3_000, at=hours.after(40))
        await station.repeat(message_id="again")
        await station.available()


async def misbehave(wire: Wire, charging: Charging, *, at: datetime) -> None:
    """A value that cannot be, the same once more, a text that is almost JSON, and noise."""
    odd: Json = {"value": "1e1e1", "measurand": "Bananas"}
    if wire.socket.subprotocol == "ocpp1.6":
        card: Json = {"idTag": charging.token}
        action = "MeterValues"
        register: Json = {"value": str(FIRST_WH + 1_500), "unit": "Wh"}
        payload: Json = {"connectorId": 1, "transactionId": int(charging.transaction_id)}
    else:
        card = {"idToken": {"idToken": charging.token, "type": "ISO14443"}}
        action = "TransactionEvent"
        register = {"value": FIRST_WH + 1_500}
        payload = {
            "eventType": "Updated",
            "timestamp": text_of(at),
            "triggerReason": "MeterValuePeriodic",
            "seqNo": charging.seq_no,
            "transactionInfo": {"transactionId": charging.transaction_id},
        }
        charging.seq_no += 1
    payload["meterValue"] = [{"timestamp": text_of(at), "sampledValue": [register, odd]}]
    for _ in range(2):
        assert (await wire.call(action, payload, message_id="same"))[0] == 3
    almost = json.dumps([2, "almost", "Authorize", card | {"signal": float("nan")}])
    assert (await wire.ask(almost))[0] == 3
    await wire.send("noise")
    if wire.socket.subprotocol != "ocpp1.6":
        assert (await wire.receive())[0] == 4


async def books(api: Api, name: str) -> list[Json]:
    """What must be the same on both servers, whatever numbers and ids they gave."""
    found = []
    for session in await api.sessions(name):
        samples = await api.all(f"/sessions/{session['id']}/samples")
        booked = {key: session[key] for key in BOOKED} | {"token": session["token"]["uid"]}
        measured = [tuple(it[key] for key in MEASURED) for it in samples]
        found.append(booked | {"samples": sorted(measured, key=str)})
    return found


async def talk(api: Api, name: str) -> list[tuple[str, str, str]]:
    """Each message of the station, how it was answered, and what was odd about it."""
    said = [it for it in await api.all("/messages", station_id=name) if it["direction"] == "up"]
    return [(it["action"], it["answered"], it["notes"] or "") for it in reversed(said)]


async def test_sessions_of_all_versions_with_oddities_are_booked_the_same(
    server: Server, another: Server, ogniwo: Ogniwo
) -> None:
    """One card goes from station to station, and may be in one place only."""
    names = [a_name(kind) for kind in KINDS]
    token, hours = a_token(), Hours()
    async with api_of(server) as api:
        await api.token(token)
        for kind, name in zip(KINDS, names, strict=True):
            await drive(kind, server.url(name), name, token, hours)
        recorded = {name: await books(api, name) for name in names}
        said = {name: await talk(api, name) for name in names}
        number = (await api.only_session(names[0]))["transaction_id"]
    trace = await ogniwo.export(server, *of_stations(names))

    async with api_of(another) as api:
        await api.token(token)
        await until_numbers_differ(another, api, number, hours)
        ended = await ogniwo.replay(trace, another, "--speed", "max", "--json")
        assert {name: await books(api, name) for name in names} == recorded
        assert {name: await talk(api, name) for name in names} == said
        assert (await api.only_session(names[0]))["transaction_id"] != number

    assert (ended.code, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert result["differences"] == []
    assert result["sent"] == sum(len(it) for it in said.values())
    assert result["connections"] == 3 * len(names)
    for name in names:
        assert recorded[name][0]["energy_wh"] == 3_000
        assert sum("owner dropped" in notes for _, _, notes in said[name]) == 2


async def until_numbers_differ(server: Server, api: Api, number: str, hours: Hours) -> None:
    """The next transaction here is to get another number than the recorded one got there."""
    name, token = a_name(), await api.token(a_token())
    async with connected(Station16, server.url(name), name) as station:
        charging = await station.start(token, wh=0, at=hours.begin)
        await station.stop(charging, wh=10, at=hours.after(1))
        if int(charging.transaction_id) + 1 == int(number):
            charging = await station.start(token, wh=10, at=hours.after(2))
            await station.stop(charging, wh=20, at=hours.after(3))


async def test_a_fleet_that_lost_its_links_is_booked_the_same_today(
    server: Server, another: Server, ogniwo: Ogniwo
) -> None:
    cards = TOKENS[:12]
    now_s = SystemClock().now_us() // US_PER_SECOND
    clock = SimClock(speed=1_800, start_s=now_s - 24 * 3_600)
    url = f"ws://{server.ocpp}/ocpp"
    fleet = Fleet(url=url, size=3, seed=5, prefix="REC", tokens=cards, clock=clock)
    async with api_of(server) as api:
        for card in cards:
            await api.token(card, concurrent=True)
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(fleet.run(sessions=4), name="fleet")
            await api.until(lambda: api.sessions("REC001"), bool)
            for station in fleet.stations:
                station.link.cut()
            await run
        names = fleet.identities()
        recorded = {name: await books(api, name) for name in names}
    trace = await ogniwo.export(server, *of_stations(names))

    async with api_of(another) as api:
        for card in cards:
            await api.token(card, concurrent=True)
        result = await played(trace, another, prefix="T-", shift_times=True)
        today = {name: await books(api, f"T-{name}") for name in names}

    assert (result.different, result.missing, result.unsent) == (0, 0, 0), result
    shifts = {
        moment(now["started_at"]) - moment(then["started_at"])
        for name in names
        for then, now in zip(recorded[name], today[name], strict=True)
    }
    assert len(shifts) == 1  # one shift for all
    assert shifts.pop() >= timedelta(0)
    assert {name: timeless(it) for name, it in today.items()} == {
        name: timeless(it) for name, it in recorded.items()
    }


def timeless(sessions: list[Json]) -> list[Json]:
    dated = {"started_at", "ended_at", "samples"}
    return [
        {key: value for key, value in session.items() if key not in dated}
        | {"samples": [it[1:] for it in session["samples"]]}
        for session in sessions
    ]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_the_trace_of_all_stations_holds_that_of_each(server: Server, ogniwo: Ogniwo) -> None:
    names = [a_name(kind) for kind in KINDS]
    async with api_of(server) as api:
        token, begin = await api.token(a_token()), now()
        for kind, name in zip(KINDS, names, strict=True):
            async with connected(kind, server.url(name), name) as station:
                charging = await station.start(token, wh=0, at=begin)
                order = await api.order(name, "reset", wait_s=0)
                assert order["state"] in {"queued", "sent"}
                await station.ordered("Reset")
                await station.stop(charging, wh=100, at=begin)
        session = (await api.only_session(names[0]))["id"]
    await ogniwo.export(server, "--from", text_of(begin))
    everybody = lines_of(ogniwo.folder / "trace.jsonl")
    await ogniwo.export(server, *of_stations(names))
    these = lines_of(ogniwo.folder / "trace.jsonl")
    await ogniwo.export(server, "--session", session, "--no-connections")
    one = lines_of(ogniwo.folder / "trace.jsonl")

    assert [it for it in everybody if it.station in names] == these
    assert [it.at for it in these] == sorted(it.at for it in these)
    assert {(it.station, it.protocol) for it in these} == {
        (name, kind.version) for kind, name in zip(KINDS, names, strict=True)
    }
    orders = [it for it in these if it.sender is Side.CSMS]
    assert [(it.station, it.action) for it in orders] == [(name, "Reset") for name in names]
    assert all('"Accepted"' in (it.answer or "") for it in orders)
    assert len({it.connection for it in these} - {None}) == len(KINDS)
    assert [one[0].action, one[-1].action] == ["StartTransaction", "StopTransaction"]
    assert {it.session for it in one} == {session}
    assert {it.connection for it in one} == {None}


def lines_of(trace: Path) -> list[Line]:
    return [line for _, line in read_trace(trace.read_bytes().splitlines(keepends=True))]


def test_who_is_refused_is_told_and_the_others_are_played(another: Server, tmp_path: Path) -> None:
    known, stranger = a_name(), a_name()
    station = {"id": known, "password": "nobody-told-the-replay"}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    stations = f"http://{another.http}/api/v1/stations"
    assert httpx.post(stations, json=station, headers=bearer, trust_env=False).is_success
    trace = tmp_path / "two.jsonl"
    trace.write_bytes(Trace().booted(station=known).booted(station=stranger).text)
    words = ("simulate", "--url", f"ws://{another.ocpp}/ocpp", "--replay", str(trace))

    refused = CliRunner().invoke(app, words)
    admitted = CliRunner().invoke(app, (*words, "--password", station["password"]))

    assert isinstance(refused.exception, OgniwoError)
    assert "1 of 2 stations could not connect" in str(refused.exception)
    assert "HTTP 401" in str(refused.exception)
    assert "1 of 2 messages sent" in refused.stdout
    assert (admitted.exit_code, admitted.exception) == (0, None)
    assert "2 answered as recorded" in admitted.stdout


async def test_interrupting_a_replay_tells_what_was_done(another: Server, ogniwo: Ogniwo) -> None:
    name = a_name()
    trace = ogniwo.folder / "long.jsonl"
    traffic = Trace().booted(station=name)
    traffic.said("Heartbeat", {}, {}, station=name, after_s=9_999)
    trace.write_bytes(traffic.text)
    out, err = ogniwo.folder / "out", ogniwo.folder / "err"
    url = f"ws://{another.ocpp}/ocpp"
    process = launch(("simulate", "--url", url, "--replay", str(trace)), out=out, err=err)
    try:
        async with api_of(another) as api:
            await api.until(lambda: booted(api, name), bool, within_s=ENDS_WITHIN_S)
        process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(process.wait, ENDS_WITHIN_S)
    finally:
        process.kill()
        process.wait()

    assert (code, err.read_text()) == (0, "")
    assert "1 of 2 messages sent" in out.read_text()


async def booted(api: Api, name: str) -> bool:
    return bool((await api.get("/messages", station_id=name))["items"])
