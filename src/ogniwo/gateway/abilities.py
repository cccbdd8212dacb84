"""What a station can be ordered to do, told without the words of its protocol."""

from ogniwo.app.ports import Records
from ogniwo.app.queries import Queries
from ogniwo.app.views import CapabilityView
from ogniwo.base.errors import MissingError
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders import Order
from ogniwo.domain.why_not import WhyNot
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
        found = capabilities(version, variables)
        return [_view(_tag(it.order), it.actions, it.why_not) for it in found]

    async def _variables(self, identity: str, version: Version) -> dict[str, str]:
        found = await self._records.find_credentials([identity])
        named = [(Kind.VARIABLE, name) for name in wanted(version)]
        held = await self._records.find_holdings(found[0].station_id, named) if found else []
        return {it.key: it.value for it in held if it.value is not None}


def _unknown() -> list[CapabilityView]:
    text = "the station has not connected yet, so its OCPP version is not known"
    why = WhyNot("version_unknown", text)
    names = sorted({_tag(order) for version in VERSIONS.values() for order in version.orders})
    return [_view(it, (), why) for it in names if it != "raw"]


def _view(command: str, actions: tuple[str, ...], why: WhyNot | None) -> CapabilityView:
    return CapabilityView(
        command=command,
        possible=why is None,
        actions=list(actions),
        why_not=why.text if why else None,
        why_not_code=why.code if why else None,
        why_not_of=why.of if why else None,
    )


def _tag(order: type[Order]) -> str:
    return str(order.__struct_config__.tag)
