"""How a simulated station speaks OCPP 1.6: facts in, messages out."""

from collections.abc import Callable
from random import Random
from typing import Final

from ogniwo.ocpp.messages import Messages, Payload
from ogniwo.ocpp.v16 import schema
from ogniwo.sim.facts import Begin, Fault, Nameplate, Place, Report, Status, Stop, Wakeup
from ogniwo.sim.meter import Quantity, Reading, quantities
from ogniwo.sim.moment import moment
from ogniwo.sim.outbox import Lane, Outgoing
from ogniwo.sim.speech import ALL_MEASURANDS, Told, Verdict, verdict_on

TRANSACTION_UNKNOWN: Final = -1  # the start was refused for good; the errata name this value
REGISTER_ONLY: Final = frozenset({"Energy.Active.Import.Register"})

STATUSES: Final[dict[Status, schema.ChargePointStatus]] = {
    Status.AVAILABLE: "Available",
    Status.PREPARING: "Preparing",
    Status.CHARGING: "Charging",
    Status.SUSPENDED_EV: "SuspendedEV",
    Status.SUSPENDED_EVSE: "SuspendedEVSE",
    Status.FINISHING: "Finishing",
    Status.UNAVAILABLE: "Unavailable",
    Status.FAULTED: "Faulted",
}
REASONS: Final[dict[Stop, schema.Reason]] = {
    Stop.CARD: "Local",
    Stop.UNPLUGGED: "EVDisconnected",
    Stop.REMOTE: "Remote",
    Stop.SOFT_RESET: "SoftReset",
    Stop.HARD_RESET: "HardReset",
    Stop.UNLOCKED: "UnlockCommand",
    Stop.DEAUTHORIZED: "DeAuthorized",
    Stop.FAULT: "Other",
}


