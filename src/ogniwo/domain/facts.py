"""What stations report, in the past tense and in no version's words.

A fact is about the station whose mailbox it is put into, so it does not name the station.
EVSE and connector are numbered from 1; a 1.6 connector n is EVSE n, connector 1.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.access import IdToken
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.meter import Reading
from ogniwo.domain.orders.certificates import CertificateUse
from ogniwo.domain.orders.charging_rules import PERIODS, UNITS
from ogniwo.domain.station import ChargingState, ReportedStatus


class Fact(Struct, frozen=True, kw_only=True):
    """Root of all facts. ``notes`` tell what was odd about the message and was tolerated."""

    notes: tuple[str, ...] = ()

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        """The holdings that must be known to decide on it; an empty key is all of the kind."""
        return ()


class StationBooted(Fact, frozen=True, kw_only=True):
    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    reason: str | None = None
    details: dict[str, str] = {}  # modem and meter identities, for the record


class HeartbeatReceived(Fact, frozen=True, kw_only=True):
    pass


class ConnectorStatusReported(Fact, frozen=True, kw_only=True):
    """``evse`` 0 is the station's main controller (1.6 connector 0)."""

    evse: int
    connector: int
    status: ReportedStatus
    error_code: str | None = None  # None: no error
    vendor_error_code: str | None = None
    info: str | None = None
    at: Instant | None = None


class TokenPresented(Fact, frozen=True, kw_only=True):
    token: IdToken


class Phase(StrEnum):
    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


class TransactionReported(Fact, frozen=True, kw_only=True):
    """A transaction started, went on or ended.

    ``transaction_id`` is the station's (2.x) or ours (1.6 stop); None in a 1.6 start, which
    asks for one, and where a 1.6 station never learnt it (-1, 0 or null on the wire).
    ``seq_no`` exists in 2.x only. ``meter_wh`` is the register 1.6 declares at start and stop,
    None where the station does not know it.
    """

    phase: Phase
    transaction_id: str | None
    at: Instant
    seq_no: int | None = None
    evse: int | None = None
    connector: int | None = None
    token: IdToken | None = None
    meter_wh: int | None = None
    readings: tuple[Reading, ...] = ()
    charging_state: ChargingState | None = None
    trigger: str | None = None  # why the event was sent, in the protocol's word
    stop_reason: str | None = None
    offline: bool = False
    remote_start_id: int | None = None
    reservation_id: int | None = None
    clock_wrong: bool = False  # the station's time was outside reason; ``at`` is ours
    digest: int = 0  # of the start's content: recognises a 1.6 start sent again
    digests: tuple[int, ...] = ()  # one per reading, where 1.6 repeats them in a stop
    extra: Mapping[str, object] | None = None  # 2.1: cost, limits, tariff, mode; by their names


class MeterReported(Fact, frozen=True, kw_only=True):
    """Readings outside transaction events: 1.6 MeterValues, 2.x clock-aligned values."""

    evse: int
    transaction_id: str | None
    readings: tuple[Reading, ...]
    digests: tuple[int, ...] = ()  # one per reading, for recognising repeats


class VendorDataReceived(Fact, frozen=True, kw_only=True):
    vendor_id: str
    message_id: str | None = None
    data: str | None = None


NEXT_PART: Final = -1  # of a report whose parts bear no numbers: they come in order


class HoldingsReported(Fact, frozen=True, kw_only=True):
    """What a station holds, or does with it, in a message that is only acknowledged.

    ``kind`` is what the order asked for that ``number`` names; ``part`` counts from 0 where the
    station tells it in parts, or is ``NEXT_PART``. ``whole_of``: after the last part, what it did
    not name is gone.
    """

    action: str
    summary: str
    held: tuple[Held, ...] = ()
    kind: Kind | None = None
    number: int | None = None
    part: int | None = None
    last: bool = True
    whole_of: Kind | None = None
    important: bool = True  # worth an event

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        """How far its report was, whatever happened to the server since."""
        if self.part is None or self.number is None:
            return ()
        return ((Kind.REPORT, str(self.number)),)


class ProgressReported(Fact, frozen=True, kw_only=True):
    """How far the station is with an order that takes it a while; 1.6 may give no number.

    ``done`` ends the order; ``state`` is a word of ours.
    """

    action: str
    kind: Kind
    state: str
    done: bool | None = None
    number: int | None = None
    reason: str | None = None
    data: Mapping[str, object] = {}

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((self.kind, "" if self.number is None else str(self.number)),)


class SecurityEventReported(Fact, frozen=True, kw_only=True):
    """``type`` in the words of 2.x; the list is open."""

    type: str
    at: Instant
    info: str | None = None

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.SECURITY_EVENT, self.type),)


class SigningAsked(Fact, frozen=True, kw_only=True):
    """The station wants a certificate of its own; ``request`` is its CSR in PEM."""

    request: str
    use: CertificateUse
    number: int | None = None


