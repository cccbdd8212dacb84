"""The way in, the console's page as it was built, and the files of pages drawn by the server."""

import html
import re
from pathlib import Path

import pytest

from ogniwo.web.gate import COOKIE
from tests.web.world import API_TOKEN, open_room

PL = {"accept-language": "pl,en;q=0.5"}
BROWSER = {"accept": "text/html"}


def built_console(folder: Path) -> Path:
    """As the build leaves it, in small."""
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "main-4f1a.js").write_text("console.log('here');" * 100)
    (folder / "index.html").write_text(
        '<html lang="{{lang}}" data-theme="{{theme}}"><meta name="csrf" content="{{csrf}}">'
        '<meta name="ocpp-url" content="{{ocpp_url}}"><noscript>{{frame.needs_script}}</noscript>'
    )
    return folder


async def test_without_a_session_the_page_is_a_form_and_nothing_else() -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get("/")

        assert answer.status_code == 200
        assert 'name="token"' in answer.text
        assert "ws://127.0.0.1:9000" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_an_api_token_signs_in_and_stays_out_of_the_browser(tmp_path: Path) -> None:
    async with open_room(console_dir=built_console(tmp_path)) as room, room.client() as client:
        answer = await client.post("/login", data={"token": f"  {API_TOKEN}\n"})
        inside = await client.get("/")
        me = (await client.get("/api/v1/me")).json()

        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"].lower()
        assert API_TOKEN not in cookie
        for part in ("httponly", "samesite=strict", "path=/", "max-age="):
            assert part in cookie
        assert 'name="ocpp-url" content="ws://127.0.0.1:9000/ocpp/"' in inside.text
        assert f'name="csrf" content="{me["csrf"]}"' in inside.text
        assert 'name="token"' not in inside.text


@pytest.mark.parametrize("token", ["wrong", "x" * 5_000])
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


async def test_signing_out_ends_the_session_itself() -> None:
    async with open_room() as room, room.client() as client:
        await client.post("/login", data={"token": API_TOKEN})
        bearer = client.cookies[COOKIE]
        csrf = (await client.get("/api/v1/me")).json()["csrf"]

        forged = await client.post("/logout", data={"csrf": "guessed"})
        still_in = bearer in room.network.bearers
        answer = await client.post("/logout", data={"csrf": csrf})

        assert forged.status_code == answer.status_code == 303
        assert still_in
        assert bearer not in room.network.bearers
        assert answer.headers["location"] == "/login?out=1"
        assert "You are signed out" in (await client.get("/login?out=1")).text
        assert 'name="token"' in (await client.get("/")).text


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/sessions/123", "/sessions/123"),
        ("/stations?status=faulted&q=a%20b", "/stations?status=faulted&q=a%20b"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/x", "/"),
        ("stations", "/"),
    ],
)
async def test_after_signing_in_one_is_where_one_wanted_to_be_on_this_server(
    wanted: str, led_to: str
) -> None:
    async with open_room() as room, room.client() as client:
        form = await client.get("/login", params={"next": wanted})
        (kept,) = set(re.findall(r'name="next" value="([^"]*)"', form.text))
        answer = await client.post("/login", data={"token": API_TOKEN, "next": wanted})
        again = await client.get("/login", params={"next": wanted})

        assert html.unescape(kept) == led_to
        assert answer.headers["location"] == led_to
        assert (again.status_code, again.headers["location"]) == (303, led_to)


async def test_the_form_at_a_page_of_the_console_leads_back_to_it() -> None:
    async with open_room() as room, room.client() as client:
        asked = "/sessions/123?tab=trace"
        answer = await client.get(asked, headers={"accept": "text/html"})

        assert 'name="next" value="/sessions/123?tab=trace"' in answer.text


async def test_whoever_follows_a_link_from_elsewhere_is_asked_for_the_cookie_once_more() -> None:
    async with open_room() as room, room.client() as client:
        asked = "/sessions/123"
        browser = {"accept": "text/html", "sec-fetch-site": "cross-site"}
        first = await client.get(asked, headers=browser)
        second = await client.get(asked, headers=browser | {"sec-fetch-site": "same-origin"})

        assert 'http-equiv="refresh" content="0; url=/sessions/123"' in first.text
        assert 'name="login"' in second.text


async def test_the_language_is_switched_without_a_script() -> None:
    async with open_room() as room, room.client() as client:
        form = await client.get("/login", params={"next": "/stations"})
        (link,) = re.findall(r'href="([^"]*)" lang="pl"', form.text)
        switched = await client.get(html.unescape(link))
        after = await client.get("/login")

        assert 'name="next" value="/stations"' in switched.text
        for page in (switched, after):
            assert '<html lang="pl"' in page.text
            assert "Logowanie" in page.text
        # The console changes the language by a script.
        assert "httponly" not in switched.headers["set-cookie"].lower()


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
        first = await client.get("/static/door.css")
        again = await client.get(
            "/static/door.css", headers={"if-none-match": first.headers["etag"]}
        )

        assert first.headers["content-type"].startswith("text/css")
        assert first.headers["content-encoding"] == "gzip"
        assert first.headers["cache-control"] == "no-cache"
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["../__init__.py", "..%2f__init__.py", "nothing.js", ""])
async def test_only_the_pages_files_are_served(path: str) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get(f"/static/{path}")

        assert answer.status_code == 404


async def test_every_file_that_the_form_names_is_there_and_kept_by_the_browser() -> None:
    async with open_room() as room, room.client() as client:
        form = (await client.get("/login")).text
        named = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', form))
        for path in named:
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["cache-control"]) == (
                200,
                "public, max-age=31536000, immutable",
            )

        assert {it.partition("?")[0] for it in named} == {
            f"/static/{name}" for name in ("mark.svg", "tokens.css", "door.css", "brand.svg")
        }


async def test_the_console_s_files_are_kept_by_the_browser(tmp_path: Path) -> None:
    async with open_room(console_dir=built_console(tmp_path)) as room, room.client() as client:
        file = await client.get("/assets/main-4f1a.js")
        nothing = await client.get("/assets/main-0000.js")
        outside = await client.get("/assets/..%2findex.html")

        assert "immutable" in file.headers["cache-control"]
        assert file.headers["content-encoding"] == "gzip"
        assert file.text.startswith("console.log")
        assert nothing.status_code == outside.status_code == 404


@pytest.mark.parametrize("path", ["/", "/stations", "/sessions/123?tab=trace"])
@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "The console is not built"), ("pl", "Konsola nie jest zbudowana")],
)
async def test_where_no_console_was_built_its_addresses_say_what_to_do(
    path: str, language: str, title: str, tmp_path: Path
) -> None:
    headers = BROWSER | {"accept-language": language}
    async with open_room(console_dir=tmp_path) as room, room.client(headers=headers) as client:
        form = await client.get(path)
        await client.post("/login", data={"token": API_TOKEN})
        answer = await client.get(path)
        csrf = re.findall(r'name="csrf" value="(\w+)"', answer.text)[0]
        await client.post("/logout", data={"csrf": csrf})

        assert 'name="token"' in form.text
        assert answer.status_code == 503
        assert f"<h1>{title}</h1>" in answer.text
        assert "make setup" in answer.text
        assert "wheel" in answer.text
        assert (await client.get("/api/v1/me")).status_code == 401
