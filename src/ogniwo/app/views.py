"""What the API, the command line and the pages show: shapes of design section 7.

Times are ``datetime`` in UTC, ids are text (they exceed what JavaScript counts), energy is
Wh and power W. These shapes are public: fields may be added, never renamed or removed.
"""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from ogniwo.domain.people import Right, Role

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    items: list[T]
    next_cursor: str | None = None


class ConnectorView(Struct, frozen=True, kw_only=True):
    id: int
    status: str
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    type: str | None = None


class EvseView(Struct, frozen=True, kw_only=True):
    id: int
    status: str
    error_code: str | None = None
    power_w: int | None = None
    session_id: str | None = None
    connectors: list[ConnectorView] = []
    faulted_since: datetime | None = None


class StationView(Struct, frozen=True, kw_only=True):
    id: str
    name: str | None = None
    site_id: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    protocol: str | None = None
    registration: str
    status: str = "unknown"
    error_code: str | None = None
    connected: bool = False
    connected_since: datetime | None = None
    last_seen_at: datetime | None = None
    booted_at: datetime | None = None
    power_w: int | None = None
    evses: list[EvseView] = []


class SiteView(Struct, frozen=True, kw_only=True):
    """A place where stations stand; ``stations`` counts those on file."""

    id: str
    name: str
    time_zone: str
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    limit_w: int | None = None
    note: str | None = None
    stations: int = 0
    created_at: datetime


class TokenRef(Struct, frozen=True, kw_only=True):
    uid: str
    type: str | None = None


class CostView(Struct, frozen=True, kw_only=True):
    currency: str
    net: int
    vat: int
    gross: int


class SessionView(Struct, frozen=True, kw_only=True):
    id: str
    station_id: str
    evse_id: int | None
    connector_id: int | None
    transaction_id: str
    stay_id: str
    token: TokenRef | None
    state: str
    charging_state: str | None = None
    started_at: datetime
    ended_at: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int | None
    power_w: int | None = None
    soc: float | None = None
    stop_reason: str | None
    flags: list[str]
    cost: CostView | None = None
    site_id: str | None = None
    time_zone: str | None = None  # of the site; null: none is known
    exceptions: list[str] = []  # why a person must look at it; only where that was asked


class OrphanStopView(Struct, frozen=True, kw_only=True):
    """A stop that nobody's session has; `at` is the station's time of it."""

    id: str
    station_id: str
    evse_id: int | None
    transaction_id: str | None
    token: str | None
    at: datetime
    received_at: datetime
    meter_stop_wh: int | None
    stop_reason: str | None
    why: str  # it fitted nothing
    session_id: str | None = None  # of 2.x: it is a session that has no beginning
    time_zone: str | None = None  # of the site; null: none is known
    settled: bool = False


class SampleView(Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    received_at: datetime
    context: str
    seq_no: int | None = None
    energy_wh: int | None = None
    export_wh: int | None = None
    interval_wh: int | None = None
    power_w: int | None = None
    offered_w: int | None = None
    offered_a: float | None = None
    current_a: list[float | None] | None = None  # L1, L2, L3
    voltage_v: list[float | None] | None = None
    soc: float | None = None
    temperature_c: float | None = None
    extra: object = None


class MessageView(Struct, frozen=True, kw_only=True):
    id: str
    station_id: str
    session_id: str | None
    direction: Literal["up", "down"]
    action: str
    message_id: str
    at: datetime
    latency_ms: float
    call: object  # the payload as JSON, or its text where it is no JSON
    answer: object
    answered: str
    notes: str | None = None
    call_text: str | None = None  # as it crossed the wire; both only when asked for
    answer_text: str | None = None


class MessageContext(Struct, frozen=True, kw_only=True):
    """A message and what its station said around it, each list in the order of time."""

    message: MessageView
    before: list[MessageView]
    after: list[MessageView]


class EventView(Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    at: datetime
    station_id: str | None = None
    evse_id: int | None = None
    session_id: str | None = None
    command_id: str | None = None
    data: dict[str, str | int | float | bool | None] = {}


class HoldingView(Struct, frozen=True, kw_only=True):
    """One thing that a station holds, as last known."""

    kind: str
    key: str
    value: str | None
    state: str | None
    evse_id: int | None
    data: dict[str, object]
    at: datetime
    command_id: str | None


class CapabilityView(Struct, frozen=True, kw_only=True):
    """An order: can this station carry it out, by which messages, and if not, why."""

    command: str
    possible: bool
    actions: list[str]
    why_not: str | None
    why_not_code: str | None = None
    why_not_of: str | None = None


class FileView(Struct, frozen=True, kw_only=True):
    """A file that a station uploaded; its id is that of the command that asked for it."""

    id: str
    name: str
    kind: str
    media_type: str | None
    size_bytes: int
    sha256: str
    host: str
    received_at: datetime


class TelemetryValue(Struct, frozen=True, kw_only=True):
    at: datetime
    value: str


class TelemetryView(Struct, frozen=True, kw_only=True):
    """One message of a periodic event stream."""

    id: str
    stream: int
    monitor: int | None
    received_at: datetime
    values: list[TelemetryValue]
    pending: int


class QuirksView(Struct, frozen=True, kw_only=True):
    """What is done differently for a station, and on whose word."""

    effective: dict[str, bool | int | float | None]
    differs: list[str]  # from the usual way
    profiles: list[str]  # that fit, the strongest last
    own: dict[str, object]  # set for this station alone


class ConfigurationLine(Struct, frozen=True, kw_only=True):
    """One variable of a station beside what a template wants of it."""

    name: str
    value: str | None = None  # as the station told it last; empty where it is secret
    state: str | None = None
    wanted: str | None = None
    template: str | None = None  # which wants it
    drift: bool | None = False  # null: it cannot be told, the value is for writing only
    data: dict[str, object] = {}


class PushedLine(Struct, frozen=True, kw_only=True):
    """A variable that is set to what a template wants, and the order that does it."""

    name: str
    wanted: str
    value: str | None = None
    command_id: str | None = None  # null in a dry run


class TokenView(Struct, frozen=True, kw_only=True):
    uid: str
    type: str
    status: str
    group: str | None = None
    expires_at: datetime | None = None
    driver_id: str | None = None
    concurrent: bool = False


class CommandView(Struct, frozen=True, kw_only=True):
    id: str
    station_id: str
    command: str
    parameters: dict[str, object]
    state: str
    result: str | None
    reason: str | None
    author: str
    created_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    deadline_at: datetime
    job_id: str | None = None


class PersonView(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in; ``invited``: a password is still to be chosen."""

    id: str
    login: str
    name: str
    role: Role
    sites: list[str] | None  # null: everywhere
    language: str | None
    invited: bool
    must_change: bool
    blocked: bool
    created_at: datetime
    signed_in_at: datetime | None


class PreferenceView(Struct, frozen=True, kw_only=True):
    """Something that the caller wanted to find again: anything that is JSON."""

    key: str
    value: object


class ApiTokenView(Struct, frozen=True, kw_only=True):
    """A key for a program; ``role`` is null where it has rights of its own."""

    id: str
    label: str
    role: Role | None
    rights: list[Right]
    sites: list[str] | None  # null: everywhere
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class AttemptView(Struct, frozen=True, kw_only=True):
    id: str
    identity: str
    reason: str
    detail: str
    http_status: int
    peer: str
    path: str
    subprotocols: str
    user_agent: str | None
    count: int
    first_at: datetime
    last_at: datetime
