"""``ogniwo job``: one order for many stations, looked at first, then given at its pace."""

import json
from typing import Annotated, Final

import typer

from ogniwo.cli.client import (
    Api,
    Json,
    Limit,
    command,
    moment,
    segment,
    show_facts,
    show_json,
    show_table,
)

app = typer.Typer(help="Order something from many stations.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id that the list shows.")]
ROWS: Final = 10_000


@command(app, "start")
def start_job(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    order: Annotated[str, typer.Argument(metavar="COMMAND", help="reset, trigger, set-limit...")],
    fields: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Its fields; a value may be JSON."),
    ] = None,
    station: Annotated[
        list[str] | None, typer.Option(help="This station; may be repeated.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Those of this site.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Those of this maker.")] = None,
    model: Annotated[str | None, typer.Option(help="Those of this model.")] = None,
    firmware: Annotated[str | None, typer.Option(help="Those with this firmware.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Those that speak it: ocpp1.6...")] = None,
    connected: Annotated[
        bool | None, typer.Option("--connected/--away", help="Those that are connected, or not.")
    ] = None,
    pace: Annotated[int, typer.Option(min=1, max=1_200, help="So many stations a minute.")] = 30,
    stop_after: Annotated[int, typer.Option(min=0, help="Stop at so many failures; 0: never.")] = 3,
    deadline: Annotated[int | None, typer.Option(help="Of each order, in seconds.")] = None,
    note: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The same key again starts no second job.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only looked at.")] = False,
) -> None:
    """Look at what an order would do to many stations, and with --yes give it."""
    asked: dict[str, object] = {"command": order.replace("-", "_"), "deadline_s": deadline}
    asked |= dict(_field(it) for it in fields or ())
    where = {
        "site_id": site,
        "vendor": vendor,
        "model": model,
        "firmware": firmware,
        "protocol": protocol,
        "connected": connected,
    }
    meant = {name: value for name, value in where.items() if value is not None}
    body: Json = {
        "order": {name: value for name, value in asked.items() if value is not None},
        "stations": station or None,
        "where": meant or (None if station else {}),
        "pace_per_minute": pace,
        "stop_after_failures": stop_after or None,
        "note": note,
        "dry_run": not yes,
        "idempotency_key": key,
    }
    started = api.send("POST", "/jobs", body)
    if api.as_json:
        show_json(started)
        return
    _show_started(api, started)


@command(app, "list")
def list_jobs(api: Api, limit: Limit = 50) -> None:
    """List jobs, newest first."""
    page = api.list("/jobs", limit)
    columns = [
        ("JOB", lambda one: one["id"]),
        ("COMMAND", lambda one: one["command"]),
        ("STATE", lambda one: one["state"]),
        ("DONE", lambda one: one["done"]),
        ("FAILED", lambda one: one["failed"]),
        ("LEFT", lambda one: one["waiting"] + one["ordered"]),
        ("SKIPPED", lambda one: one["skipped"]),
        ("BY", lambda one: one["author"]),
        ("AT", lambda one: moment(one["created_at"])),
    ]
    show_table(api, page, columns, none="There are no jobs.")


@command(app, "show")
def show_job(
    api: Api,
    job: JobId,
    state: Annotated[str | None, typer.Option(help="Only stations that are: failed...")] = None,
) -> None:
    """Show how far a job is, and what came of each station."""
    one = api.get(f"/jobs/{segment(job)}")
    page = api.list(f"/jobs/{segment(job)}/stations", ROWS, state=state)
    if api.as_json:
        show_json({**one, "per_station": page["items"]})
        return
    _show(api, one)
    columns = [
        ("STATION", lambda it: it["station_id"]),
        ("STATE", lambda it: it["state"]),
        ("REASON", lambda it: it["reason"]),
        ("COMMAND", lambda it: it["command_id"]),
        ("AT", lambda it: moment(it["at"])),
    ]
    show_table(api, page, columns, none="No station of it is so.")


@command(app, "cancel")
def cancel_job(api: Api, job: JobId) -> None:
    """Order no more stations; what was sent goes on."""
    _show(api, api.send("POST", f"/jobs/{segment(job)}/cancel"))


@command(app, "resume")
def resume_job(api: Api, job: JobId) -> None:
    """Go on with the stations that had no turn yet."""
    _show(api, api.send("POST", f"/jobs/{segment(job)}/resume"))


@command(app, "retry-failed")
def retry_failed(api: Api, job: JobId) -> None:
    """Give the failed ones another turn."""
    _show(api, api.send("POST", f"/jobs/{segment(job)}/retry-failed"))


def _show_started(api: Api, started: Json) -> None:
    if started["job"] is not None:
        _show(api, started["job"])
    columns = [
        ("STATION", lambda one: one["station_id"]),
        ("POSSIBLE", lambda one: "yes" if one["possible"] else "no"),
        ("WHY NOT", lambda one: one["why_not"] or ""),
    ]
    show_table(api, {"items": started["stations"]}, columns, none="No station is meant.")
    if started["job"] is None:
        print(f"Nothing was done. Add --yes to order it from {started['possible']} stations.")


def _show(api: Api, one: Json) -> None:
    facts = {
        "Job": one["id"],
        "What": one["command"],
        "Fields": json.dumps(one["parameters"]) if one["parameters"] else None,
        "State": one["state"],
        "Reason": one["reason"],
        "Done": f"{one['done']} of {one['stations']}",
        "Failed": one["failed"] or None,
        "Skipped": one["skipped"] or None,
        "Pace": f"{one['pace_per_minute']} a minute",
        "Note": one["note"],
        "By": one["author"],
        "Created": moment(one["created_at"]),
        "Finished": moment(one["finished_at"]),
    }
    show_facts(api, one, facts)


def _field(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"write {text!r} as NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # plain text needs no quotes
