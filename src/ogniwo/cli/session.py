"""``ogniwo session``: charging sessions, their readings, their story, and repairing them."""

import json
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from ogniwo.cli.client import (
    EXPORT_S,
    Api,
    Json,
    Limit,
    command,
    kilowatt_hours,
    kilowatts,
    moment,
    segment,
    show_facts,
    show_json,
    show_table,
)

app = typer.Typer(help="See charging sessions and repair them.", no_args_is_help=True)

SessionId = Annotated[str, typer.Argument(metavar="SESSION", help="The id that the list shows.")]


@command(app, "list")
def list_sessions(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    card: Annotated[str | None, typer.Option(help="Only with this token.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    running: Annotated[
        bool | None, typer.Option("--running/--ended", help="Only those, or only the others.")
    ] = None,
    flagged: Annotated[
        bool | None,
        typer.Option("--flagged/--unflagged", help="Only those with flags, or without."),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Not before, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before, RFC 3339.")] = None,
    limit: Limit = 50,
) -> None:
    """List sessions, newest first."""
    page = api.list(
        "/sessions",
        limit,
        station_id=station,
        token=card,
        state=state,
        running=running,
        flagged=flagged,
        from_=since,
        to=until,
    )
    columns = [
        ("SESSION", lambda one: one["id"]),
        ("STATION", lambda one: one["station_id"]),
        ("EVSE", lambda one: one["evse_id"]),
        ("CARD", _card),
        ("STATE", lambda one: one["state"]),
        ("STARTED", lambda one: moment(one["started_at"])),
        ("ENDED", lambda one: moment(one["ended_at"])),
        ("ENERGY", lambda one: kilowatt_hours(one["energy_wh"])),
        ("POWER", lambda one: kilowatts(one["power_w"])),
        ("FLAGS", lambda one: ", ".join(one["flags"])),
    ]
    show_table(api, page, columns, none="No session matches.")


@command(app, "show")
def show_session(api: Api, session: SessionId) -> None:
    """Show one session."""
    one = api.get(f"/sessions/{segment(session)}")
    facts = {
        "Session": one["id"],
        "Station": one["station_id"],
        "EVSE": one["evse_id"],
        "Transaction": one["transaction_id"],
        "Card": _card(one),
        "State": one["state"],
        "Started": moment(one["started_at"]),
        "Ended": moment(one["ended_at"]),
        "Meter at start": kilowatt_hours(one["meter_start_wh"]),
        "Meter at end": kilowatt_hours(one["meter_stop_wh"]),
        "Energy": kilowatt_hours(one["energy_wh"]),
        "Battery": None if one["soc"] is None else f"{one['soc']:.0f} %",
        "Ended by": one["stop_reason"],
        "Flags": ", ".join(one["flags"]),
    }
    show_facts(api, one, facts)


@command(app, "samples")
def list_samples(api: Api, session: SessionId, limit: Limit = 100) -> None:
    """List a session's meter readings, oldest first."""
    page = api.list(f"/sessions/{segment(session)}/samples", limit)
    columns = [
        ("AT", lambda one: moment(one["at"])),
        ("CONTEXT", lambda one: one["context"]),
        ("REGISTER", lambda one: kilowatt_hours(one["energy_wh"])),
        ("POWER", lambda one: kilowatts(one["power_w"])),
        ("BATTERY", lambda one: one["soc"]),
        ("CURRENT A", lambda one: _phases(one["current_a"])),
        ("VOLTAGE V", lambda one: _phases(one["voltage_v"])),
    ]
    show_table(api, page, columns, none="This session has no readings.")


@command(app, "timeline")
def show_timeline(api: Api, session: SessionId) -> None:
    """Tell a session's story in the order in which it happened at the station."""
    page = api.get(f"/sessions/{segment(session)}/timeline")
    columns = [
        ("AT", lambda one: moment(one["at"])),
        ("RECEIVED", lambda one: moment(one["received_at"]) if one["received_at"] else ""),
        ("WHAT", lambda one: one["words"]),
    ]
    show_table(api, page, columns, none="Nothing is recorded of this session.")


@command(app, "export")
def export_sessions(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    output: Annotated[Path, typer.Option("--output", "-o", help="Into this file: .csv or .xlsx.")],
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    card: Annotated[str | None, typer.Option(help="Only with this token.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Not before, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before, RFC 3339.")] = None,
    columns: Annotated[str | None, typer.Option(help="Which, divided by commas.")] = None,
    lang: Annotated[str, typer.Option(help="en or pl: words, and how numbers are written.")] = "en",
) -> None:
    """Write sessions into a spreadsheet, newest first."""
    query = {
        "format": "xlsx" if output.suffix == ".xlsx" else "csv",
        "station_id": station,
        "token": card,
        "state": state,
        "from": since,
        "to": until,
        "columns": columns,
        "lang": lang,
    }
    told = {name: value for name, value in query.items() if value is not None}
    api.save(f"/sessions/export?{urlencode(told)}", output, wait_s=EXPORT_S)
    print(json.dumps({"output": str(output)}) if api.as_json else f"They are in {output}.")


@command(app, "exceptions")
def list_exceptions(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    limit: Limit = 50,
) -> None:
    """List sessions that a person must look at, and why."""
    page = api.list("/sessions", limit, station_id=station, exception=True)
    columns = [
        ("SESSION", lambda one: one["id"]),
        ("STATION", lambda one: one["station_id"]),
        ("EVSE", lambda one: one["evse_id"]),
        ("CARD", _card),
        ("STATE", lambda one: one["state"]),
        ("STARTED", lambda one: moment(one["started_at"])),
        ("ENDED", lambda one: moment(one["ended_at"])),
        ("ENERGY", lambda one: kilowatt_hours(one["energy_wh"])),
        ("WHY", lambda one: ", ".join(one["exceptions"])),
        ("FLAGS", lambda one: ", ".join(one["flags"])),
    ]
    show_table(api, page, columns, none="No session needs a person.")


@command(app, "evidence")
def show_evidence(api: Api, session: SessionId) -> None:
    """Show what speaks for which figure of a session, and what could be decided."""
    found = api.get(f"/sessions/{segment(session)}/evidence")
    if api.as_json:
        show_json(found)
        return
    lines: list[Json] = [{"at": None, "words": it["words"]} for it in found["exceptions"]]
    lines += found["facts"]
    lines += [{"at": it["at"], "words": _repaired(it)} for it in found["repairs"]]
    columns = [("AT", lambda one: moment(one["at"])), ("WHAT", lambda one: one["words"])]
    show_table(api, {"items": lines}, columns, none="Nothing is known of it.")
    proposals = [
        ("LIKELY", lambda one: "yes" if one["strong"] else ""),
        ("PROPOSAL", lambda one: one["words"]),
        ("REPAIR", lambda one: json.dumps(one["repair"])),
    ]
    show_table(api, {"items": found["proposals"]}, proposals, none="There is nothing to decide.")


@command(app, "repair")
def repair_session(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    session: SessionId,
    repair: Annotated[
        str, typer.Argument(metavar="REPAIR", help="close, attach-stop, settle or dismiss.")
    ],
    note: Annotated[str, typer.Option(help="Why, for who looks later.")],
    ended_at: Annotated[str | None, typer.Option(help="close: when, RFC 3339.")] = None,
    start_wh: Annotated[int | None, typer.Option(min=0, help="settle: meter at start.")] = None,
    stop_wh: Annotated[int | None, typer.Option(min=0, help="close, settle: meter at end.")] = None,
    as_measured: Annotated[
        bool, typer.Option("--as-measured", help="close: at the last reading.")
    ] = False,
    energy_wh: Annotated[int | None, typer.Option(min=0, help="settle: the energy itself.")] = None,
    orphan: Annotated[str | None, typer.Option(help="attach-stop: as the evidence names it.")] = (
        None
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what comes of it.")] = False,
) -> None:
    """Decide about a session that could not be settled by itself."""
    body = {
        "repair": repair.replace("-", "_"),
        "note": note,
        "ended_at": ended_at,
        "meter_start_wh": start_wh,
        "meter_stop_wh": stop_wh,
        "as_measured": as_measured or None,
        "energy_wh": energy_wh,
        "orphan_id": orphan,
    }
    told = {name: value for name, value in body.items() if value is not None}
    path = f"/sessions/{segment(session)}/repairs"
    one = api.send("POST", path, told, dry_run=dry_run or None)
    before, after = one["before"], one["after"]
    facts = {
        "Repair": one["kind"],
        "By": one["author"],
        "Note": one["note"],
        "State": f"{before['state']} -> {after['state']}",
        "Ended": moment(after["ended_at"]),
        "Energy": f"{kilowatt_hours(before['energy_wh'])} -> {kilowatt_hours(after['energy_wh'])}",
        "Flags": ", ".join(after["flags"]),
    }
    show_facts(api, one, facts)


@command(app, "orphans")
def list_orphans(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="Those that were decided about instead.")
    ] = False,
    limit: Limit = 50,
) -> None:
    """List stops that fit no session, and why."""
    page = api.list("/orphan-stops", limit, station_id=station, settled=settled or None)
    columns = [
        ("STOP", lambda one: one["id"]),
        ("STATION", lambda one: one["station_id"]),
        ("EVSE", lambda one: one["evse_id"]),
        ("CARD", lambda one: one["token"]),
        ("TRANSACTION", lambda one: one["transaction_id"]),
        ("ENDED", lambda one: moment(one["at"])),
        ("RECEIVED", lambda one: moment(one["received_at"])),
        ("METER", lambda one: kilowatt_hours(one["meter_stop_wh"])),
        ("WHY", lambda one: one["why"]),
    ]
    show_table(api, page, columns, none="No stop waits for a person.")


@command(app, "orphan")
def show_orphan(
    api: Api, stop: Annotated[str, typer.Argument(metavar="STOP", help="As the list names it.")]
) -> None:
    """Show a stop that fits no session, and the sessions that it may belong to."""
    found = api.get(f"/orphan-stops/{segment(stop)}")
    if api.as_json:
        show_json(found)
        return
    one, decided = found["stop"], found["decided"]
    facts = {
        "Stop": one["id"],
        "Station": one["station_id"],
        "EVSE": one["evse_id"],
        "Transaction": one["transaction_id"],
        "Card": one["token"],
        "Ended": moment(one["at"]),
        "Received": moment(one["received_at"]),
        "Meter at end": kilowatt_hours(one["meter_stop_wh"]),
        "Ended by": one["stop_reason"],
        "Why it fits nothing": found["words"],
        "Decided": f"{decided['kind']} by {decided['author']} ({decided['note']})"
        if decided
        else None,
    }
    show_facts(api, one, facts)
    columns = [
        ("SESSION", lambda it: it["session"]["id"]),
        ("EVSE", lambda it: it["session"]["evse_id"]),
        ("CARD", lambda it: _card(it["session"])),
        ("STARTED", lambda it: moment(it["session"]["started_at"])),
        ("WOULD BE", lambda it: kilowatt_hours(it["energy_wh"])),
        ("LIKELY", lambda it: "yes" if it["strong"] else ""),
        ("WHAT SPEAKS FOR IT", lambda it: it["words"]),
    ]
    if not decided:
        none = "No session of this station lacks an end and began before it."
        show_table(api, {"items": found["candidates"]}, columns, none=none)


@command(app, "decide-orphan")
def decide_orphan(
    api: Api,
    stop: Annotated[str, typer.Argument(metavar="STOP", help="As the list names it.")],
    note: Annotated[str, typer.Option(help="Why, for who looks later.")],
    session: Annotated[
        str | None, typer.Option("--attach-to", help="The session that it ended; else put aside.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what comes of it.")] = False,
) -> None:
    """Join a stop to the session that it ended, or put it aside; once."""
    body = {"decision": "set_aside", "note": note}
    if session is not None:
        body = {"decision": "attach", "session_id": session, "note": note}
    path = f"/orphan-stops/{segment(stop)}/decisions"
    one = api.send("POST", path, body, dry_run=dry_run or None)
    facts = {
        "Decision": one["kind"],
        "By": one["author"],
        "Note": one["note"],
        "Session": one["session_id"],
        "Energy": kilowatt_hours(one["energy_wh"]),
    }
    show_facts(api, one, facts)


def _repaired(one: Json) -> str:
    energy = kilowatt_hours(one["after"]["energy_wh"])
    return f"repaired by {one['author']}: {one['kind']}, {energy} ({one['note']})"


def _card(one: Json) -> object:
    return one["token"]["uid"] if one["token"] else None


def _phases(values: list[float | None] | None) -> str:
    return " / ".join("–" if value is None else f"{value:g}" for value in values or [])
