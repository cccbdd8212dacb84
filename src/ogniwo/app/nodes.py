"""The processes that run on one database, as the application needs to know them."""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from ogniwo.base.units import Instant

SOLE_NODE: Final = 0  # the number of a process that has its database to itself


class Node(Struct, frozen=True, kw_only=True):
    number: int  # unique among the living, part of every identifier that it draws
    name: str
    role: str
    started_at: Instant
    alive_until: Instant


class Nodes(Protocol):
    """The nodes that run on one database, and who of them does what only one may do."""

    async def join(self, name: str, role: str) -> int:
        """This process's number. Nobody used it for as long as possible."""
        ...

    async def beat(self, number: int) -> bool:
        """Stay alive for another while; False: we were given up, and must end."""
        ...

    async def leave(self, number: int) -> None: ...

    async def nodes(self) -> Sequence[Node]:
        """The living, by number."""
        ...

    async def take_job(self, name: str, number: int, *, hold_s: float) -> bool:
        """True for one node at a time: the one that has it, or takes it when it fell free."""
        ...
