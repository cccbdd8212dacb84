"""What a job on stations works with; each job is a file in ``jobs``."""

from dataclasses import dataclass, field

from ogniwo.app.duty import Duty
from ogniwo.app.even_time import EvenTime
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.ports import Presence, Records, Spawn
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class StationJob:
    """Runs on every node: each does it for the stations it owns.

    The node on duty does it also for those that no living node owns.
    """

    mailboxes: Mailboxes
    records: Records
    presence: Presence
    duty: Duty
    clock: Clock
    ids: Ids
    spawn: Spawn
    even_time: EvenTime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "even_time", EvenTime(self.clock))
