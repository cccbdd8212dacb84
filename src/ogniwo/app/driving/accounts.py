"""Drivers' accounts: put on file by an operator or by themselves, used, and taken away.

What was charged stays on file when an account goes; only whose it was is forgotten.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from ogniwo.app.driving.keys import DriverKeys
from ogniwo.app.driving.ports import DriverRecords, DriverView, InvitedDriver, Place
from ogniwo.app.filters import Cut
from ogniwo.app.passwords import Passwords, check_password
from ogniwo.app.ports import Row, RowRefusedError, Writer
from ogniwo.app.tokens import TokenFile
from ogniwo.app.views import Page
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.base.units import from_instant
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.domain.drivers import (
    SELF,
    Driver,
    DriverState,
    Favourite,
    KeyKind,
    Removed,
    app_token,
    filed_email,
    uid_from,
)

NAME_LENGTH_MAX: Final = 200
FAVOURITES_MAX: Final = 50


class DriverChanges(Struct, frozen=True, kw_only=True):
    """A field that is left out stays as it is."""

    email: str | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET


class Accounts:
    def __init__(  # noqa: PLR0913 - each is something else that an account touches
        self,
        *,
        records: DriverRecords,
        writer: Writer,
        keys: DriverKeys,
        passwords: Passwords,
        tokens: TokenFile,
        clock: Clock,
        ids: Ids,
        draw_secret: Callable[[], str],
        public_url: str | None,
    ) -> None:
        self._records = records
        self._writer = writer
        self._keys = keys
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._ids = ids
        self._draw_secret = draw_secret
        self._public_url = (public_url or "").rstrip("/")

    # -- as operators administer them --------------------------------------------------------

    async def drivers(self, query: str | None, cut: Cut) -> Page[DriverView]:
        return await self._records.drivers(query, cut)

    async def view(self, driver_id: int) -> DriverView:
        """Errors: MissingError."""
        return await self._view(await self._known(driver_id))

    async def create(self, email: str, name: str | None, *, author: str) -> InvitedDriver:
        """With a one-time link for the driver. Errors: UsageError, RefusedError."""
        driver = await self._put(filed_email(email), name, None, author=author)
        return await self._invited(driver)

    async def invite(self, driver_id: int) -> InvitedDriver:
        """A new link, also for a driver who forgot the password. Errors: MissingError."""
        return await self._invited(await self._known(driver_id))

    async def change(self, driver_id: int, changes: DriverChanges) -> DriverView:
        """Errors: MissingError, UsageError, RefusedError."""
        before = after = await self._known(driver_id)
        if changes.email is not UNSET:
            after = replace(after, email=filed_email(changes.email))
        if changes.name is not UNSET:
            after = replace(after, name=changes.name)
        if changes.blocked is not UNSET:
            open_again = DriverState.ACTIVE if before.password_hash else DriverState.INVITED
            after = replace(after, state=DriverState.BLOCKED if changes.blocked else open_again)
        rows: list[Row] = [after]
        if after.state is DriverState.BLOCKED:
            rows += await self._keys.all_removed(driver_id)
        await self._write(rows)
        for token in await self._apps(driver_id):
            blocked = after.state is DriverState.BLOCKED
            status = TokenStatus.BLOCKED if blocked else TokenStatus.ACCEPTED
            await self._amend(token.uid, driver_id, status)
        return await self._view(after)

    async def remove(self, driver_id: int) -> None:
        """What belonged to the driver stays without an owner. Errors: MissingError."""
        await self._known(driver_id)
        for token in await self._records.tokens_of(driver_id):
            # Whoever finds the card must not charge with what is nobody's.
            await self._amend(token.uid, driver_id, TokenStatus.BLOCKED, left=True)
        rows: list[Row] = [Removed(Driver, (driver_id,))]
        rows += await self._keys.all_removed(driver_id)
        rows += [replace(it, driver_id=None) for it in await self._records.charges_of(driver_id)]
        rows += [replace(it, driver_id=None) for it in await self._records.reports_of(driver_id)]
        rows += [
            Removed(Favourite, (driver_id, it.station_id, it.evse))
            for it, _ in await self._records.favourites(driver_id)
        ]
        await self._writer.write(rows)

    # -- as drivers use them -----------------------------------------------------------------

    async def register(self, email: str, password: str) -> None:
        """Says nothing of whether the address had an account before. Errors: UsageError."""
        filed = filed_email(email)
        hashed = await self._hashed(password, filed)
        try:
            await self._put(filed, None, hashed, author=SELF)
        except RefusedError:
            return

    async def sign_in(self, email: str, password: str) -> str | None:
        """A secret for one browser; None for whatever is wrong."""
        driver = await self._records.driver_called(email.strip().lower())
        fits = await self._passwords.fits(driver.password_hash if driver else None, password)
        if driver is None or not fits or driver.state is not DriverState.ACTIVE:
            return None
        secret, _ = await self._keys.issue(driver.id, KeyKind.BROWSER)
        return secret

    async def set_password(self, invite: str, password: str) -> str | None:
        """By the link, which works once: a browser's secret. Errors: UsageError."""
        driver = await self._keys.invited(invite)
        if driver is None:
            return None
        hashed = await self._hashed(password, driver.email)
        rows: list[Row] = [replace(driver, password_hash=hashed, state=DriverState.ACTIVE)]
        rows += await self._keys.all_removed(driver.id)  # the link, and who knew the old one
        await self._writer.write(rows)
        secret, _ = await self._keys.issue(driver.id, KeyKind.BROWSER)
        return secret

    async def change_password(self, driver: Driver, old: str, new: str, *, browser: str) -> bool:
        """Ends every other sign-in. Errors: UsageError."""
        if not await self._passwords.fits(driver.password_hash, old):
            return False
        rows: list[Row] = [replace(driver, password_hash=await self._hashed(new, driver.email))]
        rows += await self._keys.all_removed(driver.id, but=browser)
        await self._writer.write(rows)
        return True

    async def is_password(self, driver: Driver, password: str) -> bool:
        return await self._passwords.fits(driver.password_hash, password)

    async def cards(self, driver_id: int) -> list[Token]:
        return await self._records.tokens_of(driver_id)

    async def report_lost(self, driver_id: int, uid: str) -> None:
        """Blocked from the next decision on, everywhere. Errors: MissingError."""
        for token in await self._records.tokens_of(driver_id):
            if token.uid == uid and token.type is not TokenType.APP:
                await self._amend(uid, driver_id, TokenStatus.BLOCKED)
                return
        raise MissingError("card of yours", "shown")

    async def turn_favourite(self, driver_id: int, place: Place) -> None:
        """On, or off where it is one."""
        key = (driver_id, place.station_id, place.evse)
        found = await self._records.favourites(driver_id)
        if any((it.driver_id, it.station_id, it.evse) == key for it, _ in found):
            await self._writer.write([Removed(Favourite, key)])
            return
        if len(found) >= FAVOURITES_MAX:
            return
        row = Favourite(
            driver_id=driver_id,
            station_id=place.station_id,
            evse=place.evse,
            created_at=self._clock.now_us(),
        )
        await self._writer.write([row])

    async def app_token_of(self, driver: Driver) -> Token:
        """What a remote start presents for the driver."""
        its = await self._apps(driver.id)
        if its:
            return its[0]
        token = app_token(self.new_uid(), driver_id=driver.id, at=self._clock.now_us())
        await self._tokens.put(token)
        return token

    def new_uid(self) -> str:
        return uid_from(hashlib.sha256(self._draw_secret().encode()).digest())

    async def _hashed(self, password: str, email: str) -> str:
        """Errors: UsageError, RefusedError (``busy``)."""
        check_password(password, email)
        return await self._passwords.hash(password)

    async def _amend(
        self, uid: str, driver_id: int, status: TokenStatus, *, left: bool = False
    ) -> None:
        """Of a token of this driver, who may leave it; another's by now is left alone."""

        def change(token: Token | None) -> Token | None:
            if token is None or token.driver_id != driver_id:
                return None
            token = replace(token, status=status)
            return replace(token, driver_id=None, driver_since=None) if left else token

        await self._tokens.amend(uid, change)

    async def _apps(self, driver_id: int) -> list[Token]:
        its = await self._records.tokens_of(driver_id)
        return [it for it in its if it.type is TokenType.APP]

    async def _put(
        self, email: str, name: str | None, password_hash: str | None, *, author: str
    ) -> Driver:
        driver = Driver(
            id=self._ids.next(),
            email=email,
            name=name,
            password_hash=password_hash,
            state=DriverState.INVITED if password_hash is None else DriverState.ACTIVE,
            author=author,
            created_at=self._clock.now_us(),
        )
        await self._write([driver])
        await self.app_token_of(driver)
        return driver

    async def _write(self, rows: list[Row]) -> None:
        try:
            await self._writer.write(rows)
        except RowRefusedError as error:
            raise RefusedError(
                "driver_exists", "another driver has this e-mail address: use a different one"
            ) from error

    async def _known(self, driver_id: int) -> Driver:
        driver = await self._records.driver(driver_id)
        if driver is None:
            raise MissingError("driver", str(driver_id))
        return driver

    async def _view(self, driver: Driver) -> DriverView:
        return DriverView(
            id=str(driver.id),
            email=driver.email,
            name=driver.name,
            state=driver.state.value,
            self_registered=driver.author == SELF,
            tokens=[it.uid for it in await self._records.tokens_of(driver.id)],
            created_at=from_instant(driver.created_at),
        )

    async def _invited(self, driver: Driver) -> InvitedDriver:
        secret, ends = await self._keys.issue(driver.id, KeyKind.INVITE)
        return InvitedDriver(
            **asdict(await self._view(driver)),
            invite_url=f"{self._public_url}/driver/invite?code={secret}",
            invite_expires_at=from_instant(ends),
        )
