"""Which orders a station can carry out: by its version, and by what its variables say of it.

A variable that is not on file says nothing against an order: most stations leave out what they
could say.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from ogniwo.domain.orders import Order, RawCall
from ogniwo.domain.why_not import WhyNot
from ogniwo.ocpp.catalogue import Version
from ogniwo.ocpp.messages import Message

FEATURE_PROFILES: Final = "SupportedFeatureProfiles"  # 1.6, of the standard's own six profiles
CORE: Final = "Core"
SECURITY: Final = "Security extension"  # which no station names among its profiles

# 2.x: the component that may say that a message's function is not there, or switched off; by
# action where a block holds several functions.
CONTROLLERS: Final[Mapping[str, str]] = {
    "D. Local authorization list": "LocalAuthListCtrlr",
    "H. Reservation": "ReservationCtrlr",
    "I. Tariff and cost": "TariffCostCtrlr",
    "K. Smart charging": "SmartChargingCtrlr",
    "O. Display messages": "DisplayMessageCtrlr",
    "Q. Bidirectional power": "V2XChargingCtrlr",
    "R. Control of distributed energy": "DCDERCtrlr",
    "S. Battery swapping": "BatterySwapCtrlr",
    "ClearCache": "AuthCacheCtrlr",
    "ClearVariableMonitoring": "MonitoringCtrlr",
    "GetMonitoringReport": "MonitoringCtrlr",
    "NotifyWebPaymentStarted": "WebPaymentsCtrlr",
    "SetMonitoringBase": "MonitoringCtrlr",
    "SetMonitoringLevel": "MonitoringCtrlr",
    "SetVariableMonitoring": "MonitoringCtrlr",
}
# Where one component speaks for two functions, each has an instance of the variable.
INSTANCES: Final[Mapping[str, str]] = {
    "ChangeTransactionTariff": "[Tariff]",
    "ClearTariffs": "[Tariff]",
    "CostUpdated": "[Cost]",
    "GetTariffs": "[Tariff]",
    "SetDefaultTariff": "[Tariff]",
}


class Capability(Struct, frozen=True, kw_only=True):
    """``actions`` carry the order; ``why_not`` is said where it is not possible."""

    order: type[Order]
    actions: tuple[str, ...]
    why_not: WhyNot | None = None


def capabilities(version: Version, variables: Mapping[str, str]) -> Iterator[Capability]:
    """Of each order there is, by name; ``variables`` are those that ``wanted`` names."""
    for order in sorted(version.orders, key=_name):
        if order is not RawCall:
            yield _capability(version, order, variables)


def wanted(version: Version) -> tuple[str, ...]:
    """The variables that speak for or against an order."""
    told = [
        name
        for message in version.messages.values()
        for name in (_switches(message) if version.has_components else [FEATURE_PROFILES])
    ]
    return tuple(dict.fromkeys(told))


def _capability(version: Version, order: type[Order], variables: Mapping[str, str]) -> Capability:
    actions = version.actions_of(order)
    if not actions:
        spoken = version.name.removeprefix("ocpp")
        why = WhyNot("no_message", f"OCPP {spoken} has no message for it", spoken)
        return Capability(order=order, actions=(), why_not=why)
    doubts = {it: _doubt(version, version.messages[it], variables) for it in actions}
    possible = tuple(it for it, doubt in doubts.items() if doubt is None)
    if possible:
        return Capability(order=order, actions=possible)
    return Capability(order=order, actions=actions, why_not=doubts[actions[0]])


def _doubt(version: Version, message: Message, variables: Mapping[str, str]) -> WhyNot | None:
    if not version.has_components:
        return _profile_missing(message, variables.get(FEATURE_PROFILES))
    for name in _switches(message):
        if variables.get(name, "").strip().casefold() == "false":
            if "/Available" in name:
                text = f"the station says that it cannot: its variable {name} is false"
                return WhyNot("says_no", text, name)
            text = f"it is switched off on the station: set its variable {name} to true"
            return WhyNot("switched_off", text, name)
    return None


def _profile_missing(message: Message, profiles: str | None) -> WhyNot | None:
    if profiles is None or message.block in {CORE, SECURITY}:
        return None
    told = {it.strip().casefold() for it in profiles.split(",")}
    if message.block.casefold() in told:
        return None
    text = f"the station does not name {message.block} in {FEATURE_PROFILES}"
    return WhyNot("not_named", text, message.block)


def _switches(message: Message) -> list[str]:
    component = CONTROLLERS.get(message.action) or CONTROLLERS.get(message.block)
    if component is None or message.direction == "up":
        return []
    instance = INSTANCES.get(message.action, "")
    return [f"{component}/Available{instance}", f"{component}/Enabled{instance}"]


def _name(order: type[Order]) -> str:
    return str(order.__struct_config__.tag)