class RevocationQuestion(Struct, frozen=True, kw_only=True):
    """Was this certificate revoked? Its issuer and its number in hexadecimal digits."""

    url: str  # who knows
    by_list: bool = False  # by the list of all that were revoked, not by one answer
    hash_algorithm: str  # e.g. "SHA256"
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class ContractQuestion(Struct, frozen=True, kw_only=True):
    """What a car asks of whoever keeps its contract, in the car's own words (EXI, base64)."""

    schema_version: str
    request: str


Question = RevocationQuestion | ContractQuestion


class Told(Struct, frozen=True, kw_only=True):
    """What somebody outside answered, or why there is no answer."""

    text: str | None = None
    reason: str | None = None
    revoked: bool | None = None  # read from it; None: even the one asked does not know
    good_until: Instant | None = None  # when to ask again


class CertificateAsked(Fact, frozen=True, kw_only=True):
    """A question on certificates of others: a car's contract, whether one was revoked."""

    action: str
    summary: str
    data: Mapping[str, object] = {}
    questions: tuple[Question, ...] = ()  # for somebody outside
    told: tuple[Told, ...] = ()  # one for each, once they were asked


class CustomerDataReported(Fact, frozen=True, kw_only=True):
    """A part of what the station keeps of a person, for the order of this number."""

    number: int
    part: int
    last: bool
    text: str

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.CUSTOMER_DATA, str(self.number)),)


class VatNumberPresented(Fact, frozen=True, kw_only=True):
    """A driver wants an invoice (2.1)."""

    vat_number: str
    evse: int | None = None


class PaymentSettled(Fact, frozen=True, kw_only=True):
    """A station's payment terminal settled an ad hoc payment, or failed to (2.1)."""

    reference: str  # the payment service's
    state: str
    amount: str  # decimal; in the currency of the station's tariff
    at: Instant
    transaction_id: str | None = None
    receipt_id: str | None = None
    receipt_url: str | None = None
    data: Mapping[str, object] = {}

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.SETTLEMENT, self.reference),)


class DeviceEvent(Struct, frozen=True, kw_only=True):
    """A variable has this value now; ``alerting``: something is wrong, until it is ``cleared``."""

    id: int
    at: Instant
    held: Held
    alerting: bool = False
    cleared: bool = False
    severity: int | None = None  # 2.0.1 tells it with the monitor only
    monitor: int | None = None
    details: Mapping[str, object] = {}  # what the station says of the trouble


WEIGHED_FOR_CARS: Final = (
    (Kind.PROFILE, ""),
    (Kind.LIMIT, ""),
    *((Kind.VARIABLE, name) for name in (*UNITS, *PERIODS)),
)


class ChargingNeedsTold(Fact, frozen=True, kw_only=True):
    """What a car wants and can, and asks a schedule for (K15)."""

    evse: int
    data: Mapping[str, object]

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return WEIGHED_FOR_CARS


class ChargingScheduleTold(Fact, frozen=True, kw_only=True):
    """The schedule that a car means to follow (K15): may it?"""

    evse: int
    time_base: Instant
    data: Mapping[str, object]

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        place = str(self.evse)
        return (
            *WEIGHED_FOR_CARS,
            (Kind.CHARGING_NEEDS, place),
            (Kind.CHARGING_SCHEDULE, place),
        )


class ScheduleUpdateAsked(Fact, frozen=True, kw_only=True):
    """The station fetches the present limit of a dynamic profile (2.1, K28)."""

    profile: int

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.PROFILE, str(self.profile)),)


class EventsReported(Fact, frozen=True, kw_only=True):
    """2.x device-model events: connector states among them, and a line on the rest."""

    statuses: tuple[ConnectorStatusReported, ...]
    summary: str
    events: tuple[DeviceEvent, ...] = ()

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        variables = tuple((Kind.VARIABLE, it.held.key) for it in self.events)
        watching = tuple(
            (Kind.MONITOR, str(it.monitor)) for it in self.events if it.monitor is not None
        )
        return (*variables, *watching)


class StreamOpened(Fact, frozen=True, kw_only=True):
    """A station asks whether it may send the values of a monitor as a stream (2.1)."""

    stream: int
    monitor: int
    interval_s: int | None = None
    values: int | None = None

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.EVENT_STREAM, str(self.stream)),)


class StreamReported(Fact, frozen=True, kw_only=True):
    """Values of an open stream; ``pending`` of them the station still has to send."""

    stream: int
    values: tuple[tuple[Instant, str], ...]
    pending: int = 0

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.EVENT_STREAM, str(self.stream)),)


class UnreadableReceived(Fact, frozen=True, kw_only=True):
    """A transaction message whose content made no sense: kept raw, answered, put up for review."""

    action: str
    problem: str


AnyFact = (
    StationBooted
    | HeartbeatReceived
    | ConnectorStatusReported
    | TokenPresented
    | TransactionReported
    | MeterReported
    | VendorDataReceived
    | HoldingsReported
    | ProgressReported
    | SecurityEventReported
    | SigningAsked
    | CertificateAsked
    | CustomerDataReported
    | VatNumberPresented
    | PaymentSettled
    | ChargingNeedsTold
    | ChargingScheduleTold
    | ScheduleUpdateAsked
    | EventsReported
    | StreamOpened
    | StreamReported
    | UnreadableReceived
)
