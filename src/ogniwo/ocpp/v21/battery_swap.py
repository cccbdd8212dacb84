"""S. Battery swapping: batteries that go in and out, and the order to swap (S01 to S04)."""

from typing import Any, Final

from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import HoldingsReported
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.domain.orders import RequestBatterySwap, request_number
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always
from ogniwo.ocpp.v21.authorization import from_token
from ogniwo.ocpp.v21.schema import (
    BatteryDataType,
    BatterySwapRequest,
    BatterySwapResponse,
    RequestBatterySwapRequest,
    RequestBatterySwapResponse,
)
from ogniwo.ocpp.v201.authorization import to_token
from ogniwo.ocpp.v201.provisioning import outcome

_STATES: Final = {"BatteryIn": "in", "BatteryOut": GONE, "BatteryOutTimeout": "in"}
_WORDS: Final = {
    "BatteryIn": "put in",
    "BatteryOut": "taken out",
    "BatteryOutTimeout": "offered, but not taken",
}
# A swap ends with the last of these; batteries that go in are its beginning.
_DONE: Final = {"BatteryIn": None, "BatteryOut": True, "BatteryOutTimeout": False}


def swap_to_fact(request: BatterySwapRequest, seen: Seen) -> HoldingsReported:
    event = request.event_type
    numbers = ", ".join(it.serial_number for it in request.battery_data)
    return HoldingsReported(
        action="BatterySwap",
        summary=f"batteries {_WORDS[event]}: {numbers}",
        held=tuple(_to_held(it, request) for it in request.battery_data),
        kind=Kind.BATTERY,
        number=request.request_id,
        notes=seen.notes,
    )


def swap_to_reply(_reply: Reply) -> BatterySwapResponse:
    return BatterySwapResponse()


def request_to_request(order: RequestBatterySwap, command_id: int) -> RequestBatterySwapRequest:
    return RequestBatterySwapRequest(
        request_id=request_number(command_id),
        id_token=from_token(IdToken(order.token, order.token_type)),
    )


def request_to_outcome(_order: RequestBatterySwap, response: RequestBatterySwapResponse) -> Outcome:
    return outcome(response.status, response.status_info)


def _to_held(it: BatteryDataType, request: BatterySwapRequest) -> Held:
    event = request.event_type
    return Held(
        kind=Kind.BATTERY,
        key=it.serial_number,
        value=f"{it.soc:g} %",
        state=_STATES[event],
        evse=it.evse_id or None,
        data={
            "soc": it.soc,
            "soh": it.soh,
            "produced_at": it.production_date,
            "vendor_info": it.vendor_info,
            "swap": request.request_id,
            "token": to_token(request.id_token).told,
        },
        done=_DONE[event],
        reason=f"the batteries were {_WORDS[event]}",
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (Inbound("BatterySwap", swap_to_fact, swap_to_reply),)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        RequestBatterySwap, always("RequestBatterySwap"), request_to_request, request_to_outcome
    ),
)
