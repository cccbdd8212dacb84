"""The shape of a decision: what is known, what is answered, what is written.

``decide_*(state, fact, situation) -> Decision`` is pure. The rows become durable first; then
the state absorbs them, and only then is the reply sent.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from msgspec import Struct

from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant
from ogniwo.domain.access import Authorisation, IdToken, Token, normalise_uid
from ogniwo.domain.commands import Command
from ogniwo.domain.events import Event, EventKind, Scalar
from ogniwo.domain.holdings import Holding, HoldingsSwept, Kind
from ogniwo.domain.meter import Sample
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.station import Connector, Registration, Station
from ogniwo.domain.telemetry import Telemetry
from ogniwo.domain.trace import Message

DomainRow = (
    Station
    | Connector
    | Session
    | Progress
    | Sample
    | Message
    | Event
    | Command
    | Holding
    | HoldingsSwept
    | Telemetry
)


class Situation(Struct, frozen=True, kw_only=True):
    """What a decision may know besides the station's own state."""

    now: Instant
    ids: Ids
    transaction_number: int = 0  # for a 1.6 start: nobody else has it; unused otherwise
    tokens: Mapping[str, Token] = {}  # those on file among the presented, by normalised uid
    token_use: Mapping[str, Collection[int]] = {}  # uid -> running sessions, on any station
    found: Session | None = None  # the transaction's session, when not in memory
    holdings: Mapping[tuple[Kind, str], Holding] = {}  # those the fact asked for
    vendors_kept: frozenset[str] = frozenset()  # whose data the operator wants, in small letters

    def token(self, presented: IdToken) -> Token | None:
        return self.tokens.get(normalise_uid(presented.uid))


class Registered(Struct, frozen=True):
    registration: Registration
    interval_s: int
    now: Instant


class TimeTold(Struct, frozen=True):
    now: Instant


class Authorised(Struct, frozen=True):
    authorisation: Authorisation


class TransactionAnswered(Struct, frozen=True):
    """``transaction_id`` is meant for a 1.6 start; the judgement where a token was presented."""

    transaction_id: str | None = None
    authorisation: Authorisation | None = None


class Acknowledged(Struct, frozen=True):
    pass


class NotPermitted(Struct, frozen=True):
    """The station may not send this before its boot is accepted (B02.FR.09, B03.FR.07)."""


class Word(StrEnum):
    """What a question of a station is answered with."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    PROCESSING = "processing"  # more follows in a message of ours
    UNKNOWN = "unknown"
    UNKNOWN_VENDOR = "unknown_vendor"  # of a data transfer, as the next
    UNKNOWN_MESSAGE = "unknown_message"


class Answer(Struct, frozen=True, kw_only=True):
    """``data`` in the words of the fact that asked; ``reason`` for a person."""

    word: Word
    reason: str | None = None
    data: Mapping[str, object] = {}


Reply = (
    Registered | Answer | TimeTold | Authorised | TransactionAnswered | Acknowledged | NotPermitted
)

ACKNOWLEDGED = Acknowledged()


class Decision(Struct, frozen=True):
    reply: Reply = ACKNOWLEDGED
    rows: tuple[DomainRow, ...] = ()
    session_id: int | None = None  # whose session the message belongs to
    orders: tuple[AnyOrder, ...] = ()  # stored with the rows, sent after the reply


def event(
    situation: Situation,
    kind: EventKind,
    *,
    station_id: int,
    session: Session | None = None,
    evse: int | None = None,
    **data: Scalar,
) -> Event:
    return Event(
        id=situation.ids.next(),
        kind=kind,
        at=situation.now,
        station_id=station_id,
        evse=evse if session is None else session.evse,
        session_id=None if session is None else session.id,
        data=data,
    )
