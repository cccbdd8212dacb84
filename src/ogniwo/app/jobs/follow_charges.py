"""Follow what drivers have begun to its end.

Find its session, stop it when the wanted energy is reached, close it, let a guest's token go.

Only those are read of which there is something to do; one node does it for all.
"""

from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, Protocol

from msgspec.structs import replace

from ogniwo.app.driving.ports import DriverRecords, OpenCharge
from ogniwo.app.duty import Duty
from ogniwo.app.ports import Records, Writer
from ogniwo.app.tokens import TokenFile
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.commands import CommandState
from ogniwo.domain.drivers import Charge
from ogniwo.domain.session import Session

EVERY_S: Final = 2
STOP_AGAIN_S: Final = 60  # where the station did not stop
UNUSED_S: Final = 3_600  # without a session by then there will be none
AUTHOR: Final = "wanted energy"

_NOT_STARTED: Final = frozenset({CommandState.REJECTED, CommandState.EXPIRED})

_log = log.get("app.jobs")


class Stop(Protocol):
    def __call__(
        self, charge: Charge, identity: str, session: Session, *, author: str
    ) -> Awaitable[None]: ...


class FollowCharges:
    def __init__(
        self,
        *,
        drivers: DriverRecords,
        records: Records,
        writer: Writer,
        tokens: TokenFile,
        stop: Stop,
        duty: Duty,
        clock: Clock,
    ) -> None:
        self._drivers = drivers
        self._records = records
        self._writer = writer
        self._tokens = tokens
        self._stop = stop
        self._duty = duty
        self._clock = clock

    async def run(self) -> None:
        if not await self._duty.mine():
            return
        now = self._clock.now_us()
        for it in await self._drivers.charges_to_follow(stop_again=now - seconds(STOP_AGAIN_S)):
            if it.session is None:
                await self._without_session(it, now)
            elif not it.session.running:
                await self._close(replace(it.charge, session_id=it.session.id), now)
            elif it.charge.session_id is None:
                await self._writer.write([replace(it.charge, session_id=it.session.id)])
            else:
                await self._end(it, it.session)

    async def _without_session(self, it: OpenCharge, now: Instant) -> None:
        command = None
        if it.charge.command_id is not None:
            command = await self._records.command_by_id(it.charge.command_id)
        never = command is not None and command.state in _NOT_STARTED
        if never or now - it.charge.created_at > seconds(UNUSED_S):
            await self._close(it.charge, now)

    async def _end(self, it: OpenCharge, session: Session) -> None:
        """What is refused now is tried again."""
        try:
            await self._stop(it.charge, it.identity, session, author=AUTHOR)
        except OgniwoError as error:
            _log.warning("wanted_energy_not_stopped", session=session.id, reason=str(error))

    async def _close(self, charge: Charge, now: Instant) -> None:
        await self._writer.write([replace(charge, closed_at=now)])
        if charge.is_guests:
            with suppress(MissingError):
                await self._tokens.remove(charge.token_uid)
