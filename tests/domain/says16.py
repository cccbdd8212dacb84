"""A 1.6 station's usual messages, for tests that are about something else."""

from typing import Any

from tests.domain.world import Answer, StationUnderTest, World

TAG = "04A1B2C3"


class Station16(StationUnderTest):
    def __init__(self, world: World, **fields: Any) -> None:
        super().__init__(world, "ocpp1.6", **fields)

    def boot(self) -> Answer:
        return self.call(
            "BootNotification", {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
        )

    def status_is(self, status: str, connector: int = 1, **fields: object) -> Answer:
        told = {"connectorId": connector, "status": status, "errorCode": "NoError", **fields}
        return self.call("StatusNotification", told)

    def start(self, wh: int = 10_000, *, connector: int = 1, **fields: object) -> Answer:
        """``transactionId`` and ``idTagInfo``; times are given by ``timestamp``."""
        start = {
            "connectorId": connector,
            "idTag": TAG,
            "meterStart": wh,
            "timestamp": self.world.at(0),
            **fields,
        }
        return self.call("StartTransaction", start)

    def stop(self, transaction_id: object, wh: int, **fields: object) -> Answer:
        stop = {"transactionId": transaction_id, "meterStop": wh, "timestamp": self.world.at(0)}
        return self.call("StopTransaction", {**stop, **fields})

    def reads(self, transaction_id: object, *values: object, **fields: object) -> Answer:
        """MeterValues of now: registers in Wh, or whole sampled values."""
        meter = [self.meter_value(*values)]
        told = {"connectorId": 1, "transactionId": transaction_id, "meterValue": meter}
        return self.call("MeterValues", {**told, **fields})

    def meter_value(self, *values: object, at: str | None = None) -> Answer:
        sampled = [it if isinstance(it, dict) else {"value": str(it)} for it in values]
        return {"timestamp": at or self.world.at(0), "sampledValue": sampled}


def interval(wh: object, **fields: object) -> Answer:
    return {"value": str(wh), "measurand": "Energy.Active.Import.Interval", **fields}
