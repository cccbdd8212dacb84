"""Templates of configuration, how far a station is from them, and bringing it there when told to.

Nothing is ever set by itself: some stations reboot at settings that they took. What is on file is
what the station told last; ask it anew (order ``report``) where that may be old.
"""

from typing import Final

from msgspec.structs import asdict

from ogniwo.app.orders import Orders
from ogniwo.app.ports import Document, DocumentRemoved, Records, Writer
from ogniwo.app.queries import Queries
from ogniwo.app.views import ConfigurationLine, PushedLine, StationView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders import GetVariables, SetVariables
from ogniwo.domain.templates import Line, Template, Wanted, compared, wanted_of

TEMPLATE: Final = "template"  # a document's kind; the key is its name
PUSHED_MAX: Final = 20  # at once: a station has room for so many orders beside the usual ones
READ_BACK: Final = 10  # variables in one order; the fewest that stations were seen to take is more


class Configuring:
    def __init__(
        self, *, records: Records, writer: Writer, queries: Queries, orders: Orders, clock: Clock
    ) -> None:
        self._records = records
        self._writer = writer
        self._queries = queries
        self._orders = orders
        self._clock = clock

    async def templates(self) -> list[Template]:
        return [_to_template(it) for it in await self._records.documents(TEMPLATE)]

    async def template(self, name: str) -> Template:
        """Errors: MissingError."""
        for it in await self.templates():
            if it.name == name:
                return it
        raise MissingError("configuration template", name)

    async def put_template(self, template: Template, *, author: str) -> None:
        now = self._clock.now_us()
        data = _from_template(template)
        row = Document(kind=TEMPLATE, key=template.name, data=data, author=author, at=now)
        await self._writer.write([row])

    async def remove_template(self, name: str) -> None:
        """Errors: MissingError."""
        await self.template(name)
        await self._writer.write([DocumentRemoved(TEMPLATE, name)])

    async def configuration(self, identity: str) -> list[ConfigurationLine]:
        """Errors: MissingError."""
        return [_view(it) for it in await self._lines(identity)]

    async def push(self, identity: str, *, author: str, dry_run: bool) -> list[PushedLine]:
        """Set what drifted, one variable after the other, and read it back.

        Errors: MissingError, RefusedError.
        """
        drifted = [it for it in await self._lines(identity) if it.drift][:PUSHED_MAX]
        if dry_run:
            return [_pushed(it, None) for it in drifted]
        pushed: list[PushedLine] = []
        for it in drifted:
            value = "" if it.wanted is None else it.wanted.value
            set_one = SetVariables(values={it.name: value})
            command = await self._order(identity, set_one, author)
            pushed.append(_pushed(it, command))
        names = tuple(it.name for it in drifted)
        for first in range(0, len(names), READ_BACK):
            read_back = GetVariables(names=names[first : first + READ_BACK])
            await self._order(identity, read_back, author)
        return pushed

    async def _order(self, identity: str, order: SetVariables | GetVariables, author: str) -> str:
        given = await self._orders.order(
            identity, order, author=author, deadline_s=None, idempotency_key=None
        )
        return given.id

    async def _lines(self, identity: str) -> list[Line]:
        station = await self._queries.station(identity)
        found = await self._records.find_credentials([identity])
        if station is None or not found:
            raise MissingError("station", identity)
        held = await self._records.holdings_of(found[0].station_id, Kind.VARIABLE)
        return compared(held, await self._wanted(station))

    async def _wanted(self, station: StationView) -> dict[str, Wanted]:
        return wanted_of(station, station.protocol, await self.templates())


def _view(it: Line) -> ConfigurationLine:
    return ConfigurationLine(
        name=it.name,
        value=it.value,
        state=it.state,
        wanted=None if it.wanted is None else it.wanted.value,
        template=None if it.wanted is None else it.wanted.template,
        drift=it.drift,
        data=dict(it.data),
    )


def _pushed(it: Line, command_id: str | None) -> PushedLine:
    return PushedLine(
        name=it.name,
        value=it.value,
        wanted="" if it.wanted is None else it.wanted.value,
        command_id=command_id,
    )


def _from_template(template: Template) -> dict[str, object]:
    return {name: it for name, it in asdict(template).items() if it is not None}


def _to_template(written: Document) -> Template:
    return Template(**written.data)  # type: ignore[arg-type] # as ``put_template`` wrote it
