"""What a driver's browser holds: a secret of its own for each sign-in, and one-time links.

Only hashes are kept. None of these opens the operators' API.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from ogniwo.app.driving.ports import DriverRecords
from ogniwo.app.ports import Writer
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.drivers import Driver, DriverKey, DriverState, KeyKind, Removed

BROWSER_S: Final = 90 * 24 * 3_600  # a driver's phone, and nothing of the operator's behind it
INVITE_S: Final = 7 * 24 * 3_600
SECRET_LENGTH_MAX: Final = 64


def hash_of(secret: str) -> bytes:
    """Secrets are random and long: a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


class DriverKeys:
    def __init__(
        self,
        *,
        records: DriverRecords,
        writer: Writer,
        clock: Clock,
        draw_secret: Callable[[], str],
    ) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._draw_secret = draw_secret

    def new_guest(self) -> str:
        """What a guest's browser keeps, to be known again by its hash."""
        return self._draw_secret()

    async def signed_in(self, secret: str) -> Driver | None:
        found = await self._valid(secret, KeyKind.BROWSER)
        driver = None if found is None else await self._records.driver(found.driver_id)
        return driver if driver is not None and driver.state is DriverState.ACTIVE else None

    async def invited(self, secret: str) -> Driver | None:
        """Whose link it is, if it still works; looking does not use it up."""
        found = await self._valid(secret, KeyKind.INVITE)
        driver = None if found is None else await self._records.driver(found.driver_id)
        return driver if driver is not None and driver.state is not DriverState.BLOCKED else None

    async def issue(self, driver_id: int, kind: KeyKind) -> tuple[str, Instant]:
        """The secret, and when it ends."""
        secret, now = self._draw_secret(), self._clock.now_us()
        ends = now + seconds(BROWSER_S if kind is KeyKind.BROWSER else INVITE_S)
        await self._writer.write(
            [
                DriverKey(
                    secret_hash=hash_of(secret),
                    driver_id=driver_id,
                    kind=kind,
                    created_at=now,
                    expires_at=ends,
                )
            ]
        )
        return secret, ends

    async def close(self, secret: str) -> None:
        await self._writer.write([Removed(DriverKey, (hash_of(secret),))])

    async def all_removed(self, driver_id: int, *, but: str | None = None) -> list[Removed]:
        """Rows that end every sign-in and link of the driver, ``but`` that one."""
        kept = None if but is None else hash_of(but)
        return [
            Removed(DriverKey, (it.secret_hash,))
            for it in await self._records.keys_of(driver_id)
            if it.secret_hash != kept
        ]

    async def _valid(self, secret: str, kind: KeyKind) -> DriverKey | None:
        if not secret or len(secret) > SECRET_LENGTH_MAX:
            return None
        found = await self._records.key(hash_of(secret))
        if found is None or found.kind is not kind or found.expires_at <= self._clock.now_us():
            return None
        return found
