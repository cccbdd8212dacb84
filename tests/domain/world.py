"""A station under test: plays frames of any version against the rules and keeps the rows.

Each call goes the whole way that the product goes: text, envelope, payload, fact, decision,
rows, state, answer. Every answer is judged by the official schema; the rows also go to a
``Disk`` that believes only what rows say, and must never disagree with the memory.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from msgspec.structs import asdict, replace

from ogniwo.app.ingest import DECISIONS
from ogniwo.app.token_use import LocalTokenUse
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.units import Instant, from_instant, seconds, to_instant
from ogniwo.domain.access import IdToken, Token, TokenType, normalise_uid
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import Decision, DomainRow, Situation, TimeTold
from ogniwo.domain.effects import effects_seen
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.facts import (
    AnyFact,
    Fact,
    HeartbeatReceived,
)
from ogniwo.domain.holdings import GONE, Holding, Kind
from ogniwo.domain.meter import Sample
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.registration import NOT_PERMITTED, permitted
from ogniwo.domain.session import PROGRESS_FIELDS, Flag, Progress, Session
from ogniwo.domain.station import Connector, Registration, Station, Status
from ogniwo.ocpp.catalogue import VERSIONS, RefusedCallError
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.frame import Call, Send, parse
from tests.ocpp.schema_official import read_official

NOON: Final = to_instant(datetime.fromisoformat("2026-05-17T12:00:00Z"))
FOLDERS: Final = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}

Answer = dict[str, Any]


class Disk:
    """Sessions as their rows tell them: a ``Progress`` updates nothing but its own fields."""

    def __init__(self) -> None:
        self.sessions: dict[int, Session] = {}

    def write(self, rows: Iterable[DomainRow]) -> None:
        for row in rows:
            if isinstance(row, Session):
                self.sessions[row.id] = row
            elif isinstance(row, Progress):
                told = asdict(row.session)
                before = self.sessions[row.session.id]
                after = replace(before, **{name: told[name] for name in PROGRESS_FIELDS})
                self.sessions[after.id] = after


class World:
    """What stations share: the time, the tokens on file and who charges with them."""

    def __init__(self) -> None:
        self.now: Instant = NOON
        self.ids = TimeOrderedIds(lambda: self.now)
        self.tokens: dict[str, Token] = {}
        self.token_use = LocalTokenUse()
        self.numbers = 0

    def token(self, uid: str, type_: TokenType = TokenType.RFID, **fields: Any) -> Token:
        token = Token(uid=normalise_uid(uid), type=type_, **fields)
        self.tokens[token.uid] = token
        return token

    def station(self, version: str = "ocpp1.6", **fields: Any) -> "StationUnderTest":
        return StationUnderTest(self, version, **fields)

    def at(self, offset_s: float) -> str:
        """The time so many seconds from now, as a station writes it."""
        moment = from_instant(self.now + seconds(offset_s))
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def wait(self, for_s: float) -> None:
        self.now += seconds(for_s)


class StationUnderTest:
    def __init__(self, world: World, version: str, **fields: Any) -> None:
        self.world = world
        self.version = VERSIONS[version]
        self.folder = FOLDERS[version]
        identity = f"station-{world.ids.next()}"
        fields.setdefault("registration", Registration.ACCEPTED)
        self.state = StationState(Station(id=world.ids.next(), identity=identity, **fields))
        self.disk = Disk()
        self.rows: list[DomainRow] = []  # all that was ever written
        self.latest: tuple[DomainRow, ...] = ()  # what the last call wrote
        self.facts: list[AnyFact] = []
        self._calls = 0

    # What the station does

    def call(self, action: str, payload: Answer | str, *, message_id: str | None = None) -> Answer:
        """Send a call and have its answer. Errors: RefusedCallError."""
        self._calls += 1
        body = payload if isinstance(payload, str) else json.dumps(payload)
        frame = parse(f'[2,"{message_id or self._calls}","{action}",{body}]', self.version.dialect)
        assert isinstance(frame, Call)
        raw = self.version.to_answer(action, self._handled(frame))
        answer: Answer = json.loads(raw)
        name = f"{action}Response"
        assert read_official(self.folder, name).accepts(answer), (name, answer)
        return answer

    def send(self, action: str, payload: Answer) -> None:
        """A message that is never answered (2.1)."""
        frame = parse(f'[6,"s","{action}",{json.dumps(payload)}]', self.version.dialect)
        assert isinstance(frame, Send)
        self._handled(frame)

    def refusal(self, action: str, payload: Answer | str) -> Fault:
        """Send a call that must be refused."""
        rows = len(self.rows)
        try:
            answer = self.call(action, payload)
        except RefusedCallError as refused:
            assert len(self.rows) == rows, "a refusal changed something"
            return refused.fault
        raise AssertionError(f"not refused but answered: {answer}")

    def _handled(self, frame: Call | Send) -> Any:
        strict = self.state.station.strict
        fact: Any = self.version.to_fact(frame, self.world.now, strict=strict).fact
        self.facts.append(fact)
        if not permitted(self.state, fact, tolerant=self.version.reports_while_pending):
            decision = NOT_PERMITTED
        elif isinstance(fact, HeartbeatReceived):
            decision = Decision(TimeTold(self.world.now))
        else:
            decision = DECISIONS[type(fact)](self.state, fact, self._situation(fact))
        effects = effects_seen(self.state, fact, decision.rows, self.world.now)
        self.commit((*decision.rows, *effects))
        return decision.reply

    def _situation(self, fact: Fact) -> Situation:
        world = self.world
        presented: IdToken | None = getattr(fact, "token", None)
        uid = "" if presented is None else normalise_uid(presented.uid)
        world.numbers += 1
        return Situation(
            now=world.now,
            ids=world.ids,
            transaction_number=world.numbers,
            tokens={uid: world.tokens[uid]} if uid in world.tokens else {},
            token_use={uid: tuple(world.token_use.of(uid))},
            found=self._found(getattr(fact, "transaction_id", None)),
            holdings={it: self.holdings[it] for it in fact.needs() if it in self.holdings},
        )

    def _found(self, transaction_id: str | None) -> Session | None:
        if transaction_id is None or self.state.session(transaction_id) is not None:
            return None
        of_id = [it for it in self.sessions if it.transaction_id == transaction_id]
        return of_id[-1] if of_id else None

    @property
    def holdings(self) -> dict[tuple[Kind, str], Holding]:
        """What is on file and not gone."""
        kept: dict[tuple[Kind, str], Holding] = {}
        for row in self.rows:
            if isinstance(row, Holding):
                before = kept.get((row.kind, row.key), row)
                news = {name: it for name, it in asdict(row).items() if it is not None}
                kept[row.kind, row.key] = replace(before, **news)
        return {key: it for key, it in kept.items() if it.state != GONE}

    def commit(self, rows: tuple[DomainRow, ...]) -> None:
        self.latest = rows
        self.rows += rows
        self.world.token_use.claim(rows)
        self.state.absorb(rows)
        self.disk.write(rows)
        for row in rows:
            self.world.token_use.session_written(self.state, row)
        for session in self.state.known_sessions():
            assert self.disk.sessions[session.id] == session, "the rows told less than changed"

    def restart_server(self) -> None:
        """The memory is lost; what was written is read back."""
        state = StationState(self.state.station)
        sessions = sorted(self.disk.sessions.values(), key=lambda it: it.id)
        state.absorb(self.state.connectors.values())
        state.absorb(sessions)
        for sample in self.samples():
            if sample.digest:
                state.restore_digest(sample.session_id or 0, sample.digest)
        self.state = state

    # Orders

    def order(self, order: AnyOrder, state: CommandState = CommandState.ACCEPTED) -> Command:
        """An order that the station has been sent and has accepted; its effect is awaited."""
        now = self.world.now
        command = Command(
            id=self.world.ids.next(),
            station_id=self.state.station.id,
            order=order,
            state=state,
            author="test",
            created_at=now,
            sent_at=now,
            deadline_at=now + seconds(300),
            effect_by=now + seconds(180),
        )
        self.commit((command,))
        return command

    def order_state(self, command: Command) -> CommandState:
        told = [it for it in self.rows if isinstance(it, Command) and it.id == command.id]
        return told[-1].state

    def outgoing(self, order: AnyOrder, command_id: int = 7 << 24) -> tuple[str, Answer]:
        """The call an order becomes, found right by the official schema."""
        action, raw = self.version.to_call(order, command_id)
        payload: Answer = json.loads(raw)
        name = action if self.folder == "v16" else f"{action}Request"
        assert read_official(self.folder, name).accepts(payload), (name, payload)
        return action, payload

    # What came of it

    @property
    def sessions(self) -> list[Session]:
        return sorted(self.disk.sessions.values(), key=lambda it: it.id)

    @property
    def session(self) -> Session:
        """The only one there is."""
        (only,) = self.sessions
        return only

    @property
    def flags(self) -> frozenset[Flag]:
        return self.session.flags

    def status(self, evse: int = 1, connector: int = 1) -> Status:
        return self.state.connectors[evse, connector].status

    def connector(self, evse: int = 1, connector: int = 1) -> Connector:
        return self.state.connectors[evse, connector]

    def samples(self) -> list[Sample]:
        return [it for it in self.rows if isinstance(it, Sample)]

    def events(self, *kinds: EventKind) -> list[Event]:
        """Those of these kinds, or all."""
        told = [it for it in self.rows if isinstance(it, Event)]
        return [it for it in told if not kinds or it.kind in kinds]
