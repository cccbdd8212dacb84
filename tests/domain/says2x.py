"""A 2.x station's usual messages, for tests that are about something else."""

from typing import Any, Final

from tests.domain.world import Answer, StationUnderTest, World

CARD: Final = {"idToken": "04A1B2C3", "type": "ISO14443"}

VERSIONS_2X: Final = ("ocpp2.0.1", "ocpp2.1")


class Station2x(StationUnderTest):
    def __init__(self, world: World, version: str = "ocpp2.0.1", **fields: Any) -> None:
        super().__init__(world, version, **fields)

    def boot(self) -> Answer:
        who = {"vendorName": "Vendor", "model": "Model"}
        return self.call("BootNotification", {"reason": "PowerUp", "chargingStation": who})

    def status_is(self, status: str, evse: int = 1, connector: int = 1) -> Answer:
        told = {"timestamp": self.world.at(0), "connectorStatus": status}
        return self.call("StatusNotification", {**told, "evseId": evse, "connectorId": connector})

    def availability_is(self, status: str, evse: int = 1, connector: int = 1) -> Answer:
        """The same as a device-model event, the way of 2.1."""
        event = {
            "eventId": 1,
            "timestamp": self.world.at(0),
            "trigger": "Delta",
            "actualValue": status,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": evse, "connectorId": connector}},
            "variable": {"name": "AvailabilityState"},
        }
        told = {"generatedAt": self.world.at(0), "seqNo": 0, "eventData": [event]}
        return self.call("NotifyEvent", told)

    def event(
        self,
        event_type: str,
        seq_no: int,
        wh: object = None,
        **fields: Any,
    ) -> Answer:
        payload = self.event_payload(event_type, seq_no, wh, **fields)
        return self.call("TransactionEvent", payload)

    def event_payload(
        self,
        event_type: str,
        seq_no: int,
        wh: object = None,
        *,
        transaction: str = "T1",
        info: Answer | None = None,
        at: str | None = None,
        context: str | None = None,
        **fields: object,
    ) -> Answer:
        """``wh`` is the register of now, ``info`` goes into transactionInfo."""
        moment = at or self.world.at(0)
        payload: Answer = {
            "eventType": event_type,
            "timestamp": moment,
            "triggerReason": "Trigger",
            "seqNo": seq_no,
            "transactionInfo": {"transactionId": transaction, **(info or {})},
        }
        if wh is not None:
            payload["meterValue"] = [self.meter_value(wh, at=moment, context=context)]
        return payload | fields

    def meter_value(
        self, *values: object, at: str | None = None, context: str | None = None
    ) -> Answer:
        sampled = [dict(it) if isinstance(it, dict) else {"value": it} for it in values]
        for value in sampled:
            if context is not None:
                value["context"] = context
        return {"timestamp": at or self.world.at(0), "sampledValue": sampled}


def interval(wh: object) -> Answer:
    return {"value": wh, "measurand": "Energy.Active.Import.Interval"}
