"""What a row of the application becomes in its table: one tuple of column values for each.

The order is that of the table in ``schema``. These run once for every row written, so they
read attributes and nothing else; ``_value_`` is an enumeration's plain word without the
property's detour, and truth is an integer because the driver converts ``bool`` slowly.
"""

from enum import StrEnum

import msgspec

from ogniwo.app.keys import ApiToken
from ogniwo.app.ports import Document
from ogniwo.domain import sequence
from ogniwo.domain.access import Token
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.commands import Command
from ogniwo.domain.events import Event
from ogniwo.domain.holdings import Holding
from ogniwo.domain.job import Job, JobStation
from ogniwo.domain.meter import Sample
from ogniwo.domain.note import Note
from ogniwo.domain.people import Person
from ogniwo.domain.repairs import SessionRepair
from ogniwo.domain.session import Session, SessionState
from ogniwo.domain.site import Site, SiteQuarter
from ogniwo.domain.station import Connector, Station
from ogniwo.domain.station_secret import StationSecret
from ogniwo.domain.telemetry import Telemetry
from ogniwo.domain.trace import Message

Value = int | float | str | bytes | None
Values = tuple[Value, ...]

_JSON = msgspec.json.Encoder()


def of_message(row: Message) -> Values:
    return (
        row.id,
        row.prev,
        row.station_id,
        row.session_id,
        row.direction._value_,
        row.action,
        row.message_id,
        row.at,
        row.latency_us,
        row.call,
        row.answer,
        row.answered._value_,
        row.notes,
    )


def of_sample(row: Sample) -> Values:
    reading = row.reading
    return (
        row.id,
        row.prev,
        row.station_id,
        row.evse,
        row.session_id,
        row.received_at,
        row.seq_no,
        row.digest,
        reading.at,
        reading.context._value_,
        reading.energy_wh,
        reading.export_wh,
        reading.interval_wh,
        reading.power_w,
        reading.offered_w,
        reading.offered_a,
        reading.current_l1,
        reading.current_l2,
        reading.current_l3,
        reading.voltage_l1,
        reading.voltage_l2,
        reading.voltage_l3,
        reading.soc,
        reading.temperature,
        reading.extra,
        1 if reading.clock_wrong else 0,
    )


def of_progress(row: Session) -> Values:
    """``PROGRESS_FIELDS`` in their order, then the key."""
    return (
        row.energy_wh,
        row.power_w,
        row.soc,
        row.meter_start_wh,
        row.meter_stop_wh,
        row.first_wh,
        row.first_at,
        row.last_wh,
        row.last_at,
        row.sampled_at,
        row.heard_at,
        row.interval_wh,
        sequence.to_text(row.seq),
        row.sample_head,
        row.samples,
        row.id,
    )


def of_session(row: Session) -> Values:
    token = row.token
    return (
        row.id,
        row.station_id,
        row.org_id,
        row.transaction_id,
        row.evse,
        row.connector,
        row.stay_id,
        row.state._value_,
        _word(row.charging_state),
        None if token is None else token.uid,
        None if token is None else _word(token.type),
        _word(row.verdict),
        row.group,
        row.remote_start_id,
        row.reservation_id,
        row.started_at,
        row.ended_at,
        row.closed_at,
        row.stop_reason,
        row.meter_start_wh,
        row.meter_stop_wh,
        row.first_wh,
        row.first_at,
        row.last_wh,
        row.last_at,
        row.sampled_at,
        row.interval_wh,
        row.energy_wh,
        row.power_w,
        row.soc,
        row.heard_at,
        sequence.to_text(row.seq),
        row.seq_first,
        row.seq_last,
        ",".join(sorted(flag._value_ for flag in row.flags)),
        row.start_digest,
        row.sample_head,
        row.samples,
        row.received_at,
        1 if row.running or row.state is SessionState.WAITING_FOR_DATA else 0,
    )


def of_station(row: Station) -> Values:
    """Without ``removed``: only ``StationRemoved`` speaks of that."""
    return (
        row.id,
        row.identity,
        row.org_id,
        row.site_id,
        row.name,
        row.registration._value_,
        row.protocol,
        row.vendor,
        row.model,
        row.serial_number,
        row.firmware_version,
        row.status._value_,
        row.error_code,
        row.boot_reason,
        row.booted_at,
        int(row.strict),
        row.max_power_w,
        row.created_at,
    )


def of_quarter(row: SiteQuarter) -> Values:
    return (row.at, row.site_id, row.energy_wh, row.sessions)


def of_site(row: Site) -> Values:
    return (
        row.id,
        row.org_id,
        row.name,
        row.time_zone,
        row.address,
        row.postal_code,
        row.city,
        row.country,
        row.latitude,
        row.longitude,
        row.limit_w,
        row.note,
        row.created_at,
    )


