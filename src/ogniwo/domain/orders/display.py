"""O. Display message: what a station shows to drivers (2.x)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from ogniwo.domain.holdings import GONE, Held, Kind, gone
from ogniwo.domain.orders.order import (
    Identifier,
    Known,
    Moment,
    Order,
    TransactionId,
    request_number,
)

MessageText = Annotated[str, Meta(min_length=1, max_length=1_024)]  # 2.0.1 takes half of it
Language = Annotated[str, Meta(min_length=2, max_length=8)]  # as RFC 5646 writes it


class MessagePriority(StrEnum):
    ALWAYS_FRONT = "always_front"  # takes the place of the one before
    IN_FRONT = "in_front"
    NORMAL_CYCLE = "normal_cycle"


class MessageState(StrEnum):
    """In which state of the station a message is shown."""

    CHARGING = "charging"
    FAULTED = "faulted"
    IDLE = "idle"
    UNAVAILABLE = "unavailable"
    SUSPENDED = "suspended"  # 2.1, as the next
    DISCHARGING = "discharging"


class MessageFormat(StrEnum):
    ASCII = "ascii"
    HTML = "html"
    URI = "uri"
    UTF8 = "utf8"
    QR_CODE = "qr_code"  # 2.1


class SetDisplayMessage(Order, frozen=True, kw_only=True, tag="set_display_message"):
    """Show a text to drivers, in place of the one of the same number (O01, O02, O06)."""

    repeatable: ClassVar[bool] = True

    text: MessageText
    format: MessageFormat = MessageFormat.UTF8
    language: Language | None = None
    priority: MessagePriority = MessagePriority.NORMAL_CYCLE
    state: MessageState | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    transaction_id: TransactionId | None = None
    message: Identifier | None = None

    def number(self, command_id: int) -> int:
        return self.message or request_number(command_id)

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        alone = self.priority is MessagePriority.ALWAYS_FRONT
        return ((Kind.DISPLAY_MESSAGE, ""),) if alone else ()

    def changes(self, known: Known) -> tuple[Held, ...]:
        """There is one that is always in front: a newer one takes its place (O06)."""
        front = MessagePriority.ALWAYS_FRONT.value
        before = (
            it.key
            for it in known.of(Kind.DISPLAY_MESSAGE)
            if (it.data or {}).get("priority") == front and it.key != str(self.message)
        )
        return gone(Kind.DISPLAY_MESSAGE, before)

    def held(self, command_id: int) -> tuple[Held, ...]:
        data = {
            "priority": self.priority.value,
            "state": None if self.state is None else self.state.value,
            "format": self.format.value,
            "language": self.language,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "transaction_id": self.transaction_id,
        }
        key = str(self.number(command_id))
        return (
            Held(kind=Kind.DISPLAY_MESSAGE, key=key, value=self.text, state="shown", data=data),
        )


class GetDisplayMessages(Order, frozen=True, kw_only=True, tag="get_display_messages"):
    """Ask which messages the station has; without a choice, all (O03, O04)."""

    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.DISPLAY_MESSAGE

    messages: tuple[Identifier, ...] = ()
    priority: MessagePriority | None = None
    state: MessageState | None = None

    def whole_of(self) -> Kind | None:
        chosen = self.messages or self.priority is not None or self.state is not None
        return None if chosen else Kind.DISPLAY_MESSAGE


class ClearDisplayMessage(Order, frozen=True, kw_only=True, tag="clear_display_message"):
    """Show a message no more (O05)."""

    repeatable: ClassVar[bool] = True

    message: Identifier

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        return (Held(kind=Kind.DISPLAY_MESSAGE, key=str(self.message), state=GONE),)


Orders = SetDisplayMessage | GetDisplayMessages | ClearDisplayMessage
