"""Close sessions that waited long enough for missing events or for their stop.

Whatever arrives later attaches to them and changes no bill.
"""

from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.ports import Records
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import LATE_DATA_WAIT_S
from ogniwo.base.units import seconds
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.session import Flag, SessionState, closed_anyway, flagged, settled
from ogniwo.domain.session_events import closing_events

EVERY_S = 60

_log = log.get("app.jobs")


class CloseWaitingSessions:
    def __init__(self, mailboxes: Mailboxes, records: Records, clock: Clock, ids: Ids) -> None:
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        patience = self._clock.now_us() - seconds(LATE_DATA_WAIT_S)
        for identity, session_id in await self._records.waiting_sessions(ended_before=patience):
            try:
                await self._close(identity, session_id)
            except MissingError:
                continue  # the station was removed; its sessions stay as they are

    async def _close(self, identity: str, session_id: int) -> None:
        mailbox = await self._mailboxes.hold(identity)
        try:
            async with mailbox as state:
                before = next((it for it in state.open.values() if it.id == session_id), None)
                if before is None or before.state is not SessionState.WAITING_FOR_DATA:
                    return
                situation = Situation(now=self._clock.now_us(), ids=self._ids, transaction_number=0)
                missing = before.seq_last is not None
                after = flagged(before, Flag.EVENTS_MISSING) if missing else before
                after = settled(after, power_w_max=state.station.max_power_w)
                after = closed_anyway(after, now=situation.now)
                rows: list[DomainRow] = [after, *closing_events(before, after, situation)]
                await self._mailboxes.commit(mailbox, rows)
                _log.info("session_closed_late", station=identity, session=session_id)
        finally:
            self._mailboxes.release(mailbox)
