"""``ogniwo session``: charging sessions, their readings and their story."""

from typing import Annotated

import typer

from ogniwo.cli.client import (
    Api,
    Json,
    Limit,
    command,
    kilowatt_hours,
    kilowatts,
    moment,
    segment,
    show_facts,
    show_table,
)

app = typer.Typer(help="See charging sessions.", no_args_is_help=True)

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
    """Tell a session's story in order."""
    page = api.get(f"/sessions/{segment(session)}/timeline")
    columns = [("AT", lambda one: moment(one["at"])), ("WHAT", lambda one: one["words"])]
    show_table(api, page, columns, none="Nothing is recorded of this session.")


def _card(one: Json) -> object:
    return one["token"]["uid"] if one["token"] else None


def _phases(values: list[float | None] | None) -> str:
    return " / ".join("–" if value is None else f"{value:g}" for value in values or [])