class Speech16:
    version = "1.6"
    subprotocol = "ocpp1.6"
    messages: Messages = schema.MESSAGES

    def new_transaction_id(self, rng: Random) -> None:
        """The CSMS chooses it."""

    def boot(self, plate: Nameplate, why: Wakeup, told: Callable[[str, int], None]) -> Outgoing:
        del why  # 1.6 has no word for it
        request = schema.BootNotificationRequest(
            charge_point_vendor=plate.vendor,
            charge_point_model=plate.model,
            charge_point_serial_number=plate.serial,
            firmware_version=plate.firmware,
            meter_type="MID class B",
        )

        def read(answer: Payload | None) -> None:
            if isinstance(answer, schema.BootNotificationResponse):
                told(answer.status, answer.interval)
            else:
                told("Lost", 0)

        return Outgoing("BootNotification", lambda: request, Lane.BOOT, read)

    def heartbeat(self) -> Outgoing:
        return Outgoing("Heartbeat", schema.HeartbeatRequest)

    def authorize(self, token: str, told: Told) -> Outgoing:
        def read(answer: Payload | None) -> None:
            if isinstance(answer, schema.AuthorizeResponse):
                told(verdict_on(answer.id_tag_info.status))
            else:
                told(Verdict.UNSAID)

        return Outgoing("Authorize", lambda: schema.AuthorizeRequest(id_tag=token), told=read)

    def connectors(self, plugs: int) -> range:
        del plugs  # all plugs of an EVSE are one connector here
        return range(1, 2)

    def status_word(self, status: Status, *, occupied: bool) -> str:
        del occupied  # the status says it
        return STATUSES[status]

    def status(
        self, place: Place, status: Status, fault: Fault | None, at_s: int, *, occupied: bool
    ) -> Outgoing:
        del occupied  # the status says it
        request = schema.StatusNotificationRequest(
            connector_id=place.evse,
            error_code=_error(fault),
            status=STATUSES[status],
            info=fault.info if fault else None,
            vendor_error_code=fault.vendor_code if fault else None,
            timestamp=moment(at_s),
        )
        return Outgoing("StatusNotification", lambda: request)

    def station_status(self, at_s: int, *, operative: bool) -> list[Outgoing]:
        request = schema.StatusNotificationRequest(
            connector_id=0,
            error_code="NoError",
            status="Available" if operative else "Unavailable",
            timestamp=moment(at_s),
        )
        return [Outgoing("StatusNotification", lambda: request)]

    def fault(self, place: Place, fault: Fault, at_s: int, *, cleared: bool) -> list[Outgoing]:
        del place, fault, at_s, cleared
        return []  # the status message carries it

    def begun(self, report: Report, begin: Begin, told: Told) -> list[Outgoing]:
        del begin
        entry = report.transaction.entry
        request = schema.StartTransactionRequest(
            connector_id=entry.evse,
            id_tag=entry.token,
            meter_start=entry.meter_start_wh,
            timestamp=moment(entry.started_s),
        )

        def read(answer: Payload | None) -> None:
            if isinstance(answer, schema.StartTransactionResponse):
                entry.transaction_id = answer.transaction_id
                told(verdict_on(answer.id_tag_info.status))
            else:
                entry.transaction_id = TRANSACTION_UNKNOWN

        return [Outgoing("StartTransaction", lambda: request, Lane.DURABLE, read)]

    def sampled(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]:
        return [self._meter_values(report, measurands, "Sample.Periodic")]

    def triggered(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]:
        return [self._meter_values(report, measurands, "Trigger")]

    def state_changed(self, report: Report) -> list[Outgoing]:
        del report
        return []  # the status message says it

    def ended(self, report: Report, stop: Stop, token: str | None) -> list[Outgoing]:
        entry, reading = report.transaction.entry, report.reading
        registers = [
            meter_value(report.transaction.first, "Transaction.Begin", REGISTER_ONLY),
            meter_value(reading, "Transaction.End", REGISTER_ONLY),
        ]

        def build() -> Payload:
            return schema.StopTransactionRequest(
                transaction_id=_id_of(report),
                meter_stop=reading.energy_wh,
                timestamp=moment(reading.at_s),
                reason=REASONS[stop],
                id_tag=token,
                transaction_data=registers,
            )

        def read(answer: Payload | None) -> None:
            entry.stop_acknowledged = answer is not None

        return [Outgoing("StopTransaction", build, Lane.DURABLE, read)]

    def idle_sample(self, place: Place, reading: Reading) -> list[Outgoing]:
        request = schema.MeterValuesRequest(
            connector_id=place.evse, meter_value=[meter_value(reading, "Trigger", ALL_MEASURANDS)]
        )
        return [Outgoing("MeterValues", lambda: request)]

    def _meter_values(
        self, report: Report, measurands: frozenset[str], context: schema.ReadingContext
    ) -> Outgoing:
        value = meter_value(report.reading, context, measurands)

        def build() -> Payload:
            return schema.MeterValuesRequest(
                connector_id=report.transaction.place.evse,
                transaction_id=_id_of(report),
                meter_value=[value],
            )

        return Outgoing("MeterValues", build, Lane.DURABLE, droppable=True)


def meter_value(
    reading: Reading, context: schema.ReadingContext, measurands: frozenset[str]
) -> schema.MeterValue:
    samples = [
        _sample(one, context)
        for one in quantities(reading)
        if not measurands or one.measurand in measurands
    ]
    if not measurands or "Temperature" in measurands:  # unknown to 2.x
        samples.append(
            schema.SampledValue(
                value=f"{reading.temperature_c:.1f}",
                context=context,
                measurand="Temperature",
                unit="Celsius",
            )
        )
    return schema.MeterValue(timestamp=moment(reading.at_s), sampled_value=samples)


def _sample(quantity: Quantity, context: schema.ReadingContext) -> schema.SampledValue:
    return schema.SampledValue(
        value=str(quantity.value),
        context=context,
        measurand=quantity.measurand,
        unit=quantity.unit,
        phase=quantity.phase,
        location="EV" if quantity.measurand == "SoC" else None,
    )


def _id_of(report: Report) -> int:
    known = report.transaction.entry.transaction_id
    return known if isinstance(known, int) else TRANSACTION_UNKNOWN


def _error(fault: Fault | None) -> schema.ChargePointErrorCode:
    return fault.error_16 if fault is not None else "NoError"
