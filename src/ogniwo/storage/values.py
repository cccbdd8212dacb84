"""A row of a table as the domain value it was written from; the other way is ``rows``."""

from typing import Any

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

AnyRow = Row[*tuple[Any, ...]]  # what a column holds is known by its name only

_NO_FLAGS: frozenset[Flag] = frozenset()
_STATES = {state.value: state for state in SessionState}
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
    """Exactly the table's columns: a storm loads many, and by position takes half the time.

    That is why it is longer than functions here may be: each column is named twice.
    """
    (
        id_,
        station_id,
        org_id,
        transaction_id,
        evse,
        connector,
        stay_id,
        state,
        charging_state,
        token_uid,
        token_type,
        verdict,
        token_group,
        remote_start_id,
        reservation_id,
        started_at,
        ended_at,
        closed_at,
        stop_reason,
        meter_start_wh,
        meter_stop_wh,
        first_wh,
        first_at,
        last_wh,
        last_at,
        sampled_at,
        interval_wh,
        energy_wh,
        power_w,
        soc,
        heard_at,
        seq,
        seq_first,
        seq_last,
        flags,
        start_digest,
        sample_head,
        samples,
        received_at,
        _is_open,
    ) = row
    return Session(
        id=id_,
        station_id=station_id,
        org_id=org_id,
        transaction_id=transaction_id,
        evse=evse,
        connector=connector,
        stay_id=stay_id,
        state=_STATES[state],
        charging_state=None if charging_state is None else ChargingState(charging_state),
        token=_to_id_token(token_uid, token_type),
        verdict=None if verdict is None else Verdict(verdict),
        group=token_group,
        remote_start_id=remote_start_id,
        reservation_id=reservation_id,
        started_at=started_at,
        ended_at=ended_at,
        closed_at=closed_at,
        stop_reason=stop_reason,
        meter_start_wh=meter_start_wh,
        meter_stop_wh=meter_stop_wh,
        first_wh=first_wh,
        first_at=first_at,
        last_wh=last_wh,
        last_at=last_at,
        sampled_at=sampled_at,
        interval_wh=interval_wh,
        energy_wh=energy_wh,
        power_w=power_w,
        soc=soc,
        heard_at=heard_at,
        seq=sequence.from_text(seq) if seq else (),
        seq_first=seq_first,
        seq_last=seq_last,
        flags=frozenset(map(Flag, flags.split(","))) if flags else _NO_FLAGS,
        start_digest=start_digest,
        sample_head=sample_head,
        samples=samples,
        received_at=received_at,
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
