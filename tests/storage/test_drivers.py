"""What is kept of drivers comes back as it was, and is found when it is needed."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import Cut
from ogniwo.app.ports import Row, RowRefusedError
from ogniwo.domain.access import IdToken, Token, TokenType
from ogniwo.domain.drivers import (
    Charge,
    Driver,
    DriverKey,
    DriverState,
    EvseCode,
    Favourite,
    KeyKind,
    ProblemKind,
    ProblemReport,
    Removed,
    Wish,
)
from ogniwo.domain.session import Session
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import HOUR_US, a_session, a_station, ended

STATION = a_station(1, "CP-1")
ELSEWHERE = replace(a_station(2, "CP-2"), site_id=9)
ANN = Driver(
    id=70,
    email="ann@example.com",
    name="Ann Zażółć",
    state=DriverState.ACTIVE,
    password_hash="$argon2id$...",
    author="operator",
    created_at=HOUR_US,
)


def a_charge(number: int, **changes: object) -> Charge:
    charge = Charge(
        id=number,
        station_id=1,
        evse=1,
        token_uid="04AB",
        driver_id=ANN.id,
        created_at=HOUR_US,
        plug_by=HOUR_US + 60,
    )
    return replace(charge, **changes)


def a_card(uid: str, *, since: int) -> Token:
    return Token(
        uid=uid, type=TokenType.RFID, driver_id=ANN.id, driver_since=since, created_at=since
    )


def charged(number: int, *, uid: str, at: int) -> Session:
    session = replace(a_session(number, STATION, at=at), token=IdToken(uid), received_at=at)
    return ended(replace(session, energy_wh=5_000), at=at + 1)


@on_every_engine
async def test_rows_come_back_as_they_were_and_go_by_their_key(
    engine: Engine, tmp_path: Path
) -> None:
    key = DriverKey(
        secret_hash=b"\x00\xff",
        driver_id=ANN.id,
        kind=KeyKind.INVITE,
        created_at=1,
        expires_at=2,
    )
    code = EvseCode(station_id=1, evse=2, code="PL*abc*1", code_key="PL*ABC*1", author="me", at=3)
    guests = a_charge(80, driver_id=None, guest_hash=b"\x01")
    wish = Wish(charge_id=80, energy_wh=12_000, at=4)
    liked = Favourite(driver_id=ANN.id, station_id=1, evse=1, created_at=5)
    async with engine.opened(tmp_path) as storage:
        rows: list[Row] = [STATION, ANN, key, code, guests, wish, liked]
        await storage.writer.write(rows)
        drivers = storage.drivers
        found = (
            await drivers.driver_called("ann@example.com"),
            await drivers.key(b"\x00\xff"),
            await drivers.code("PL*ABC*1"),
            await drivers.charge(80),
            await drivers.expired_keys(before=2),
            await drivers.expired_keys(before=3),
            await drivers.wish(80),
            [it for it, _ in await drivers.favourites(ANN.id)],
        )
        await storage.writer.write(
            [
                Removed(Driver, (ANN.id,)),
                Removed(DriverKey, (b"\x00\xff",)),
                Removed(EvseCode, (1, 2)),
                Removed(Favourite, (ANN.id, 1, 1)),
            ]
        )
        gone = (
            await drivers.driver(ANN.id),
            await drivers.key(b"\x00\xff"),
            await drivers.code("PL*ABC*1"),
            await drivers.favourites(ANN.id),
        )

    assert found == (ANN, key, ("CP-1", code), guests, [], [b"\x00\xff"], wish, [liked])
    assert gone == (None, None, None, [])


@on_every_engine
async def test_two_drivers_never_have_one_address(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ANN])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([replace(ANN, id=71)])
        await storage.writer.write([replace(ANN, name="Ann B")])

        page = await storage.drivers.drivers("ann b", Cut())

    assert [(it.id, it.name) for it in page.items] == [("70", "Ann B")]


@on_every_engine
async def test_a_driver_sees_what_a_card_charged_since_it_was_theirs(
    engine: Engine, tmp_path: Path
) -> None:
    cards = [a_card("04AB", since=2 * HOUR_US), a_card("04CD", since=0)]
    sessions = [
        charged(10, uid="04AB", at=HOUR_US),  # another's
        charged(11, uid="04AB", at=3 * HOUR_US),
        charged(12, uid="04CD", at=HOUR_US),
        charged(13, uid="04EF", at=3 * HOUR_US),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([STATION, *cards, *sessions])
        kept = await storage.drivers.tokens_of(ANN.id)
        first = await storage.drivers.past(kept, since=0, cut=Cut(limit=1))
        rest = await storage.drivers.past(kept, since=0, cut=Cut(cursor=first.next_cursor))

    assert kept == cards
    assert [it.session.id for it in [*first.items, *rest.items]] == [12, 11]
    assert first.items[0].session == sessions[2]


@on_every_engine
async def test_only_charges_with_something_to_do_are_followed(
    engine: Engine, tmp_path: Path
) -> None:
    running = [replace(a_session(it, STATION), energy_wh=5_000) for it in (20, 21, 22, 23)]
    over = ended(a_session(24, STATION), at=HOUR_US)
    charges = [
        a_charge(80, session_id=20),  # charges, and wants nothing
        a_charge(81, session_id=21),  # wants more than it has
        a_charge(82, session_id=22),  # has what it wants
        a_charge(83, session_id=23, stop_asked_at=900),  # has it, and the stop was just asked for
        a_charge(84, session_id=24),  # is over
        a_charge(85, token_uid="04FF"),  # has not begun
        a_charge(86, closed_at=1),
    ]
    wishes = [
        Wish(charge_id=number, energy_wh=wh, at=1)
        for number, wh in ((81, 6_000), (82, 5_000), (83, 4_000))
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([STATION, *running, over, *charges, *wishes])

        now = await storage.drivers.charges_to_follow(stop_again=800)
        later = await storage.drivers.charges_to_follow(stop_again=901)

    assert [it.charge.id for it in now] == [82, 84, 85]
    assert [it.charge.id for it in later] == [82, 83, 84, 85]
    assert [it.session and it.session.id for it in now] == [22, 24, None]


@on_every_engine
async def test_a_charge_finds_its_session_by_token_and_place(
    engine: Engine, tmp_path: Path
) -> None:
    before = replace(a_session(30, STATION), received_at=HOUR_US // 2)
    other_evse = replace(a_session(31, STATION), evse=2, received_at=2 * HOUR_US)
    its = replace(a_session(32, STATION), received_at=2 * HOUR_US)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([STATION, before, other_evse, its])

        assert await storage.drivers.session_of(a_charge(80)) == its
        assert await storage.drivers.session_of(a_charge(81, session_id=30)) == before
        assert await storage.drivers.session_of(a_charge(82, token_uid="04CD")) is None


@on_every_engine
async def test_reports_are_shown_where_they_belong(engine: Engine, tmp_path: Path) -> None:
    def reported(number: int, station_id: int, *, closed_at: int | None = None) -> ProblemReport:
        return ProblemReport(
            id=number,
            station_id=station_id,
            evse=1,
            kind=ProblemKind.BROKEN,
            text="ścięty kabel",
            created_at=1,
            closed_at=closed_at,
        )

    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [STATION, ELSEWHERE, reported(1, 1), reported(2, 1, closed_at=5), reported(3, 2)]
        )
        everything = await storage.drivers.reports(open_only=False, sites=None, cut=Cut())
        still_open = await storage.drivers.reports(open_only=True, sites=None, cut=Cut())
        there = await storage.drivers.reports(open_only=True, sites=frozenset({9}), cut=Cut())
        elsewhere = await storage.drivers.report(1, sites=frozenset({9}))

    assert [it.id for it in everything.items] == ["3", "2", "1"]
    assert [it.id for it in still_open.items] == ["3", "1"]
    assert [(it.id, it.station_id) for it in there.items] == [("3", "CP-2")]
    assert elsewhere is None