def of_secret(row: StationSecret) -> Values:
    return (
        row.station_id,
        row.secret_hash,
        row.security_profile,
        row.assume_version,
        row.pinned_version,
        int(row.blocked),
        _JSON.encode(row.beside) if row.beside else None,
        row.raising_to,
    )


def of_connector(row: Connector) -> Values:
    return (
        row.station_id,
        row.evse,
        row.connector,
        row.status._value_,
        _word(row.reported),
        row.error_code,
        row.vendor_error_code,
        row.info,
        row.type,
        int(row.ended_here),
        row.changed_at,
    )


def of_event(row: Event) -> Values:
    return (
        row.id,
        row.org_id,
        row.kind._value_,
        row.at,
        row.station_id,
        row.evse,
        row.session_id,
        row.command_id,
        _JSON.encode(row.data).decode(),
    )


def of_command(row: Command) -> Values:
    return (
        row.id,
        row.org_id,
        row.station_id,
        str(row.order.__struct_config__.tag),
        _JSON.encode(row.order).decode(),
        row.state._value_,
        row.author,
        row.created_at,
        row.deadline_at,
        row.idempotency_key,
        row.sent_at,
        row.finished_at,
        row.effect_by,
        row.result,
        row.reason,
        row.answer,
        int(not row.ended),
        row.job_id,
    )


def of_job(row: Job) -> Values:
    return (
        row.id,
        row.org_id,
        row.name,
        _JSON.encode(row.order).decode(),
        row.state._value_,
        row.author,
        row.note,
        row.pace_per_minute,
        row.stop_after_failures,
        row.forgiven,
        row.deadline_s,
        row.created_at,
        row.finished_at,
        row.reason,
        row.idempotency_key,
        None if row.meant is None else _JSON.encode(row.meant).decode(),
    )


def of_job_station(row: JobStation) -> Values:
    return (
        row.job_id,
        row.place,
        row.station_id,
        row.state._value_,
        row.tries,
        row.command_id,
        row.reason,
        row.at,
    )


def of_note(row: Note) -> Values:
    return (row.id, row.org_id, row.station_id, row.author, row.text, row.at)


def of_repair(row: SessionRepair) -> Values:
    return (
        row.session_id,
        row.number,
        row.org_id,
        row.station_id,
        row.kind,
        row.author,
        row.note,
        row.at,
        _JSON.encode(row.wanted).decode(),
        _JSON.encode(row.before).decode(),
        _JSON.encode(row.after).decode(),
        row.orphan_id,
    )


def of_holding(row: Holding) -> Values:
    return (
        row.station_id,
        row.kind._value_,
        row.key,
        row.value,
        row.state,
        row.evse,
        None if row.data is None else _JSON.encode(row.data),
        row.at,
        row.command_id,
    )


def of_telemetry(row: Telemetry) -> Values:
    return (
        row.station_id,
        row.id,
        row.stream,
        row.monitor,
        row.received_at,
        _JSON.encode(row.values),
        row.pending,
    )


def of_document(row: Document) -> Values:
    return (row.kind, row.key, _JSON.encode(row.data), row.author, row.at)


def of_token(row: Token) -> Values:
    return (
        row.uid,
        row.org_id,
        row.type._value_,
        row.status._value_,
        row.group,
        row.expires_at,
        row.driver_id,
        int(row.concurrent),
        row.created_at,
        row.driver_since,
    )


def of_api_token(row: ApiToken) -> Values:
    return (
        row.id,
        row.org_id,
        row.secret_hash,
        row.label,
        row.created_at,
        row.expires_at,
        row.kind,
        row.person_id,
        row.opened_by,
        row.role._value_,
        None if row.scopes is None else ",".join(sorted(row.scopes)),
        _numbers(row.sites),
        row.last_used_at,
    )


def of_person(row: Person) -> Values:
    """Without ``signed_in_at``: only ``PersonSignedIn`` speaks of that."""
    return (
        row.id,
        row.org_id,
        row.login,
        row.name,
        row.role._value_,
        _numbers(row.sites),
        row.language,
        row.password_hash,
        int(row.must_change),
        int(row.blocked),
        row.version,
        row.created_at,
    )


def _numbers(found: frozenset[int] | None) -> str | None:
    return None if found is None else ",".join(map(str, sorted(found)))


def of_attempt(row: ConnectionAttempt, *, count: int, first_at: int) -> Values:
    return (
        row.id,
        row.identity,
        row.reason,
        host_of(row.peer),
        row.detail,
        row.http_status,
        row.peer,
        row.path,
        row.subprotocols,
        row.user_agent,
        count,
        first_at,
        row.at,
    )


def host_of(peer: str) -> str:
    """``10.0.0.7:51234``, ``[::1]:51234`` or a bare address, without the port."""
    if peer.startswith("["):
        return peer[1:].partition("]")[0]
    return peer.partition(":")[0] if peer.count(":") == 1 else peer


def _word(member: StrEnum | None) -> str | None:
    return None if member is None else member.value
