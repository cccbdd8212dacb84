"""People and keys: what is written comes back; of two who change one at a moment one is told no."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.keys import ApiToken, ApiTokenRemoved, ApiTokenUsed, KeysOfPersonRemoved
from ogniwo.app.ports import Row, RowRefusedError
from ogniwo.app.requests import PersonChanges
from ogniwo.base.errors import RefusedError
from ogniwo.domain.people import (
    AdminKept,
    Person,
    PersonChanged,
    PersonRemoved,
    PersonSignedIn,
    Right,
    Role,
)
from ogniwo.storage.opening import Storage
from tests.app.way_in import House, StillClock
from tests.storage.engines import Engine, on_every_engine

ADA = Person(
    id=1, login="ada", name="Ada Żak", role=Role.ADMIN, password_hash="$argon2id$", created_at=5
)
BEA = Person(id=2, login="bea", role=Role.ADMIN, password_hash="$argon2id$", created_at=6)


def demoted(person: Person) -> PersonChanged:
    return PersonChanged(replace(person, role=Role.VIEWER, version=person.version + 1))


def a_key(number: int, **said: object) -> ApiToken:
    key = ApiToken(id=number, secret_hash=bytes([number]), label="key", created_at=1)
    return replace(key, **said)


async def refused(storage: Storage, *rows: Row) -> bool:
    try:
        await storage.writer.write(rows)
    except RowRefusedError:
        return True
    return False


@on_every_engine
async def test_somebody_comes_back_as_written_and_changed(engine: Engine, tmp_path: Path) -> None:
    limited = replace(BEA, sites=frozenset({7, 3}), language="pl", must_change=True, blocked=True)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA, limited])
        await storage.writer.write([PersonSignedIn(person_id=1, at=77)])
        changed = replace(ADA, name="Ada", sites=frozenset[int](), version=2)
        await storage.writer.write([PersonChanged(changed)])

        assert await storage.people.person_called("bea") == limited
        assert await storage.people.person(1) == replace(changed, signed_in_at=77)
        assert await storage.people.people() == [replace(changed, signed_in_at=77), limited]
        assert await storage.people.person_called("ADA") is None
        assert await storage.people.person(9) is None


@on_every_engine
async def test_a_login_belongs_to_one(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA])

        assert await refused(storage, replace(BEA, login="ada"))
        assert [it.id for it in await storage.people.people()] == [1]


@on_every_engine
async def test_of_two_changes_made_from_one_look_the_second_is_refused(
    engine: Engine, tmp_path: Path
) -> None:
    one, two = (PersonChanged(replace(ADA, name=name, version=2)) for name in ("one", "two"))
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA])
        outcomes = await asyncio.gather(refused(storage, one), refused(storage, two))
        person = await storage.people.person(1)

        assert sorted(outcomes) == [False, True]
        assert person is not None
        assert person.version == 2
        assert await refused(storage, PersonChanged(replace(BEA, version=2)))


@on_every_engine
async def test_two_administrators_cannot_take_the_role_from_each_other_at_one_moment(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA, BEA])
        outcomes = await asyncio.gather(
            refused(storage, demoted(ADA), AdminKept(2)),
            refused(storage, demoted(BEA), AdminKept(1)),
        )

        assert sorted(outcomes) == [False, True]
        assert len([it for it in await storage.people.people() if it.rules]) == 1


@on_every_engine
@pytest.mark.parametrize(
    "other",
    [
        replace(BEA, role=Role.OPERATOR),
        replace(BEA, blocked=True),
        replace(BEA, password_hash=None),
        replace(BEA, sites=frozenset({1})),
    ],
)
async def test_only_somebody_who_can_let_others_in_counts_as_the_one_who_is_left(
    engine: Engine, tmp_path: Path, other: Person
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA, other])

        assert not other.rules
        assert await refused(storage, PersonRemoved(1), AdminKept(2))
        assert await storage.people.person(1) == ADA


@on_every_engine
async def test_a_key_comes_back_with_all_it_may(engine: Engine, tmp_path: Path) -> None:
    keys = [
        a_key(5, role=Role.FINANCE, sites=frozenset({2, 1}), expires_at=99),
        a_key(6, scopes=frozenset({Right.READ, Right.SETTLE}), last_used_at=3),
        a_key(7, kind="browser", person_id=1, opened_by=5),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(keys)

        assert [await storage.people.api_token(it.id) for it in keys] == keys
        assert await storage.people.api_tokens() == keys[:2]


@on_every_engine
async def test_that_a_key_is_used_does_not_bring_it_back(engine: Engine, tmp_path: Path) -> None:
    used = ApiTokenUsed(token_id=5, at=50, expires_at=500)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_key(5, kind="browser"), a_key(6)])
        await storage.writer.write([used])
        seen = await storage.people.api_token(5)
        await asyncio.gather(
            storage.writer.write([ApiTokenRemoved(bytes([5]))]), storage.writer.write([used])
        )
        await storage.writer.write([used])

        assert seen == a_key(5, kind="browser", last_used_at=50, expires_at=500)
        assert await storage.people.api_token(5) is None
        assert await storage.people.api_token(6) == a_key(6)


@on_every_engine
async def test_who_is_removed_leaves_no_key_behind(engine: Engine, tmp_path: Path) -> None:
    of_ada, of_bea = a_key(5, person_id=1), a_key(6, person_id=2)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([ADA, BEA, of_ada, of_bea])
        before = await storage.records.latest_change()
        # One's own is put again in the same unit: signed out everywhere else.
        await storage.writer.write([KeysOfPersonRemoved(2), of_bea])
        await storage.writer.write([PersonRemoved(1), AdminKept(2)])
        told = {it.kind for it in await storage.records.changes(before, 10)}

        assert await storage.people.people() == [BEA]
        assert await storage.people.api_token(5) is None
        assert await storage.people.api_token(6) == of_bea
        assert told == {"api_token"}
        assert await refused(storage, PersonRemoved(1))


@on_every_engine
async def test_an_administrator_is_always_left_whatever_two_nodes_do_at_one_moment(
    engine: Engine, tmp_path: Path
) -> None:
    clock = StillClock()
    async with engine.opened(tmp_path) as storage:
        one, two = House(storage, clock, 1), House(storage, clock, 2)
        admins = [await one.lives("ada"), await one.lives("bea")]
        steps = [
            one.people.change(admins[0], PersonChanges(role=Role.VIEWER), author="root"),
            two.people.remove(admins[1], author="root"),
            two.people.change(admins[0], PersonChanges(blocked=True), author="root"),
        ]
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        left = [it for it in await storage.people.people() if it.rules]
        refused = [it for it in outcomes if isinstance(it, RefusedError)]
        with suppress(RefusedError):
            await one.people.remove(left[0].id, author="root")

        assert len(left) == 1
        assert "last_admin" in {it.code for it in refused}
        assert await one.people.has_admin()
