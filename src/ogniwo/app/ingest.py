"""The only door in for facts: decide, make durable, and only then let the answer go.

What cannot be stored is not lost: a transaction message that the database refuses is kept as
raw text, answered normally and put up for review; anything else is answered with an error.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final, Never, Protocol

from msgspec.structs import replace

from ogniwo.app.command_book import command_changed, commands_decided
from ogniwo.app.mailbox import Mailbox, Mailboxes
from ogniwo.app.outside import Outside
from ogniwo.app.ports import Records, Row, RowRefusedError
from ogniwo.app.token_use import TokenUse
from ogniwo.app.tokens import TokenFile
from ogniwo.app.transaction_numbers import TransactionNumbers
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant
from ogniwo.domain.access import Token, as_of_station, normalise_uid
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging_told import (
    decide_charging_needs,
    decide_charging_schedule,
    decide_schedule_update,
)
from ogniwo.domain.customers import decide_customer_data
from ogniwo.domain.decision import Decision, DomainRow, Reply, Situation, TimeTold
from ogniwo.domain.device_events import decide_events
from ogniwo.domain.effects import effects_seen
from ogniwo.domain.events import Event, EventKind, Scalar
from ogniwo.domain.facts import (
    AnyFact,
    CertificateAsked,
    ChargingNeedsTold,
    ChargingScheduleTold,
    ConnectorStatusReported,
    CustomerDataReported,
    EventsReported,
    Fact,
    HeartbeatReceived,
    HoldingsReported,
    MeterReported,
    PaymentSettled,
    Phase,
    ProgressReported,
    ScheduleUpdateAsked,
    SecurityEventReported,
    SigningAsked,
    StationBooted,
    StreamOpened,
    StreamReported,
    TokenPresented,
    TransactionReported,
    UnreadableReceived,
    VatNumberPresented,
    VendorDataReceived,
)
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.keeping import decide_unreadable
from ogniwo.domain.metering import decide_meter
from ogniwo.domain.payments import decide_settlement, decide_vat_number
from ogniwo.domain.presenting import decide_token
from ogniwo.domain.progress import decide_progress
from ogniwo.domain.registration import NOT_PERMITTED, decide_boot, permitted
from ogniwo.domain.reports import decide_report
from ogniwo.domain.security import (
    decide_certificate_question,
    decide_security_event,
    decide_signing,
)
from ogniwo.domain.session import Session
from ogniwo.domain.station import Registration
from ogniwo.domain.status import decide_status
from ogniwo.domain.streams import decide_stream, decide_stream_values
from ogniwo.domain.trace import Answered, Direction, Message
from ogniwo.domain.transactions import decide_transaction
from ogniwo.domain.vendors import decide_vendor_data


def _decide_heartbeat(_state: StationState, _fact: Fact, situation: Situation) -> Decision:
    return Decision(TimeTold(situation.now))


# Each takes the fact of its key; no type of Python says that of a mapping.
DECISIONS: Final[Mapping[type[AnyFact], Callable[[StationState, Never, Situation], Decision]]] = {
    HeartbeatReceived: _decide_heartbeat,
    StationBooted: decide_boot,
    ConnectorStatusReported: decide_status,
    EventsReported: decide_events,
    StreamOpened: decide_stream,
    StreamReported: decide_stream_values,
    TokenPresented: decide_token,
    TransactionReported: decide_transaction,
    MeterReported: decide_meter,
    VendorDataReceived: decide_vendor_data,
    HoldingsReported: decide_report,
    ProgressReported: decide_progress,
    SecurityEventReported: decide_security_event,
    SigningAsked: decide_signing,
    CertificateAsked: decide_certificate_question,
    CustomerDataReported: decide_customer_data,
    VatNumberPresented: decide_vat_number,
    PaymentSettled: decide_settlement,
    ChargingNeedsTold: decide_charging_needs,
    ChargingScheduleTold: decide_charging_schedule,
    ScheduleUpdateAsked: decide_schedule_update,
    UnreadableReceived: decide_unreadable,
}


_UP: Final = Direction.UP  # found once: Python 3.11 looks a member up slowly


class Exchange(Protocol):
    """One call of a station, and how to answer it in its version's words."""

    @property
    def action(self) -> str: ...

    @property
    def message_id(self) -> str: ...

    @property
    def text(self) -> bytes: ...

    @property
    def received_at(self) -> Instant: ...

    @property
    def tolerant(self) -> bool:
        """May the station report while its registration is pending?"""
        ...

    def answer(self, reply: Reply) -> tuple[bytes, Answered]:
        """The whole frame to send back, and whether it is a result or an error."""
        ...


