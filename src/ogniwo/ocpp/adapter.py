"""What an adapter is: two pure functions and one registration line.

An ``Inbound`` turns a station's request into a fact and the decision's reply into its
response; an ``Outbound`` turns an order into a request and the station's response into an
outcome. The models and limits of a message come from the version's generated ``MESSAGES``.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from ogniwo.base.errors import InvariantError, RefusedError
from ogniwo.base.units import US_PER_SECOND, Instant, to_instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import AnyFact
from ogniwo.domain.orders import GetLog, Order, UpdateFirmware
from ogniwo.ocpp.messages import Payload

Q = TypeVar("Q", bound=Payload)
O = TypeVar("O", bound=Order)  # noqa: E741 - O for order, as Q for request
P = TypeVar("P", bound=Payload)

_DAY_US: Final = 24 * 3_600 * US_PER_SECOND
CLOCK_BEHIND_US_MAX: Final = 5 * 365 * _DAY_US  # longer than any offline queue in the field
CLOCK_AHEAD_US_MAX: Final = _DAY_US  # a wrong time zone is not a wrong clock

NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)  # stands in for a time nobody can read


class Seen(Struct, frozen=True):
    """How a message arrived: when, and what was odd about its text."""

    received_at: Instant
    notes: tuple[str, ...] = ()

    def moment(self, stated: Any) -> tuple[Instant, bool]:
        """The station's time, or ours where its clock cannot be right (and True)."""
        if stated is None:
            return self.received_at, False
        at = to_instant(stated)
        ahead = at - self.received_at
        if -CLOCK_BEHIND_US_MAX <= ahead <= CLOCK_AHEAD_US_MAX:
            return at, False
        return self.received_at, True


class Inbound(Struct, Generic[Q], frozen=True):
    """``money``: never refused for odd content; what cannot be read is kept raw and answered.

    ``stand_ins`` replace a required value that makes no sense, by its path on the wire.
    """

    action: str
    to_fact: Callable[[Q, Seen], AnyFact]
    to_reply: Callable[[Reply], Payload]
    money: bool = False
    stand_ins: Mapping[str, object] = {}


class Choice(Struct, frozen=True):
    """Which message an order becomes, and all that it may become."""

    actions: tuple[str, ...]
    choose: Callable[[Any], str]

    def __call__(self, order: Order) -> str:
        return self.choose(order)


class Outbound(Struct, Generic[O, P], frozen=True):
    """``action`` is ``always(...)`` or ``one_of(...)``, so that it tells the actions too."""

    order: type[O]
    action: Callable[[O], str]
    to_request: Callable[[O, int], Payload]
    to_outcome: Callable[[O, P], Outcome]

    @property
    def actions(self) -> tuple[str, ...]:
        return self.action.actions if isinstance(self.action, Choice) else ()


class OrderNotPossibleError(RefusedError):
    """This version has no message for the order; the text says what to use instead."""

    def __init__(self, text: str) -> None:
        super().__init__("order_not_possible", text)


def within(text: str, chars_max: int, what: str) -> str:
    """Errors: OrderNotPossibleError, for what a version has no room for."""
    if len(text) > chars_max:
        raise OrderNotPossibleError(
            f"a station of this version takes {what} of at most {chars_max} characters, "
            f"and this one has {len(text)}"
        )
    return text


def location_of(order: GetLog | UpdateFirmware) -> str:
    """Errors: OrderNotPossibleError."""
    if order.location is None:
        raise OrderNotPossibleError(
            "this server does not know how stations reach it: set public_url, or give a location"
        )
    return order.location


def unexpected(reply: Reply) -> InvariantError:
    """A decision answered a fact with the wrong kind of reply: our bug."""
    return InvariantError("a reply of the wrong kind", {"reply": reply})


def always(action: str) -> Choice:
    """For the many orders that one message carries."""
    return Choice((action,), lambda _order: action)


def one_of(*actions: str, choose: Callable[[Any], str]) -> Choice:
    """For an order whose content decides which of these messages carries it."""
    return Choice(actions, choose)
