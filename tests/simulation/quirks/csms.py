"""The server's side of the bench: text in, decisions made, frames out; and its jobs by hand."""

import json

from ogniwo.app.jobs.end_lost_sessions import is_lost
from ogniwo.base.limits import LOST_SESSION_S
from ogniwo.base.units import seconds
from ogniwo.domain.session import (
    Flag,
    SessionState,
    abandoned,
    closed_anyway,
    flagged,
    settled,
)
from ogniwo.ocpp.catalogue import RefusedCallError
from ogniwo.ocpp.rpc.frame import Call, Malformed, error_text, parse
from tests.domain.world import StationUnderTest
from tests.simulation.quirks.twist import RESULT, Frame


class Csms(StationUnderTest):
    """The server's side of one link: text in, frames out."""

    def receive(self, text: str) -> Frame | None:
        frame = parse(text, self.version.dialect)
        if isinstance(frame, Malformed):
            if frame.fault is None:
                return None
            code = self.version.dialect.codes[frame.fault]
            return _decoded(error_text(frame.id, code, frame.reason))
        assert isinstance(frame, Call), frame
        try:
            raw = self.version.to_answer(frame.action, self._handled(frame))
        except RefusedCallError as refused:
            return _decoded(
                error_text(frame.id, self.version.dialect.codes[refused.fault], refused.reason)
            )
        return [RESULT, frame.id, json.loads(raw)]

    def end_what_was_lost(self) -> None:
        """What the job does that ends sessions whose stop never came."""
        quiet_since = self.world.now - seconds(LOST_SESSION_S)
        for session in list(self.state.open.values()):
            if is_lost(self.state, session, quiet_since):
                self.commit((abandoned(session, power_w_max=None),))

    def close_what_waits(self) -> None:
        """What the job does that closes sessions whose events never came."""
        for session in list(self.state.open.values()):
            if session.state is SessionState.WAITING_FOR_DATA:
                missing = session.seq_last is not None
                after = flagged(session, Flag.EVENTS_MISSING) if missing else session
                after = closed_anyway(settled(after, power_w_max=None), now=self.world.now)
                self.commit((after,))


def _decoded(text: bytes) -> Frame:
    frame: Frame = json.loads(text)
    return frame
