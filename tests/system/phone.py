"""A driver's phone: a browser that keeps its cookies, follows redirects and sends forms.

Without JavaScript; what it sees is the text of the pages.
"""

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from tests.system.server import PATIENCE_S, Api, Server

STEP_S: Final = 0.25  # a page is looked at, not hammered: so many looks an address has
PASSWORD: Final = "a long enough password"
TAGS: Final = re.compile(r"<(script|style|head).*?</\1>|<[^>]+>", re.DOTALL)


class Phone:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0

    @property
    def text(self) -> str:
        words = html.unescape(TAGS.sub(" ", self.page))
        return " ".join(words.replace("\u00a0", " ").split())

    async def open(self, path: str) -> str:
        return self._seen(await self.client.get(path))

    async def send(self, path: str, **form: str) -> str:
        return self._seen(await self.client.post(path, data=form))

    async def sees(self, path: str, words: str, *, within_s: float = PATIENCE_S) -> str:
        """Looks again until the page says so."""
        deadline = time.monotonic() + within_s
        while words not in await self.open(path):
            assert time.monotonic() < deadline, f"never said {words!r}: {self.text}"
            await asyncio.sleep(STEP_S)
        return self.text

    def offers(self, path: str) -> bool:
        """Is there a form on the page that goes there?"""
        return f'action="{path}"' in self.page

    def _seen(self, answer: httpx.Response) -> str:
        self.page, self.status = answer.text, answer.status_code
        return self.text


@asynccontextmanager
async def a_phone(server: Server, language: str = "en") -> AsyncIterator[Phone]:
    async with httpx.AsyncClient(
        base_url=f"http://{server.http}",
        headers={"accept-language": language},
        follow_redirects=True,
        timeout=30.0,
        trust_env=False,
    ) as client:
        yield Phone(client)


@asynccontextmanager
async def a_driver(server: Server, api: Api, email: str) -> AsyncIterator[Phone]:
    """On file by an operator, and signed in with a password of the driver's own."""
    made = await api.post("/drivers", {"email": email})
    code = made["invite_url"].partition("code=")[2]
    async with a_phone(server) as phone:
        await phone.send("/driver/invite", code=code, password=PASSWORD)
        assert "Hello" in phone.text, phone.text
        yield phone
