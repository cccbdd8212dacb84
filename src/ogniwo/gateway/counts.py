"""What one gateway has counted since it started; metrics read it, nothing decides on it."""

from collections import Counter
from dataclasses import dataclass, field

from ogniwo.gateway.refusal import RefusalReason


@dataclass(slots=True)
class GatewayCounts:
    links: int = 0  # open now
    handshakes: int = 0  # being admitted now
    admitted: int = 0
    refused: Counter[RefusalReason] = field(default_factory=Counter)
    frames_delayed: int = 0
    pings: int = 0
    links_silent: int = 0  # dropped because nothing was heard
