"""Who surrounds an EVSE, as far as it needs to know: its station, and whoever visits it."""

from typing import Protocol

from ogniwo.sim.agenda import Agenda
from ogniwo.sim.outbox import Outgoing
from ogniwo.sim.profiles import ProfileBook
from ogniwo.sim.settings import Settings
from ogniwo.sim.speech import Speech
from ogniwo.sim.stats import LedgerEntry


class Host(Protocol):
    """The station around an EVSE, as far as the EVSE needs it."""

    identity: str
    speech: Speech
    agenda: Agenda
    settings: Settings
    book: ProfileBook

    @property
    def online(self) -> bool: ...
    @property
    def in_service(self) -> bool:
        """It was accepted and has power."""
        ...

    @property
    def sharers(self) -> int: ...
    def say(self, messages: list[Outgoing]) -> None: ...
    def opened(self, entry: LedgerEntry, at_s: int) -> None: ...
    def closed(self, entry: LedgerEntry, at_s: int) -> None: ...
    def card_refused(self) -> None: ...


class Visitor(Protocol):
    """Whoever comes to this EVSE with a car; told what became of it."""

    def refused(self, at_s: int) -> None: ...
    def started(self, at_s: int) -> None: ...
    def satisfied(self, at_s: int) -> None: ...
    def over(self, at_s: int) -> None: ...
    def invited(self, at_s: int) -> None:
        """Somebody started a session by remote and will want to plug in."""
        ...
