"""How a simulated station speaks OCPP 2.0.1 and 2.1.

Everything it says is written with the structs of 2.0.1, which 2.1 still understands. The
transaction runs from the moment card and cable are both there until one of them goes
(TxStartPoint and TxStopPoint PowerPathClosed), as most stations in the field do it.
"""

from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from ogniwo.ocpp.messages import Messages, Payload
from ogniwo.ocpp.v21 import schema as schema21
from ogniwo.ocpp.v201 import schema
from ogniwo.sim.facts import Begin, Fault, Nameplate, Place, Report, Status, Stop, Wakeup
from ogniwo.sim.meter import Reading, quantities
from ogniwo.sim.moment import moment
from ogniwo.sim.outbox import Lane, Outgoing
from ogniwo.sim.speech import ALL_MEASURANDS, Told, Verdict, verdict_on

BOOT_REASONS: Final[dict[Wakeup, schema.BootReasonEnumType]] = {
    Wakeup.POWER_UP: "PowerUp",
    Wakeup.REMOTE_RESET: "RemoteReset",
    Wakeup.SCHEDULED_RESET: "ScheduledReset",
    Wakeup.TRIGGERED: "Triggered",
}
START_TRIGGERS: Final[dict[Begin, schema.TriggerReasonEnumType]] = {
    Begin.CARD: "Authorized",
    Begin.PLUG: "CablePluggedIn",
    Begin.REMOTE: "RemoteStart",
}
STOP_TRIGGERS: Final[dict[Stop, schema.TriggerReasonEnumType]] = {
    Stop.CARD: "StopAuthorized",
    Stop.UNPLUGGED: "EVCommunicationLost",
    Stop.REMOTE: "RemoteStop",
    Stop.SOFT_RESET: "ResetCommand",
    Stop.HARD_RESET: "ResetCommand",
    Stop.UNLOCKED: "UnlockCommand",
    Stop.DEAUTHORIZED: "Deauthorized",
    Stop.FAULT: "AbnormalCondition",
}
REASONS: Final[dict[Stop, schema.ReasonEnumType]] = {
    Stop.CARD: "Local",
    Stop.UNPLUGGED: "EVDisconnected",
    Stop.REMOTE: "Remote",
    Stop.SOFT_RESET: "ImmediateReset",
    Stop.HARD_RESET: "ImmediateReset",
    Stop.UNLOCKED: "Other",
    Stop.DEAUTHORIZED: "DeAuthorized",
    Stop.FAULT: "Other",
}
CHARGING_STATES: Final[dict[Status, schema.ChargingStateEnumType]] = {
    Status.CHARGING: "Charging",
    Status.SUSPENDED_EV: "SuspendedEV",
    Status.SUSPENDED_EVSE: "SuspendedEVSE",
}


