"""A whole trace out of the HTTP interface into one file, oldest message first.

The interface tells messages newest first, page by page. The pages are put down in a temporary file
and read back from its end, so that memory holds one page, however long the trace is. What a line
looks like is ``sim.replay_trace``'s business.
"""

import heapq
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from msgspec import Struct, json
from msgspec.structs import replace

from ogniwo.base.ids import first_id_at, instant_of
from ogniwo.base.units import SECONDS_PER_HOUR, seconds
from ogniwo.cli.client import USAGE, Api, Json, fail, segment
from ogniwo.sim.replay_trace import Line, Side, head_text, line_text

PAGE_ROWS: Final = 500  # of some kilobytes each
EVENTS_PAGE_ROWS: Final = 1_000
CONNECTED: Final = "station_connected"
# A connection is looked for among the events of this long before the first message.
CONNECTED_BEFORE_US: Final = seconds(SECONDS_PER_HOUR)
# Events come in the order of their commits, not quite of their ids: so far it is read ahead.
DISORDER: Final = timedelta(seconds=10)


class Spooled(Struct, frozen=True, array_like=True):
    id: int
    line: Line


class Connection(Struct, frozen=True):
    id: int
    protocol: str


_SPOOLED: Final = json.Decoder(Spooled)


class Spool:
    """Pages in, newest first; lines out, oldest first."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._pages: list[tuple[int, int]] = []
        self.count = 0

    def put(self, page: Sequence[Spooled]) -> None:
        start = self._file.seek(0, os.SEEK_END)
        self._file.writelines(json.encode(it) + b"\n" for it in reversed(page))
        self._pages.append((start, self._file.tell()))
        self.count += len(page)

    def __iter__(self) -> Iterator[Spooled]:
        for start, end in reversed(self._pages):
            at = start
            while at < end:
                self._file.seek(at)  # other spools share the file
                text = self._file.readline()
                at = self._file.tell()
                yield _SPOOLED.decode(text)


class Connections:
    """Over which connection a message went, as far as the event log tells."""

    def __init__(self, events: Iterator[Json], protocols: Mapping[str, str]) -> None:
        """``protocols``: of each station that matters, the last one it spoke."""
        self._events = events
        self._protocols = protocols
        self._next = next(events, None)
        self._opened: dict[str, deque[Connection]] = {}  # of a station, the oldest first

    def of(self, spooled: Spooled) -> tuple[str, str | None]:
        """The protocol ("" when nothing tells) and the connection's id."""
        station = spooled.line.station
        self._read_until(spooled.line.at + DISORDER, spooled.id)
        opened = self._opened.get(station, deque())
        _forget(opened, spooled.id)
        if opened and opened[0].id < spooled.id:
            return opened[0].protocol, str(opened[0].id)
        return self._protocols.get(station, ""), None

    def _read_until(self, at: datetime, message_id: int) -> None:
        while self._next is not None and _moment(self._next["at"]) <= at:
            event = self._next
            station, protocol = event["station_id"], event["data"].get("protocol")
            if event["kind"] == CONNECTED and station in self._protocols and protocol:
                opened = self._opened.setdefault(station, deque())
                opened.append(Connection(int(event["id"]), protocol))
                _forget(opened, message_id)
            self._next = next(self._events, None)


class Export:
    """``collect`` once, then ``lines`` once; closed by ``with``."""

    def __init__(self, api: Api, *, connections: bool) -> None:
        self._api = api
        self._with_connections = connections
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._spools: list[Spool] = []
        self._protocols: dict[str, str] = {}  # of each station's last connection
        self.stations: set[str] = set()

    def __enter__(self) -> "Export":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def messages(self) -> int:
        return sum(spool.count for spool in self._spools)

    def collect(self, stations: Sequence[str], **query: object) -> None:
        """``stations``: of these only, each along its own trail; none: of all there are."""
        if stations:
            views = [self._api.get(f"/stations/{segment(it)}") for it in dict.fromkeys(stations)]
        else:
            views = list(_items(self._api, "/stations", PAGE_ROWS))
        self._protocols = {it["id"]: it["protocol"] for it in views if it["protocol"]}
        for identity in [it["id"] for it in views] if stations else [None]:
            self._walk(station_id=identity, **query)

    def lines(self, exported_at: datetime) -> Iterator[bytes]:
        yield head_text(self.messages, exported_at)
        merged = heapq.merge(*self._spools, key=lambda it: it.id)
        first = next(merged, None)
        if first is None:
            return
        events = self._events(first.id) if self._with_connections else iter(())
        connections = Connections(events, self._protocols)
        for spooled in chain((first,), merged):
            protocol, connection = connections.of(spooled)
            yield line_text(replace(spooled.line, protocol=protocol, connection=connection))

    def _walk(self, **query: object) -> None:
        spool = Spool(self._file)
        self._spools.append(spool)
        cursor: str | None = None
        while True:
            page = self._api.get("/messages", limit=PAGE_ROWS, cursor=cursor, texts=True, **query)
            kept = [_spooled(it) for it in page["items"] if self._wanted(it)]
            spool.put(kept)
            self.stations.update(it.line.station for it in kept)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _wanted(self, item: Json) -> bool:
        """Orders that were never sent have no text; of a removed station nobody can play."""
        return bool(item["call_text"]) and item["station_id"] in self._protocols

    def _events(self, first_message: int) -> Iterator[Json]:
        after = first_id_at(instant_of(first_message) - CONNECTED_BEFORE_US)
        return _items(self._api, "/event-log", EVENTS_PAGE_ROWS, after=after)


def save(lines: Iterator[bytes], output: Path) -> None:
    """The file appears when it is whole."""
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(lines)
        part.replace(output)
    except OSError as error:
        fail(f"--output: {output} cannot be written ({error.strerror}).", USAGE)
    finally:
        with suppress(OSError):
            part.unlink()


def _items(api: Api, path: str, rows: int, **query: object) -> Iterator[Json]:
    """Every item of a list, a page at a time."""
    cursor: str | None = None
    while True:
        page = api.get(path, limit=rows, cursor=cursor, **query)
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _forget(opened: deque[Connection], message_id: int) -> None:
    """Connections that were over before this message."""
    while len(opened) > 1 and opened[1].id < message_id:
        opened.popleft()


def _spooled(item: Json) -> Spooled:
    at = _moment(item["at"])
    answer = item["answer_text"]
    line = Line(
        at=at,
        station=item["station_id"],
        protocol="",  # found when the connections are known
        sender=Side.STATION if item["direction"] == "up" else Side.CSMS,
        call=item["call_text"],
        answer=answer,
        answered_at=None if answer is None else at + timedelta(milliseconds=item["latency_ms"]),
        action=item["action"],
        message_id=item["message_id"],
        session=item["session_id"],
        notes=item["notes"],
    )
    return Spooled(int(item["id"]), line)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
