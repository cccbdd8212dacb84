"""The durable record of what changed: read by live pages, alerts and webhooks by a cursor.

Every change of state is one event; meter values are not. ``data`` is small, flat JSON.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant

Scalar = str | int | float | bool | None


class EventKind(StrEnum):
    STATION_CREATED = "station_created"
    STATION_CONNECTED = "station_connected"
    STATION_DISCONNECTED = "station_disconnected"
    STATION_BOOTED = "station_booted"
    STATION_NOTICE = "station_notice"
    SECURITY_EVENT = "security_event"
    CERTIFICATE_REQUESTED = "certificate_requested"
    FILE_RECEIVED = "file_received"
    REGISTRATION_CHANGED = "registration_changed"
    STATUS_CHANGED = "status_changed"
    TOKEN_JUDGED = "token_judged"
    SESSION_STARTED = "session_started"
    SESSION_CHANGED = "session_changed"
    SESSION_ENDED = "session_ended"
    SESSION_CLOSED = "session_closed"
    SESSION_FLAGGED = "session_flagged"
    SESSION_REPAIRED = "session_repaired"
    ORPHAN_STORED = "orphan_stored"
    ORPHAN_SETTLED = "orphan_settled"
    COMMAND_CHANGED = "command_changed"
    JOB_CHANGED = "job_changed"
    CONNECTION_REFUSED = "connection_refused"
    SITE_CREATED = "site_created"
    SITE_CHANGED = "site_changed"
    SITE_REMOVED = "site_removed"
    PROBLEM_REPORTED = "problem_reported"
    PROBLEM_CLOSED = "problem_closed"
    DRIVER_RULES_CHANGED = "driver_rules_changed"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    USER_INVITED = "user_invited"
    PASSWORD_CHOSEN = "password_chosen"
    API_TOKEN_MADE = "api_token_made"
    API_TOKEN_WITHDRAWN = "api_token_withdrawn"


ABOUT_PEOPLE: Final = frozenset(
    {
        EventKind.USER_ADDED,
        EventKind.USER_CHANGED,
        EventKind.USER_REMOVED,
        EventKind.USER_INVITED,
        EventKind.PASSWORD_CHOSEN,
        EventKind.API_TOKEN_MADE,
        EventKind.API_TOKEN_WITHDRAWN,
    }
)
"""Told to those alone who may see who is let in."""


class Event(Struct, frozen=True, kw_only=True):
    id: int
    kind: EventKind
    at: Instant
    station_id: int | None = None
    evse: int | None = None
    session_id: int | None = None
    command_id: int | None = None
    data: dict[str, Scalar] = {}
    org_id: int = 1
