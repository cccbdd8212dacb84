"""People at a real server: let in by an invitation, signed in as a browser is."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from tests.system.server import Api, Server

PASSWORD: Final = "correct horse battery"
ROLES: Final = ("viewer", "technician", "energy_manager", "finance", "operator", "admin")
ACCEPTED: Final = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class Browser:
    """What a person holds: cookies, and the token that the page sends along."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        """Where the API is, with the cookies of now."""
        async with httpx.AsyncClient(
            base_url=self.client.base_url.join("/api/v1"),
            cookies=self.client.cookies,
            timeout=30.0,
            trust_env=False,
        ) as client:
            yield Api(client)

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self._post("/login", login=login, password=password)
        await self._know()
        return answer

    async def choose(self, path: str, **form: str) -> httpx.Response:
        """The form behind a one-time link, filled in."""
        code = path.partition("code=")[2]
        given = {"code": code, "password": PASSWORD, "again": PASSWORD} | form
        answer = await self._post("/login/link", **given)
        await self._know()
        return answer

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"x-ogniwo-csrf": self.csrf}
        return await self.client.request(method, "/api/v1" + path, json=body, headers=headers)

    async def get(self, path: str) -> Any:
        answer = await self.client.get("/api/v1" + path)
        assert answer.is_success, answer.text
        return answer.json()

    async def _post(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data=form, headers=ACCEPTED)

    async def _know(self) -> None:
        me = await self.client.get("/api/v1/me")
        self.csrf = me.json()["csrf"] if me.is_success else ""


@asynccontextmanager
async def browser(server: Server) -> AsyncIterator[Browser]:
    base = f"http://{server.http}"
    async with httpx.AsyncClient(base_url=base, timeout=30.0, trust_env=False) as client:
        yield Browser(client)


@asynccontextmanager
async def signed_in(
    api: Api, server: Server, role: str, *, sites: list[str] | None = None
) -> AsyncIterator[Browser]:
    """Somebody new with that role, who has chosen a password."""
    login = await a_person(api, role, sites=sites)
    async with browser(server) as one:
        invited = await api.post(f"/users/{await id_of(api, login)}/invitation")
        await one.choose(invited["path"])
        yield one


async def a_person(api: Api, role: str, *, sites: list[str] | None = None) -> str:
    """Invited; the login."""
    login = f"{role}-{secrets.token_hex(4)}"
    await api.post("/users", {"login": login, "role": role, "sites": sites})
    return login


async def id_of(api: Api, login: str) -> str:
    return str(next(it["id"] for it in await api.all("/users") if it["login"] == login))
