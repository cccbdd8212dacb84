"""Every message of every OCPP version, and what becomes of it today."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from ogniwo.ocpp import notices
from ogniwo.ocpp.adapter import Inbound
from ogniwo.ocpp.catalogue import VERSIONS, Version
from ogniwo.ocpp.messages import Message
from tools.reference.markdown import Page, code, codes

LEAD: Final = """\
What Ogniwo does with each message of OCPP today. *Handled*: its meaning changes what Ogniwo
knows or does. *Recorded*: it is answered, kept in the trace, and told as an event, and nothing
follows from it yet. *Not yet*: a station that sends it gets the error `NotSupported`; an order
of this kind can only be sent as a [raw call](../how-to/control-a-station.md#raw-calls). Every
message is in the trace, whatever becomes of it. Any other action gets `NotImplemented`."""

HANDLED: Final[Mapping[str, str]] = {
    "Authorize": "The card is looked up and judged.",
    "BootNotification": "Maker, model, serial number and firmware are stored; the answer is the "
    "station's registration, the time and the heartbeat interval.",
    "Heartbeat": "Answered with the time; when the station was last heard is stored now and then.",
    "MeterValues": "The readings are stored and, where they belong to a session, attached to it.",
    "NotifyEvent": "Connector states are taken over; everything else is told as an event.",
    "StartTransaction": "A session starts; the card is judged; the answer carries the "
    "transaction id.",
    "StatusNotification": "The connector's state is stored and told as an event.",
    "StopTransaction": "The session ends, its energy is settled, and it is closed or held.",
    "TransactionEvent": "A session starts, goes on or ends; card, states and readings are taken "
    "from it.",
}
KEPT: Final[Mapping[str, str]] = {
    "DataTransfer": "Answered `UnknownVendorId`, since no vendor's messages are understood yet.",
}

KEPT_ON_FILE = "What it tells is kept on file with the station (`holdings`)."


def ocpp_page() -> str:
    page = Page("OCPP support", LEAD)
    for subprotocol, version in VERSIONS.items():
        rows = [_row(version, version.messages[action]) for action in sorted(version.messages)]
        counts = {word: sum(row[2] == word for row in rows) for word in ("handled", "recorded")}
        page.section(
            f"OCPP {subprotocol.removeprefix('ocpp')}",
            f"Subprotocol {code(subprotocol)}. Of {len(rows)} messages "
            f"{counts['handled']} are handled and {counts['recorded']} recorded.",
        )
        page.table(("message", "sent by", "today", ""), rows)
    return page.text


def _row(version: Version, message: Message) -> tuple[str, str, str, str]:
    sender = {"up": "station", "down": "Ogniwo", "both": "both"}[message.direction]
    today, told = _down(version, message) if sender == "Ogniwo" else _up(version, message)
    return code(message.action), sender, today, told


def _up(version: Version, message: Message) -> tuple[str, str]:
    adapter = version._inbound.get(message.action)
    if adapter is None:
        return "not yet", ""
    if _is_notice(adapter) or message.action in KEPT:
        return "recorded", KEPT.get(message.action, "")
    never_refused = " Never refused for odd content." if adapter.money else ""
    return "handled", HANDLED.get(message.action, KEPT_ON_FILE) + never_refused


def _is_notice(adapter: Inbound[Any]) -> bool:
    return adapter.to_fact.__module__ == notices.__name__


def _down(version: Version, message: Message) -> tuple[str, str]:
    orders = _orders_of(version).get(message.action)
    if orders is None:
        return "not yet", ""
    return "handled", f"By the order {codes(sorted(orders))}."


def _orders_of(version: Version) -> dict[str, set[str]]:
    """Action to the orders, by their names in the API, that are sent as it."""
    found: dict[str, set[str]] = defaultdict(set)
    for order, adapter in version._outbound.items():
        for action in adapter.actions:
            found[action].add(str(order.__struct_config__.tag))
    return found
