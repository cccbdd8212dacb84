"""End sessions whose stop was lost: the connector is free, and nothing is measured any more.

Without this, a lost stop would leave a session charging for ever and its driver refused
everywhere else. The session ends at its last reading and waits for a late stop like any other.
"""

from ogniwo.app.mailbox import ElsewhereError, MailboxSpoiltError
from ogniwo.app.station_job import StationJob
from ogniwo.base import log
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import LOST_SESSION_S
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.session import Session, abandoned
from ogniwo.domain.session_events import ended_event, flags_told
from ogniwo.domain.station import ReportedStatus
from ogniwo.domain.status import coloured

EVERY_S = 60

_log = log.get("app.jobs")


class EndLostSessions(StationJob):
    async def run(self) -> None:
        if not self.even_time.lasts(LOST_SESSION_S):
            return
        quiet_since = self.clock.now_us() - seconds(LOST_SESSION_S)
        lost = await self.records.lost_sessions(
            quiet_since=quiet_since, node=self.duty.node, unowned=await self.duty.mine()
        )
        for identity, session_id in lost:
            since = self.presence.connected_since(identity)
            if since is None or since > quiet_since:
                continue  # what it has to say of the session may still lie in its queue
            try:
                await self._end(identity, session_id, quiet_since)
            except (MissingError, ElsewhereError, MailboxSpoiltError):
                continue

    async def _end(self, identity: str, session_id: int, quiet_since: Instant) -> None:
        async with self.mailboxes.turn(identity) as mailbox:
            state = mailbox.state
            before = next((it for it in state.open.values() if it.id == session_id), None)
            if before is None or not is_lost(state, before, quiet_since):
                return
            situation = Situation(now=self.clock.now_us(), ids=self.ids)
            after = abandoned(before, power_w_max=state.station.max_power_w)
            rows: list[DomainRow] = [
                after,
                ended_event(after, situation),
                flags_told(before, after, situation),
                *coloured(state, after, situation),
            ]
            await self.mailboxes.commit(mailbox, rows)
            _log.info("session_lost", station=identity, session=session_id)


def is_lost(state: StationState, session: Session, quiet_since: Instant) -> bool:
    """The cable has been out, by the station's own word, since before the last sign of life."""
    if not session.running or session.evse is None:
        return False
    connectors = state.connectors_of(session.evse)
    free = all(
        it.reported is ReportedStatus.AVAILABLE and it.changed_at <= quiet_since
        for it in connectors
    )
    heard = [session.received_at, session.sampled_at or 0, session.heard_at or 0]
    return bool(connectors) and free and max(heard) <= quiet_since
