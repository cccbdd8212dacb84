"""What shows that an accepted order was carried out: "Accepted" alone proves nothing.

Each order that has a visible effect names the facts it is seen by; the others end with the
station's answer.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from ogniwo.base.units import Instant
from ogniwo.domain.access import normalise_uid
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.facts import (
    ConnectorStatusReported,
    EventsReported,
    Fact,
    HeartbeatReceived,
    HoldingsReported,
    MeterReported,
    ProgressReported,
    SigningAsked,
    StationBooted,
    TransactionReported,
)
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.orders import (
    AnyOrder,
    CertificateUse,
    ChangeAvailability,
    RaiseSecurityProfile,
    RemoteStart,
    RemoteStop,
    Reset,
    SetPassword,
    Trigger,
    TriggerMessage,
    request_number,
)
from ogniwo.domain.session import Session
from ogniwo.domain.station import Connector, ReportedStatus

_TRIGGERED: dict[TriggerMessage, tuple[type[Fact], ...]] = {
    TriggerMessage.BOOT_NOTIFICATION: (StationBooted,),
    TriggerMessage.STATUS_NOTIFICATION: (ConnectorStatusReported, EventsReported),
    TriggerMessage.HEARTBEAT: (HeartbeatReceived,),
    TriggerMessage.METER_VALUES: (MeterReported,),
    TriggerMessage.TRANSACTION_EVENT: (TransactionReported,),
    TriggerMessage.FIRMWARE_STATUS_NOTIFICATION: (ProgressReported,),
    TriggerMessage.DIAGNOSTICS_STATUS_NOTIFICATION: (ProgressReported,),
    TriggerMessage.LOG_STATUS_NOTIFICATION: (ProgressReported,),
    TriggerMessage.SIGN_STATION_CERTIFICATE: (SigningAsked,),
    TriggerMessage.SIGN_V2G_CERTIFICATE: (SigningAsked,),
    TriggerMessage.SIGN_COMBINED_CERTIFICATE: (SigningAsked,),
}
_TRIGGERED_OF: dict[TriggerMessage, Kind] = {
    TriggerMessage.FIRMWARE_STATUS_NOTIFICATION: Kind.FIRMWARE,
    TriggerMessage.DIAGNOSTICS_STATUS_NOTIFICATION: Kind.LOG,
    TriggerMessage.LOG_STATUS_NOTIFICATION: Kind.LOG,
}


def has_visible_effect(order: AnyOrder) -> bool:
    match order:
        case RemoteStart() | RemoteStop() | ChangeAvailability():
            return True
        case SetPassword() | RaiseSecurityProfile():  # seen at the door
            return True
        case Reset(evse=evse):
            return evse is None
        case Trigger(message=message):
            return message in _TRIGGERED
        case _:
            return order.reported is not None


def already_so(state: StationState, command: Command) -> bool:
    """Was the effect seen before the answer came? Some stations act first and answer then."""
    order = command.order
    since = command.sent_at or command.created_at
    match order:
        case RemoteStart():
            return any(_started_by(command, order, it) for it in state.known_sessions())
        case Reset():
            return state.station.booted_at is not None and state.station.booted_at >= since
        case RemoteStop(transaction_id=transaction_id):
            session = state.session(transaction_id)
            return session is not None and not session.running
        case ChangeAvailability():
            return _availability_reached(order, _targets(state.connectors.values(), order))
        case _:
            return False


def effects_seen(
    state: StationState, fact: Fact, rows: Iterable[DomainRow], now: Instant
) -> list[Command]:
    """The awaiting commands that this fact and what it changes show to be carried out."""
    if not state.awaiting:
        return []
    changed = list(rows)
    ended = [_told(command, changed, now) for command in state.awaiting.values()]
    ended += [
        applied(command, now)
        for command in state.awaiting.values()
        if _shows(state, command, fact, changed)
    ]
    return [it for it in ended if it is not None]


def order_told_of(state: StationState, kind: Kind, number: int | None) -> Command | None:
    """The order that a station speaks of; without a number (1.6) it is the newest of its kind."""
    asked = [it for it in state.awaiting.values() if it.order.reported is kind]
    if number is not None:
        asked = [it for it in asked if request_number(it.id) == number]
    return asked[-1] if asked else None


def is_asked_for(state: StationState, fact: Fact) -> bool:
    """Does the station send it because it was ordered to?"""
    for command in state.awaiting.values():
        order = command.order
        if isinstance(order, Trigger) and isinstance(fact, _TRIGGERED.get(order.message, ())):
            return True
    if not isinstance(fact, HoldingsReported | ProgressReported) or fact.kind is None:
        return False
    return order_told_of(state, fact.kind, fact.number) is not None


def applied(command: Command, now: Instant) -> Command:
    return _ended(command, CommandState.APPLIED, now, None)


def not_applied(
    command: Command,
    now: Instant,
    reason: str = "the station accepted it, but its effect was not seen in time",
) -> Command:
    return _ended(command, CommandState.NOT_APPLIED, now, reason)


def _ended(command: Command, state: CommandState, now: Instant, reason: str | None) -> Command:
    order = command.order.without_secrets()
    return replace(command, order=order, state=state, finished_at=now, reason=reason)


def _told(command: Command, rows: list[DomainRow], now: Instant) -> Command | None:
    """As the station itself says how it went."""
    for row in rows:
        if isinstance(row, Holding) and row.command_id == command.id and row.done is not None:
            if row.done:
                return applied(command, now)
            return not_applied(command, now, row.reason or f"the station says: {row.state}")
    return None


def _shows(state: StationState, command: Command, fact: Fact, rows: list[DomainRow]) -> bool:
    order = command.order
    match order:
        case RemoteStart():
            return any(_started_by(command, order, row) for row in rows)
        case RemoteStop():
            return any(
                isinstance(row, Session)
                and row.transaction_id == order.transaction_id
                and not row.running
                for row in rows
            )
        case Reset():
            return isinstance(fact, StationBooted)
        case Trigger(message=message):
            return _is_asked_for(message, fact)
        case ChangeAvailability():
            after = dict(state.connectors)
            after.update(
                {(row.evse, row.connector): row for row in rows if isinstance(row, Connector)}
            )
            return _availability_reached(order, _targets(after.values(), order))
        case _:
            return False


def _is_asked_for(message: TriggerMessage, fact: Fact) -> bool:
    if isinstance(fact, SigningAsked):
        for_cars = message is TriggerMessage.SIGN_V2G_CERTIFICATE
        if for_cars != (fact.use is CertificateUse.V2G):
            return False
    if isinstance(fact, ProgressReported) and fact.kind is not _TRIGGERED_OF.get(message):
        return False
    return isinstance(fact, _TRIGGERED.get(message, ()))


def _started_by(command: Command, order: RemoteStart, row: DomainRow) -> bool:
    if not isinstance(row, Session) or not row.running:
        return False
    if row.remote_start_id is not None:
        return row.remote_start_id == request_number(command.id)
    return _is_meant(order, row) and row.received_at >= (command.sent_at or command.created_at)


def _is_meant(order: RemoteStart, session: Session) -> bool:
    """1.6 cannot name the order: its token, at its EVSE."""
    if session.token is None or (order.evse is not None and session.evse != order.evse):
        return False
    return normalise_uid(session.token.uid) == normalise_uid(order.token.uid)


def _targets(connectors: Iterable[Connector], order: ChangeAvailability) -> list[Connector]:
    return [
        it
        for it in connectors
        if order.evse in {None, it.evse} and order.connector in {None, it.connector}
    ]


def _availability_reached(order: ChangeAvailability, targets: list[Connector]) -> bool:
    reported = {it.reported for it in targets}
    if not reported:
        return False
    if order.operative:
        return ReportedStatus.UNAVAILABLE not in reported
    return reported <= {ReportedStatus.UNAVAILABLE, ReportedStatus.FAULTED}
