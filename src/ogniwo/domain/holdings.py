"""What a station holds, as last known: variables, monitors, profiles, reservations, files...

Each is one row under a kind and a key, whatever the version calls it; what the station no longer
holds stays on file as ``gone`` for a while. A station's report and an accepted order both end here.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant

GONE: Final = "gone"
TX: Final = "tx"  # the value of a charging profile that goes with its transaction
PARTS_MAX: Final = 4_096  # of one report; more come from a station that never ends


class Kind(StrEnum):
    """The key of each is said behind it."""

    VARIABLE = "variable"  # "Component[instance]@evse.connector/Variable[instance]#Attribute"
    MONITOR = "monitor"  # its id
    PROBLEM = "problem"  # "component/variable" of an alert that was not cleared
    REPORT = "report"  # the request's number
    LOCAL_LIST = "local_list"  # "list"; value: its version
    RESERVATION = "reservation"  # its id
    PROFILE = "profile"  # charging profile: its id; value: its purpose
    SCHEDULE = "schedule"  # composite schedule: the EVSE, 0 is the station
    LIMIT = "limit"  # from outside: "source/evse"
    CHARGING_NEEDS = "charging_needs"  # the EVSE
    CHARGING_SCHEDULE = "charging_schedule"  # which the car follows: the EVSE
    PRIORITY = "priority"  # of a transaction over the others: its id
    DISPLAY_MESSAGE = "display_message"  # its id
    CUSTOMER_DATA = "customer_data"  # the request's number
    CERTIFICATE = "certificate"  # "type/serial number"
    CERTIFICATE_REQUEST = "certificate_request"  # "use"
    NETWORK_PROFILE = "network_profile"  # its slot
    FIRMWARE = "firmware"  # the request's number; of an update
    PUBLISHED_FIRMWARE = "published_firmware"  # on a local controller: the request's number
    LOG = "log"  # the request's number
    FILE = "file"  # that it uploaded: the command's id
    SECURITY_EVENT = "security_event"  # its type: the newest of them
    TARIFF = "tariff"  # "EVSE/tariff id"
    SETTLEMENT = "settlement"  # the payment service's reference
    DER_CONTROL = "der_control"  # its id
    DER_ALARM = "der_alarm"  # the control's type
    EVENT_STREAM = "event_stream"  # its id
    BATTERY = "battery"  # its serial number
    # Its id, or "all": what the station said when asked; "its id/what" of itself, e.g. cost.
    TRANSACTION = "transaction"
    VENDOR_DATA = "vendor_data"  # "vendor id/message id": the newest


class Held(Struct, frozen=True, kw_only=True):
    """One thing on a station; a field that is None leaves what is on file.

    ``done`` ends the order it is about, well (True) or badly (False).
    """

    kind: Kind
    key: str
    value: str | None = None
    state: str | None = None
    evse: int | None = None
    data: Mapping[str, object] | None = None
    done: bool | None = None
    reason: str | None = None  # why badly, for a person


class Holding(Struct, frozen=True, kw_only=True):
    """``Held`` as a row; ``at`` is when it was heard of last."""

    station_id: int
    kind: Kind
    key: str
    at: Instant
    value: str | None = None
    state: str | None = None
    evse: int | None = None
    data: Mapping[str, object] | None = None
    command_id: int | None = None  # the order that it is about
    done: bool | None = None  # not stored, as the reason: what it means for that order
    reason: str | None = None


class HoldingsSwept(Struct, frozen=True, kw_only=True):
    """A report was whole: what of this kind was not heard of since is ``gone``."""

    station_id: int
    kind: Kind
    before: Instant


def to_holding(held: Held, station_id: int, at: Instant, command_id: int | None = None) -> Holding:
    return Holding(
        station_id=station_id,
        kind=held.kind,
        key=held.key,
        at=at,
        value=held.value,
        state=held.state,
        evse=held.evse,
        data=held.data,
        command_id=command_id,
        done=held.done,
        reason=held.reason,
    )


def gone(kind: Kind, keys: Iterable[object]) -> tuple[Held, ...]:
    return tuple(Held(kind=kind, key=str(key), state=GONE) for key in keys)
