"""A small charging network in memory behind the web room's ports, served by the real server."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence, Set
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import httpx
from msgspec import UNSET
from msgspec.structs import asdict, replace
from prometheus_client import CollectorRegistry, Counter

from ogniwo.app.filters import (
    CommandFilter,
    Cut,
    HoldingFilter,
    MessageFilter,
    OrphanFilter,
    SessionFilter,
    StationFilter,
    TokenFilter,
)
from ogniwo.app.views import (
    AttemptView,
    CapabilityView,
    CommandView,
    EventView,
    HoldingView,
    MessageContext,
    MessageView,
    OrphanStopView,
    Page,
    QuirksView,
    SampleView,
    SessionView,
    StationView,
    TelemetryView,
    TokenView,
)
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.base.units import from_instant
from ogniwo.domain.events import ABOUT_PEOPLE
from ogniwo.domain.makes import Make
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.people import RIGHTS, Role, Sites
from ogniwo.domain.quirks import QuirkChanges, QuirkProfile, quirks_of
from ogniwo.web.application import WebSettings, build
from ogniwo.web.live import LiveHub
from ogniwo.web.ports import (
    Doors,
    LiveBatch,
    Principal,
    RawAnswer,
    StationChanges,
    TokenInput,
    Trouble,
)
from ogniwo.web.server import serving
from tests.web.no_drivers import nobody_drives
from tests.web.no_files import NoFiles, NoFirmware
from tests.web.no_work import NoWork
from tests.web.nobody import Nobody, NoPreferences
from tests.web.places import Places
from tests.web.shelf import Shelf
from tests.web.things import (
    NOW,
    a_message,
    a_session,
    a_station,
    an_attempt,
    an_event,
)

__all__ = [
    "NOW",
    "Network",
    "Room",
    "a_message",
    "a_session",
    "a_station",
    "an_attempt",
    "an_event",
    "open_room",
    "somebody",
]

API_TOKEN = "a-token-of-a-program"
T = TypeVar("T")


def somebody(
    label: str = "somebody",
    *,
    token_id: str = "2",
    role: Role = Role.ADMIN,
    sites: Sites | None = None,
) -> Principal:
    return Principal(token_id=token_id, label=label, rights=RIGHTS[role], sites=sites)


class Network(Places):
    """Queries, StationAdmin, TokenAdmin, Orders, Feed, Health and KeyRing in one."""

    def __init__(self) -> None:
        super().__init__()
        self.all_stations: dict[str, StationView] = {}
        self.all_sessions: list[SessionView] = []
        self.all_samples: list[SampleView] = []
        self.all_messages: list[MessageView] = []
        self.all_tokens: dict[str, TokenView] = {}
        self.all_holdings: list[HoldingView] = []
        self.all_telemetry: list[TelemetryView] = []
        self.shelf = Shelf()
        self.quirk_profiles: dict[str, QuirkProfile] = {}
        self.own_quirks: dict[str, QuirkChanges] = {}
        self.all_commands: list[CommandView] = []
        self.all_attempts: list[AttemptView] = []
        self.all_events: list[EventView] = []
        self.orders: list[tuple[str, AnyOrder, str]] = []
        self.raw_calls: list[tuple[str, str, bytes]] = []
        self.outcome = "applied"
        self.trouble: list[Trouble] = []
        self.broken: Exception | None = None
        self.bearers = {API_TOKEN: somebody("a program", token_id="1")}
        self.batches: asyncio.Queue[LiveBatch] = asyncio.Queue()
        self.followers = 0
        self.messages_wanted: list[Set[str] | None] = []

    # -- queries

    def within(self, sites: Sites | None) -> "Network":
        """A view of it by somebody who is limited to these sites."""
        if sites is None:
            return self
        seen = copy(self)
        mine = {name: it for name, it in self.all_stations.items() if _of(it, sites)}
        seen.all_stations = mine
        seen.all_sessions = [it for it in self.all_sessions if it.station_id in mine]
        seen.all_commands = [it for it in self.all_commands if it.station_id in mine]
        seen.all_messages = [it for it in self.all_messages if it.station_id in mine]
        seen.all_events = [it for it in self.all_events if it.station_id in mine]
        return seen

    async def identities(self) -> frozenset[str]:
        return frozenset(self.all_stations)

    async def message(self, message_id: str, *, around: int) -> MessageContext | None:
        found = _find(self.all_messages, lambda one: one.id == message_id)
        return None if found is None else MessageContext(message=found, before=[], after=[])

    async def stations(self, where: StationFilter, cut: Cut) -> Page[StationView]:
        if self.broken is not None:
            raise self.broken
        return _page(sorted(self.all_stations.values(), key=lambda one: one.id), cut)

    async def station(self, identity: str) -> StationView | None:
        return self.all_stations.get(identity)

    async def orphan_stops(self, where: OrphanFilter, cut: Cut) -> Page[OrphanStopView]:
        return Page([])

    async def orphan_stop(self, orphan_id: str) -> OrphanStopView | None:
        return None

    async def sessions(self, where: SessionFilter, cut: Cut) -> Page[SessionView]:
        def fits(session: SessionView) -> bool:
            token = session.token.uid if session.token else None
            started_at = session.started_at
            return (
                where.station_id in {None, session.station_id}
                and where.state in {None, session.state}
                and where.token in {None, token}
                and where.running in {None, session.ended_at is None}
                and where.flagged in {None, bool(session.flags)}
                and (where.since is None or started_at >= from_instant(where.since))
                and (where.until is None or started_at < from_instant(where.until))
            )

        return _page([one for one in self.all_sessions if fits(one)], cut)

    async def session(self, session_id: str) -> SessionView | None:
        return _find(self.all_sessions, lambda one: one.id == session_id)

    async def samples(self, session_id: str, cut: Cut) -> Page[SampleView]:
        return _page(self.all_samples, cut)

    async def messages(self, where: MessageFilter, cut: Cut) -> Page[MessageView]:
        def fits(message: MessageView) -> bool:
            return (
                where.station_id in {None, message.station_id}
                and where.session_id in {None, message.session_id}
                and where.action in {None, message.action}
            )

        return _page([one for one in self.all_messages if fits(one)], cut)

    async def tokens(self, where: TokenFilter, cut: Cut) -> Page[TokenView]:
        found = [it for it in self.all_tokens.values() if where.status in {None, it.status}]
        return _page(sorted(found, key=lambda one: one.uid), cut)

    async def token(self, uid: str) -> TokenView | None:
        return self.all_tokens.get(uid)

    async def commands(self, where: CommandFilter, cut: Cut) -> Page[CommandView]:
        found = [
            one
            for one in self.all_commands
            if where.station_id in {None, one.station_id}
            and where.job_id in {None, one.job_id}
            and (not where.states or one.state in where.states)
        ]
        return _page(found[::-1], cut)

    async def command(self, command_id: str) -> CommandView | None:
        return _find(self.all_commands, lambda one: one.id == command_id)

    async def attempts(self, cut: Cut) -> Page[AttemptView]:
        return _page(self.all_attempts, cut)

    async def attempt(self, attempt_id: str) -> AttemptView | None:
        return _find(self.all_attempts, lambda one: one.id == attempt_id)

    async def events(self, *, after: int, limit: int, people: bool = False) -> list[EventView]:
        told = [it for it in self.all_events if people or it.kind not in ABOUT_PEOPLE]
        return [one for one in told if int(one.id) > after][:limit]

    async def session_events(self, session_id: str) -> list[EventView]:
        return [one for one in self.all_events if one.session_id == session_id]

    async def latest_event_id(self) -> int:
        return max((int(one.id) for one in self.all_events), default=0)

    async def recent_events(self, limit: int, *, people: bool = False) -> list[EventView]:
        told = [it for it in self.all_events if people or it.kind not in ABOUT_PEOPLE]
        return told[::-1][:limit]

    # -- administration

    async def create_station(
        self,
        identity: str,
        *,
        password: str | None,
        security_profile: int | None,
        site_id: str | None,
        name: str | None,
        author: str,
    ) -> StationView:
        if identity in self.all_stations:
            raise RefusedError("station_exists", f"station {identity!r} is registered already")
        created = a_station(identity, name=name, site_id=site_id, connected=False, evses=[])
        self.all_stations[identity] = created
        return created

    async def update_station(
        self, identity: str, changes: StationChanges, *, author: str
    ) -> StationView:
        told = {name: value for name, value in asdict(changes).items() if value is not UNSET}
        self.all_stations[identity] = replace(self._known(identity), **told)
        return self.all_stations[identity]

    async def remove_station(self, identity: str, *, author: str) -> None:
        del self.all_stations[self._known(identity).id]

    async def accept_attempt(self, attempt_id: str, *, author: str) -> StationView:
        attempt = await self.attempt(attempt_id)
        if attempt is None:
            raise MissingError("connection attempt", attempt_id)
        self.all_attempts.remove(attempt)
        return await self.create_station(
            attempt.identity,
            password=None,
            security_profile=None,
            site_id=None,
            name=None,
            author=author,
        )

    async def put_token(self, token: TokenInput) -> TokenView:
        named = {name: it for name, it in asdict(token).items() if it is not UNSET}
        if isinstance(token.expires_at, int):
            named["expires_at"] = from_instant(token.expires_at)
        before = self.all_tokens.get(token.uid)
        new = TokenView(uid=token.uid, type="rfid", status="accepted")
        self.all_tokens[token.uid] = replace(before or new, **named)
        return self.all_tokens[token.uid]

    async def remove_token(self, uid: str) -> None:
        if self.all_tokens.pop(uid, None) is None:
            raise MissingError("token", uid)

    # -- orders

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
        wait_s: float = 0,
    ) -> CommandView:
        self._known(identity)
        self.orders.append((identity, order, author))
        command = CommandView(
            id=str(1_000 + len(self.all_commands)),
            station_id=identity,
            command=str(order.__struct_config__.tag),
            parameters={"idempotency_key": idempotency_key},
            state="sent",
            result=None,
            reason=None,
            author=author,
            created_at=NOW,
            sent_at=NOW,
            finished_at=None,
            deadline_at=NOW + timedelta(seconds=deadline_s or 300),
        )
        self.all_commands.append(command)
        return await self.wait(command.id, wait_s) if wait_s else command

    async def wait(self, command_id: str, timeout_s: float) -> CommandView:
        command = _find(self.all_commands, lambda one: one.id == command_id)
        assert command is not None
        done = replace(command, state=self.outcome, result="Accepted", finished_at=NOW)
        self.all_commands[self.all_commands.index(command)] = done
        return done

    async def raw(
        self, identity: str, action: str, payload: bytes, *, author: str, timeout_s: float
    ) -> RawAnswer:
        self._known(identity)
        self.raw_calls.append((identity, action, payload))
        return RawAnswer(state="accepted", payload=b'{"status":"Accepted"}')

    async def holdings(self, where: HoldingFilter, cut: Cut) -> Page[HoldingView]:
        fits = [it for it in self.all_holdings if where.kind in {None, it.kind}]
        return _page([it for it in fits if it.key.startswith(where.key or "")], cut)

    async def capabilities(self, identity: str) -> list[CapabilityView]:
        if identity not in self.all_stations:
            raise MissingError("station", identity)
        return [CapabilityView(command="reset", possible=True, actions=["Reset"], why_not=None)]

    async def telemetry(self, identity: str, cut: Cut) -> Page[TelemetryView]:
        return _page(self.all_telemetry, cut)

    def built_in(self) -> list[str]:
        return []

    def profiles(self) -> list[QuirkProfile]:
        return list(self.quirk_profiles.values())

    def view(self, identity: str, make: Make) -> QuirksView:
        quirks, names = quirks_of(make, self.profiles(), self.own_quirks.get(identity))
        return QuirksView(effective=asdict(quirks), differs=[], profiles=list(names), own={})

    async def put_profile(self, profile: QuirkProfile, *, author: str) -> None:
        self.quirk_profiles[profile.name] = profile

    async def remove_profile(self, name: str) -> None:
        if self.quirk_profiles.pop(name, None) is None:
            raise MissingError("quirk profile", name)

    async def put_own(self, identity: str, changes: QuirkChanges, *, author: str) -> None:
        self.own_quirks[identity] = changes

    # -- live, health, keys

    async def follow(self, after: int | None) -> AsyncIterator[LiveBatch]:
        self.followers += 1
        while True:
            yield await self.batches.get()

    def want_messages(self, stations: Set[str] | None) -> None:
        self.messages_wanted.append(stations)

    def happens(self, *events: EventView) -> None:
        """Stored and told, as a commit does it."""
        self.all_events += events
        self.batches.put_nowait(LiveBatch(events=list(events)))

    def ready(self) -> list[Trouble]:
        return self.trouble

    async def check(self, bearer: str) -> Principal | None:
        return self.bearers.get(bearer)

    async def open_session(self, principal: Principal) -> str:
        self.bearers["a-browser-of-" + principal.token_id] = principal
        return "a-browser-of-" + principal.token_id

    async def close_session(self, bearer: str) -> None:
        self.bearers.pop(bearer, None)

    def _known(self, identity: str) -> StationView:
        if identity not in self.all_stations:
            raise MissingError("station", identity)
        return self.all_stations[identity]


def _of(station: StationView, sites: Sites) -> bool:
    return station.site_id is not None and int(station.site_id) in sites


def _page(found: Sequence[T], cut: Cut) -> Page[T]:
    start = int(cut.cursor or 0)
    end = start + cut.limit
    return Page(items=list(found[start:end]), next_cursor=str(end) if end < len(found) else None)


def _find(found: Sequence[T], fits: Callable[[T], bool]) -> T | None:
    return next((one for one in found if fits(one)), None)


class Room:
    """The web room while it is open: its address, and a client signed in as a program."""

    def __init__(self, network: Network, url: str, hub: LiveHub) -> None:
        self.network = network
        self.url = url
        self.hub = hub

    def client(self, **options: object) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False, **options)  # type: ignore[arg-type] # passed on as they are

    async def followed(self) -> None:
        """Until a client listens to the live stream."""
        while self.hub.clients == 0:  # noqa: ASYNC110 - the hub tells nobody of its clients
            await asyncio.sleep(0.01)

    def program(self) -> httpx.AsyncClient:
        return self.client(headers={"Authorization": f"Bearer {API_TOKEN}"})


@contextlib.asynccontextmanager
async def open_room(
    network: Network | None = None, *, console_dir: Path = Path("/nonexistent")
) -> AsyncIterator[Room]:
    network = network or Network()
    doors = Doors(
        queries=network,
        stations=network,
        sites=network,
        system=network,
        tokens=network,
        orders=network,
        uploads=NoFiles(),
        firmware=NoFirmware(),
        abilities=network,
        feed=network,
        health=network,
        keys=network,
        api_tokens=Nobody(),
        people=Nobody(),
        sign_in=Nobody(),
        preferences=NoPreferences(),
        quirks=network,
        configuring=network.shelf,
        repairs=NoWork(),
        jobs=NoWork(),
        notes=NoWork(),
        driving=nobody_drives(),
    )
    registry = CollectorRegistry()
    Counter("ogniwo_messages", "Messages handled.", registry=registry).inc(5)
    hub = LiveHub(network, network)
    settings = WebSettings(
        ocpp_url="ws://127.0.0.1:9000/ocpp/",
        files_dir=Path("/nonexistent"),  # nobody uploads here
        file_bytes_max=1,
        console_dir=console_dir,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(build(doors, hub, settings, registry), hub, listener):
        yield Room(network, url, hub)
