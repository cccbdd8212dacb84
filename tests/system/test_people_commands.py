"""``ogniwo user`` and ``ogniwo api-token`` against a real server, and the demo's logins."""

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from ogniwo.app.backups import DEMO_MARK
from ogniwo.cli.demo import PASSWORD as DEMO_PASSWORD
from tests.services.ports import HOST
from tests.system.commands import Commands
from tests.system.people import ROLES, a_person, browser
from tests.system.server import READY_WITHIN_S, Server, api_of, launch


async def test_somebody_is_let_in_changed_and_removed(server: Server, tmp_path: Path) -> None:
    ogniwo = Commands(server, tmp_path)
    async with api_of(server) as api, browser(server) as one:
        login = f"new-{(await a_person(api, 'viewer'))}"
        added = await ogniwo("user", "add", login, "--role", "technician", "--site", "7")
        (path,) = re.findall(r"(/login\?code=\S+)", added.out)
        await one.choose(path)
        me = await one.get("/me")
        listed = await ogniwo("user", "list")
        changed = await ogniwo("user", "change", login, "--role", "operator", "--everywhere")
        after = await one.get("/me")
        invited = await ogniwo("user", "invite", login, "--json")
        await ogniwo("user", "change", login, "--block")
        out = await one.client.get("/api/v1/me")
        shown = await ogniwo("user", "show", login)
        removed = await ogniwo("user", "remove", login)
        again = await ogniwo("user", "remove", login)

    assert (me["role"], me["sites"]) == ("technician", ["7"])
    assert (after["role"], after["sites"]) == ("operator", None)
    assert re.search(rf"{login}\s+–\s+technician\s+7\s+active", listed.out), listed
    assert (changed.code, removed.code) == (0, 0)
    assert json.loads(invited.out)["url"].startswith(f"http://{server.http}/login?code=")
    assert out.status_code == 401
    assert "blocked" in shown.out
    assert again.code == 1
    assert "Nobody has the login" in again.err


async def test_what_cannot_be_is_explained(server: Server, tmp_path: Path) -> None:
    ogniwo = Commands(server, tmp_path)
    ended = [
        await ogniwo("user", "add", "Ż", "--role", "viewer"),
        await ogniwo("user", "add", "kim", "--role", "king"),
        await ogniwo("user", "change", "nobody-here"),
        await ogniwo("api-token", "add", "wall"),
    ]

    assert [it.code for it in ended] == [2, 2, 2, 2]
    assert all(it.err.startswith("ogniwo: ") for it in ended)
    assert "login" in ended[0].err
    assert "--role" in ended[2].err


async def test_a_key_is_made_listed_and_withdrawn(server: Server, tmp_path: Path) -> None:
    ogniwo = Commands(server, tmp_path)
    given = ("--right", "read", "--right", "settle", "--expires", "2099-01-01T00:00:00Z")
    made = json.loads((await ogniwo("api-token", "add", "billing", *given, "--json")).out)
    bearer = {"authorization": f"Bearer {made['token']}"}
    url = f"http://{server.http}/api/v1/me"
    async with httpx.AsyncClient(trust_env=False, headers=bearer) as program:
        me = (await program.get(url)).json()
        listed = await ogniwo("api-token", "list")
        removed = await ogniwo("api-token", "remove", made["id"])
        after = await program.get(url)

    assert (me["login"], me["name"], me["rights"]) == (None, "billing", ["read", "settle"])
    assert re.search(rf"{made['id']}\s+billing\s+read, settle\s+all\s+2099-01-01", listed.out)
    assert made["token"] not in listed.out
    assert (removed.code, after.status_code) == (0, 401)


async def test_the_demo_prints_logins_that_work(tmp_path: Path) -> None:
    out, err = tmp_path / "demo.out", tmp_path / "demo.err"
    given = ("--data-dir", str(tmp_path / "demo"), "--http", f"{HOST}:0", "--ocpp", f"{HOST}:0")
    process = launch(("demo", *given, "--stations", "1"), out=out, err=err)
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while "Sign in" not in out.read_text():
                assert process.poll() is None, err.read_text()
                await asyncio.sleep(0.05)
        server = Server(tmp_path)
        (server.http,) = re.findall(r"Console +http://(\S+)/", out.read_text())
        (names, password) = re.findall(
            r'Sign in +(.*), each with the password "(.*)"', out.read_text()
        )[0]
        let_in = {}
        for role in re.split(r", | or ", names):
            async with browser(server) as one:
                await one.sign_in(role, password)
                let_in[role] = (await one.get("/me"))["role"]
    finally:
        process.terminate()
        process.wait(READY_WITHIN_S)

    with closing(sqlite3.connect(tmp_path / "demo" / "ogniwo.db")) as connection:
        marks = connection.execute("SELECT key FROM meta").fetchall()
    assert (DEMO_MARK,) in marks  # nobody has to back it up
    assert password == DEMO_PASSWORD
    assert let_in == {role: role for role in ROLES}
