"""L and N in 2.1: longer addresses, and one kind of log more."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from ogniwo.domain.orders import GetLog, LogKind, PublishFirmware, UpdateFirmware
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import LogEnumType
from ogniwo.ocpp.v201 import firmware

LOCATION_CHARS_MAX: Final = 2_000
LOGS: Final[Mapping[LogKind, LogEnumType]] = {
    **firmware.LOGS,
    LogKind.DATA_COLLECTOR: "DataCollectorLog",
}

OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        GetLog,
        always("GetLog"),
        partial(firmware.log_to_request, logs=LOGS, chars_max=LOCATION_CHARS_MAX),
        firmware.log_to_outcome,
    ),
    Outbound(
        UpdateFirmware,
        always("UpdateFirmware"),
        partial(firmware.update_to_request, chars_max=LOCATION_CHARS_MAX),
        firmware.update_to_outcome,
    ),
    Outbound(
        PublishFirmware,
        always("PublishFirmware"),
        partial(firmware.publish_to_request, chars_max=LOCATION_CHARS_MAX),
        firmware.publish_to_outcome,
    ),
)
