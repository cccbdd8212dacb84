"""What stations keep because they were told to is what the operator is shown that they hold.

Compared with each station's own memory, wherever the server could know: an answer that was lost
leaves open whether the station obeyed, and so does an order that the station heard twice.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ogniwo.sim.station import Station
from tests.simulation.disk import Disk
from tests.simulation.quirks.orders import OnOrders
from tests.simulation.quirks.twist import Stack
from tests.simulation.referee.ledger import Truth
from tests.simulation.referee.talk import Talk

RULE: Final = "what a station keeps is what it is shown to hold"
ANSWERED: Final = frozenset({"accepted", "applied", "not_applied", "rejected"})
NO_MORE: Final = frozenset({"gone", "cancelled", "none"})
_COMMANDS: Final = (
    "SELECT c.id, c.name, c.state, c.sent_at, c.order_json, s.identity"
    " FROM command c JOIN station s ON s.id = c.station_id ORDER BY c.id"
)
_HOLDINGS: Final = (
    "SELECT s.identity, h.kind, h.key, h.state, h.value"
    " FROM holding h JOIN station s ON s.id = h.station_id"
)
_USES: Final = {
    "csms_root": ("CSMSRootCertificate", "CentralSystemRootCertificate"),
    "manufacturer_root": ("ManufacturerRootCertificate",) * 2,
}

Key = tuple[str, str]  # kind and key, as in the books
Order = dict[str, Any]


def _one(kind: str, field: str) -> Callable[[Order], list[Key]]:
    return lambda order: [(kind, str(order[field]))]


def _certificate(order: Order) -> list[Key]:
    """The server reads the serial number out of what it installs."""
    return [("certificate", order["use"])]


# What each order is about; those that are about nothing a station keeps are not named.
ABOUT: Final[Mapping[str, Callable[[Order], list[Key]]]] = {
    "reserve": _one("reservation", "reservation"),
    "cancel_reservation": _one("reservation", "reservation"),
    "send_local_list": lambda _order: [("local_list", "list")],
    "set_display_message": _one("display_message", "message"),
    "clear_display_message": _one("display_message", "message"),
    "set_monitor": _one("monitor", "monitor"),
    "clear_monitors": lambda order: [("monitor", str(it)) for it in order["monitors"]],
    "set_network_profile": _one("network_profile", "slot"),
    "set_variables": lambda order: [("variable", it) for it in order["values"]],
    "install_certificate": _certificate,
    "delete_certificate": _certificate,
}
# Of these an answer that was lost leaves a whole kind open.
WHOLE: Final = {"set_monitoring_base": "monitor", "set_display_message": "display_message"}


def differences(disk: Disk, truth: Truth, talk: Talk) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong). Asked when the world is quiet."""
    stations = {it.identity: it for it in truth.stations if _obeys(truth.twists[it.identity])}
    shown = _shown(disk)
    for identity, keys in _known_of(disk, talk).items():
        if identity not in stations:
            continue
        for kind, key in sorted(keys):
            kept = _kept(stations[identity], kind, key)
            said = shown.get((identity, kind, key))
            if kept != said:
                yield RULE, f"{identity} keeps {kind} {key} as {kept!r}, shown {said!r}"


def _obeys(twist: Stack) -> bool:
    """It does what its answers say, however oddly it may talk otherwise."""
    return not any(isinstance(it, OnOrders) for it in twist.twists)


def _known_of(disk: Disk, talk: Talk) -> dict[str, set[Key]]:
    """By station: what it was told of, and answered whenever it was told."""
    known: dict[str, set[Key]] = {}
    unsure: dict[str, set[Key]] = {}
    for number, name, state, sent_at, order, identity in disk.rows(_COMMANDS):
        about = ABOUT[name](json.loads(order)) if name in ABOUT else []
        heard = state in ANSWERED and str(number) not in talk.repeated
        if heard:
            known.setdefault(identity, set()).update(about)
        elif sent_at is not None or talk.was_sent(str(number)):
            whole = [(WHOLE[name], "")] if name in WHOLE else []
            unsure.setdefault(identity, set()).update(about, whole)
    return {
        identity: {key for key in keys if not {key, (key[0], "")} & unsure.get(identity, set())}
        for identity, keys in known.items()
    }


def _shown(disk: Disk) -> dict[tuple[str, str, str], str]:
    """What the books say that stations hold now."""
    shown = {}
    for identity, kind, key, state, value in disk.rows(_HOLDINGS):
        if state not in NO_MORE:
            use, _, serial = key.partition("/")
            is_certificate = kind == "certificate"
            shown[identity, kind, use if is_certificate else key] = (
                serial if is_certificate else value
            )
    return shown


def _kept(station: Station, kind: str, key: str) -> str | None:
    """As the station itself would say it; None: it does not keep such a thing."""
    if kind == "variable":
        knob = station.settings.find_key(key)
        component, _, name = key.partition("/")
        knob = knob or station.settings.find_variable(component, name, None)
        return None if knob is None else station.settings.text(knob)
    if kind == "certificate":
        found = (
            station.kept.get((kind, f"{use}/{serial}")) for use in _USES[key] for serial in _SERIALS
        )
        return next((it.serial_number for it in found if it is not None), None)
    it = station.kept.get((kind, key))
    if it is None:
        return None
    return _VALUES.get(kind, str)(it)


_SERIALS: Final = ("1a2b", "3c4d")
_VALUES: Final[Mapping[str, Callable[[Any], str]]] = {
    "display_message": lambda it: it.message.content,
    "monitor": lambda it: f"{it.value:g}",
}
