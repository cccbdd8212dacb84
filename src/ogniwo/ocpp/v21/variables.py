"""B. Provisioning in 2.1: variables may be set to longer values (B05)."""

from typing import Any, Final

from ogniwo.domain.orders import SetVariables
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import SetVariablesRequest
from ogniwo.ocpp.v201.variables import set_data, set_to_outcome


def set_to_request(order: SetVariables, _command_id: int) -> SetVariablesRequest:
    # Checked by the limits of 2.1 when it is encoded.
    return SetVariablesRequest(set_variable_data=set_data(order))  # type: ignore[arg-type] # limits differ


SET: Final = Outbound(SetVariables, always("SetVariables"), set_to_request, set_to_outcome)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (SET,)
