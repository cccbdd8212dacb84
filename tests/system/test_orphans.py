"""Stops that fit no session: each is shown, and decided about once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.test_repairs import orphan_stop, said
from tests.system.versions import a_name, a_token

NOTE = "as the driver says"


async def waiting(api: Api, name: str, **query: object) -> list[Any]:
    return list(await api.all("/orphan-stops", station_id=name, **query))


async def decide(api: Api, stop: str, decision: str, **fields: object) -> Any:
    body = {"decision": decision, "note": NOTE, **fields}
    return await api.post(f"/orphan-stops/{stop}/decisions", body)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)


@pytest.mark.covers("StopTransaction", versions=("ocpp1.6",))
async def test_a_stop_of_no_session_waits_with_its_candidates_and_is_attached_once(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=3)
    at = began + timedelta(hours=1)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=1_000, at=began)
        await orphan_stop(station, 987_654, token, 6_000, at)
        await orphan_stop(station, 987_654, token, 6_000, at)  # it had no answer, and says it again
        await station.available()
        (stop,) = await waiting(api, name)
        shown = await api.get(f"/orphan-stops/{stop['id']}", lang="pl")
        session = await api.only_session(name)
        tried = await api.post(
            f"/orphan-stops/{stop['id']}/decisions",
            {"decision": "attach", "session_id": session["id"], "note": NOTE},
            dry_run=True,
        )
        still = await waiting(api, name)
        done = await decide(api, stop["id"], "attach", session_id=session["id"])
        again = [
            await api.refused("POST", f"/orphan-stops/{stop['id']}/decisions", body)
            for body in (
                {"decision": "attach", "session_id": session["id"], "note": NOTE},
                {"decision": "set_aside", "note": NOTE},
            )
        ]
        closed = await api.only_session(name)
        after = await api.get(f"/orphan-stops/{stop['id']}")
        left, settled = await waiting(api, name), await waiting(api, name, settled=True)

    assert (stop["transaction_id"], stop["token"], stop["meter_stop_wh"]) == (
        "987654",
        token,
        6_000,
    )
    assert (stop["why"], stop["stop_reason"]) == ("unknown_transaction", "EVDisconnected")
    assert moment(stop["at"]) == at.replace(microsecond=0)
    assert moment(stop["received_at"]) > at + timedelta(hours=1)
    (candidate,) = shown["candidates"]
    assert candidate["session"]["transaction_id"] == charging.transaction_id
    assert (candidate["token_fits"], candidate["time_fits"], candidate["meter_fits"]) == (
        True,
        True,
        True,
    )
    assert (candidate["strong"], candidate["energy_wh"]) == (True, 5_000)
    assert "karta się zgadza" in candidate["words"]
    assert "numeru transakcji" in shown["words"]
    assert (tried["energy_wh"], [it["id"] for it in still]) == (5_000, [stop["id"]])
    assert (done["kind"], done["session_id"]) == ("attach_stop", session["id"])
    assert again[1] == (409, "orphan_settled")
    assert again[0][0] == 409
    assert (closed["state"], closed["energy_wh"]) == ("closed", 5_000)
    assert (after["decided"]["note"], after["candidates"]) == (NOTE, [])
    assert (left, [it["id"] for it in settled]) == ([], [stop["id"]])


async def test_a_stop_that_was_put_aside_is_attached_to_nothing_and_stands_in_the_log(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=3)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        await station.start(token, wh=1_000, at=began)
        await orphan_stop(station, 555, a_token(), 6_000, began + timedelta(hours=1))
        await station.available()
        (stop,) = await waiting(api, name)
        shown = await api.get(f"/orphan-stops/{stop['id']}")
        await decide(api, stop["id"], "set_aside")
        session = await api.only_session(name)
        refused = await api.refused(
            "POST",
            f"/sessions/{session['id']}/repairs",
            {"repair": "attach_stop", "orphan_id": stop["id"], "note": NOTE},
        )
        left = await waiting(api, name)
        events = await api.get("/event-log", limit=100)
        evidence = await api.get(f"/sessions/{session['id']}/evidence")

    assert shown["candidates"][0]["token_fits"] is False
    assert shown["candidates"][0]["strong"] is False
    assert refused == (409, "orphan_settled")
    assert left == []
    assert not any(it["kind"] == "orphan_stop" for it in evidence["facts"])
    (told,) = [
        it for it in events["items"] if it["kind"] == "orphan_settled" and it["station_id"] == name
    ]
    assert told["data"]["note"] == NOTE
    assert told["data"]["orphan_id"] == stop["id"]


@pytest.mark.covers("TransactionEvent", versions=("ocpp2.0.1",))
async def test_an_end_without_a_beginning_is_shown_too_and_joined_or_dismissed(
    server: Server,
) -> None:
    name, began = a_name(Station201), now() - timedelta(hours=3)
    async with api_of(server) as api, connected(Station201, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=1_000, at=began)
        await station.available()
        lost = await api.only_session(name)
        for number, wh in (("x", 6_000), ("y", 9_000)):
            charging.transaction_id = f"{name}-{number}"
            charging.seq_no += 3
            await station.stop(charging, wh=wh, at=began + timedelta(hours=1))
        await station.available()
        stops = {it["transaction_id"]: it for it in await waiting(api, name)}
        one, two = stops[f"{name}-x"], stops[f"{name}-y"]
        shown = await api.get(f"/orphan-stops/{one['id']}")
        await decide(api, one["id"], "attach", session_id=lost["id"])
        await decide(api, two["id"], "set_aside")
        again = await api.refused(
            "POST",
            f"/orphan-stops/{two['id']}/decisions",
            {"decision": "set_aside", "note": NOTE},
        )
        sessions = {it["id"]: it for it in await api.sessions(name)}
        left = await waiting(api, name)

    assert [it["session"]["id"] for it in shown["candidates"]] == [lost["id"]]
    assert (one["why"], one["session_id"]) == ("start_missing", one["id"])
    assert sessions[lost["id"]]["energy_wh"] == 5_000
    assert "merged" in sessions[one["id"]]["flags"]
    assert "dismissed" in sessions[two["id"]]["flags"]
    assert sum(it["energy_wh"] for it in sessions.values()) == 5_000
    assert again == (409, "orphan_settled")
    assert left == []


async def test_the_command_line_lists_stops_shows_one_and_decides(
    server: Server, tmp_path: Path
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=2)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.start(token, wh=1_000, at=began)
        for number in (71, 72):
            await orphan_stop(station, number, token, number * 100, began + timedelta(hours=1))
        await station.available()
        session = (await api.only_session(name))["id"]
        one, two = sorted(await waiting(api, name), key=lambda it: it["transaction_id"])
        listed = await said(server, tmp_path, "session", "orphans", "--station", name)
        shown = await said(server, tmp_path, "session", "orphan", one["id"])
        joined = await said(
            server, tmp_path, "session", "decide-orphan", one["id"], "--attach-to", session,
            "--note", NOTE,
        )  # fmt: skip
        await said(server, tmp_path, "session", "decide-orphan", two["id"], "--note", NOTE)
        left = await said(server, tmp_path, "session", "orphans", "--station", name)
        closed = await api.only_session(name)

    assert one["id"] in listed
    assert two["id"] in listed
    assert session in shown
    assert "No session here has its transaction number" in shown
    assert "6.100 kWh" in joined
    assert "No stop waits for a person." in left
    assert (closed["state"], closed["energy_wh"]) == ("closed", 6_100)
