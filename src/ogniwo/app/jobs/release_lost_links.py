"""Stations that count as connected to this node and have no link here are told to be gone.

A claim makes a station connected; should anything fail between it and the link, or before the
link's end is stored, nobody else would ever notice: other nodes ask us, and we are alive.
"""

from typing import Final

from ogniwo.app.mailbox import ElsewhereError, MailboxSpoiltError
from ogniwo.app.ports import Linked
from ogniwo.app.station_job import StationJob
from ogniwo.base import log
from ogniwo.base.errors import MissingError
from ogniwo.domain.events import Event, EventKind

EVERY_S: Final = 15
LINKED_S: Final = 30.0  # a claim becomes a link much sooner, or never
REASON: Final = "its link ended without a word"

_log = log.get("app.jobs")


class ReleaseLostLinks(StationJob):
    async def run(self) -> None:
        linked = await self.records.linked_stations(node=self.duty.node, for_s=LINKED_S)
        lost = [it for it in linked if self.presence.connected_since(it) is None]
        for identity in lost:
            _log.warning("link_lost", station=identity)
            try:
                await self._tell(identity)
            except (MissingError, ElsewhereError, MailboxSpoiltError):
                continue  # it is another node's now

    async def _tell(self, identity: str) -> None:
        async with self.mailboxes.turn(identity) as mailbox:
            if self.presence.connected_since(identity) is not None:
                return  # it has come at this moment
            station_id = mailbox.state.station.id
            told = Event(
                id=self.ids.next(),
                kind=EventKind.STATION_DISCONNECTED,
                at=self.clock.now_us(),
                station_id=station_id,
                data={"reason": REASON},
            )
            gone = Linked(station_id=station_id, since=None)
            await self.mailboxes.commit(mailbox, (told,), (gone,))
