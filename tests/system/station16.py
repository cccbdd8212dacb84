"""OCPP 1.6: an EVSE is a connector, and the central system numbers the transactions."""

from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar

from tests.system.station import Charging, Fields, Station, text_of


class Station16(Station):
    version = "ocpp1.6"
    charge_point = import_module("ocpp.v16").ChargePoint
    calls = import_module("ocpp.v16.call")
    results = import_module("ocpp.v16.call_result")
    answers_usual: ClassVar = {
        "RemoteStartTransaction": {"status": "Accepted"},
        "RemoteStopTransaction": {"status": "Accepted"},
        "Reset": {"status": "Accepted"},
        "UnlockConnector": {"status": "Unlocked"},
        "TriggerMessage": {"status": "Accepted"},
        "ChangeAvailability": {"status": "Accepted"},
        "GetConfiguration": {"configuration_key": [], "unknown_key": []},
        "ClearCache": {"status": "Accepted"},
    }

    async def boot(self) -> str:
        answer = await self.call(
            "BootNotification",
            charge_point_vendor="Volta",
            charge_point_model="One",
            charge_point_serial_number="S-16",
            firmware_version="1.6.0",
        )
        return str(answer.status)

    async def heartbeat(self) -> str:
        return str((await self.call("Heartbeat")).current_time)

    async def authorize(self, token: str) -> str:
        answer = await self.call("Authorize", id_tag=token)
        return str(answer.id_tag_info["status"])

    async def status(self, evse: int, status: str, error: str = "NoError", **more: Any) -> None:
        await self.call(
            "StatusNotification", connector_id=evse, status=status, error_code=error, **more
        )

    async def available(self, evse: int = 1) -> None:
        await self.status(evse, "Available")

    async def plug_in(self, evse: int = 1) -> None:
        await self.status(evse, "Preparing")

    async def fault(self, evse: int = 1) -> None:
        await self.status(evse, "Faulted", "GroundFailure", vendor_error_code="E42")

    async def unavailable(self, evse: int = 1) -> None:
        await self.status(evse, "Unavailable")

    async def start(self, token: str, *, wh: int, at: datetime, evse: int = 1) -> Charging:
        answer = await self.call(
            "StartTransaction",
            connector_id=evse,
            id_tag=token,
            meter_start=wh,
            timestamp=text_of(at),
        )
        verdict = str(answer.id_tag_info["status"])
        return Charging(str(answer.transaction_id), evse, token, verdict)

    async def energy_flows(self, charging: Charging, *, at: datetime) -> None:
        await self.status(charging.evse, "Charging")

    async def car_pauses(self, charging: Charging, *, at: datetime) -> None:
        await self.status(charging.evse, "SuspendedEV")

    async def measure(self, charging: Charging, *, wh: int, w: int, at: datetime) -> None:
        await self.call(
            "MeterValues",
            connector_id=charging.evse,
            transaction_id=int(charging.transaction_id),
            meter_value=[{"timestamp": text_of(at), "sampled_value": sampled(wh, w)}],
        )

    async def stop(
        self, charging: Charging, *, wh: int, at: datetime, reason: str = "Local"
    ) -> None:
        await self.status(charging.evse, "Finishing")
        await self.call(
            "StopTransaction",
            transaction_id=int(charging.transaction_id),
            meter_stop=wh,
            timestamp=text_of(at),
            reason=reason,
            id_tag=charging.token,
        )


def sampled(wh: int, w: int) -> list[Fields]:
    return [
        {"value": str(wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": str(w), "measurand": "Power.Active.Import", "unit": "W"},
    ]
