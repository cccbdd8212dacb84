"""What every version's way of speaking must be able to say. Each method only makes messages."""

from collections.abc import Callable
from enum import Enum
from random import Random
from typing import Final, Protocol

from ogniwo.ocpp.messages import Messages
from ogniwo.sim.facts import Begin, Fault, Nameplate, Place, Report, Status, Stop, Wakeup
from ogniwo.sim.meter import Reading
from ogniwo.sim.outbox import Outgoing


class Verdict(Enum):
    """May this token charge?"""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"  # nobody answered, or the answer leaves it open


Told = Callable[[Verdict], None]
ALL_MEASURANDS: Final[frozenset[str]] = frozenset()  # an empty selection selects everything


class Speech(Protocol):
    @property
    def version(self) -> str: ...
    @property
    def subprotocol(self) -> str: ...
    @property
    def messages(self) -> Messages: ...

    def new_transaction_id(self, rng: Random) -> str | None:
        """None where the CSMS chooses it."""
        ...

    def boot(self, plate: Nameplate, why: Wakeup, told: Callable[[str, int], None]) -> Outgoing:
        """``told`` gets the status and the interval."""
        ...

    def heartbeat(self) -> Outgoing: ...

    def authorize(self, token: str, told: Told) -> Outgoing: ...

    def connectors(self, plugs: int) -> range:
        """The connectors of an EVSE that have a status of their own."""
        ...

    def status_word(self, status: Status, *, occupied: bool) -> str:
        """Only when this changes is there something to report."""
        ...

    def status(
        self, place: Place, status: Status, fault: Fault | None, at_s: int, *, occupied: bool
    ) -> Outgoing: ...

    def station_status(self, at_s: int, *, operative: bool) -> list[Outgoing]: ...

    def fault(self, place: Place, fault: Fault, at_s: int, *, cleared: bool) -> list[Outgoing]: ...

    def begun(self, report: Report, begin: Begin, told: Told) -> list[Outgoing]: ...

    def sampled(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]: ...

    def state_changed(self, report: Report) -> list[Outgoing]: ...

    def triggered(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]: ...

    def ended(self, report: Report, stop: Stop, token: str | None) -> list[Outgoing]: ...

    def idle_sample(self, place: Place, reading: Reading) -> list[Outgoing]: ...


def verdict_on(status: str) -> Verdict:
    return Verdict.YES if status == "Accepted" else Verdict.NO
