"""The command ``ogniwo``: its groups, and how every error reaches a person."""

import sys

import typer
from rich.console import Console

from ogniwo.base.errors import OgniwoError, UsageError
from ogniwo.cli import (
    api_token,
    attempt,
    code,
    command,
    config,
    database,
    demo,
    doctor,
    driver,
    event,
    firmware,
    job,
    message,
    quirk,
    serve,
    session,
    simulate,
    site,
    station,
    token,
    user,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open backend for charge point operators: OCPP 1.6J, 2.0.1 and 2.1.",
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)
app.add_typer(database.app, name="db")
for name, group in {
    "station": station,
    "site": site,
    "session": session,
    "config": config,
    "quirk": quirk,
    "firmware": firmware,
    "token": token,
    "user": user,
    "api-token": api_token,
    "driver": driver,
    "code": code,
    "command": command,
    "job": job,
    "message": message,
    "attempt": attempt,
    "event": event,
}.items():
    app.add_typer(group.app, name=name)

REFUSED = 1
WRONG_USAGE = 2


def run() -> None:
    """Exit codes: 0 done, 1 refused or failed, 2 wrong usage; errors in one sentence."""
    try:
        app()
    except UsageError as error:
        _say(error)
        sys.exit(WRONG_USAGE)
    except OgniwoError as error:
        _say(error)
        sys.exit(REFUSED)


def _say(error: OgniwoError) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"ogniwo: {error}", markup=False)
