"""OCPP 2.0.1: the station names its transactions and numbers their events."""

from datetime import datetime
from importlib import import_module
from itertools import count
from typing import Any, ClassVar

from tests.system.station import Charging, Fields, Station, now, text_of

_numbers = count(1)


class Station201(Station):
    version = "ocpp2.0.1"
    charge_point = import_module("ocpp.v201").ChargePoint
    calls = import_module("ocpp.v201.call")
    results = import_module("ocpp.v201.call_result")
    answers_usual: ClassVar = {
        "RequestStartTransaction": {"status": "Accepted"},
        "RequestStopTransaction": {"status": "Accepted"},
        "Reset": {"status": "Accepted"},
        "UnlockConnector": {"status": "Unlocked"},
        "TriggerMessage": {"status": "Accepted"},
        "ChangeAvailability": {"status": "Accepted"},
        "GetVariables": {"get_variable_result": []},
        "ClearCache": {"status": "Accepted"},
    }

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._named: dict[str, str] = {}  # what a remote start presented, to its type

    async def boot(self, reason: str = "PowerUp") -> str:
        answer = await self.call(
            "BootNotification",
            reason=reason,
            charging_station={
                "vendor_name": "Volta",
                "model": "Two",
                "serial_number": "S-2",
                "firmware_version": "2.0.0",
            },
        )
        return str(answer.status)

    async def heartbeat(self) -> str:
        return str((await self.call("Heartbeat")).current_time)

    async def authorize(self, token: str) -> str:
        answer = await self.call("Authorize", id_token=card(token))
        return str(answer.id_token_info["status"])

    async def status(self, evse: int, status: str, connector: int = 1) -> None:
        await self.call(
            "StatusNotification",
            timestamp=text_of(now()),
            connector_status=status,
            evse_id=evse,
            connector_id=connector,
        )

    async def available(self, evse: int = 1) -> None:
        await self.status(evse, "Available")

    async def plug_in(self, evse: int = 1) -> None:
        await self.status(evse, "Occupied")

    async def fault(self, evse: int = 1) -> None:
        await self.status(evse, "Faulted")

    async def unavailable(self, evse: int = 1) -> None:
        await self.status(evse, "Unavailable")

    async def event(
        self,
        charging: Charging,
        kind: str,
        trigger: str,
        *,
        at: datetime,
        info: Fields | None = None,
        **fields: Any,
    ) -> Any:
        """The next event of a transaction; its number is taken even if the answer never comes."""
        number = charging.seq_no
        charging.seq_no += 1
        transaction = {"transaction_id": charging.transaction_id, **(info or {})}
        return await self.call(
            "TransactionEvent",
            event_type=kind,
            timestamp=text_of(at),
            trigger_reason=trigger,
            seq_no=number,
            transaction_info=transaction,
            **fields,
        )

    def presented(self, token: str) -> Fields:
        """A card, unless a remote start named it as something else."""
        return {"id_token": token, "type": self._named.get(token, "ISO14443")}

    def _note(self, action: str, **fields: Any) -> None:
        if action == "RequestStartTransaction":
            self._named[fields["id_token"]["id_token"]] = fields["id_token"]["type"]
        super()._note(action, **fields)

    def transaction(self, token: str, evse: int = 1) -> Charging:
        return Charging(f"{self.identity[:20]}-t{next(_numbers)}", evse, token, None)

    async def start(
        self,
        token: str,
        *,
        wh: int,
        at: datetime,
        evse: int = 1,
        remote_start_id: int | None = None,
    ) -> Charging:
        charging = self.transaction(token, evse)
        remote = {} if remote_start_id is None else {"remote_start_id": remote_start_id}
        answer = await self.event(
            charging,
            "Started",
            "Authorized" if remote_start_id is None else "RemoteStart",
            at=at,
            info={"charging_state": "EVConnected", **remote},
            evse={"id": evse, "connector_id": 1},
            id_token=self.presented(token),
            meter_value=[metered(wh, 0, at, "Transaction.Begin")],
        )
        charging.verdict = str(answer.id_token_info["status"])
        return charging

    async def energy_flows(self, charging: Charging, *, at: datetime) -> None:
        info = {"charging_state": "Charging"}
        await self.event(charging, "Updated", "ChargingStateChanged", at=at, info=info)

    async def car_pauses(self, charging: Charging, *, at: datetime) -> None:
        info = {"charging_state": "SuspendedEV"}
        await self.event(charging, "Updated", "ChargingStateChanged", at=at, info=info)

    async def measure(self, charging: Charging, *, wh: int, w: int, at: datetime) -> None:
        values = [metered(wh, w, at, "Sample.Periodic")]
        await self.event(charging, "Updated", "MeterValuePeriodic", at=at, meter_value=values)

    async def stop(
        self, charging: Charging, *, wh: int, at: datetime, reason: str = "Local"
    ) -> None:
        await self.event(
            charging,
            "Ended",
            "StopAuthorized",
            at=at,
            info={"stopped_reason": reason},
            id_token=self.presented(charging.token),
            meter_value=[metered(wh, 0, at, "Transaction.End")],
        )


def card(token: str) -> Fields:
    return {"id_token": token, "type": "ISO14443"}


def metered(wh: int, w: int, at: datetime, context: str) -> Fields:
    return {
        "timestamp": text_of(at),
        "sampled_value": [
            {
                "value": wh,
                "context": context,
                "measurand": "Energy.Active.Import.Register",
                "unit_of_measure": {"unit": "Wh"},
            },
            {
                "value": w,
                "context": context,
                "measurand": "Power.Active.Import",
                "unit_of_measure": {"unit": "W"},
            },
        ],
    }
