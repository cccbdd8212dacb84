"""Close sessions that waited long enough for missing events or for their stop.

A station that was offline first empties its queue, so the wait counts from its connecting;
one that stays away is given a day. Whatever arrives later attaches and changes no bill.
"""

from ogniwo.app.mailbox import ElsewhereError, MailboxSpoiltError
from ogniwo.app.station_job import StationJob
from ogniwo.base import log
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import LATE_DATA_WAIT_OFFLINE_S, LATE_DATA_WAIT_S
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.session import Flag, Session, SessionState, closed_anyway, flagged, settled
from ogniwo.domain.session_events import closing_events

EVERY_S = 60

_log = log.get("app.jobs")


class CloseWaitingSessions(StationJob):
    async def run(self) -> None:
        if not self.even_time.lasts(LATE_DATA_WAIT_S):
            return
        now = self.clock.now_us()
        waiting = await self.records.waiting_sessions(
            ended_before=now - seconds(LATE_DATA_WAIT_S),
            node=self.duty.node,
            unowned=await self.duty.mine(),
        )
        for identity, session_id in waiting:
            try:
                await self._close(identity, session_id)
            except (MissingError, ElsewhereError, MailboxSpoiltError):
                continue  # removed, and its sessions stay as they are; or another node's now

    async def _close(self, identity: str, session_id: int) -> None:
        async with self.mailboxes.turn(identity) as mailbox:
            state = mailbox.state
            now = self.clock.now_us()
            before = next((it for it in state.open.values() if it.id == session_id), None)
            if before is None or not self._waited_enough(identity, before, now):
                return
            situation = Situation(now=now, ids=self.ids)
            missing = before.seq_last is not None
            after = flagged(before, Flag.EVENTS_MISSING) if missing else before
            after = settled(after, power_w_max=state.station.max_power_w)
            after = closed_anyway(after, now=now)
            rows: list[DomainRow] = [after, *closing_events(before, after, situation)]
            await self.mailboxes.commit(mailbox, rows)
            _log.info("session_closed_late", station=identity, session=session_id)

    def _waited_enough(self, identity: str, session: Session, now: Instant) -> bool:
        if session.state is not SessionState.WAITING_FOR_DATA:
            return False
        ended_at = session.ended_at or session.started_at
        connected_since = self.presence.connected_since(identity)
        if connected_since is None:
            return now - ended_at >= seconds(LATE_DATA_WAIT_OFFLINE_S)
        return now - max(ended_at, connected_since) >= seconds(LATE_DATA_WAIT_S)
