"""A station, its EVSEs and connectors, and what their reports mean.

Connectors of OCPP 1.6 map to EVSEs one to one, so connector 2 is EVSE 2, connector 1.
The status shown to people is derived here for every version from what the connector
reported and from the transaction on its EVSE (reference: 1.6 4.9; 2.x G01, E02).
"""

from enum import StrEnum

from msgspec import Struct

from ogniwo.base.units import Instant


class Registration(StrEnum):
    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


class Status(StrEnum):
    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"
    UNKNOWN = "unknown"

    @property
    def precedence(self) -> int:
        """Which connector stands for its EVSE, lowest first: use, then trouble, then rest."""
        return _PRECEDENCE.index(self)


_PRECEDENCE = (
    Status.CHARGING,
    Status.SUSPENDED_EV,
    Status.SUSPENDED_EVSE,
    Status.PREPARING,
    Status.FINISHING,
    Status.RESERVED,
    Status.FAULTED,
    Status.UNAVAILABLE,
    Status.AVAILABLE,
    Status.UNKNOWN,
)


class ReportedStatus(StrEnum):
    """What a station says: the nine words of 1.6, and 2.x's ``occupied`` beside them."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"
    OCCUPIED = "occupied"


class ChargingState(StrEnum):
    """Of a transaction (2.x chargingState; 1.6 tells it by connector status)."""

    IDLE = "idle"
    EV_CONNECTED = "ev_connected"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"


class Station(Struct, frozen=True, kw_only=True):
    """What is on file about a station; ``identity`` is its name on the wire and in the API."""

    id: int
    identity: str
    org_id: int = 1
    site_id: int | None = None
    name: str | None = None
    registration: Registration = Registration.PENDING
    protocol: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    status: Status = Status.UNKNOWN  # of the main controller (1.6 connector 0)
    error_code: str | None = None
    boot_reason: str | None = None
    booted_at: Instant | None = None
    strict: bool = False  # answer odd content with the version's error codes (certification)
    max_power_w: int | None = None  # of one EVSE, when known: bounds what is plausible
    created_at: Instant = 0


class Connector(Struct, frozen=True, kw_only=True):
    """One connector as last reported; ``status`` is the derived one."""

    station_id: int
    evse: int
    connector: int
    status: Status = Status.UNKNOWN
    reported: ReportedStatus | None = None
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    type: str | None = None
    ended_here: bool = False  # a transaction ended and the cable has not been seen out since
    changed_at: Instant = 0

    @property
    def faulted_since(self) -> Instant | None:
        """Since this fault was told; another error of the same connector is another fault."""
        return self.changed_at or None if self.status is Status.FAULTED else None


_WHILE_CHARGING = {
    ChargingState.IDLE: Status.PREPARING,
    ChargingState.EV_CONNECTED: Status.PREPARING,
    ChargingState.CHARGING: Status.CHARGING,
    ChargingState.SUSPENDED_EV: Status.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: Status.SUSPENDED_EVSE,
}

_ABOVE_TRANSACTIONS = {
    ReportedStatus.FAULTED: Status.FAULTED,
    ReportedStatus.UNAVAILABLE: Status.UNAVAILABLE,
}


def derive_status(
    reported: ReportedStatus | None, charging_state: ChargingState | None, *, ended_here: bool
) -> Status:
    """The one status people are shown.

    ``charging_state`` is that of the open transaction on the EVSE, if any. A 1.6 station
    names the state itself, and its word stands. A 2.x station says ``occupied``; what the
    car does is known from its transaction, and after it ended the cable is still in.
    """
    if reported is None:
        return Status.UNKNOWN if charging_state is None else _WHILE_CHARGING[charging_state]
    if reported in _ABOVE_TRANSACTIONS:
        return _ABOVE_TRANSACTIONS[reported]
    if reported is ReportedStatus.OCCUPIED:
        if charging_state is not None:
            if ended_here and charging_state is ChargingState.EV_CONNECTED:
                return Status.FINISHING  # StopAuthorized: energy is over, the cable is in
            return _WHILE_CHARGING[charging_state]
        return Status.FINISHING if ended_here else Status.PREPARING
    if reported is ReportedStatus.AVAILABLE and charging_state is ChargingState.IDLE:
        return Status.PREPARING  # authorised, no cable yet
    return Status(reported.value)
