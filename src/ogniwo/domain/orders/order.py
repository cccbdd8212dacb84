"""What an order is, and what is true of each: may it be repeated, who shows how it ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Final, NoReturn, Self

from msgspec import Meta, Struct
from msgspec.structs import fields, replace

from ogniwo.base.errors import RefusedError
from ogniwo.base.limits import EFFECT_DEADLINE_S
from ogniwo.base.units import Instant
from ogniwo.domain.access import Token
from ogniwo.domain.configuration import VARIABLE_PATTERN
from ogniwo.domain.holdings import Held, Holding, Kind
from ogniwo.domain.people import Right
from ogniwo.domain.station_secret import Secured, StationSecret

Number = Annotated[int, Meta(ge=1, le=1_000)]  # of an EVSE or a connector
NumberOrStation = Annotated[int, Meta(ge=0, le=1_000)]  # of an EVSE; 0 is the whole station
Whole = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Identifier = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Moment = Annotated[datetime, Meta(tz=True)]
TransactionId = Annotated[str, Meta(min_length=1, max_length=36)]
Uid = Annotated[str, Meta(min_length=1, max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=50)]
# As ``domain.configuration`` writes the names of variables.
VariableName = Annotated[
    str,
    Meta(pattern=VARIABLE_PATTERN, max_length=500, examples=["OCPPCommCtrlr/HeartbeatInterval"]),
]


Location = Annotated[
    str, Meta(max_length=2_000, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$", description="A URL.")
]
Tries = Annotated[int, Meta(ge=0, le=100_000)]  # how often, and how many seconds between

ASKED: Final = "asked"  # accepted, and nothing was heard since


class Limit(Struct, frozen=True):
    """How many of something a station takes in one call, by the variable in which it says so.

    Without a ``count`` it is the bytes of the whole message.
    """

    variable: str
    what: str = "bytes"
    count: int | None = None


class Known(Struct, frozen=True, kw_only=True):
    """What is known of the station when an order is weighed; ``held`` as far as it ``needs``."""

    now: Instant
    protocol: str | None = None
    running: Mapping[str, int | None] = {}  # transaction id to its EVSE
    evses: frozenset[int] = frozenset()  # of whose connectors it told
    held: tuple[Holding, ...] = ()

    secret: StationSecret | None = None  # for an order that ``weighs_secret``

    def of(self, kind: Kind) -> list[Holding]:
        return [it for it in self.held if it.kind is kind]

    def holding(self, *keys: str) -> Holding | None:
        """A variable, by whichever version's name the station has it; None: not known."""
        return next((it for it in self.of(Kind.VARIABLE) if it.key in keys), None)

    def variable(self, *keys: str) -> str | None:
        found = self.holding(*keys)
        return None if found is None else found.value


class AtHand(Struct, frozen=True, kw_only=True):
    """What an order is made ready from."""

    held: Mapping[tuple[Kind, str], Holding]
    tokens: Sequence[Token] = ()  # that a list may hold, for an order that ``lists_tokens``
    firmware: Mapping[str, str] = {}  # SHA-256 of our files, for one that ``names_firmware``
    password: str = ""  # drawn for it, of no version's kind


class Order(Struct, frozen=True, kw_only=True, tag_field="command"):
    """Root of all orders; the tag is the command's name in the API, the docstring its help."""

    # Done twice it does what it does once; another one may do harm.
    repeatable: ClassVar[bool] = False
    # Which whoever gives it must have.
    right: ClassVar[Right] = Right.SERVE
    # To a station that is not accepted yet (B02).
    while_pending: ClassVar[bool] = True
    # The station tells later how it went, by a holding of this kind and the order's number.
    reported: ClassVar[Kind | None] = None
    # What else shows that it was done, for people; empty: its report, or nothing but the answer.
    seen_by: ClassVar[str] = ""
    # After "Accepted", until that is given up.
    patience_s: ClassVar[int] = EFFECT_DEADLINE_S

    def check(self, known: Known) -> None:
        """Refuse what this station cannot or must not do. Errors: RefusedError."""

    def patience(self, now: Instant) -> int:  # noqa: ARG002 - for those that begin later
        """Seconds that the station is given from now on."""
        return self.patience_s

    # To be weighed, or made ready, it needs what is costly to read.
    weighs_secret: ClassVar[bool] = False
    lists_tokens: ClassVar[bool] = False
    names_firmware: ClassVar[bool] = False

    # Fields that are no part of what is asked for, but of how it is carried out.
    inner: ClassVar[frozenset[str]] = frozenset()

    @property
    def ready(self) -> bool:
        """May it be sent as it is? Else ``readied`` makes it so from what ``readied_by`` names."""
        return True

    def readied_by(self) -> tuple[tuple[Kind, str], ...]:
        return ()

    def readied(self, at_hand: AtHand) -> Self:  # noqa: ARG002 - for those that need it
        """Errors: RefusedError."""
        return self

    @property
    def instead(self) -> "Order | None":
        """What the command goes on with when the station said nothing to it, or no."""
        return None

    @property
    def more(self) -> Self | None:
        """What is still to be sent once the station took this; None: nothing."""
        return None

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - for those that need it
        """What the station holds, or not any more, once it accepted the order."""
        return ()

    def secures(self) -> Secured | None:
        """What becomes of how the station proves itself, once it took this."""
        return None

    def secrets(self) -> tuple[str, ...]:
        """Texts in it that nothing may keep once it has ended, neither its record nor the trace."""
        return ()

    def without_secrets(self) -> Self:
        return self

    def limits(self) -> tuple[Limit, ...]:
        """Those that the station may have told; what goes beyond is refused."""
        return ()

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        """The holdings that must be known to weigh it and its answer; without key all of a kind."""
        return ()

    def whole_of(self) -> Kind | None:
        """A report that it asks for names all of this kind: what is not named is gone."""
        return None

    def changes(self, known: Known) -> tuple[Held, ...]:  # noqa: ARG002 - for those that need it
        """What becomes of what it held before, once it accepted the order."""
        return ()


def impossible(text: str) -> NoReturn:
    """The text says what to do instead. Errors: RefusedError, always."""
    raise RefusedError("order_not_possible", text)


def as_asked(order: Order) -> Order:
    """Without what was made of it since, and its secrets: two are the same if these are."""
    order = order.without_secrets()
    if not order.inner:
        return order
    given = {it.name: it.default for it in fields(order) if it.name in order.inner}
    return replace(order, **given)


def credentials_in(url: str) -> tuple[str, ...]:
    """The URL, if it says who may use it: among an order's ``secrets``."""
    return () if without_credentials(url) == url else (url,)


def without_credentials(url: str) -> str:
    """As it may be kept: who may use it is left out."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    _, at, host = authority.rpartition("@")
    return f"{scheme}://***@{host}{slash}{path}" if at else url


def request_number(command_id: int) -> int:
    """The number by which a 2.x station names the order that a message belongs to (F01.FR.13).

    A command's id is wider than OCPP's integer; what is cut off repeats only after weeks.
    """
    milliseconds_and_node = command_id >> 12
    sequence = command_id & 0xF
    return ((milliseconds_and_node >> 10) << 4 | sequence) & 0x7FFF_FFFF
