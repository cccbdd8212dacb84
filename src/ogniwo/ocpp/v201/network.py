"""B. Provisioning: where a station connects to (B09, B10)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import SetNetworkProfile
from ogniwo.domain.orders.network import Apn, ApnAuthentication, OcppVersion, Vpn, VpnKind
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    APNAuthenticationEnumType,
    APNType,
    NetworkConnectionProfileType,
    OCPPVersionEnumType,
    SetNetworkProfileRequest,
    SetNetworkProfileResponse,
    VPNEnumType,
    VPNType,
)

# 2.0.1 calls itself OCPP20 here: the version that the name was meant for was withdrawn.
_VERSIONS: Final[dict[OcppVersion | None, OCPPVersionEnumType]] = {
    None: "OCPP20",
    OcppVersion.V16: "OCPP16",
    OcppVersion.V201: "OCPP20",
}
_AUTHENTICATIONS: Final[dict[ApnAuthentication, APNAuthenticationEnumType]] = {
    ApnAuthentication.NONE: "NONE",
    ApnAuthentication.PAP: "PAP",
    ApnAuthentication.CHAP: "CHAP",
    ApnAuthentication.AUTO: "AUTO",
}
_VPNS: Final[dict[VpnKind, VPNEnumType]] = {
    VpnKind.IKEV2: "IKEv2",
    VpnKind.IPSEC: "IPSec",
    VpnKind.L2TP: "L2TP",
    VpnKind.PPTP: "PPTP",
}
_LENGTHS: Final = {"url": 512, "user": 20, "password": 20, "group": 20}


def profile_to_request(order: SetNetworkProfile, _command_id: int) -> SetNetworkProfileRequest:
    _check(order)
    profile = NetworkConnectionProfileType(
        ocpp_version=_VERSIONS[order.version],
        ocpp_transport="JSON",
        ocpp_csms_url=order.url,
        message_timeout=order.message_timeout_s,
        security_profile=order.security_profile,
        ocpp_interface=order.interface.value.capitalize(),  # type: ignore[arg-type] # checked when encoded
        apn=to_apn(order.apn),
        vpn=to_vpn(order.vpn),
    )
    return SetNetworkProfileRequest(configuration_slot=order.slot, connection_data=profile)


def profile_to_outcome(_order: SetNetworkProfile, response: SetNetworkProfileResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def to_apn(apn: Apn | None) -> APNType | None:
    if apn is None:
        return None
    return APNType(
        apn=apn.name,
        apn_user_name=apn.user,
        apn_password=apn.password,
        sim_pin=apn.sim_pin,
        preferred_network=apn.preferred_network,
        use_only_preferred_network=apn.only_preferred_network,
        apn_authentication=_AUTHENTICATIONS[apn.authentication],
    )


def to_vpn(vpn: Vpn | None) -> VPNType | None:
    if vpn is None:
        return None
    return VPNType(
        server=vpn.server,
        user=vpn.user,
        group=vpn.group,
        password=vpn.password,
        key=vpn.key,
        type=_VPNS[vpn.kind],
    )


def _check(order: SetNetworkProfile) -> None:
    """What 2.0.1 has no room for."""
    if order.identity is not None or order.password is not None:
        _impossible("be given an identity or a password with a slot", "set them as variables")
    if order.version not in _VERSIONS:
        _impossible(f"connect by {order.version}", "leave the version away")
    if order.interface.value == "any":
        _impossible("choose its interface", "name one, such as wired0")
    given: list[tuple[str, str | None]] = [("url", order.url)]
    for it in (order.apn, order.vpn):
        if it is not None:
            given += [("user", it.user), ("password", it.password)]
    if order.vpn is not None:
        given.append(("group", order.vpn.group))
    for name, text in given:
        if text is not None and len(text) > _LENGTHS[name]:
            _impossible(f"take a {name} of {len(text)} characters", f"use at most {_LENGTHS[name]}")


def _impossible(what: str, instead: str) -> None:
    raise OrderNotPossibleError(f"an OCPP 2.0.1 station cannot {what}: {instead}")


PROFILE: Final = Outbound(
    SetNetworkProfile, always("SetNetworkProfile"), profile_to_request, profile_to_outcome
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (PROFILE,)
