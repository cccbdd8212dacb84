"""Orders that need to know the station, or the tokens on file, before they can be sent."""

from msgspec.structs import replace

from ogniwo.app.ports import Records
from ogniwo.domain.commands import Command
from ogniwo.domain.orders.local_list import ENTRIES_MAX


async def readied(records: Records, command: Command) -> Command:
    """The command with an order that may be sent as it is. Errors: RefusedError."""
    order = command.order
    if order.ready:
        return command
    found = await records.find_holdings(command.station_id, order.readied_by())
    held = {(it.kind, it.key): it for it in found}
    tokens = await records.tokens_on_file(ENTRIES_MAX + 1)
    return replace(command, order=order.readied(held, tokens))
