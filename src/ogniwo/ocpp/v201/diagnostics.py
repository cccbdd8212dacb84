"""N. Diagnostics: device-model events, the form in which 2.1 reports connector states (N07)."""

from typing import Any, Final

from ogniwo.domain.configuration import told
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import ConnectorStatusReported, DeviceEvent, EventsReported
from ogniwo.ocpp.adapter import Inbound, Seen
from ogniwo.ocpp.v201.availability import STATUSES
from ogniwo.ocpp.v201.device_model import to_variable
from ogniwo.ocpp.v201.schema import EventDataType, NotifyEventRequest, NotifyEventResponse

SUMMARY_CHARS_MAX: Final = 300


def events_to_fact(request: NotifyEventRequest, seen: Seen) -> EventsReported:
    statuses: list[ConnectorStatusReported] = []
    events: list[DeviceEvent] = []
    words: list[str] = []
    for it in request.event_data:
        status = _to_status(it, seen)
        if status is None:
            words.append(_in_words(it))
            events.append(_to_event(it, seen))
        else:
            statuses.append(status)
    summary = "; ".join(words)[:SUMMARY_CHARS_MAX]
    return EventsReported(
        statuses=tuple(statuses), events=tuple(events), summary=summary, notes=seen.notes
    )


def events_to_reply(_reply: Reply) -> NotifyEventResponse:
    return NotifyEventResponse()


def _to_status(it: EventDataType, seen: Seen) -> ConnectorStatusReported | None:
    evse = it.component.evse
    if it.component.name != "Connector" or it.variable.name != "AvailabilityState":
        return None
    if evse is None or evse.connector_id is None or it.actual_value not in STATUSES:
        return None
    at, _ = seen.moment(it.timestamp)
    return ConnectorStatusReported(
        evse=evse.id, connector=evse.connector_id, status=STATUSES[it.actual_value], at=at
    )


def _to_event(it: EventDataType, seen: Seen) -> DeviceEvent:
    at, _ = seen.moment(it.timestamp)
    details = {
        "tech_code": it.tech_code,
        "tech_info": it.tech_info,
        "transaction_id": it.transaction_id,
        "cause": it.cause,
    }
    return DeviceEvent(
        id=it.event_id,
        at=at,
        held=told(to_variable(it), it.actual_value),
        alerting=it.trigger == "Alerting",
        cleared=it.cleared or False,
        severity=getattr(it, "severity", None),  # 2.1 only
        monitor=it.variable_monitoring_id,
        details={name: said for name, said in details.items() if said is not None},
    )


def _in_words(it: EventDataType) -> str:
    evse = it.component.evse
    where = "" if evse is None else f"[{evse.id}]"
    code = f" ({it.tech_code})" if it.tech_code else ""
    cleared = " cleared" if it.cleared else ""
    return f"{it.component.name}{where}.{it.variable.name}={it.actual_value}{code}{cleared}"


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyEvent", events_to_fact, events_to_reply),
)
