"""OCPP 2.1: as 2.0.1, but a connector's state is told as an event of the device model."""

from importlib import import_module
from itertools import count

from tests.system.station import now, text_of
from tests.system.station201 import Station201

_events = count(1)


class Station21(Station201):
    version = "ocpp2.1"
    charge_point = import_module("ocpp.v21").ChargePoint
    calls = import_module("ocpp.v21.call")
    results = import_module("ocpp.v21.call_result")

    async def status(self, evse: int, status: str, connector: int = 1) -> None:
        at = text_of(now())
        state = {
            "event_id": next(_events),
            "timestamp": at,
            "trigger": "Delta",
            "actual_value": status,
            "event_notification_type": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": evse, "connector_id": connector}},
            "variable": {"name": "AvailabilityState"},
        }
        await self.call("NotifyEvent", generated_at=at, seq_no=0, event_data=[state])
