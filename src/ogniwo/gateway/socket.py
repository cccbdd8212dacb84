"""The port to the WebSocket library: one open, admitted socket of one station.

A link is written against this and nothing else, so the library can be replaced and the
simulation can stand in for it. What the text means is none of a socket's business.
"""

from typing import Final, Protocol

from ogniwo.base.errors import OgniwoError

CLOSE_NORMAL: Final = 1000
CLOSE_GOING_AWAY: Final = 1001
CLOSE_PROTOCOL_ERROR: Final = 1002
CLOSE_UNSUPPORTED_DATA: Final = 1003
CLOSE_ABNORMAL: Final = 1006  # never on the wire: the connection ended without a close frame
CLOSE_INVALID_TEXT: Final = 1007
CLOSE_POLICY: Final = 1008  # the operator does not want it
CLOSE_TOO_BIG: Final = 1009
CLOSE_INTERNAL_ERROR: Final = 1011
CLOSE_TRY_AGAIN_LATER: Final = 1013
CLOSE_REPLACED: Final = 4001  # a newer socket of the same station has taken over


class SocketClosedError(OgniwoError):
    """No more text will come; ``by_peer`` says which side gave the code."""

    def __init__(self, code: int, reason: str = "", *, by_peer: bool) -> None:
        who = "station" if by_peer else "us"
        super().__init__(f"socket closed by {who} with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason
        self.by_peer = by_peer


class Socket(Protocol):
    @property
    def peer(self) -> str:
        """``host:port`` of the other end, for people."""
        ...

    @property
    def last_heard_ms(self) -> int:
        """When anything at all last came in, on the monotonic clock.

        While the owner is not waiting in ``receive`` this is *now*: input may be lying
        unread, so silence cannot be told from our own slowness.
        """
        ...

    async def receive(self) -> bytes:
        """The UTF-8 text (checked) of the next frame; only the owner calls this, one at a time.

        Pings are answered on the way. A binary frame, bad text, an oversized frame or a breach
        of the WebSocket protocol closes the socket (1003, 1007, 1009, 1002) and raises.
        """
        ...

    async def send(self, text: str | bytes) -> None:
        """Send one text frame, waiting while the peer does not take what was sent before."""
        ...

    async def close(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        """Closing handshake with its own deadline, then abort; harmless when closed already.

        Any task may call it: the owner's ``receive`` then ends with ``SocketClosedError``.
        """
        ...

    def abort(self) -> None:
        """Drop the connection now, without a close frame."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life, never waiting; the answer shows in ``last_heard_ms``."""
        ...
