"""Traces for replays, line by line, as an export would have written them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ogniwo.sim.replay import AS_FAST_AS_POSSIBLE, Replay
from ogniwo.sim.replay_survey import survey
from ogniwo.sim.replay_trace import Line, Side, head_text, line_text
from tests.sim.csms import Csms

BEGIN = datetime(2026, 5, 17, 8, 0, tzinfo=UTC)
BOOT_16 = {"chargePointVendor": "Volta", "chargePointModel": "One"}
ACCEPTED = {"status": "Accepted"}


class Trace:
    """What is said comes a second after what was said before, unless ``after_s`` says otherwise."""

    def __init__(self, protocol: str = "ocpp1.6") -> None:
        self.protocol = protocol
        self.lines: list[Line] = []
        self.connection: str | None = None
        self._at = BEGIN

    def said(
        self,
        action: str,
        payload: object,
        answer: object = None,
        *,
        station: str = "CP-1",
        after_s: float = 1,
    ) -> "Trace":
        """A call of the station with the answer's payload; None: it was not answered."""
        number = f"m{len(self.lines)}"
        call = json.dumps([2, number, action, payload])
        reply = None if answer is None else json.dumps([3, number, answer])
        return self.sent(call, reply, station=station, after_s=after_s, action=action)

    def sent(
        self,
        call: str,
        answer: str | None,
        *,
        station: str = "CP-1",
        after_s: float = 1,
        action: str = "(unreadable)",
        sender: Side = Side.STATION,
    ) -> "Trace":
        self._at += timedelta(seconds=after_s)
        self.lines.append(
            Line(
                at=self._at,
                station=station,
                protocol=self.protocol,
                sender=sender,
                call=call,
                answer=answer,
                answered_at=None if answer is None else self._at + timedelta(milliseconds=5),
                action=action,
                connection=self.connection,
            )
        )
        return self

    def ordered(self, action: str, answer: str, *, station: str = "CP-1") -> "Trace":
        """A call of the CSMS, with the station's whole answer."""
        call = json.dumps([2, "7", action, {}])
        return self.sent(call, answer, station=station, action=action, sender=Side.CSMS)

    def booted(self, *, station: str = "CP-1") -> "Trace":
        return self.said("BootNotification", BOOT_16, ACCEPTED, station=station)

    @property
    def text(self) -> bytes:
        head = head_text(len(self.lines), BEGIN)
        return head + b"".join(line_text(line) for line in self.lines)

    def numbered(self) -> list[tuple[int, Line]]:
        return list(enumerate(self.lines, start=2))


def replay_of(trace: Trace, csms: Csms | str, **options: Any) -> Replay:
    lines = trace.numbered()
    facts: dict[str, Any] = {"speed": AS_FAST_AS_POSSIBLE, "retry_s": 0.01, "patience_s": 10.0}
    url = csms if isinstance(csms, str) else csms.url
    return Replay(url=url, lines=lines, survey=survey(lines), **(facts | options))
