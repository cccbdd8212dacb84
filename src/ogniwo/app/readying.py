"""Orders that need to know the station, or the tokens on file, before they can be sent."""

import secrets
from typing import Final

from msgspec.structs import replace

from ogniwo.app.firmware import FIRMWARE
from ogniwo.app.ports import Records
from ogniwo.domain.commands import Command
from ogniwo.domain.orders.local_list import ENTRIES_MAX
from ogniwo.domain.orders.order import AtHand

PASSWORD_BYTES: Final = 20  # the most for OCPP 1.6; its 40 digits are text for the others


async def readied(records: Records, command: Command) -> Command:
    """The command with an order that may be sent as it is. Errors: RefusedError."""
    order = command.order
    if order.ready:
        return command
    found = await records.find_holdings(command.station_id, order.readied_by())
    held = {(it.kind, it.key): it for it in found}
    tokens = await records.tokens_to_list(ENTRIES_MAX + 1) if order.lists_tokens else ()
    files = await records.documents(FIRMWARE) if order.names_firmware else ()
    at_hand = AtHand(
        held=held,
        tokens=tokens,
        firmware={it.key: str(it.data["sha256"]) for it in files},
        password=secrets.token_hex(PASSWORD_BYTES),
    )
    return replace(command, order=order.readied(at_hand))
