"""What the stations know: everything that was acknowledged to them, and every session they had."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

Reading = tuple[datetime, int]  # when, and the register in Wh


@dataclass
class Stay:
    """One transaction as its station lived through it; it ends with every message delivered."""

    station: str
    evse: int
    token: str
    begin_wh: int
    begin_at: datetime
    transaction_id: str | None = None  # 1.6: as the server said
    end_wh: int | None = None
    end_at: datetime | None = None
    readings: Counter[Reading] = field(default_factory=Counter)
    seq_no: int = 0
    verdict: str | None = None  # on the token, as acknowledged

    def __str__(self) -> str:
        return f"{self.station}/{self.evse} transaction {self.transaction_id}"


@dataclass
class Books:
    """Of one station."""

    identity: str
    stays: list[Stay] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)  # texts of calls
    acknowledged: Counter[tuple[str, str]] = field(default_factory=Counter)  # call and answer
    refused: list[str] = field(default_factory=list)
    close_codes: Counter[int | None] = field(default_factory=Counter)
    resent: int = 0
