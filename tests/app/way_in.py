"""The way in of one node, over a storage that others may share, with a clock that a test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from argon2 import PasswordHasher

from ogniwo.app.keyring import KeyRing
from ogniwo.app.passwords import Passwords
from ogniwo.app.people import People
from ogniwo.app.requests import PersonInput, Principal
from ogniwo.app.sign_in import SignedIn, SignIn
from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import RefusedError
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.units import Instant
from ogniwo.domain.people import PersonSignedIn, Role
from ogniwo.storage.opening import Storage, open_storage
from tests.app.desk import MovingClock

PASSWORD: Final = "correct horse battery"
PEER: Final = "192.0.2.7"


class CountingHasher(PasswordHasher):
    """As quick as the library allows, and it counts what it compares."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override] # noqa: A002 - as the library names it
        self.compared += 1
        return super().verify(hash, password)


class StillClock(MovingClock):
    """It stands until a test moves it, however slow the machine is."""

    def __init__(self) -> None:
        super().__init__()
        self._began_us = SystemClock().now_us()

    def now_us(self) -> Instant:
        return self._began_us + self.ahead_us


@dataclass
class House:
    """One node's way in, over a storage that others may share."""

    storage: Storage
    clock: StillClock
    node: int = 1
    hasher: CountingHasher = field(default_factory=CountingHasher)

    def __post_init__(self) -> None:
        ids = TimeOrderedIds(self.clock.now_us, node=self.node)
        secrets = (f"secret-{self.node}-{number}" for number in count())
        people = self.storage.people
        self.keys = KeyRing(
            records=self.storage.records,
            people=people,
            writer=self.storage.writer,
            clock=self.clock,
            ids=ids,
            draw_secret=lambda: next(secrets),
        )
        passwords = Passwords(self.hasher)
        self.people = People(
            records=people,
            writer=self.storage.writer,
            keys=self.keys,
            passwords=passwords,
            clock=self.clock,
            ids=ids,
        )
        self.door = SignIn(
            records=people,
            people=self.people,
            keys=self.keys,
            passwords=passwords,
            writer=self.storage.writer,
            clock=self.clock,
            ids=ids,
            server_key=b"key",
        )

    async def lives(self, login: str = "ada", role: Role = Role.ADMIN) -> int:
        """Somebody with a password of one's own."""
        added = await self.people.add(PersonInput(login=login, role=role), author="root")
        invitation = await self.people.invite(int(added.id), author="root")
        await self.door.choose_password(invitation.code, PASSWORD)
        return int(added.id)

    async def comes(self, password: str = PASSWORD, **said: str) -> SignedIn:
        given = {"login": "ada", "peer": PEER} | said
        came = await self.door.by_password(password=password, **given)
        assert isinstance(came, SignedIn)
        return came

    async def used(self, bearer: str) -> Principal | None:
        """Who calls with it; that it was used is stored when this is over."""
        principal = await self.keys.check(bearer)
        await self.storage.writer.write([PersonSignedIn(person_id=0, at=0)])  # comes after it
        return principal

    async def refusal(self, password: str, **said: str) -> str:
        with pytest.raises(RefusedError) as refused:
            await self.comes(password, **said)
        return refused.value.code


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[House]:
    clock = StillClock()
    storage = await open_storage(f"sqlite:///{folder / 'ogniwo.db'}", clock=clock, inline=True)
    try:
        yield House(storage, clock)
    finally:
        await storage.close()
