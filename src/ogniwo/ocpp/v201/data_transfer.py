"""P. Data transfer: vendor data is kept; no vendor's handler is built in yet (P02)."""

from typing import Any, Final

import msgspec

from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import VendorDataReceived
from ogniwo.ocpp.adapter import Inbound, Seen
from ogniwo.ocpp.v201.schema import DataTransferRequest, DataTransferResponse


def data_to_fact(request: DataTransferRequest, seen: Seen) -> VendorDataReceived:
    return VendorDataReceived(
        vendor_id=request.vendor_id,
        message_id=request.message_id,
        data=None if request.data is None else msgspec.json.encode(request.data).decode(),
        notes=seen.notes,
    )


def data_to_reply(_reply: Reply) -> DataTransferResponse:
    return DataTransferResponse(status="UnknownVendorId")


INBOUND: Final[tuple[Inbound[Any], ...]] = (Inbound("DataTransfer", data_to_fact, data_to_reply),)
