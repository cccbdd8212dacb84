"""Orders of every day: start, stop, reset, unlock, trigger, availability; and the raw call."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from ogniwo.domain.access import IdToken
from ogniwo.domain.charging import ChargingProfile, Purpose
from ogniwo.domain.holdings import Held
from ogniwo.domain.orders.charging_rules import check_profile
from ogniwo.domain.orders.order import Known, Number, Order, TransactionId, impossible
from ogniwo.domain.orders.smart_charging import held_profile, profile_number
from ogniwo.domain.people import Right


class RemoteStart(Order, frozen=True, kw_only=True, tag="remote_start"):
    """Start charging as if this token had been presented."""

    seen_by: ClassVar[str] = "a session that names this order (2.x) or this token (1.6)"
    while_pending: ClassVar[bool] = False

    token: IdToken
    evse: Number | None = None
    connector: Number | None = None
    profile: ChargingProfile | None = None  # of purpose tx, for the transaction to come

    def check(self, known: Known) -> None:
        if self.profile is None:
            return
        if self.profile.purpose is not Purpose.TX or self.profile.transaction_id is not None:
            impossible("a remote start takes a profile of purpose tx without a transaction_id")
        check_profile(self.profile, self.profile_number(), 0, known)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        if self.profile is None:
            return ()
        return (held_profile(self.profile, self.profile_number(), self.evse),)

    def profile_number(self) -> int:
        return 0 if self.profile is None else profile_number(self.profile, self.evse or 0)


class RemoteStop(Order, frozen=True, kw_only=True, tag="remote_stop"):
    """Stop the transaction that the station knows by this id; 1.6 ids are decimal text."""

    seen_by: ClassVar[str] = "the end of that session"
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    transaction_id: TransactionId


class ResetKind(StrEnum):
    SOFT = "soft"  # 1.6 Soft; 2.x Immediate: ends transactions, then restarts
    HARD = "hard"  # 1.6 Hard; 2.x Immediate
    ON_IDLE = "on_idle"  # 2.x only: waits until nothing charges
    IMMEDIATE = "immediate"
    IMMEDIATE_AND_RESUME = "immediate_and_resume"  # 2.1 only


class Reset(Order, frozen=True, kw_only=True, tag="reset"):
    """Restart the station, or one EVSE where the station can."""

    seen_by: ClassVar[str] = "the station's next boot; of a single EVSE nothing is seen"

    kind: ResetKind = ResetKind.SOFT
    evse: Number | None = None


class Unlock(Order, frozen=True, kw_only=True, tag="unlock"):
    """Open the lock of a connector."""

    repeatable: ClassVar[bool] = True
    evse: Number
    connector: Number = 1


class TriggerMessage(StrEnum):
    BOOT_NOTIFICATION = "boot_notification"
    STATUS_NOTIFICATION = "status_notification"
    HEARTBEAT = "heartbeat"
    METER_VALUES = "meter_values"
    TRANSACTION_EVENT = "transaction_event"
    FIRMWARE_STATUS_NOTIFICATION = "firmware_status_notification"
    DIAGNOSTICS_STATUS_NOTIFICATION = "diagnostics_status_notification"
    LOG_STATUS_NOTIFICATION = "log_status_notification"
    SIGN_STATION_CERTIFICATE = "sign_station_certificate"
    SIGN_V2G_CERTIFICATE = "sign_v2g_certificate"  # 2.x, as the next
    SIGN_COMBINED_CERTIFICATE = "sign_combined_certificate"


class Trigger(Order, frozen=True, kw_only=True, tag="trigger"):
    """Ask the station to send a message now."""

    seen_by: ClassVar[str] = "the message itself"
    repeatable: ClassVar[bool] = True
    message: TriggerMessage
    evse: Number | None = None
    connector: Number | None = None


class TriggerCustom(Order, frozen=True, kw_only=True, tag="trigger_custom"):
    """Ask the station to do what its maker, or its CustomizationCtrlr, names so (2.1, F06)."""

    repeatable: ClassVar[bool] = True
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    evse: Number | None = None
    connector: Number | None = None


class ChangeAvailability(Order, frozen=True, kw_only=True, tag="change_availability"):
    """Put a connector, an EVSE or the whole station into service or out of it."""

    seen_by: ClassVar[str] = "the status of the connectors concerned"
    repeatable: ClassVar[bool] = True
    operative: bool
    evse: Number | None = None
    connector: Number | None = None


class RawCall(Order, frozen=True, kw_only=True, tag="raw"):
    """An OCPP call as an operator wrote it; ``payload`` is opaque JSON text."""

    right: ClassVar[Right] = Right.OPERATE
    action: str
    payload: bytes


Orders = (
    RemoteStart
    | RemoteStop
    | Reset
    | Unlock
    | Trigger
    | TriggerCustom
    | ChangeAvailability
    | RawCall
)
