"""Whom outside we deal with for stations: vendors whose data is taken, services that answer.

Those are asked before the station's turn, never in it: meanwhile others may decide on the station.
"""

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from ogniwo.domain.facts import ContractQuestion, Question, RevocationQuestion, Told
from ogniwo.domain.security import NOBODY

PATIENCE_S: Final = 4.0  # a car gives its contract 4.5 seconds (ISO 15118-2)

Q_contra = TypeVar("Q_contra", contravariant=True)


class Asked(Protocol[Q_contra]):
    async def ask(self, question: Q_contra) -> Told:
        """What the service said or why it said nothing; no errors."""
        ...


class Outside:
    def __init__(
        self,
        *,
        revocations: Asked[RevocationQuestion] | None = None,
        contracts: Asked[ContractQuestion] | None = None,
        vendors_kept: frozenset[str] = frozenset(),
    ) -> None:
        self.vendors_kept = vendors_kept  # in small letters
        self._revocations = revocations
        self._contracts = contracts

    async def told(self, questions: Iterable[Question]) -> tuple[Told, ...]:
        return tuple(await asyncio.gather(*map(self._told, questions)))

    async def _told(self, question: Question) -> Told:
        try:
            async with asyncio.timeout(PATIENCE_S):
                if isinstance(question, RevocationQuestion):
                    return await _told(self._revocations, question)
                return await _told(self._contracts, question)
        except TimeoutError:
            return Told(reason=f"no answer came within {PATIENCE_S:g} seconds")


async def _told(service: Asked[Q_contra] | None, question: Q_contra) -> Told:
    return Told(reason=NOBODY) if service is None else await service.ask(question)
