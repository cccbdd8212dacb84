"""Stations whose node died without a word are told to be disconnected.

They come back at another node by themselves; until then nobody may believe that they are there.
"""

import asyncio
from typing import Final

from ogniwo.app.mailbox import ElsewhereError
from ogniwo.app.station_job import StationJob
from ogniwo.base import log
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.domain.events import Event, EventKind

EVERY_S: Final = 5
AT_ONCE: Final = 200  # aggregates in memory for a moment
REASON: Final = "its server ended without a word"

_log = log.get("app.jobs")


class ReleaseStrandedStations(StationJob):
    async def run(self) -> None:
        if not await self.duty.mine():
            return
        before: list[str] = []
        while stranded := await self.records.stranded_stations(AT_ONCE):
            if stranded == before:
                return  # none of them could be claimed now
            _log.warning("stations_stranded", count=len(stranded))
            await asyncio.gather(*(self._claim(identity) for identity in stranded))
            before = stranded

    async def _claim(self, identity: str) -> None:
        """To claim it is enough, and others may have done so: for an order, say."""
        try:
            self.mailboxes.release(await self.mailboxes.hold(identity))
        except (MissingError, ElsewhereError):
            return  # it has come back meanwhile

    def claimed(self, identity: str) -> None:
        """Watches the mailboxes for stations that were stranded until this moment."""
        self.spawn(self._tell(identity), name=f"tell {identity} is gone")

    async def _tell(self, identity: str) -> None:
        try:
            async with self.mailboxes.turn(identity) as mailbox:
                if self.presence.connected_since(identity) is not None:
                    return  # it has come to us
                told = Event(
                    id=self.ids.next(),
                    kind=EventKind.STATION_DISCONNECTED,
                    at=self.clock.now_us(),
                    station_id=mailbox.state.station.id,
                    data={"reason": REASON},
                )
                await self.mailboxes.commit(mailbox, (told,))
        except OgniwoError as error:  # it has come back, or the database is away
            _log.info("gone_not_told", station=identity, why=str(error))
