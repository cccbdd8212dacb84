"""A. Security in 2.1: the steps to a higher profile have its own messages (A05)."""

from typing import Any, Final

from ogniwo.ocpp.adapter import Outbound
from ogniwo.ocpp.v21 import network, provisioning, variables
from ogniwo.ocpp.v21.schema import (
    ResetResponse,
    SetNetworkProfileResponse,
    SetVariablesResponse,
)
from ogniwo.ocpp.v201.credentials import raising

OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    raising(
        {
            SetNetworkProfileResponse: network.PROFILE,
            SetVariablesResponse: variables.SET,
            ResetResponse: provisioning.RESET,
        }
    ),
)
