"""H. Reservation: an EVSE kept for a token."""

from typing import ClassVar

from ogniwo.domain.access import TokenType
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders.order import Identifier, Moment, Name, Number, Order, Uid, request_number

ACTIVE = "active"
USED = "used"
CANCELLED = "cancelled"


class Reserve(Order, frozen=True, kw_only=True, tag="reserve"):
    """Keep an EVSE, or any one of the station, for a token until then (H01).

    A reservation of the same id is replaced; without one it gets a number of its own.
    """

    while_pending: ClassVar[bool] = False

    token: Uid
    expires_at: Moment
    token_type: TokenType | None = None
    group: Uid | None = None
    evse: Number | None = None
    connector_type: Name | None = None
    reservation: Identifier | None = None

    def number(self, command_id: int) -> int:
        return self.reservation or request_number(command_id)

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {"expires_at": self.expires_at, "group": self.group}
        key = str(self.number(command_id))
        kept = Held(
            kind=Kind.RESERVATION,
            key=key,
            value=self.token,
            state=ACTIVE,
            evse=self.evse,
            data=data,
        )
        return (kept,)


class CancelReservation(Order, frozen=True, kw_only=True, tag="cancel_reservation"):
    """Let a reservation go (H02)."""

    repeatable: ClassVar[bool] = True

    reservation: Identifier

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        return (Held(kind=Kind.RESERVATION, key=str(self.reservation), state=CANCELLED),)


Orders = Reserve | CancelReservation
