"""Counters of a running fleet, and the ledger of truth to compare a backend's books with."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stats:
    stations: int = 0
    connected: int = 0
    ever_connected: int = 0
    accepted: int = 0  # boots accepted, ever
    charging: int = 0  # transactions open now
    sessions_started: int = 0
    sessions_done: int = 0
    energy_wh: int = 0  # of the sessions done
    cards_refused: int = 0
    sent: int = 0
    received: int = 0
    link_failures: int = 0
    calls_refused: int = 0  # CALLERRORs and answers that could not be read
    last_error: str = ""

    @property
    def messages(self) -> int:
        return self.sent + self.received

    @property
    def errors(self) -> int:
        return self.link_failures + self.calls_refused

    def link_failed(self, reason: str) -> None:
        self.link_failures += 1
        self.last_error = reason

    def call_refused(self, reason: str) -> None:
        self.calls_refused += 1
        self.last_error = reason


@dataclass(slots=True, eq=False, kw_only=True)
class LedgerEntry:
    """One transaction as it really was. The id is the CSMS's in 1.6 and the station's in 2.x."""

    station: str
    evse: int
    version: str
    token: str
    started_s: int
    meter_start_wh: int
    transaction_id: int | str | None = None  # None: 1.6 and the start is not answered yet
    meter_stop_wh: int | None = None
    ended_s: int | None = None
    stop_reason: str | None = None
    stop_acknowledged: bool = False

    @property
    def energy_wh(self) -> int:
        """What was delivered, by the meter; zero while it runs."""
        return 0 if self.meter_stop_wh is None else self.meter_stop_wh - self.meter_start_wh


class Ledger:
    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []

    @property
    def finished(self) -> list[LedgerEntry]:
        return [entry for entry in self.entries if entry.ended_s is not None]
