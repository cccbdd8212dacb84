"""Which stations have a session that runs: in a storm they are let in before the others."""

from ogniwo.app.ports import Records

EVERY_S = 60  # of what began or ended since, the door knows nothing: it only costs a station time


class RecallCharging:
    """Holds their identities, of all nodes: after an outage a station may come to another one."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._identities: frozenset[str] = frozenset()

    def __contains__(self, identity: object) -> bool:
        return identity in self._identities

    async def run(self) -> None:
        self._identities = frozenset(await self._records.charging_stations())
