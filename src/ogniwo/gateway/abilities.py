"""What a station can be ordered to do, told without the words of its protocol."""

from ogniwo.app.ports import Records
from ogniwo.app.queries import Queries
from ogniwo.app.views import CapabilityView
from ogniwo.base.errors import MissingError
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders import Order
from ogniwo.ocpp.capabilities import capabilities, wanted
from ogniwo.ocpp.catalogue import VERSIONS, Version


class Abilities:
    def __init__(self, queries: Queries, records: Records) -> None:
        self._queries = queries
        self._records = records

    async def capabilities(self, identity: str) -> list[CapabilityView]:
        """Errors: MissingError."""
        station = await self._queries.station(identity)
        if station is None:
            raise MissingError("station", identity)
        version = VERSIONS.get(station.protocol or "")
        if version is None:
            return _unknown()
        variables = await self._variables(identity, version)
        return [
            CapabilityView(
                command=_tag(it.order),
                possible=it.why_not is None,
                actions=list(it.actions),
                why_not=it.why_not,
            )
            for it in capabilities(version, variables)
        ]

    async def _variables(self, identity: str, version: Version) -> dict[str, str]:
        found = await self._records.find_credentials([identity])
        named = [(Kind.VARIABLE, name) for name in wanted(version)]
        held = await self._records.find_holdings(found[0].station_id, named) if found else []
        return {it.key: it.value for it in held if it.value is not None}


def _unknown() -> list[CapabilityView]:
    why = "the station has not connected yet, so its OCPP version is not known"
    names = sorted({_tag(order) for version in VERSIONS.values() for order in version.orders})
    return [
        CapabilityView(command=it, possible=False, actions=[], why_not=why)
        for it in names
        if it != "raw"
    ]


def _tag(order: type[Order]) -> str:
    return str(order.__struct_config__.tag)
