"""A real server process on this machine, and its HTTP API as a program sees it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from tests.services.ports import HOST, free_ports

TOKEN: Final = "a-token-for-tests-only"
READY_WITHIN_S: Final = 30.0
STOPPED_WITHIN_S: Final = 15.0
PATIENCE_S: Final = 10.0
STEP_S: Final = 0.02
TOLD: Final = re.compile(r"^(Console|OCPP|OCPP TLS) +\w+://([^/\s]+)/", re.MULTILINE)

Json = Any
T = TypeVar("T")


class Server:
    """``ogniwo serve`` on one data directory; what it printed is kept in files beside it."""

    def __init__(self, data_dir: Path, *options: str, unknown_stations: str = "accept") -> None:
        self.data_dir = data_dir
        self.http = f"{HOST}:0"
        self.ocpp = f"{HOST}:0"
        self.ocpp_tls: str | None = None
        self.environment: dict[str, str] = {}  # beside the test's own
        self._options = (*options, "--unknown-stations", unknown_stations)
        self._tells = {"Console", "OCPP"} | ({"OCPP TLS"} if "--ocpp-tls" in options else set())
        self._process: subprocess.Popen[bytes] | None = None
        self._out = data_dir.with_name(f"{data_dir.name}.out")
        self._err = data_dir.with_name(f"{data_dir.name}.err")

    @property
    def database(self) -> Path:
        return self.data_dir / "ogniwo.db"

    @property
    def stderr(self) -> str:
        return self._err.read_text(errors="replace") if self._err.exists() else ""

    @property
    def stdout(self) -> str:
        return self._out.read_text()

    def url(self, identity: str, *, tls: bool = False) -> str:
        where = f"wss://{self.ocpp_tls}" if tls else f"ws://{self.ocpp}"
        return f"{where}/ocpp/{quote(identity, safe='')}"

    def on_fixed_ports(self) -> "Server":
        """For servers that come back where they were, while clients call all the time."""
        self.http, self.ocpp = (f"{HOST}:{port}" for port in free_ports(2))
        return self

    def launch(self) -> None:
        """On the ports it had before, if it ran before."""
        addresses = ("--http", self.http, "--ocpp", self.ocpp)
        self._process = launch(
            ("serve", "--data-dir", str(self.data_dir), *addresses, *self._options),
            out=self._out,
            err=self._err,
            environment=self.environment,
        )

    def start(self) -> None:
        """Returns when it is ready."""
        self.launch()
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not get ready:\n{self.stderr}")
            time.sleep(STEP_S)

    def stop(self) -> None:
        """As an operator does, and nothing may go wrong on the way."""
        code = self.end()
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.stderr}"
        assert "Traceback" not in self.stderr, self.stderr
        assert TOKEN not in self.stderr + self._out.read_text(), "the token was printed"

    def end(self) -> int:
        """Ask it to stop and wait; its exit code."""
        process = self._running
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM had no effect:\n{self.stderr}") from None
        finally:
            self._process = None

    def kill(self) -> None:
        """As the power does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server is not running"
        return self._process

    def _is_ready(self) -> bool:
        told = dict(TOLD.findall(self._out.read_text()))
        if not self._tells <= told.keys():  # it prints them one after the other
            return False
        self.http, self.ocpp, self.ocpp_tls = told["Console"], told["OCPP"], told.get("OCPP TLS")
        try:
            ready = httpx.get(f"http://{self.http}/readyz", trust_env=False, timeout=5.0)
        except httpx.TransportError:
            return False
        return ready.status_code == 200


def launch(
    arguments: tuple[str, ...],
    *,
    out: Path,
    err: Path,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """``python -m ogniwo`` with nothing of ours in its environment but the token."""
    ours = {"OGNIWO_ADMIN_TOKEN": TOKEN, "PYTHONDEVMODE": "", **(environment or {})}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OGNIWO_")}
    with out.open("wb") as stdout, err.open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "ogniwo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**kept, **ours},
            cwd=out.parent,
        )


