"""How a command ends: by the station's answer, by silence, by its deadline, by a rule.

Pure: the caller stores what comes out. That an accepted order had its effect is judged in
``effects``.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from ogniwo.base.errors import RefusedError
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState, Outcome, Reply
from ogniwo.domain.configuration import without_secrets
from ogniwo.domain.effects import already_so, applied, has_visible_effect
from ogniwo.domain.holdings import Held, Holding, HoldingsSwept, to_holding
from ogniwo.domain.orders import AnyOrder, request_number
from ogniwo.domain.orders.order import Known
from ogniwo.domain.station import Registration
from ogniwo.domain.station_secret import StationSecret

SCHEDULED_S_MAX: Final = 24 * 3_600  # "Scheduled" waits for the end of a session


def check_order(state: StationState, order: AnyOrder) -> None:
    """Refuse what the station's registration forbids (B02, B03). Errors: RefusedError."""
    registration = state.station.registration
    if registration is Registration.REJECTED:
        raise RefusedError("station_rejected", "a rejected station may not be called")
    if registration is Registration.PENDING and not order.while_pending:
        raise RefusedError(
            "station_pending", "a pending station cannot start or stop sessions: accept it"
        )


def answered(state: StationState, sent: Command, outcome: Outcome, *, now: Instant) -> Command:
    """The command after the station's answer was understood."""
    said = replace(sent, result=outcome.result, reason=outcome.reason, answer=outcome.answer)
    if outcome.reply is Reply.REJECTED:
        reason = outcome.reason or f"the station answered {outcome.result}"
        return ended(said, CommandState.REJECTED, reason, now=now)
    if outcome.reply is Reply.ACCEPTED and (more := sent.order.more) is not None:
        return replace(sent, state=CommandState.QUEUED, sent_at=None, order=more)
    if outcome.reply is Reply.DONE:
        return replace(applied(said, now), reason=outcome.reason)
    if not has_visible_effect(sent.order):
        return ended(said, CommandState.ACCEPTED, outcome.reason, now=now)
    if already_so(state, sent):
        return applied(said, now)
    patience_s = sent.order.patience(now)
    if outcome.reply is Reply.SCHEDULED:
        patience_s = SCHEDULED_S_MAX
    return replace(said, state=CommandState.ACCEPTED, effect_by=now + seconds(patience_s))


def check_limits(order: AnyOrder, told: Iterable[Holding], size_bytes: int) -> None:
    """Refuse more than the station said that it takes. Errors: RefusedError."""
    values = {it.key: it.value or "" for it in told}
    for limit in order.limits():
        text = values.get(limit.variable, "")
        count = size_bytes if limit.count is None else limit.count
        if text.isdecimal() and 0 < int(text) < count:
            raise RefusedError(
                "too_much_for_station",
                f"the station takes {text} {limit.what} in one message ({limit.variable}), "
                f"this has {count}: give it in several orders",
            )


def known_of(
    state: StationState,
    held: Iterable[Holding],
    *,
    now: Instant,
    secret: StationSecret | None = None,
) -> Known:
    running = {it.transaction_id: it.evse for it in state.open.values() if it.running}
    return Known(
        now=now,
        protocol=state.station.protocol,
        running=running,
        evses=frozenset(evse for evse, _ in state.connectors if evse),
        held=tuple(held),
        secret=secret,
    )


def held_after(
    sent: Command, outcome: Outcome, known: Known
) -> tuple[Holding | HoldingsSwept, ...]:
    """What is known of the station since it answered."""
    order = sent.order
    given: tuple[Held, ...] = ()
    if outcome.reply is not Reply.REJECTED:
        given = (*order.changes(known), *order.held(sent.id))
    number = str(request_number(sent.id))
    told = [it if it.key else replace(it, key=number) for it in outcome.held]
    held = (to_holding(it, sent.station_id, known.now, sent.id) for it in (*given, *told))
    rows = tuple(without_secrets(held, {it.key: it for it in known.held}))
    if outcome.whole_of is None:
        return rows
    swept = HoldingsSwept(station_id=sent.station_id, kind=outcome.whole_of, before=known.now)
    return (*rows, swept)


def hidden(text: bytes, secrets: Iterable[str]) -> bytes:
    """A message's text as it may be kept: what it said, without the secrets in it."""
    for secret in secrets:
        written = secret.replace("\\", "\\\\").replace('"', '\\"')  # as JSON has it
        text = text.replace(f'"{written}"'.encode(), b'"***"')
        if secret.isdecimal():  # a PIN crosses the wire as a number
            text = re.sub(rf"(?<=[:,\[]){secret}(?=[,}}\]])".encode(), b'"***"', text)
    return text


def expired(command: Command, *, now: Instant) -> Command:
    reason = "the station was not reachable before the deadline"
    return ended(command, CommandState.EXPIRED, reason, now=now)


def node_lost(sent: Command, *, now: Instant) -> Command:
    """What becomes of an order whose node ended before it heard the answer."""
    if sent.order.repeatable and now < sent.deadline_at:
        reason = "sent again: the server stopped or failed before the answer came"
        return replace(sent, state=CommandState.QUEUED, sent_at=None, reason=reason)
    reason = "the server stopped or failed before the answer came"
    return ended(sent, CommandState.NODE_LOST, reason, now=now)


def ended(command: Command, state: CommandState, reason: str | None, *, now: Instant) -> Command:
    return replace(command, state=state, reason=reason, finished_at=now, effect_by=None)
