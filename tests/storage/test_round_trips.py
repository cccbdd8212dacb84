"""Everything comes back as it was written, or is refused: nothing is bent to fit."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar, get_args

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, delete

from ogniwo.app.filters import Cut, MessageFilter
from ogniwo.app.keys import ApiToken
from ogniwo.app.ports import Row, RowRefusedError
from ogniwo.domain.access import IdToken, Token, TokenStatus, TokenType, Verdict
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.meter import Context, Reading, Sample
from ogniwo.domain.orders import AnyOrder, RawCall
from ogniwo.domain.people import Person, Right, Role
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import (
    ChargingState,
    Connector,
    Registration,
    ReportedStatus,
    Station,
    Status,
)
from ogniwo.domain.station_secret import Beside, StationSecret
from ogniwo.domain.trace import Answered, Direction, Message
from ogniwo.storage import schema
from ogniwo.storage.opening import Storage
from tests.ocpp.any_order import orders_of
from tests.storage.engines import POSTGRESQL, SQLITE_INLINE, Engine, aggregates, on_every_engine
from tests.storage.trade import a_command, a_message, a_station

T = TypeVar("T")

EXAMPLES: Final = 25
INT64_MAX = 2**63 - 1

# What both kinds of engine can hold: no NUL (the codec strips it), nothing that is no Unicode.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
words = st.one_of(
    texts, st.sampled_from(["🔌⚡", "Zażółć gęślą jaźń", "'; DROP TABLE station; --", ""])
)
raw = st.one_of(st.binary(max_size=200), st.just(b"\x00\xff\xfe{"), st.just("🔌".encode()))
keys = st.integers(1, INT64_MAX)
numbers = st.integers(-(2**63), INT64_MAX)
floats = st.floats(allow_nan=False)


def or_none(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


stations = st.builds(
    Station,
    id=keys,
    identity=words,
    org_id=numbers,
    site_id=or_none(numbers),
    name=or_none(words),
    registration=st.sampled_from(Registration),
    protocol=or_none(words),
    vendor=or_none(words),
    model=or_none(words),
    serial_number=or_none(words),
    firmware_version=or_none(words),
    status=st.sampled_from(Status),
    error_code=or_none(words),
    boot_reason=or_none(words),
    booted_at=or_none(numbers),
    strict=st.booleans(),
    max_power_w=or_none(numbers),
    created_at=numbers,
)
connectors = st.builds(
    Connector,
    station_id=keys,
    evse=st.integers(0, 2**31),
    connector=st.integers(0, 2**31),
    status=st.sampled_from(Status),
    reported=or_none(st.sampled_from(ReportedStatus)),
    error_code=or_none(words),
    vendor_error_code=or_none(words),
    info=or_none(words),
    type=or_none(words),
    ended_here=st.booleans(),
    changed_at=numbers,
)
id_tokens = st.builds(IdToken, uid=words, type=or_none(st.sampled_from(TokenType)))
ranges = st.lists(st.integers(0, 2**31), unique=True, max_size=6).map(
    lambda bounds: tuple(zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False))
)
sessions = st.builds(
    Session,
    id=keys,
    station_id=keys,
    org_id=numbers,
    transaction_id=words,
    evse=or_none(numbers),
    connector=or_none(numbers),
    stay_id=numbers,
    state=st.sampled_from(SessionState),
    charging_state=or_none(st.sampled_from(ChargingState)),
    token=or_none(id_tokens),
    verdict=or_none(st.sampled_from(Verdict)),
    group=or_none(words),
    remote_start_id=or_none(numbers),
    reservation_id=or_none(numbers),
    started_at=numbers,
    ended_at=or_none(numbers),
    closed_at=or_none(numbers),
    stop_reason=or_none(words),
    meter_start_wh=or_none(numbers),
    meter_stop_wh=or_none(numbers),
    first_wh=or_none(numbers),
    first_at=or_none(numbers),
    last_wh=or_none(numbers),
    last_at=or_none(numbers),
    sampled_at=or_none(numbers),
    interval_wh=or_none(numbers),
    energy_wh=or_none(numbers),
    power_w=or_none(numbers),
    soc=or_none(floats),
    heard_at=or_none(numbers),
    seq=ranges,
    seq_first=or_none(numbers),
    seq_last=or_none(numbers),
    flags=st.frozensets(st.sampled_from(Flag)),
    start_digest=numbers,
    sample_head=or_none(keys),
    samples=numbers,
    received_at=numbers,
)
tokens = st.builds(
    Token,
    uid=words,
    type=st.sampled_from(TokenType),
    status=st.sampled_from(TokenStatus),
    group=or_none(words),
    expires_at=or_none(numbers),
    driver_id=or_none(numbers),
    concurrent=st.booleans(),
    org_id=numbers,
    created_at=numbers,
)
small = st.integers(0, 2**31)


def as_decoded(order: AnyOrder) -> AnyOrder:
    """As the API would have read it: a strategy draws lists for tuples."""
    decoded: AnyOrder = msgspec.convert(msgspec.to_builtins(order), AnyOrder)
    return decoded


orders: st.SearchStrategy[AnyOrder] = st.one_of(
    st.builds(RawCall, action=words, payload=raw),
    *(orders_of(it).map(as_decoded) for it in get_args(AnyOrder) if it is not RawCall),
)
commands = st.builds(
    Command,
    id=keys,
    station_id=keys,
    order=orders,
    state=st.sampled_from(CommandState),
    author=words,
    created_at=numbers,
    deadline_at=numbers,
    idempotency_key=or_none(words),
    sent_at=or_none(numbers),
    finished_at=or_none(numbers),
    effect_by=or_none(numbers),
    result=or_none(words),
    reason=or_none(words),
    answer=or_none(raw),
    org_id=numbers,
)
readings = st.builds(
    Reading,
    at=numbers,
    context=st.sampled_from(Context),
    energy_wh=or_none(numbers),
    export_wh=or_none(numbers),
    interval_wh=or_none(numbers),
    power_w=or_none(numbers),
    offered_w=or_none(numbers),
    offered_a=or_none(floats),
    current_l1=or_none(floats),
    current_l2=or_none(floats),
    current_l3=or_none(floats),
    voltage_l1=or_none(floats),
    voltage_l2=or_none(floats),
    voltage_l3=or_none(floats),
    soc=or_none(floats),
    temperature=or_none(floats),
    extra=or_none(raw),
    clock_wrong=st.booleans(),
)
samples = st.builds(
    Sample,
    id=keys,
    prev=or_none(keys),
    station_id=keys,
    evse=small,
    session_id=or_none(keys),
    received_at=numbers,
    seq_no=or_none(numbers),
    digest=numbers,
    reading=readings,
)
messages = st.builds(
    Message,
    id=keys,
    prev=or_none(keys),
    station_id=keys,
    session_id=or_none(keys),
    direction=st.sampled_from(Direction),
    action=words,
    message_id=words,
    at=numbers,
    latency_us=numbers,
    call=raw,
    answer=or_none(raw),
    answered=st.sampled_from(Answered),
    notes=or_none(words),
)
scalars = st.none() | st.booleans() | numbers | floats.filter(lambda it: abs(it) < 1e300) | words
events = st.builds(
    Event,
    id=keys,
    kind=st.sampled_from(EventKind),
    at=st.integers(0, 2**50),
    station_id=or_none(keys),
    evse=or_none(small),
    session_id=or_none(keys),
    command_id=or_none(keys),
    data=st.dictionaries(words, scalars, max_size=4),
    org_id=numbers,
)
secrets = st.builds(
    StationSecret,
    station_id=keys,
    secret_hash=or_none(raw),
    security_profile=small,
    assume_version=or_none(words),
    pinned_version=or_none(words),
    blocked=st.booleans(),
    beside=st.lists(st.builds(Beside, secret_hash=raw, until=or_none(keys)), max_size=3).map(tuple),
    raising_to=or_none(small),
)
api_tokens = st.builds(
    ApiToken,
    id=keys,
    secret_hash=raw,
    label=words,
    created_at=numbers,
    expires_at=or_none(numbers),
    kind=st.sampled_from(["api", "browser", "code"]),
    person_id=or_none(keys),
    opened_by=or_none(keys),
    role=st.sampled_from(Role),
    scopes=or_none(st.frozensets(st.sampled_from(Right))),
    sites=or_none(st.frozensets(keys, max_size=3)),
    last_used_at=or_none(numbers),
    org_id=numbers,
)
people = st.builds(
    Person,
    id=keys,
    login=words,
    name=words,
    role=st.sampled_from(Role),
    sites=or_none(st.frozensets(keys, max_size=3)),
    language=or_none(words),
    password_hash=or_none(words),
    must_change=st.booleans(),
    blocked=st.booleans(),
    version=keys,
    created_at=numbers,
    org_id=numbers,
)

patiently = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


# Threads bend no value: of SQLite the engine without them is enough.
on_engines = pytest.mark.parametrize("engine", [SQLITE_INLINE.name, POSTGRESQL], indirect=True)


class Shelf:
    """One open storage for all examples of a test, emptied before each."""

    def __init__(
        self, engine: Engine, folder: Path, runner: asyncio.Runner, storage: Storage
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._runner = runner
        self._storage = storage

    def after(self, rows: list[Row], read: Callable[[Storage], Awaitable[T]]) -> T:
        return self._runner.run(self._write_and_read(rows, read))

    def columns(self, row: Sample | Message) -> dict[str, object]:
        self.after([row], lambda it: it.records.highest_id())
        table = schema.sample if isinstance(row, Sample) else schema.message
        (found,) = self._engine.rows(self._folder, table)
        return found

    async def _write_and_read(self, rows: list[Row], read: Callable[[Storage], Awaitable[T]]) -> T:
        await self._storage.records._readers.change(emptied)
        await self._storage.writer.write(rows)
        return await read(self._storage)


def emptied(connection: Connection) -> None:
    for table in schema.metadata.sorted_tables:
        connection.execute(delete(table))


@pytest.fixture
def shelf(engine: Engine, tmp_path: Path) -> Iterator[Shelf]:
    with asyncio.Runner() as runner:
        opening = engine.opened(tmp_path)
        storage = runner.run(opening.__aenter__())
        yield Shelf(engine, tmp_path, runner, storage)
        runner.run(opening.__aexit__(None, None, None))


patiently = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@on_engines
@patiently
@given(station=stations)
def test_a_station_comes_back_as_it_was(shelf: Shelf, station: Station) -> None:
    (found,) = shelf.after([station], lambda it: aggregates(it.records, [station.identity]))

    assert found.station == station


@on_engines
@patiently
@given(connector=connectors)
def test_a_connector_comes_back_as_it_was(shelf: Shelf, connector: Connector) -> None:
    station = a_station(connector.station_id, "A")

    (found,) = shelf.after([station, connector], lambda it: aggregates(it.records, ["A"]))

    assert found.connectors == (connector,)


@on_engines
@patiently
@given(session=sessions)
def test_a_session_comes_back_as_it_was(shelf: Shelf, session: Session) -> None:
    assert shelf.after([session], lambda it: it.records.session_by_id(session.id)) == session


@on_engines
@patiently
@given(token=tokens)
def test_a_token_comes_back_as_it_was(shelf: Shelf, token: Token) -> None:
    assert shelf.after([token], lambda it: it.records.find_tokens([token.uid])) == [token]


@on_engines
@patiently
@given(command=commands)
def test_a_command_comes_back_as_it_was(shelf: Shelf, command: Command) -> None:
    keyed = replace(command, idempotency_key="key")

    assert shelf.after([keyed], lambda it: it.records.find_command(keyed.author, "key")) == keyed


@on_engines
@patiently
@given(secret=secrets)
def test_a_secret_comes_back_as_it_was(shelf: Shelf, secret: StationSecret) -> None:
    station = a_station(secret.station_id, "A")

    (found,) = shelf.after([station, secret], lambda it: it.records.find_credentials(["A"]))

    assert found.secret == secret


@on_engines
@patiently
@given(token=api_tokens)
def test_an_api_token_comes_back_as_it_was(shelf: Shelf, token: ApiToken) -> None:
    assert shelf.after([token], lambda it: it.records.find_api_token(token.secret_hash)) == token


@on_engines
@patiently
@given(person=people)
def test_somebody_comes_back_as_he_was(shelf: Shelf, person: Person) -> None:
    assert shelf.after([person], lambda it: it.people.person_called(person.login)) == person


@on_engines
@patiently
@given(event=events)
def test_an_event_comes_back_as_it_was(shelf: Shelf, event: Event) -> None:
    (found,) = shelf.after([event], lambda it: it.read_models.events(after=0, limit=2, people=True))

    assert (found.id, found.kind, found.data) == (str(event.id), event.kind.value, event.data)


@on_engines
@patiently
@given(message=messages)
def test_a_message_lies_in_its_table_byte_for_byte(shelf: Shelf, message: Message) -> None:
    assert shelf.columns(message) == asdict(message)


@on_engines
@patiently
@given(sample=samples)
def test_a_sample_lies_in_its_table_value_by_value(shelf: Shelf, sample: Sample) -> None:
    expected = {**asdict(sample), **asdict(sample.reading)}
    del expected["reading"]

    assert shelf.columns(sample) == expected


@on_every_engine
@pytest.mark.parametrize(
    "unfit",
    [
        a_station(1, "\ud800"),
        a_message(2**63, a_station(1)),
        a_message(2, a_station(1), at=2**70),
        replace(a_message(2, a_station(1)), station_id=None),
        replace(a_command(2, a_station(1)), author=object()),
    ],
    ids=["no Unicode", "id too large", "time too large", "nothing", "no value"],
)
async def test_what_cannot_be_held_is_refused_and_never_bent(
    engine: Engine, tmp_path: Path, unfit: Row
) -> None:
    async with engine.opened(tmp_path) as storage:
        with pytest.raises(RowRefusedError):
            await storage.writer.write([unfit])
        assert storage.writer.healthy


@on_every_engine
async def test_raw_text_is_shown_as_json_or_as_it_is(engine: Engine, tmp_path: Path) -> None:
    station = a_station(1, "A")
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                station,
                a_message(1, station, call=b'{"a":[1,null]}'),
                a_message(2, station, prev=1, call=b'{"a": NaN,}'),
                a_message(3, station, prev=2, call=b"\xff\x00 no text"),
            ]
        )
        page = await storage.read_models.messages(MessageFilter(station_id="A"), Cut())

    assert [it.call for it in page.items] == ["\ufffd\x00 no text", '{"a": NaN,}', {"a": [1, None]}]
