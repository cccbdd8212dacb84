"""1.6 security extension: the station's password and its security profile, set as keys."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import RaiseSecurityProfile, SetPassword, SetVariables
from ogniwo.domain.orders.security import is_key
from ogniwo.ocpp.adapter import OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.v16.configuration import set_to_outcome, set_to_request
from ogniwo.ocpp.v16.schema import ChangeConfigurationRequest, ChangeConfigurationResponse

KEY_BYTES_MAX: Final = 20


def password_to_request(order: SetPassword, command_id: int) -> ChangeConfigurationRequest:
    if not is_key(order.text) and len(order.text) > KEY_BYTES_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 1.6 station takes a password of 16 to {KEY_BYTES_MAX} characters, or an even "
            "number of 32 to 40 hexadecimal digits: give one of those, or none to have one made"
        )
    return set_to_request(_key(order), command_id)


def password_to_outcome(order: SetPassword, response: ChangeConfigurationResponse) -> Outcome:
    return set_to_outcome(_key(order), response)


def profile_to_request(order: RaiseSecurityProfile, command_id: int) -> ChangeConfigurationRequest:
    if order.slot is not None:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station keeps its address when its profile is raised: leave slot and url "
            "away"
        )
    return set_to_request(order.profile_key, command_id)


def profile_to_outcome(
    order: RaiseSecurityProfile, response: ChangeConfigurationResponse
) -> Outcome:
    return set_to_outcome(order.profile_key, response)


def _key(order: SetPassword) -> SetVariables:
    return SetVariables(values={"AuthorizationKey": order.digits})


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetPassword, always("ChangeConfiguration"), password_to_request, password_to_outcome),
    Outbound(
        RaiseSecurityProfile, always("ChangeConfiguration"), profile_to_request, profile_to_outcome
    ),
)