class Speech2x:
    def __init__(self, version: str) -> None:
        self.version = version
        self.subprotocol = f"ocpp{version}"
        self.messages: Messages = schema21.MESSAGES if version == "2.1" else schema.MESSAGES
        self._events = 0

    def new_transaction_id(self, rng: Random) -> str:
        return str(UUID(int=rng.getrandbits(128), version=4))

    def boot(self, plate: Nameplate, why: Wakeup, told: Callable[[str, int], None]) -> Outgoing:
        request = schema.BootNotificationRequest(
            reason=BOOT_REASONS[why],
            charging_station=schema.ChargingStationType(
                vendor_name=plate.vendor,
                model=plate.model,
                serial_number=plate.serial,
                firmware_version=plate.firmware,
            ),
        )

        def read(answer: Payload | None) -> None:
            if isinstance(
                answer, schema.BootNotificationResponse | schema21.BootNotificationResponse
            ):
                told(answer.status, answer.interval)
            else:
                told("Lost", 0)

        return Outgoing("BootNotification", lambda: request, Lane.BOOT, read)

    def heartbeat(self) -> Outgoing:
        return Outgoing("Heartbeat", schema.HeartbeatRequest)

    def authorize(self, token: str, told: Told) -> Outgoing:
        def read(answer: Payload | None) -> None:
            if isinstance(answer, schema.AuthorizeResponse | schema21.AuthorizeResponse):
                told(verdict_on(answer.id_token_info.status))
            else:
                told(Verdict.UNSAID)

        request = schema.AuthorizeRequest(id_token=_card(token))
        return Outgoing("Authorize", lambda: request, told=read)

    def connectors(self, plugs: int) -> range:
        return range(1, plugs + 1)

    def status_word(self, status: Status, *, occupied: bool) -> str:
        return _connector_status(status, occupied=occupied)

    def status(
        self, place: Place, status: Status, fault: Fault | None, at_s: int, *, occupied: bool
    ) -> Outgoing:
        del fault  # NotifyEvent tells it
        request = schema.StatusNotificationRequest(
            timestamp=moment(at_s),
            connector_status=_connector_status(status, occupied=occupied),
            evse_id=place.evse,
            connector_id=place.connector,
        )
        return Outgoing("StatusNotification", lambda: request)

    def station_status(self, at_s: int, *, operative: bool) -> list[Outgoing]:
        del at_s, operative
        return []  # each connector speaks for itself

    def fault(self, place: Place, fault: Fault, at_s: int, *, cleared: bool) -> list[Outgoing]:
        self._events += 1
        event = schema.EventDataType(
            event_id=self._events,
            timestamp=moment(at_s),
            trigger="Alerting",
            actual_value="false" if cleared else "true",
            cleared=cleared,
            tech_code=fault.vendor_code,
            tech_info=fault.info,
            event_notification_type="HardWiredNotification",
            component=schema.ComponentType(
                name=fault.component,
                evse=schema.EVSEType(id=place.evse, connector_id=place.connector),
            ),
            variable=schema.VariableType(name="Problem"),
        )
        request = schema.NotifyEventRequest(
            generated_at=moment(at_s), seq_no=0, event_data=[event], tbc=False
        )
        return [Outgoing("NotifyEvent", lambda: request)]

    def begun(self, report: Report, begin: Begin, told: Told) -> list[Outgoing]:
        event = _event(
            report,
            kind="Started",
            trigger=START_TRIGGERS[begin],
            state="EVConnected",
            values=_meter_value(report.reading, "Transaction.Begin", ALL_MEASURANDS),
            token=report.transaction.entry.token,
        )

        def read(answer: Payload | None) -> None:
            if isinstance(
                answer, schema.TransactionEventResponse | schema21.TransactionEventResponse
            ):
                info = answer.id_token_info
                told(Verdict.UNSAID if info is None else verdict_on(info.status))

        return [Outgoing("TransactionEvent", lambda: event, Lane.DURABLE, read)]

    def sampled(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]:
        return [self._updated(report, "MeterValuePeriodic", "Sample.Periodic", measurands)]

    def triggered(self, report: Report, measurands: frozenset[str]) -> list[Outgoing]:
        return [self._updated(report, "Trigger", "Trigger", measurands)]

    def state_changed(self, report: Report) -> list[Outgoing]:
        event = self._updated(report, "ChargingStateChanged", "Other", ALL_MEASURANDS)
        event.droppable = False
        return [event]

    def ended(self, report: Report, stop: Stop, token: str | None) -> list[Outgoing]:
        entry = report.transaction.entry
        event = _event(
            report,
            kind="Ended",
            trigger=STOP_TRIGGERS[stop],
            state="Idle" if stop is Stop.UNPLUGGED else "EVConnected",
            values=_meter_value(report.reading, "Transaction.End", ALL_MEASURANDS),
            stopped=REASONS[stop],
            token=token,
        )

        def read(answer: Payload | None) -> None:
            entry.stop_acknowledged = answer is not None

        return [Outgoing("TransactionEvent", lambda: event, Lane.DURABLE, read)]

    def idle_sample(self, place: Place, reading: Reading) -> list[Outgoing]:
        request = schema.MeterValuesRequest(
            evse_id=place.evse, meter_value=[_meter_value(reading, "Trigger", ALL_MEASURANDS)]
        )
        return [Outgoing("MeterValues", lambda: request)]

    def _updated(
        self,
        report: Report,
        trigger: schema.TriggerReasonEnumType,
        context: schema.ReadingContextEnumType,
        measurands: frozenset[str],
    ) -> Outgoing:
        state = report.transaction.state
        event = _event(
            report,
            kind="Updated",
            trigger=trigger,
            state="EVConnected" if state is None else CHARGING_STATES[state],
            values=_meter_value(report.reading, context, measurands),
        )
        return Outgoing("TransactionEvent", lambda: event, Lane.DURABLE, droppable=True)


def _event(
    report: Report,
    *,
    kind: schema.TransactionEventEnumType,
    trigger: schema.TriggerReasonEnumType,
    state: schema.ChargingStateEnumType,
    values: schema.MeterValueType,
    token: str | None = None,
    stopped: schema.ReasonEnumType | None = None,
) -> schema.TransactionEventRequest:
    transaction = report.transaction
    first = kind == "Started"
    return schema.TransactionEventRequest(
        event_type=kind,
        timestamp=moment(report.reading.at_s),
        trigger_reason=trigger,
        seq_no=transaction.draw_seq(),
        offline=True if report.offline else None,
        transaction_info=schema.TransactionType(
            transaction_id=str(transaction.entry.transaction_id),
            charging_state=state,
            stopped_reason=stopped,
            remote_start_id=transaction.remote_id if first else None,
        ),
        evse=schema.EVSEType(id=transaction.place.evse, connector_id=transaction.place.connector),
        id_token=None if token is None else _card(token),
        meter_value=[values],
    )


def _meter_value(
    reading: Reading, context: schema.ReadingContextEnumType, measurands: frozenset[str]
) -> schema.MeterValueType:
    return schema.MeterValueType(
        timestamp=moment(reading.at_s),
        sampled_value=[
            schema.SampledValueType(
                value=one.value,
                context=context,
                measurand=one.measurand,
                phase=one.phase,
                location="EV" if one.measurand == "SoC" else None,
                unit_of_measure=schema.UnitOfMeasureType(unit=one.unit),
            )
            for one in quantities(reading)
            if not measurands or one.measurand in measurands
        ],
    )


def _card(token: str) -> schema.IdTokenType:
    return schema.IdTokenType(id_token=token, type="ISO14443")


def _connector_status(status: Status, *, occupied: bool) -> schema.ConnectorStatusEnumType:
    match status:
        case Status.FAULTED:
            return "Faulted"
        case Status.UNAVAILABLE:
            return "Unavailable"
        case _:
            return "Occupied" if occupied else "Available"
