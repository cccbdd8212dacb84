"""A. Security: the station's password, and the way to a higher security profile (A01, A05)."""

from collections.abc import Mapping
from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import RaiseSecurityProfile, SetPassword, SetVariables
from ogniwo.ocpp.adapter import Choice, OrderNotPossibleError, Outbound, always
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.v201 import network, provisioning, variables
from ogniwo.ocpp.v201.schema import (
    ResetResponse,
    SetNetworkProfileResponse,
    SetVariablesRequest,
    SetVariablesResponse,
)

PASSWORD: Final = "SecurityCtrlr/BasicAuthPassword"


def password_to_request(order: SetPassword, command_id: int) -> SetVariablesRequest:
    return variables.set_to_request(_variable(order), command_id)


def password_to_outcome(order: SetPassword, response: SetVariablesResponse) -> Outcome:
    return variables.set_to_outcome(_variable(order), response)


def raising(
    parts: Mapping[type[Payload], Outbound[Any, Any]],
) -> Outbound[RaiseSecurityProfile, Any]:
    """Each step goes out as the order that it is, by the adapter that its version has for it.

    ``parts`` are named by their responses.
    """
    by_order = {it.order: it for it in parts.values()}

    def action_of(order: RaiseSecurityProfile) -> str:
        return by_order[type(order.part)].action(order.part)

    def to_request(order: RaiseSecurityProfile, command_id: int) -> Payload:
        if order.slot is None:
            raise OrderNotPossibleError(
                "an OCPP 2.x station changes its profile with its address: give a slot that it "
                "does not use now, and the url"
            )
        return by_order[type(order.part)].to_request(order.part, command_id)

    def to_outcome(order: RaiseSecurityProfile, response: Payload) -> Outcome:
        part = parts[type(response)]
        return part.to_outcome(order.part_of(part.order), response)

    actions = tuple(action for it in by_order.values() for action in it.actions)
    return Outbound(RaiseSecurityProfile, Choice(actions, action_of), to_request, to_outcome)


def _variable(order: SetPassword) -> SetVariables:
    return SetVariables(values={PASSWORD: order.text})


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetPassword, always("SetVariables"), password_to_request, password_to_outcome),
    raising(
        {
            SetNetworkProfileResponse: network.PROFILE,
            SetVariablesResponse: variables.SET,
            ResetResponse: provisioning.RESET,
        }
    ),
)
