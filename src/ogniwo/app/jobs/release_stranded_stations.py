"""Stations whose node died without a word are told to be disconnected.

They come back at another node by themselves; until then nobody may believe that they are there.
"""

import asyncio
from typing import Final

from ogniwo.app.duty import Duty
from ogniwo.app.mailbox import ElsewhereError, Mailboxes, MailboxSpoiltError
from ogniwo.app.ports import Linked, Records
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.base.ids import Ids
from ogniwo.domain.events import Event, EventKind

EVERY_S: Final = 5
AT_ONCE: Final = 200  # aggregates in memory for a moment
REASON: Final = "its server ended without a word"

_log = log.get("app.jobs")


class ReleaseStrandedStations:
    def __init__(
        self, mailboxes: Mailboxes, records: Records, duty: Duty, clock: Clock, ids: Ids
    ) -> None:
        self._mailboxes = mailboxes
        self._records = records
        self._duty = duty
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        if not await self._duty.mine():
            return
        while stranded := await self._records.stranded_stations(AT_ONCE):
            _log.warning("stations_stranded", count=len(stranded))
            await asyncio.gather(*(self._release(identity) for identity in stranded))

    async def _release(self, identity: str) -> None:
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                told = Event(
                    id=self._ids.next(),
                    kind=EventKind.STATION_DISCONNECTED,
                    at=self._clock.now_us(),
                    station_id=mailbox.state.station.id,
                    data={"reason": REASON},
                )
                gone = Linked(station_id=mailbox.state.station.id, since=None)
                await self._mailboxes.commit(mailbox, (told,), (gone,))
        except (MissingError, ElsewhereError, MailboxSpoiltError):
            return  # it has come back meanwhile
