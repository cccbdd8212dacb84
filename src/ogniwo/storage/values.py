"""A row of a table as the domain value it was written from; the other way is ``rows``."""

import msgspec
from sqlalchemy import Row

from ogniwo.app.ports import ApiToken, StationSecret
from ogniwo.domain import sequence
from ogniwo.domain.access import IdToken, Token, TokenStatus, TokenType, Verdict
from ogniwo.domain.commands import AnyOrder, Command, CommandState
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import (
    ChargingState,
    Connector,
    Registration,
    ReportedStatus,
    Station,
    Status,
)

AnyRow = Row[*tuple[object, ...]]

_ORDER: msgspec.json.Decoder[AnyOrder] = msgspec.json.Decoder(AnyOrder)


def to_station(row: AnyRow) -> Station:
    return Station(
        id=row.id,
        identity=row.identity,
        org_id=row.org_id,
        site_id=row.site_id,
        name=row.name,
        registration=Registration(row.registration),
        protocol=row.protocol,
        vendor=row.vendor,
        model=row.model,
        serial_number=row.serial_number,
        firmware_version=row.firmware_version,
        status=Status(row.status),
        error_code=row.error_code,
        boot_reason=row.boot_reason,
        booted_at=row.booted_at,
        strict=row.strict,
        max_power_w=row.max_power_w,
        created_at=row.created_at,
    )


def to_secret(row: AnyRow) -> StationSecret:
    return StationSecret(
        station_id=row.station_id,
        secret_hash=row.secret_hash,
        security_profile=row.security_profile,
        assume_version=row.assume_version,
        pinned_version=row.pinned_version,
        blocked=row.blocked,
    )


def to_connector(row: AnyRow) -> Connector:
    return Connector(
        station_id=row.station_id,
        evse=row.evse,
        connector=row.connector,
        status=Status(row.status),
        reported=None if row.reported is None else ReportedStatus(row.reported),
        error_code=row.error_code,
        vendor_error_code=row.vendor_error_code,
        info=row.info,
        type=row.type,
        ended_here=row.ended_here,
        changed_at=row.changed_at,
    )


def to_session(row: AnyRow) -> Session:
    return Session(
        id=row.id,
        station_id=row.station_id,
        org_id=row.org_id,
        transaction_id=row.transaction_id,
        evse=row.evse,
        connector=row.connector,
        stay_id=row.stay_id,
        state=SessionState(row.state),
        charging_state=None if row.charging_state is None else ChargingState(row.charging_state),
        token=_to_id_token(row.token_uid, row.token_type),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        group=row.token_group,
        remote_start_id=row.remote_start_id,
        reservation_id=row.reservation_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        closed_at=row.closed_at,
        stop_reason=row.stop_reason,
        meter_start_wh=row.meter_start_wh,
        meter_stop_wh=row.meter_stop_wh,
        first_wh=row.first_wh,
        first_at=row.first_at,
        last_wh=row.last_wh,
        last_at=row.last_at,
        sampled_at=row.sampled_at,
        interval_wh=row.interval_wh,
        energy_wh=row.energy_wh,
        power_w=row.power_w,
        soc=row.soc,
        heard_at=row.heard_at,
        seq=sequence.from_text(row.seq),
        seq_first=row.seq_first,
        seq_last=row.seq_last,
        flags=frozenset(Flag(word) for word in row.flags.split(",") if word),
        start_digest=row.start_digest,
        sample_head=row.sample_head,
        samples=row.samples,
        received_at=row.received_at,
    )


def to_token(row: AnyRow) -> Token:
    return Token(
        uid=row.uid,
        type=TokenType(row.type),
        status=TokenStatus(row.status),
        group=row.token_group,
        expires_at=row.expires_at,
        driver_id=row.driver_id,
        concurrent=row.concurrent,
        org_id=row.org_id,
        created_at=row.created_at,
    )


def to_command(row: AnyRow) -> Command:
    return Command(
        id=row.id,
        org_id=row.org_id,
        station_id=row.station_id,
        order=_ORDER.decode(row.order_json),
        state=CommandState(row.state),
        author=row.author,
        created_at=row.created_at,
        deadline_at=row.deadline_at,
        idempotency_key=row.idempotency_key,
        sent_at=row.sent_at,
        finished_at=row.finished_at,
        effect_by=row.effect_by,
        result=row.result,
        reason=row.reason,
        answer=row.answer,
    )


def to_api_token(row: AnyRow) -> ApiToken:
    return ApiToken(
        id=row.id,
        org_id=row.org_id,
        secret_hash=row.secret_hash,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _to_id_token(uid: str | None, kind: str | None) -> IdToken | None:
    return None if uid is None else IdToken(uid, None if kind is None else TokenType(kind))
