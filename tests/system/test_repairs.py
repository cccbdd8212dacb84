"""Sessions that could not be settled by themselves, and people who decide about them."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.system.server import Api, Server, api_of, launch
from tests.system.station import connected, now, text_of
from tests.system.station16 import Station16, sampled
from tests.system.station201 import Station201
from tests.system.versions import a_name, a_token

NOTE = "as the driver and the display say"


async def repair(api: Api, session: str, kind: str, **fields: object) -> Any:
    return await api.post(f"/sessions/{session}/repairs", {"repair": kind, "note": NOTE, **fields})


async def evidence(api: Api, session: str, **query: object) -> Any:
    return await api.get(f"/sessions/{session}/evidence", **query)


def proposals(found: Any) -> dict[str, Any]:
    return {it["kind"]: it for it in found["proposals"]}


async def orphan_stop(
    station: Station16, transaction: int, token: str, wh: int, at: datetime
) -> None:
    """A stop under a number that nobody gave."""
    await station.call(
        "StopTransaction",
        transaction_id=transaction,
        meter_stop=wh,
        timestamp=text_of(at),
        reason="EVDisconnected",
        id_tag=token,
    )


async def test_a_lost_stop_is_replaced_by_a_person_and_the_station_s_words_stay(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=2)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=1_000, at=began)
        await station.measure(charging, wh=8_500, w=7_000, at=began + timedelta(hours=1))
        await station.available()
        running = await api.only_session(name)
        told = await evidence(api, running["id"])
        dry = await api.post(
            f"/sessions/{running['id']}/repairs",
            {"repair": "close", "as_measured": True, "note": NOTE},
            dry_run=True,
        )
        still = await api.only_session(name)
        done = await repair(api, running["id"], "close", as_measured=True)
        closed = await api.only_session(name)
        refused = await api.refused(
            "POST",
            f"/sessions/{running['id']}/repairs",
            {"repair": "settle", "energy_wh": 1, "note": NOTE},
        )
        statuses = await api.evse_statuses(name)
        await station.stop(charging, wh=99_000, at=now())
        late = await api.only_session(name)

    words = " ".join(it["words"] for it in told["facts"])
    assert "never told of a stop" in words
    assert "8.500\u00a0kWh" in words
    assert proposals(told)["close_as_measured"]["strong"] is True
    assert (dry["after"]["state"], still["state"]) == ("closed", running["state"])
    assert (closed["state"], closed["energy_wh"], closed["meter_stop_wh"]) == (
        "closed",
        7_500,
        None,
    )
    assert "closed_by_hand" in closed["flags"]
    assert (done["number"], done["note"], done["before"]["ended_at"]) == (1, NOTE, None)
    assert refused == (409, "session_closed")
    assert (late["energy_wh"], late["ended_at"]) == (7_500, closed["ended_at"])
    assert "late_data" in late["flags"]
    assert statuses == {1: "available"}


async def test_a_stop_of_nobody_s_transaction_is_attached_to_the_session_that_it_fits(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=3)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=1_000, at=began)
        await station.measure(charging, wh=5_000, w=7_000, at=began + timedelta(hours=1))
        await orphan_stop(station, 123_456, token, 9_000, began + timedelta(hours=2))
        await orphan_stop(station, 123_457, a_token(), 4_000, began + timedelta(hours=2))
        await station.available()
        session = await api.only_session(name)
        told = await evidence(api, session["id"], lang="pl")
        offered = [it for it in told["proposals"] if it["kind"] == "attach_stop"]
        done = await repair(api, session["id"], **_named(offered[0]["repair"]))
        closed = await api.only_session(name)
        after = await evidence(api, session["id"])

    stops = [it for it in told["facts"] if it["kind"] == "orphan_stop"]
    assert [it["data"]["token_fits"] for it in stops] == [True, False]
    assert "karta się zgadza" in stops[0]["words"]
    assert [(it["strong"], it["energy_wh"]) for it in offered] == [(True, 8_000)]
    assert (closed["state"], closed["energy_wh"], closed["meter_stop_wh"]) == (
        "closed",
        8_000,
        9_000,
    )
    assert closed["stop_reason"] == "EVDisconnected"
    assert "stop_attached" in closed["flags"]
    assert done["orphan_id"] == offered[0]["repair"]["orphan_id"]
    left = [it["data"]["transaction_id"] for it in after["facts"] if it["kind"] == "orphan_stop"]
    assert left == ["123457"]


def _named(body: dict[str, Any]) -> dict[str, Any]:
    return {"kind": body["repair"], **{k: v for k, v in body.items() if k != "repair"}}


async def test_a_session_without_a_beginning_is_merged_and_billed_never(server: Server) -> None:
    name, began = a_name(Station201), now() - timedelta(hours=3)
    async with api_of(server) as api, connected(Station201, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=1_000, at=began)
        await station.available()
        lost = await api.only_session(name)
        charging.transaction_id = f"{name}-other"
        charging.seq_no += 3
        await station.stop(charging, wh=6_000, at=began + timedelta(hours=1))
        await station.available()
        sessions = {it["transaction_id"]: it for it in await api.sessions(name)}
        orphan = sessions[f"{name}-other"]
        waiting = await api.sessions(name, exception=True)
        await repair(api, lost["id"], "attach_stop", orphan_id=orphan["id"])
        after = {it["id"]: it for it in await api.sessions(name)}
        of_orphan = await api.get(f"/sessions/{orphan['id']}/repairs")

    assert {it["id"]: it["exceptions"] for it in waiting}[orphan["id"]]
    assert (after[lost["id"]]["state"], after[lost["id"]]["energy_wh"]) == ("closed", 5_000)
    merged = after[orphan["id"]]
    assert (merged["state"], merged["energy_wh"]) == ("closed", 0)
    assert "merged" in merged["flags"]
    assert of_orphan["items"][0]["wanted"] == {"into": lost["id"]}


async def test_a_meter_that_went_back_is_held_until_a_person_says_what_flowed(
    server: Server,
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=2)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=50_000, at=began)
        await station.call(
            "MeterValues",
            connector_id=1,
            transaction_id=int(charging.transaction_id),
            meter_value=[
                {
                    "timestamp": text_of(began + timedelta(minutes=30)),
                    "sampled_value": sampled(54_000, 7_000),
                }
            ],
        )
        await station.stop(charging, wh=300, at=began + timedelta(hours=1))
        held = await api.only_session(name)
        (shown,) = await api.sessions(name, exception=True)
        told = await evidence(api, held["id"])
        backwards = await api.refused(
            "POST",
            f"/sessions/{held['id']}/repairs",
            {"repair": "settle", "meter_start_wh": 50_000, "note": NOTE},
        )
        await repair(api, held["id"], "settle", meter_start_wh=50_000, meter_stop_wh=54_300)
        closed = await api.only_session(name)
        left = await api.sessions(name, exception=True)
        events = await api.get(f"/sessions/{held['id']}/timeline")

    assert (held["state"], held["energy_wh"], shown["exceptions"]) == ("ended", None, ["held"])
    assert [it["kind"] for it in told["exceptions"]] == ["held"]
    assert backwards == (409, "registers_backwards")
    assert (closed["state"], closed["energy_wh"]) == ("closed", 4_300)
    assert (closed["meter_start_wh"], closed["meter_stop_wh"]) == (50_000, 300)
    assert {"energy_by_hand", "meter_went_back"} <= set(closed["flags"])
    assert left == []
    assert any(NOTE in it["words"] for it in events["items"])


async def test_a_session_that_its_station_tells_of_is_not_ended_by_hand(server: Server) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        await station.plug_in()
        charging = await station.start(token, wh=0, at=now())
        await station.energy_flows(charging, at=now())
        session = await api.only_session(name)
        refused = await api.refused(
            "POST", f"/sessions/{session['id']}/repairs", {"repair": "dismiss", "note": NOTE}
        )
        await station.stop(charging, wh=10, at=now())
        ended = await api.only_session(name)

    assert refused == (409, "session_alive")
    assert (ended["state"], ended["energy_wh"]) == ("closed", 10)


async def test_the_command_line_finds_what_is_held_shows_what_speaks_and_decides(
    server: Server, tmp_path: Path
) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=2)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = await station.start(token, wh=9_000, at=began)
        await station.stop(charging, wh=100, at=began + timedelta(hours=1))
        session = (await api.only_session(name))["id"]
        listed = await said(server, tmp_path, "session", "exceptions", "--station", name)
        shown = await said(server, tmp_path, "session", "evidence", session)
        tried = await said(
            server, tmp_path, "session", "repair", session, "settle", "--energy-wh", "1500",
            "--note", NOTE, "--dry-run",
        )  # fmt: skip
        still = await api.only_session(name)
        done = await said(
            server, tmp_path, "session", "repair", session, "settle", "--energy-wh", "1500",
            "--note", NOTE,
        )  # fmt: skip
        closed = await api.only_session(name)
        sheet = tmp_path / "sessions.csv"
        await said(server, tmp_path, "session", "export", "--station", name, "-o", str(sheet))

    assert session in listed
    assert "held" in listed
    assert "At the start the station declared 9.000 kWh" in shown
    assert "ended -> closed" in tried
    assert (still["state"], closed["state"], closed["energy_wh"]) == ("ended", "closed", 1_500)
    assert "1.500 kWh" in done
    assert "1.500" in sheet.read_text(encoding="utf-8-sig")


async def said(server: Server, folder: Path, *arguments: str) -> str:
    """What the command line prints; it must succeed."""
    out, err = folder / "out.txt", folder / "err.txt"
    process = launch((*arguments, "--url", f"http://{server.http}"), out=out, err=err)
    code = await asyncio.to_thread(process.wait, 30)
    assert code == 0, err.read_text()
    return out.read_text()