class Api:
    """The HTTP API with the administrator's token; every answer must be a success."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **query: object) -> Json:
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: object = None, **query: object) -> Json:
        return await self._ask("POST", path, json=body, params=query)

    async def patch(self, path: str, **body: object) -> Json:
        return await self._ask("PATCH", path, json=body)

    async def put(self, path: str, **body: object) -> Json:
        return await self._ask("PUT", path, json=body)

    async def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Status and code of a request that is to be refused."""
        answer = await self.client.request(method, path, json=body)
        assert answer.is_error, answer.text
        return answer.status_code, answer.json()["code"]

    async def station(self, identity: str) -> Json:
        return await self.get(f"/stations/{quote(identity, safe='')}")

    async def token(self, uid: str, **fields: object) -> str:
        await self.post("/tokens", {"uid": uid, **fields})
        return uid

    async def order(
        self, identity: str, command: str, *, wait_s: float = 0, **fields: object
    ) -> Json:
        path = f"/stations/{quote(identity, safe='')}/commands"
        return await self.post(path, {"command": command, **fields}, wait=wait_s)

    async def sessions(self, identity: str, **query: object) -> list[Json]:
        """Oldest first."""
        found = await self.all("/sessions", station_id=identity, **query)
        return found[::-1]

    async def only_holding(self, identity: str, kind: str) -> Json:
        (found,) = await self.all(f"/stations/{identity}/holdings", kind=kind)
        return found

    async def only_session(self, identity: str) -> Json:
        sessions = await self.sessions(identity)
        assert len(sessions) == 1, sessions
        return sessions[0]

    async def all(self, path: str, **query: object) -> list[Json]:
        """Every item of a list, page after page."""
        items: list[Json] = []
        page = await self.get(path, limit=1_000, **query)
        items += page["items"]
        while page["next_cursor"] is not None:
            page = await self.get(path, limit=1_000, cursor=page["next_cursor"], **query)
            items += page["items"]
        return items

    async def until(
        self,
        ask: Callable[[], Awaitable[T]],
        holds: Callable[[T], bool],
        *,
        within_s: float = PATIENCE_S,
    ) -> T:
        """Ask again until the answer is as it should be, for what happens in a moment."""
        deadline = time.monotonic() + within_s
        while not holds(answer := await ask()):
            assert time.monotonic() < deadline, f"never came true, last answer: {answer}"
            await asyncio.sleep(STEP_S)
        return answer

    async def has_left(self, identity: str) -> None:
        """Until the server has put a disconnected station aside, not only noticed its leaving."""

        async def left() -> bool:
            events = (await self.get("/event-log", limit=200))["items"]
            newest = [it["kind"] for it in events if it["station_id"] == identity]
            return newest[:1] == ["station_disconnected"]

        await self.until(left, bool)

    async def evse_statuses(self, identity: str) -> dict[int, str]:
        station = await self.station(identity)
        return {evse["id"]: evse["status"] for evse in station["evses"]}

    async def _ask(self, method: str, path: str, **options: Any) -> Json:
        answer = await self.client.request(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@asynccontextmanager
async def api_of(server: Server) -> AsyncIterator[Api]:
    base = f"http://{server.http}/api/v1"
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        base_url=base, headers=bearer, timeout=30.0, trust_env=False
    ) as client:
        yield Api(client)


@asynccontextmanager
async def serving(
    data_dir: Path, *options: str, unknown_stations: str = "accept"
) -> AsyncIterator[tuple[Server, Api]]:
    """A server of a test's own, stopped cleanly at its end."""
    server = Server(data_dir, *options, unknown_stations=unknown_stations)
    await asyncio.to_thread(server.start)
    try:
        async with api_of(server) as api:
            yield server, api
        if server.running:
            await asyncio.to_thread(server.stop)
    finally:
        server.kill()
