"""A row of a table as the domain value it was written from; the other way is ``rows``."""

from typing import Any

import msgspec
from sqlalchemy import Row

from ogniwo.app.keys import ApiToken
from ogniwo.domain import sequence
from ogniwo.domain.access import IdToken, Token, TokenStatus, TokenType, Verdict
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.people import Person, Right, Role, Sites
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.site import Site
from ogniwo.domain.station import (
    ChargingState,
    Connector,
    Registration,
    ReportedStatus,
    Station,
    Status,
)
from ogniwo.domain.station_secret import Beside, StationSecret
from ogniwo.storage.schema import session

AnyRow = Row[*tuple[Any, ...]]  # what a column holds is known by its name only

_SESSION_COLUMNS = tuple(session.columns.keys())
_NO_FLAGS: frozenset[Flag] = frozenset()
_STATES = {state.value: state for state in SessionState}
_BESIDE: msgspec.json.Decoder[tuple[Beside, ...]] = msgspec.json.Decoder(tuple[Beside, ...])
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


def to_site(row: AnyRow) -> Site:
    return Site(
        id=row.id,
        org_id=row.org_id,
        name=row.name,
        time_zone=row.time_zone,
        address=row.address,
        postal_code=row.postal_code,
        city=row.city,
        country=row.country,
        latitude=row.latitude,
        longitude=row.longitude,
        limit_w=row.limit_w,
        note=row.note,
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
        beside=() if row.beside is None else _BESIDE.decode(row.beside),
        raising_to=row.raising_to,
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
    """Exactly the table's columns: a storm loads many, and by position takes half the time."""
    named: dict[str, Any] = dict(zip(_SESSION_COLUMNS, row, strict=True))
    del named["is_open"]
    charging_state, verdict = named.pop("charging_state"), named.pop("verdict")
    seq, flags = named.pop("seq"), named.pop("flags")
    return Session(
        state=_STATES[named.pop("state")],
        charging_state=None if charging_state is None else ChargingState(charging_state),
        token=_to_id_token(named.pop("token_uid"), named.pop("token_type")),
        verdict=None if verdict is None else Verdict(verdict),
        group=named.pop("token_group"),
        seq=sequence.from_text(seq) if seq else (),
        flags=frozenset(map(Flag, flags.split(","))) if flags else _NO_FLAGS,
        **named,
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
        driver_since=row.driver_since,
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
        job_id=row.job_id,
    )


def to_api_token(row: AnyRow) -> ApiToken:
    return ApiToken(
        id=row.id,
        org_id=row.org_id,
        secret_hash=row.secret_hash,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        kind=row.kind,
        person_id=row.person_id,
        opened_by=row.opened_by,
        role=Role(row.role),
        scopes=None if row.scopes is None else frozenset(map(Right, _words(row.scopes))),
        sites=to_sites(row.sites),
        last_used_at=row.last_used_at,
    )


def to_person(row: AnyRow) -> Person:
    return Person(
        id=row.id,
        org_id=row.org_id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        sites=to_sites(row.sites),
        language=row.language,
        password_hash=row.password_hash,
        must_change=row.must_change,
        blocked=row.blocked,
        version=row.version,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )


def to_sites(text: str | None) -> Sites | None:
    return None if text is None else frozenset(map(int, _words(text)))


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _to_id_token(uid: str | None, kind: str | None) -> IdToken | None:
    return None if uid is None else IdToken(uid, None if kind is None else TokenType(kind))
