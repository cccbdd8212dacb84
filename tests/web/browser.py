"""The system's Chromium over its DevTools protocol: enough to read a page and click in it."""

import asyncio
import base64
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE_S: Final = 10.0
STEP_S: Final = 0.05


class Tab:
    """One page. ``errors`` collects what it threw, logged as an error or was refused by the CSP."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self.errors: list[str] = []

    async def listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.errors.append(str(message["params"]["exceptionDetails"]))
            elif message["method"] == "Log.entryAdded":
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.errors.append(f"{entry['text']} {entry.get('url', '')}")

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        call = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send(json.dumps(call))
        message = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    async def go(self, url: str) -> None:
        await self.send("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def run(self, script: str) -> Any:
        """The value of an expression, promises awaited."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, claim: str) -> None:
        """Waits until an expression is true; fails with the page's text when it never is."""
        for _ in range(round(PATIENCE_S / STEP_S)):
            with contextlib.suppress(AssertionError):  # between two documents there is none
                if await self.run(f"Boolean({claim})"):
                    return
            await asyncio.sleep(STEP_S)
        text = await self.run("document.body.innerText")
        raise AssertionError(f"never true: {claim}\n{self.errors}\n{text}")

    async def text(self, selector: str = "body") -> str:
        return str(await self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def click(self, selector: str) -> None:
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def view(self, width: int, height: int, *, mobile: bool = False) -> None:
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )

    async def prefer(self, scheme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.send("Emulation.setEmulatedMedia", features=[feature])

    async def picture(self) -> bytes:
        """What is seen, as PNG."""
        taken = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(taken["data"])


@contextlib.asynccontextmanager
async def open_tab(*, language: str = "en") -> AsyncIterator[Tab]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--accept-lang={language}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = await _page_address(Path(profile))
            async with connect(address, max_size=None) as socket, asyncio.TaskGroup() as tasks:
                tab = Tab(socket)
                listener = tasks.create_task(tab.listen(), name="devtools")
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await tab.send(f"{domain}.enable")
                yield tab
                listener.cancel()
        finally:
            process.kill()
            await process.wait()


async def _page_address(profile: Path) -> str:
    """Chromium writes its port into the profile; the port lists the pages there are."""
    file = profile / "DevToolsActivePort"
    for _ in range(round(PATIENCE_S / STEP_S)):
        if file.exists() and (lines := file.read_text().split()):
            break
        await asyncio.sleep(STEP_S)
    else:
        raise AssertionError("Chromium did not start")
    port = int(lines[0])
    async with httpx.AsyncClient(trust_env=False) as client:
        pages = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
    return str(next(page for page in pages if page["type"] == "page")["webSocketDebuggerUrl"])
