"""Transaction ids for 1.6, which asks the CSMS for them: positive, 32 bits, never twice.

Blocks are reserved in the database and drawn from in memory; a restart leaves a gap.
"""

import asyncio

from ogniwo.app.ports import Records

BLOCK = 1_000


class TransactionNumbers:
    def __init__(self, records: Records) -> None:
        self._records = records
        self._next = 0
        self._left = 0
        self._reserving = asyncio.Lock()

    async def draw(self) -> int:
        while self._left == 0:
            async with self._reserving:
                if self._left == 0:
                    self._next = await self._records.reserve_transaction_ids(BLOCK)
                    self._left = BLOCK
        number = self._next
        self._next += 1
        self._left -= 1
        return number
