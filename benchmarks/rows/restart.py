"""A restart after a crash, with 100,000 stations and 20,000 open sessions in the database."""

import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.contenders import (
    ALL,
    READY_S_MAX,
    Contender,
    ContenderError,
    Place,
    Server,
    answers,
    launch,
    listening,
)
from benchmarks.machine import Watched, cpu_use, read_cpu
from benchmarks.member import Member
from benchmarks.place import place_for
from benchmarks.processes import family
from benchmarks.row import Outcome, Plan, Size, at_most
from benchmarks.standing import Standing, fill_file, fill_server
from ogniwo.base.clock import SystemClock

SERVING_S_MAX: Final = 5.0
STEP_S: Final = 0.005
CHARGING: Final = 0  # a station that does
# Everybody was connected to the process that is no more: so a crash leaves them.
ALL_CONNECTED: Final = "UPDATE station_head SET owner = {owner}, connected_since = {since}"
COLUMNS: Final = (
    "",
    "stations' port",
    "HTTP port",
    "/readyz",
    "first reading answered",
    "low to high",
    "CPU until then",
    "before: filled in",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    repeats: int


EXTENTS: Final = {
    Size.TINY: Extent(stations=200, repeats=1),
    Size.SHORT: Extent(stations=20_000, repeats=2),
    Size.FULL: Extent(stations=100_000, repeats=3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Seconds from the start of the process."""

    ocpp_s: float
    http_s: float
    ready_s: float
    answered_s: float
    cpu_s: float
    strangers: float

    @property
    def serving_s(self) -> float:
        return max(self.ocpp_s, self.http_s, self.ready_s, self.answered_s)


@dataclass(frozen=True, slots=True)
class Starts:
    contender: Contender
    filled_s: float
    starts: list[Start]
    void: str | None


class Restart:
    order = 8
    name = "restart"
    title = "restart after a crash with 100,000 stations and 20,000 open sessions"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = Extent(
            stations=plan.stations or usual.stations, repeats=plan.repeats or usual.repeats
        )
        asked = plan.contenders or {"product", "postgres"}
        measured = [
            measure(ALL[name], extent, plan) for name in ("product", "postgres") if name in asked
        ]
        return outcome(measured, extent)


def measure(contender: Contender, extent: Extent, plan: Plan) -> Starts:
    standing = Standing(stations=extent.stations, until=SystemClock().now_us())
    with place_for(contender, plan) as place:
        begun_s = time.perf_counter()
        url = place.services.database_url
        fill_server(url, standing) if url else fill_file(place.data, standing)
        filled_s = time.perf_counter() - begun_s
        before = contender.stored(place)
        member = Member(CHARGING, standing)
        if url:  # the node that is to crash must be on file
            restart(contender, place, member, plan)
        starts = []
        for number in range(1, extent.repeats + 1):
            leave_connected(place, node=number)
            starts.append(restart(contender, place, member, plan))
            plan.tell(f"restart {number} {contender.name}: {starts[-1].serving_s:.2f} s")
        after = contender.stored(place)
    assert before is not None
    assert after is not None
    void = None
    if after.readings - before.readings != member.acknowledged:
        void = f"{member.acknowledged} readings were acknowledged, {after} are stored"
    return Starts(contender, filled_s, starts, void)


def restart(contender: Contender, place: Place, member: Member, plan: Plan) -> Start:
    """Start, measure, and crash."""
    begun_s = time.perf_counter()
    server = launch(contender, place, plan.cores)
    try:
        watched = Watched(plan.cores, server.group, place.services.processes)
        return watch(server, member, begun_s, watched)
    except ContenderError as error:
        error.add_note(place.log.read_text()[-2000:])
        raise
    finally:
        server.kill()


def watch(server: Server, member: Member, begun_s: float, watched: Watched) -> Start:
    place = server.place
    before = read_cpu(watched)
    seen_s: dict[str, float] = {}
    health = f"http://127.0.0.1:{place.http_port}/readyz"
    signs: dict[str, Callable[[], bool]] = {
        "http_s": lambda: listening(place.http_port),
        "ocpp_s": lambda: listening(place.ocpp_port),
        "ready_s": lambda: answers(health),
        "answered_s": lambda: answered(member, place.ocpp_port),
    }
    while len(seen_s) < len(signs):
        for name, there in signs.items():
            if name not in seen_s and there():
                seen_s[name] = time.perf_counter() - begun_s
        if server.process.poll() is not None or time.perf_counter() - begun_s > READY_S_MAX:
            raise ContenderError(f"{server.contender.name} did not start: only {seen_s}")
        time.sleep(STEP_S)
    strangers = cpu_use(before, read_cpu(watched), watched).strangers
    return Start(**seen_s, cpu_s=family(server.group).cpu_s, strangers=strangers)


def answered(member: Member, port: int) -> bool:
    """A station connects and delivers a reading; False where nobody listens yet."""
    acknowledged = member.acknowledged
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=READY_S_MAX) as connection:
            connection.sendall(member.hello("127.0.0.1", port))
            while member.acknowledged == acknowledged:
                said = member.heard(connection.recv(4_096), time.perf_counter())
                connection.sendall(said)
    except ConnectionRefusedError:
        return False
    member.lost()
    return True


def leave_connected(place: Place, *, node: int) -> None:
    since = SystemClock().now_us()
    postgres = place.services.postgres
    if postgres is not None:
        postgres.run(ALL_CONNECTED.format(owner=node, since=since), place.services.database)
        return
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute(ALL_CONNECTED.format(owner="NULL", since=since))
        connection.commit()


def outcome(measured: list[Starts], extent: Extent) -> Outcome:
    charging = Standing(stations=extent.stations, until=0).charging
    return Outcome(
        name=Restart.name,
        title=Restart.title,
        scale=f"{extent.stations:,} stations, {charging:,} open sessions, {extent.repeats} restarts"
        " after kill -9, all stations on file as connected",
        columns=COLUMNS,
        lines=[line(it) for it in measured],
        verdicts=[
            at_most(
                median(start.serving_s for start in it.starts),
                SERVING_S_MAX,
                "s",
                f"{it.contender.title} serves after",
            )
            for it in measured
        ],
        voids=[it.void for it in measured if it.void],
        figures={it.contender.name: [start.serving_s for start in it.starts] for it in measured},
    )


def line(measured: Starts) -> tuple[str, ...]:
    starts = measured.starts
    serving_s = sorted(it.serving_s for it in starts)
    return (
        measured.contender.title,
        f"{median(it.ocpp_s for it in starts):.2f} s",
        f"{median(it.http_s for it in starts):.2f} s",
        f"{median(it.ready_s for it in starts):.2f} s",
        f"{median(it.answered_s for it in starts):.2f} s",
        f"{serving_s[0]:.2f} to {serving_s[-1]:.2f} s",
        f"{median(it.cpu_s for it in starts):.2f} s",
        f"{measured.filled_s:.0f} s",
    )


ROW = Restart()
