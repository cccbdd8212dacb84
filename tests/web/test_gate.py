"""Who gets in, by what, and what every answer carries."""

import re

import pytest

from ogniwo.web.gate import COOKIE, CSRF_HEADER, csrf_token
from ogniwo.web.ports import Trouble
from tests.web.world import API_TOKEN, a_station, open_room, somebody

STATIONS = "/api/v1/stations"
BROWSER = "a-browser"


@pytest.mark.parametrize(
    "header",
    [None, "Bearer wrong", "Bearer", "Basic " + API_TOKEN, API_TOKEN, "Bearer " + "x" * 600],
)
@pytest.mark.parametrize("path", [STATIONS, "/api/v1/openapi.json", "/api/v1/events", "/api/none"])
async def test_nothing_under_api_opens_without_a_token(path: str, header: str | None) -> None:
    async with open_room() as room, room.client() as client:
        headers = {"authorization": header} if header else {}

        answer = await client.get(path, headers=headers)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Authorization: Bearer" in answer.json()["detail"]


async def test_the_word_bearer_may_be_written_in_any_case() -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get(STATIONS, headers={"authorization": f"bearer {API_TOKEN}"})

        assert answer.status_code == 200


async def test_the_cookie_of_the_page_may_read() -> None:
    async with open_room() as room, room.client() as client:
        room.network.bearers[BROWSER] = somebody()

        answer = await client.get(STATIONS, headers={"cookie": f"x=1; {COOKIE}={BROWSER}"})

        assert answer.status_code == 200


async def test_the_cookie_is_found_among_the_nonsense_of_others() -> None:
    async with open_room() as room, room.client() as client:
        room.network.bearers[BROWSER] = somebody()

        answer = await client.get(
            STATIONS, headers={"cookie": f'a b;{{}}=;;=; "q; {COOKIE}={BROWSER}; z'}
        )

        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({CSRF_HEADER: "guessed"}, 403),
        ({CSRF_HEADER: csrf_token(API_TOKEN)}, 403),
        ({CSRF_HEADER: csrf_token(BROWSER), "sec-fetch-site": "cross-site"}, 403),
        ({CSRF_HEADER: csrf_token(BROWSER), "origin": "http://evil.example"}, 403),
        ({CSRF_HEADER: csrf_token(BROWSER), "sec-fetch-site": "same-origin"}, 201),
        ({CSRF_HEADER: csrf_token(BROWSER)}, 201),
    ],
)
async def test_the_cookie_changes_nothing_without_the_page_s_csrf_token(
    headers: dict[str, str], status: int
) -> None:
    async with open_room() as room, room.client() as client:
        room.network.bearers[BROWSER] = somebody()
        cookie = {"cookie": f"{COOKIE}={BROWSER}"}

        answer = await client.post(STATIONS, json={"id": "CP-1"}, headers={**cookie, **headers})

        assert answer.status_code == status
        assert ("CP-1" in room.network.all_stations) == (status == 201)


async def test_a_bearer_in_the_header_wins_over_the_cookie() -> None:
    async with open_room() as room, room.program() as client:
        room.network.bearers[BROWSER] = somebody()
        room.network.all_stations["CP-1"] = a_station()

        await client.post(
            f"{STATIONS}/CP-1/commands",
            json={"command": "reset"},
            headers={"cookie": f"{COOKIE}={BROWSER}"},
        )

        assert room.network.orders[0][2] == "a program"


@pytest.mark.parametrize("path", ["/", "/healthz", STATIONS, "/static/door.css", "/nowhere"])
async def test_every_answer_carries_the_security_headers(path: str) -> None:
    async with open_room() as room, room.client() as client:
        answer = await client.get(path)

        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers


async def test_pages_hold_no_inline_script_or_style() -> None:
    async with open_room() as room, room.client() as client:
        form = (await client.get("/login")).text
        offline = (await client.get("/driver/offline")).text

        for page in (form, offline):
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
            assert re.findall(r"<script(.*?)>(.*?)</script>", page) == [
                (found, "") for found in re.findall(r"<script(.*?)>", page)
            ]


async def test_life_and_readiness_need_no_token() -> None:
    async with open_room() as room, room.client() as client:
        alive = await client.get("/healthz")
        ready = await client.get("/readyz")
        room.network.trouble = [Trouble(code="storage_away", detail="The disk is full.")]
        unready = await client.get("/readyz")

        assert alive.json() == {"status": "ok"}
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")
        assert unready.status_code == 503
        assert unready.json()["problems"] == [
            {"code": "storage_away", "detail": "The disk is full."}
        ]


async def test_metrics_are_read_on_this_machine_or_with_a_token() -> None:
    async with open_room() as room, room.client() as client:
        local = await client.get("/metrics")
        proxied = await client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"})
        known = await client.get(
            "/metrics",
            headers={"x-forwarded-for": "192.0.2.1", "authorization": f"Bearer {API_TOKEN}"},
        )

        assert "ogniwo_messages_total 5.0" in local.text
        assert local.headers["content-type"].startswith("text/plain; version=")
        assert proxied.status_code == 401
        assert known.status_code == 200
