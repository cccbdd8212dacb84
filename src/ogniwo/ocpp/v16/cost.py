"""Cost shown by 1.6 stations: not in the standard, but in an agreed form of vendor data.

Only stations that say so understand it; ``domain.orders.tariff`` looks first.
"""

from typing import Any, Final

import msgspec

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.orders import CostUpdated, FinalCost, SetUserPrice
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v16.charging_profile import number_of
from ogniwo.ocpp.v16.core import id_tag_of
from ogniwo.ocpp.v16.schema import DataTransferRequest, DataTransferResponse

VENDOR: Final = "org.openchargealliance.costmsg"


def _data(message: str, **said: object) -> DataTransferRequest:
    told = {name: value for name, value in said.items() if value is not None}
    text = msgspec.json.encode(told).decode()
    return DataTransferRequest(vendor_id=VENDOR, message_id=message, data=text)


def running_to_request(order: CostUpdated, _command_id: int) -> DataTransferRequest:
    return _data(
        "RunningCost",
        transactionId=number_of(order.transaction_id),
        cost=order.total_cost,
        meterValue=order.meter_wh,
        state="Idle" if order.idle else "Charging",
    )


def final_to_request(order: FinalCost, _command_id: int) -> DataTransferRequest:
    return _data(
        "FinalCost",
        transactionId=number_of(order.transaction_id),
        cost=order.total_cost,
        priceText=order.price_text,
        qrCodeText=order.qr_code_text,
    )


def price_to_request(order: SetUserPrice, _command_id: int) -> DataTransferRequest:
    return _data("SetUserPrice", idToken=id_tag_of(order.token), priceText=order.price_text)


def to_outcome(
    _order: CostUpdated | FinalCost | SetUserPrice, response: DataTransferResponse
) -> Outcome:
    accepted = response.status == "Accepted"
    reply = Reply.ACCEPTED if accepted else Reply.REJECTED
    return Outcome(reply=reply, result=response.status, reason=response.data or None)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(CostUpdated, always("DataTransfer"), running_to_request, to_outcome),
    Outbound(FinalCost, always("DataTransfer"), final_to_request, to_outcome),
    Outbound(SetUserPrice, always("DataTransfer"), price_to_request, to_outcome),
)
