"""B. Provisioning in 2.1: a slot may bring its own identity and password (B09)."""

from typing import Any, Final

from ogniwo.domain.orders import SetNetworkProfile
from ogniwo.domain.orders.network import OcppVersion
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import (
    NetworkConnectionProfileType,
    OCPPVersionEnumType,
    SetNetworkProfileRequest,
)
from ogniwo.ocpp.v201.network import profile_to_outcome, to_apn, to_vpn

_VERSIONS: Final[dict[OcppVersion | None, OCPPVersionEnumType | None]] = {
    None: None,
    OcppVersion.V16: "OCPP16",
    OcppVersion.V201: "OCPP201",
    OcppVersion.V21: "OCPP21",
}


def profile_to_request(order: SetNetworkProfile, _command_id: int) -> SetNetworkProfileRequest:
    profile = NetworkConnectionProfileType(
        ocpp_version=_VERSIONS[order.version],
        ocpp_transport="JSON",
        ocpp_csms_url=order.url,
        message_timeout=order.message_timeout_s,
        security_profile=order.security_profile,
        ocpp_interface=order.interface.value.capitalize(),  # type: ignore[arg-type] # checked when encoded
        identity=order.identity,
        basic_auth_password=order.password,
        # The same fields as in 2.0.1, with more room.
        apn=to_apn(order.apn),  # type: ignore[arg-type] # limits differ
        vpn=to_vpn(order.vpn),  # type: ignore[arg-type] # limits differ
    )
    return SetNetworkProfileRequest(configuration_slot=order.slot, connection_data=profile)


PROFILE: Final = Outbound(
    SetNetworkProfile, always("SetNetworkProfile"), profile_to_request, profile_to_outcome
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (PROFILE,)