class Ingest:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        records: Records,
        tokens: TokenFile,
        token_use: TokenUse,
        numbers: TransactionNumbers,
        clock: Clock,
        ids: Ids,
        outside: Outside | None = None,
    ) -> None:
        self._outside = outside or Outside()
        self._mailboxes = mailboxes
        self._records = records
        self._tokens = tokens
        self._token_use = token_use
        self._numbers = numbers
        self._clock = clock
        self._ids = ids

    async def receive(self, mailbox: Mailbox, fact: AnyFact, exchange: Exchange) -> bytes:
        """The answer's frame, to be sent at once: everything behind it is durable."""
        if isinstance(fact, HeartbeatReceived) and _changes_nothing(mailbox.state):
            return exchange.answer(TimeTold(self._clock.now_us()))[0]
        if isinstance(fact, CertificateAsked):
            fact = replace(fact, told=await self._outside.told(fact.questions))
        async with mailbox as state:
            try:
                return await self._handle(mailbox, state, fact, exchange)
            except RowRefusedError as refusal:
                if not isinstance(fact, TransactionReported | MeterReported):
                    raise
                kept = UnreadableReceived(action=exchange.action, problem=str(refusal))
                return await self._handle(mailbox, state, kept, exchange)

    async def keep(
        self, mailbox: Mailbox, exchange: Exchange, *, answer: bytes | None, why: str
    ) -> None:
        """What could not be understood goes into the trace with the answer it gets."""
        async with mailbox as state:
            message = self._message(
                state,
                exchange,
                answer or b"",
                Answered.ERROR if answer else Answered.NONE,
                why,
                now=self._clock.now_us(),
            )
            await self._mailboxes.commit(mailbox, (message,))

    async def tell(
        self, mailbox: Mailbox, kind: EventKind, data: dict[str, Scalar], *others: Row
    ) -> None:
        """An event of the link itself: connected, gone."""
        async with mailbox as state:
            told = Event(
                id=self._ids.next(),
                kind=kind,
                at=self._clock.now_us(),
                station_id=state.station.id,
                data=data,
            )
            rows: tuple[DomainRow, ...] = (told,)
            protocol = data.get("protocol")
            if isinstance(protocol, str) and protocol != state.station.protocol:
                rows = (replace(state.station, protocol=protocol), told)
            await self._mailboxes.commit(mailbox, rows, others)

    async def _handle(
        self, mailbox: Mailbox, state: StationState, fact: AnyFact, exchange: Exchange
    ) -> bytes:
        if _needs_nothing(state, fact):
            situation = Situation(now=self._clock.now_us(), ids=self._ids)
        else:
            situation = await self._situation(state, fact)
        decision = self._decide(state, fact, situation, tolerant=exchange.tolerant)
        text, answered = exchange.answer(decision.reply)
        effects = effects_seen(state, fact, decision.rows, situation.now)
        message = self._message(
            state,
            exchange,
            text,
            answered,
            "; ".join(fact.notes) or None,
            now=situation.now,
            session_id=decision.session_id,
        )
        told = [command_changed(it, event_id=self._ids.next(), now=situation.now) for it in effects]
        rows: tuple[DomainRow, ...] = (*decision.rows, *effects, *told, message)
        if decision.orders:
            station_id, now = state.station.id, situation.now
            rows += tuple(commands_decided(decision.orders, station_id, ids=self._ids, now=now))
        claimed = self._token_use.claim(decision.rows)
        try:
            freed = self._token_use.freed(situation.token_use, state.station.id)
            await self._mailboxes.commit(mailbox, rows, freed)
        except BaseException:
            self._token_use.disclaim(claimed)
            raise
        return text

    def _message(
        self,
        state: StationState,
        exchange: Exchange,
        answer: bytes,
        answered: Answered,
        notes: str | None,
        *,
        now: Instant,
        session_id: int | None = None,
    ) -> Message:
        return Message(
            id=self._ids.next(),
            prev=state.message_head,
            station_id=state.station.id,
            session_id=session_id,
            direction=_UP,
            action=exchange.action,
            message_id=exchange.message_id,
            at=exchange.received_at,
            latency_us=now - exchange.received_at,
            call=exchange.text,
            answer=answer or None,
            answered=answered,
            notes=notes,
        )

    def _decide(
        self, state: StationState, fact: AnyFact, situation: Situation, *, tolerant: bool
    ) -> Decision:
        if not permitted(state, fact, tolerant=tolerant):
            return NOT_PERMITTED
        return DECISIONS[type(fact)](state, fact, situation)  # type: ignore[arg-type] # see there

    async def _situation(self, state: StationState, fact: AnyFact) -> Situation:
        """Everything the decision needs; the usual reading needs nothing from anywhere."""
        number = 0
        tokens: dict[str, Token] = {}
        found: Session | None = None
        if isinstance(fact, TokenPresented | TransactionReported) and fact.token is not None:
            uid = normalise_uid(fact.token.uid)
            on_file = await self._tokens.find(uid)
            if on_file is not None:
                tokens[uid] = as_of_station(on_file, state.master_group)
        if (transaction_id := _unknown_transaction(state, fact)) is not None:
            found = await self._records.find_session(state.station.id, transaction_id)
        if (session_id := _ended_session(state, fact, found)) is not None:
            state.restore_digests(session_id, await self._records.session_digests(session_id))
        if _wants_number(fact):
            number = await self._numbers.draw()
        holdings: dict[tuple[Kind, str], Holding] = {}
        if needs := fact.needs():
            found_ = await self._records.find_holdings(state.station.id, needs)
            holdings = {(it.kind, it.key): it for it in found_}
        # Asked last, so that nothing is waited for before the claim.
        token_use = await self._token_use_of(tokens, state, fact)
        return Situation(
            now=self._clock.now_us(),
            ids=self._ids,
            transaction_number=number,
            tokens=tokens,
            token_use=token_use,
            found=found,
            holdings=holdings,
            vendors_kept=self._outside.vendors_kept,
        )

    async def _token_use_of(
        self, tokens: Mapping[str, Token], state: StationState, fact: AnyFact
    ) -> dict[str, Collection[int]]:
        starting = isinstance(fact, TransactionReported) and fact.phase is not Phase.ENDED
        return {
            uid: await self._token_use.sessions(uid, state.station.id, starting=starting)
            for uid, token in tokens.items()
            if not token.concurrent
        }


