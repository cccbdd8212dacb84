"""Messages that only inform and are answered with nothing: recorded in a line of words.

Their fields become ``name=value`` in the durable event; the trace keeps the whole text.
"""

from collections.abc import Callable

import msgspec

from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import NoticeReceived
from ogniwo.ocpp.adapter import Inbound, Seen
from ogniwo.ocpp.messages import Messages, Payload

SUMMARY_CHARS_MAX = 300


def noticing(action: str, messages: Messages) -> Inbound[Payload]:
    """The adapter of a message whose response has no field of its own."""
    response = messages[action].response

    def to_reply(_reply: Reply) -> Payload:
        if response is None:
            raise TypeError(f"{action} is never answered")
        return response()

    return Inbound(action, _to_fact(action), to_reply)


def _to_fact(action: str) -> Callable[[Payload, Seen], NoticeReceived]:
    def to_fact(request: Payload, seen: Seen) -> NoticeReceived:
        said = msgspec.to_builtins(request)
        summary = " ".join(f"{name}={value}" for name, value in said.items())
        return NoticeReceived(action=action, summary=summary[:SUMMARY_CHARS_MAX], notes=seen.notes)

    return to_fact
