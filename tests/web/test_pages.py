"""The way in and the page's own files."""

import re

import pytest

from ogniwo.web.gate import COOKIE
from tests.web.world import API_TOKEN, open_room

PL = {"accept-language": "pl,en;q=0.5"}


async def test_without_a_session_the_page_is_a_form_and_nothing_else() -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get("/")

        assert answer.status_code == 200
        assert 'name="token"' in answer.text
        assert "ws://127.0.0.1:9000" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_an_api_token_signs_in_and_stays_out_of_the_browser() -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.post("/login", data={"token": f"  {API_TOKEN}\n"})
        inside = await client.get("/")

        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert API_TOKEN not in cookie
        for part in ("httponly", "samesite=strict", "path=/", "max-age="):
            assert part in cookie
        assert "ws://127.0.0.1:9000/ocpp/" in inside.text
        assert 'name="token"' not in inside.text


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5_000])
async def test_a_wrong_token_is_told_on_the_form(token: str) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.post("/login", data={"token": token}, headers=PL)

        assert "set-cookie" not in answer.headers
        assert "Ten token nie jest tu znany" in answer.text


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
async def test_another_site_cannot_sign_anybody_in(headers: dict[str, str]) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.post("/login", data={"token": API_TOKEN}, headers=headers)

        assert "set-cookie" not in answer.headers
        assert 'name="token"' in answer.text


async def test_the_one_time_link_works_once() -> None:
    async with open_room() as room:
        async with room.client() as first:
            answer = await first.get("/login", params={"code": "once"})
            inside = await first.get("/")
        async with room.client() as second:
            again = await second.get("/login", params={"code": "once"})

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert 'name="token"' not in inside.text
        assert "set-cookie" not in again.headers
        assert "This link was used before" in again.text


async def test_signing_out_ends_the_session_itself() -> None:
    async with open_room() as room, room.client() as client:
        await client.post("/login", data={"token": API_TOKEN})
        bearer = client.cookies[COOKIE]
        csrf = re.findall(r'name="csrf" content="(\w+)"', (await client.get("/")).text)[0]

        forged = await client.post("/logout", data={"csrf": "guessed"})
        still_in = bearer in room.network.bearers
        answer = await client.post("/logout", data={"csrf": csrf})

        assert forged.status_code == answer.status_code == 303
        assert still_in
        assert bearer not in room.network.bearers
        assert 'name="token"' in (await client.get("/")).text


@pytest.mark.parametrize(
    ("cookie", "accept", "lang"),
    [
        ("", "pl,en;q=0.5", "pl"),
        ("", "en-GB,en;q=0.9,pl;q=0.8", "en"),
        ("", "de", "en"),
        ("", "de;q=1,pl;q=0.2", "pl"),
        ("", ";;q=x,,", "en"),
        ("ogniwo_lang=pl", "en", "pl"),
        ("ogniwo_lang=xx", "pl", "pl"),
    ],
)
async def test_the_language_is_the_chosen_one_or_the_browser_s(
    cookie: str, accept: str, lang: str
) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get("/", headers={"accept-language": accept, "cookie": cookie})

        assert f'<html lang="{lang}"' in answer.text


async def test_the_theme_is_in_the_first_byte() -> None:
    async with open_room() as room, room.client() as client:
        dark = await client.get("/", headers={"cookie": "ogniwo_theme=dark"})
        hostile = await client.get("/", headers={"cookie": 'ogniwo_theme="><script>'})

        assert 'data-theme="dark"' in dark.text
        assert 'data-theme="auto"' in hostile.text


async def test_files_are_asked_for_again_only_by_their_tag() -> None:
    async with open_room() as room, room.client() as client:
        first = await client.get("/static/console.css")
        again = await client.get(
            "/static/console.css", headers={"if-none-match": first.headers["etag"]}
        )

        assert first.headers["content-type"].startswith("text/css")
        assert first.headers["cache-control"] == "no-cache"
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["../console.html", "..%2fconsole.html", "nothing.js", ""])
async def test_only_the_page_s_files_are_served(path: str) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get(f"/static/{path}")

        assert answer.status_code == 404


async def test_every_module_and_picture_that_is_named_exists() -> None:
    async with open_room() as room, room.client() as client:
        await client.post("/login", data={"token": API_TOKEN})
        seen: set[str] = set()
        waiting = re.findall(r'(?:src|href)="(/static/[^"#]+)', (await client.get("/")).text)
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = await client.get(path)
            assert answer.status_code == 200, path
            if path.endswith(".js"):
                found = re.findall(r'from "\./([\w.]+)"', answer.text)
                waiting += [f"/static/{name}" for name in found]

        assert {"/static/console.js", "/static/dom.js", "/static/console.css"} <= seen