def _changes_nothing(state: StationState) -> bool:
    """A heartbeat then only asks for the time: the usual one, answered from memory."""
    return state.station.registration is Registration.ACCEPTED and not state.awaiting


def _needs_nothing(state: StationState, fact: AnyFact) -> bool:
    """The usual reading: its session is running and in memory."""
    if not isinstance(fact, MeterReported):
        return False
    session = state.open.get(fact.transaction_id or "")
    return session is not None and session.running


def _ended_session(state: StationState, fact: AnyFact, found: Session | None) -> int | None:
    """The session whose old readings must be known to recognise these as repeats."""
    if not isinstance(fact, MeterReported) or fact.transaction_id is None:
        return None
    session = state.session(fact.transaction_id) or found
    if session is None or state.knows_digests(session.id):
        return None
    return session.id


def _unknown_transaction(state: StationState, fact: AnyFact) -> str | None:
    """An old transaction is looked up; one that starts now cannot be on file."""
    if not isinstance(fact, MeterReported | TransactionReported):
        return None
    transaction_id = fact.transaction_id
    if transaction_id is None or state.session(transaction_id) is not None:
        return None
    return None if _starts_now(fact) else transaction_id


def _starts_now(fact: AnyFact) -> bool:
    return (
        isinstance(fact, TransactionReported) and fact.phase is Phase.STARTED and not fact.offline
    )


def _wants_number(fact: AnyFact) -> bool:
    if isinstance(fact, TransactionReported):
        return fact.phase is Phase.STARTED and fact.transaction_id is None
    return isinstance(fact, UnreadableReceived)
