"""``ogniwo user``: the people who sign in, their roles and their sites."""

from typing import Annotated

import typer

from ogniwo.cli.client import (
    USAGE,
    Api,
    Json,
    command,
    fail,
    moment,
    show_facts,
    show_json,
    show_table,
)

app = typer.Typer(help="Let people in, and say what they may do.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="As the person signs in.")]
RoleName = Annotated[
    str,
    typer.Option(help="viewer, technician, energy_manager, finance, operator or admin."),
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", help="Limited to this site's id; may be repeated.")
]
Name = Annotated[str | None, typer.Option(help="How others know the person.")]


@command(app, "list")
def list_users(api: Api) -> None:
    """List the people who may sign in."""
    columns = [
        ("LOGIN", lambda one: one["login"]),
        ("NAME", lambda one: one["name"]),
        ("ROLE", lambda one: one["role"]),
        ("SITES", _sites),
        ("STATE", _state),
        ("SIGNED IN", lambda one: moment(one["signed_in_at"])),
    ]
    none = "Nobody signs in with a password yet; begin with 'ogniwo user add'."
    show_table(api, api.get("/users"), columns, none=none)


@command(app, "show")
def show_user(api: Api, login: Login) -> None:
    """Show one person."""
    _show(api, _found(api, login))


@command(app, "add")
def add_user(api: Api, login: Login, role: RoleName, name: Name = None, site: Sites = None) -> None:
    """Let somebody in, and print the link with which that person chooses a password."""
    body = {"login": login, "role": role, "name": name or "", "sites": site}
    added = api.send("POST", "/users", body)
    invitation = api.send("POST", f"/users/{added['id']}/invitation")
    if api.as_json:
        show_json({**added, "invitation": _link(api, invitation)})
        return
    _show(api, added)
    _tell(api, invitation)


@command(app, "change")
def change_user(
    api: Api,
    login: Login,
    role: Annotated[str | None, typer.Option(help="Another role.")] = None,
    name: Name = None,
    site: Sites = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Not limited to sites any more.")
    ] = False,
    blocked: Annotated[
        bool | None, typer.Option("--block/--unblock", help="Signed out, and kept out.")
    ] = None,
) -> None:
    """Change role, name or sites, block or unblock; it counts at once."""
    if everywhere and site:
        fail("Say either --site or --everywhere.", USAGE)
    given = {"role": role, "name": name, "sites": site, "blocked": blocked}
    body: Json = {key: it for key, it in given.items() if it is not None}
    body |= {"sites": None} if everywhere else {}
    if not body:
        fail("Say what to change, e.g. --role operator.", USAGE)
    _show(api, api.send("PATCH", f"/users/{_found(api, login)['id']}", body))


@command(app, "invite")
def invite_user(api: Api, login: Login) -> None:
    """Print a link that is good once, to choose a new password."""
    invitation = api.send("POST", f"/users/{_found(api, login)['id']}/invitation")
    if api.as_json:
        show_json({**invitation, "url": _link(api, invitation)})
    else:
        _tell(api, invitation)


@command(app, "remove")
def remove_user(api: Api, login: Login) -> None:
    """Remove somebody, signed out at once; what the person did stays on file."""
    api.send("DELETE", f"/users/{_found(api, login)['id']}")
    if not api.as_json:
        print(f"{login} is removed.")


def _found(api: Api, login: str) -> Json:
    found: list[Json] = [it for it in api.get("/users")["items"] if it["login"] == login]
    if not found:
        fail(f"Nobody has the login {login!r}; 'ogniwo user list' shows who there is.")
    return found[0]


def _show(api: Api, one: Json) -> None:
    facts = {
        "Login": one["login"],
        "Name": one["name"],
        "Role": one["role"],
        "Sites": _sites(one),
        "State": _state(one),
        "Signed in": moment(one["signed_in_at"]),
    }
    show_facts(api, one, facts)


def _tell(api: Api, invitation: Json) -> None:
    print(f"Send this link; it is good once, until {moment(invitation['expires_at'])} UTC:")
    print(_link(api, invitation))


def _link(api: Api, invitation: Json) -> str:
    return api.url + str(invitation["path"])


def _sites(one: Json) -> str:
    return "all" if one["sites"] is None else ", ".join(one["sites"])


def _state(one: Json) -> str:
    if one["blocked"]:
        return "blocked"
    return "invited" if one["invited"] else "active"
