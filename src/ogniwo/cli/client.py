"""The HTTP API as the command line uses it, and how its answers are shown.

Every command of these groups takes ``--url``, ``--token`` and ``--json``; ``command`` adds them
and hands the command an ``Api``. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
"""

import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from urllib.parse import quote, urlsplit

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]
Work = Callable[..., None]

URL: Final = "http://127.0.0.1:8080"
ANSWER_S: Final = 30.0
UPLOAD_S: Final = 600.0  # of silence, while the server puts a large file on its disk
EXPORT_S: Final = 900.0  # of silence: a workbook begins with what is known at its end
PAGE_ROWS: Final = 1_000
USAGE: Final = 2
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_WIDE: Final = 240  # of a table that goes into a file or a pipe: nothing is cut for lack of room

Url = Annotated[str, typer.Option(envvar="OGNIWO_URL", help="Where the server is.")]
Token = Annotated[
    str,
    typer.Option(
        envvar=["OGNIWO_TOKEN", "OGNIWO_ADMIN_TOKEN"],
        show_envvar=True,
        show_default=False,
        help="An API token of the server.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option(min=1, help="The most rows to show.")]


class Api:
    """One server, one token. What goes wrong is told in a sentence and ends the command."""

    def __init__(self, url: str, token: str, *, as_json: bool = False) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            fail(f"{url!r} is no URL of a server; write it like {URL}.", USAGE)
        self.url = url.rstrip("/")
        self.as_json = as_json
        self._headers = {"accept-language": "en"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: object) -> Json:
        return self.send("GET", path, **query)

    def send(self, method: str, path: str, body: object = None, **query: object) -> Json:
        """``query`` drops what is None; a trailing underscore keeps Python's words possible."""
        wait_s = float(str(query.get("wait") or 0))
        with self._client(ANSWER_S + wait_s) as client:
            try:
                response = client.request(method, "/api/v1" + path, params=_told(query), json=body)
            except httpx.TransportError as error:
                self._unreachable(error)
        return self._answer(response)

    def list(self, path: str, limit: int, **query: object) -> Json:
        """Up to ``limit`` items over as many pages as that takes."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            rows = min(limit - len(items), PAGE_ROWS)
            page = self.get(path, limit=rows, cursor=cursor, **query)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None or len(items) >= limit:
                return {"items": items, "next_cursor": cursor}

    def stream(self, path: str, last_id: str | None) -> Iterator[tuple[str, str | None, Json]]:
        """(kind, id, data) of each server-sent event until the server ends the stream."""
        headers = {} if last_id is None else {"last-event-id": last_id}
        with self._client(ANSWER_S) as client:
            try:
                with client.stream("GET", "/api/v1" + path, headers=headers) as response:
                    if response.is_error:
                        response.read()
                        self._answer(response)
                    yield from _server_sent(response.iter_lines())
            except httpx.TransportError as error:
                self._unreachable(error)

    def save(self, path: str, target: Path, *, wait_s: float = ANSWER_S) -> None:
        """Piece by piece, and under its name only when it is whole."""
        draft = target.with_name(target.name + ".part")
        try:
            with self._client(wait_s) as client, client.stream("GET", "/api/v1" + path) as answer:
                if answer.is_error:
                    answer.read()
                    self._answer(answer)
                with draft.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
            draft.replace(target)
        except httpx.TransportError as error:
            self._unreachable(error)
        except OSError as error:
            fail(f"Cannot write {target}: {error.strerror}; choose another place with -o.")

    def upload(self, path: str, file: Path) -> Json:
        """The file as the body, piece by piece."""
        try:
            with file.open("rb") as body, self._client(UPLOAD_S) as client:
                response = client.put("/api/v1" + path, content=body)
        except httpx.TransportError as error:
            self._unreachable(error)
        except OSError as error:
            fail(f"Cannot read {file}: {error.strerror}.")
        return self._answer(response)

    def _client(self, wait_s: float) -> httpx.Client:
        # A proxy of the surroundings is for the world outside, never for this machine.
        outside = urlsplit(self.url).hostname not in _LOCAL
        return httpx.Client(
            base_url=self.url, headers=self._headers, timeout=wait_s, trust_env=outside
        )

    def _answer(self, response: httpx.Response) -> Json:
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            answer = response.json()
        except ValueError:
            fail(f"{self.url} answered with something that is no JSON; is it an Ogniwo server?")
        if response.is_error:
            self._refused(response, answer if isinstance(answer, dict) else {})
        return answer if isinstance(answer, dict) else {"answer": answer}

    def _refused(self, response: httpx.Response, problem: Json) -> NoReturn:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            fail("The server does not know this token; give one with --token or OGNIWO_TOKEN.")
        wrong = response.status_code == httpx.codes.BAD_REQUEST
        fail(str(problem.get("detail") or response.reason_phrase), USAGE if wrong else 1)

    def _unreachable(self, error: httpx.TransportError) -> NoReturn:
        if isinstance(error, httpx.TimeoutException):
            fail(f"{self.url} did not answer in time; try again, or look at its /readyz.")
        fail(
            f"No server answers at {self.url}; start it with 'ogniwo serve', "
            "or say where it is with --url."
        )


def command(app: typer.Typer, name: str) -> Callable[[Work], Work]:
    """Registers a function whose first parameter is the ``Api``; the rest are its own options."""

    def register(work: Work) -> Work:
        own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
        shared = [
            _option("url", Url, URL),
            _option("token", Token, ""),
            _option("as_json", AsJson, default=False),
        ]

        @wraps(work)
        def run(*, url: str, token: str, as_json: bool, **options: object) -> None:
            work(Api(url, token, as_json=as_json), **options)

        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in [*own, *shared]
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name)(run)
        return work

    return register


def fail(sentence: str, code: int = 1) -> NoReturn:
    print(f"ogniwo: {clean(sentence)}", file=sys.stderr)
    raise typer.Exit(code)


def segment(name: str) -> str:
    """A name as one part of a path: identities may hold spaces and bars."""
    return quote(name, safe="")


def show_table(
    api: Api, page: Json, columns: Sequence[tuple[str, Callable[[Json], object]]], *, none: str
) -> None:
    """A list as the server gave it, or as a table; ``none`` is said when it is empty."""
    if api.as_json:
        show_json(page)
        return
    if not page["items"]:
        print(none)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, _ in columns:
        table.add_column(title, overflow="fold")
    for item in page["items"]:
        table.add_row(*(Text(clean(value(item))) for _, value in columns))
    console().print(table)
    if page.get("next_cursor"):
        print("There are more; ask for them with --limit.", file=sys.stderr)


def show_facts(api: Api, whole: Json, facts: Mapping[str, object]) -> None:
    """One thing, as the server gave it or line by line."""
    if api.as_json:
        show_json(whole)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for title, value in facts.items():
        if value not in {None, ""}:
            table.add_row(Text(title, style="dim"), Text(clean(value)))
    console().print(table)


def show_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    seen = Console()
    return seen if seen.is_terminal else Console(width=_WIDE)


def clean(value: object) -> str:
    """Text of strangers for a terminal: what could steer it is shown, not obeyed."""
    text = "–" if value is None or value == "" else str(value).replace("\u00a0", " ")
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def moment(text: str | None) -> str:
    """``2026-05-17T08:30:00.123Z`` as ``2026-05-17 08:30:00``, still UTC."""
    return text[:19].replace("T", " ") if text else "–"


def kilowatts(power_w: int | None) -> str:
    return "–" if power_w is None else f"{power_w / 1000:.1f} kW"


def kilowatt_hours(energy_wh: int | None) -> str:
    return "–" if energy_wh is None else f"{energy_wh / 1000:.3f} kWh"


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _told(query: Mapping[str, object]) -> dict[str, str]:
    found = {name.rstrip("_"): value for name, value in query.items() if value is not None}
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in found.items()
    }


def _server_sent(lines: Iterator[str]) -> Iterator[tuple[str, str | None, Json]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            if "data" in fields:
                data = json.loads(fields["data"])
                yield fields.get("event", "message"), fields.get("id"), data
            fields = {}
