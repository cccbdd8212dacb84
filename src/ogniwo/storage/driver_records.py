"""``DriverRecords`` of the application: drivers, their charges and codes, from the database."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Select, Table, and_, bindparam, func, or_, select

from ogniwo.app.driving.ports import (
    DriverView,
    OpenCharge,
    PastSession,
    Place,
    ProblemReportView,
)
from ogniwo.app.filters import Cut
from ogniwo.app.views import Page
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.access import Token
from ogniwo.domain.drivers import (
    SELF,
    Charge,
    Driver,
    DriverKey,
    EvseCode,
    Favourite,
    ProblemReport,
    Wish,
)
from ogniwo.domain.people import Sites
from ogniwo.domain.session import RUNNING, Session
from ogniwo.storage import values
from ogniwo.storage.filing import TABLES, to_struct
from ogniwo.storage.paging import ID_MAX, before_id, page_of, rows_wanted
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import connector, session, site, station, token
from ogniwo.storage.schema_driving import (
    charge,
    driver,
    driver_key,
    evse_code,
    favourite,
    problem_report,
    wish,
)
from ogniwo.storage.sites import only_within
from ogniwo.storage.values import AnyRow

S = TypeVar("S", bound=Struct)
T = TypeVar("T")

_RUNNING: Final = [it.value for it in sorted(RUNNING)]
PRUNED_AT_ONCE: Final = 1_000

_UTC: Final = "UTC"
_CLOCKS_APART_US: Final = 5_000_000  # a charge and its session may be stamped by two nodes

DRIVERS: Final = (
    select(driver)
    .where(
        driver.c.id < bindparam("before"),
        or_(
            driver.c.email.contains(bindparam("part"), autoescape=False),
            func.lower(func.coalesce(driver.c.name, "")).contains(bindparam("part")),
        ),
    )
    .order_by(driver.c.id.desc())
    .limit(bindparam("limit"))
)
TOKENS: Final = (
    select(token)
    .where(token.c.driver_id.in_(bindparam("drivers", expanding=True)))
    .order_by(token.c.uid)
)
PLACES: Final = select(
    station.c.id,
    station.c.identity,
    station.c.name,
    station.c.site_id,
    site.c.name.label("site_name"),
    site.c.address,
    site.c.postal_code,
    site.c.city,
    site.c.time_zone,
).outerjoin_from(station, site, site.c.id == station.c.site_id)
PLACE: Final = PLACES.where(station.c.identity == bindparam("identity"), station.c.removed == 0)
PLUGGED: Final = select(func.max(connector.c.changed_at)).where(
    connector.c.station_id == bindparam("station_id"), connector.c.evse == bindparam("evse")
)
CODE: Final = (
    select(station.c.identity, evse_code)
    .join_from(evse_code, station, station.c.id == evse_code.c.station_id)
    .where(evse_code.c.code_key == bindparam("key"), station.c.removed == 0)
)
CODE_LEFT: Final = (
    select(evse_code)
    .join_from(evse_code, station, station.c.id == evse_code.c.station_id)
    .where(evse_code.c.code_key == bindparam("key"), station.c.removed != 0)
)
CODES: Final = (
    select(evse_code)
    .join_from(evse_code, station, station.c.id == evse_code.c.station_id)
    .where(station.c.identity == bindparam("identity"), station.c.removed == 0)
    .order_by(evse_code.c.evse)
)
IDENTITIES: Final = (
    select(station.c.identity)
    .where(station.c.site_id == bindparam("site_id"), station.c.removed == 0)
    .order_by(station.c.identity)
)
FAVOURITES: Final = (
    select(favourite, *PLACES.selected_columns)
    .select_from(favourite)
    .join(station, station.c.id == favourite.c.station_id)
    .outerjoin(site, site.c.id == station.c.site_id)
    .where(favourite.c.driver_id == bindparam("driver_id"), station.c.removed == 0)
    .order_by(favourite.c.created_at)
)
CHARGES_AT: Final = (
    select(charge)
    .where(
        charge.c.station_id == bindparam("station_id"),
        charge.c.evse == bindparam("evse"),
        charge.c.created_at >= bindparam("since"),
    )
    .order_by(charge.c.id.desc())
)
# Of those whose session is known only the few that are reached or over.
TO_FOLLOW: Final = (
    select(charge, station.c.identity)
    .select_from(charge)
    .join(station, station.c.id == charge.c.station_id)
    .outerjoin(session, session.c.id == charge.c.session_id)
    .outerjoin(wish, wish.c.charge_id == charge.c.id)
    .where(
        charge.c.closed_at.is_(None),
        or_(
            charge.c.session_id.is_(None),
            session.c.state.not_in(_RUNNING),
            and_(
                session.c.energy_wh >= wish.c.energy_wh,
                or_(
                    charge.c.stop_asked_at.is_(None),
                    charge.c.stop_asked_at < bindparam("stop_again"),
                ),
            ),
        ),
    )
    .order_by(charge.c.id)
)
# The station, too: a card's uid says nothing of where it is.
SESSION_OF_CHARGE: Final = (
    select(session)
    .where(
        session.c.token_uid == bindparam("uid"),
        session.c.station_id == bindparam("station_id"),
        session.c.received_at >= bindparam("since"),
        or_(session.c.evse == bindparam("evse"), session.c.evse.is_(None)),
    )
    .order_by(session.c.id)
    .limit(1)
)
PAST: Final = (
    select(session, station.c.identity, station.c.name.label("station_name"), site.c.time_zone)
    .join_from(session, station, station.c.id == session.c.station_id)
    .outerjoin(site, site.c.id == station.c.site_id)
)
REPORTS: Final = (
    select(problem_report, station.c.identity)
    .join_from(problem_report, station, station.c.id == problem_report.c.station_id)
    .where(problem_report.c.id < bindparam("before"))
    .order_by(problem_report.c.id.desc())
    .limit(bindparam("limit"))
)


class SqlDriverRecords:
    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def driver(self, driver_id: int) -> Driver | None:
        return await self._struct(Driver, driver, id=driver_id)

    async def driver_called(self, email: str) -> Driver | None:
        return await self._struct(Driver, driver, email=email)

    async def drivers(self, query: str | None, cut: Cut) -> Page[DriverView]:
        given = {"before": before_id(cut), "part": (query or "").lower()}
        given["limit"] = rows_wanted(cut) + 1

        def run(connection: Connection) -> Page[DriverView]:
            rows = connection.execute(DRIVERS, given).all()
            its: dict[int, list[str]] = {}
            for row in connection.execute(TOKENS, {"drivers": [it.id for it in rows]}):
                its.setdefault(row.driver_id, []).append(row.uid)
            return page_of(
                rows,
                cut,
                lambda row: _driver_view(row, its.get(row.id, [])),
                lambda row: str(row.id),
            )

        return await self._readers.run(run)

    async def key(self, secret_hash: bytes) -> DriverKey | None:
        return await self._struct(DriverKey, driver_key, secret_hash=secret_hash)

    async def keys_of(self, driver_id: int) -> list[DriverKey]:
        return await self._structs(DriverKey, driver_key, driver_id=driver_id)

    async def expired_keys(self, *, before: Instant) -> list[bytes]:
        query = (
            select(driver_key.c.secret_hash)
            .where(driver_key.c.expires_at < before)
            .limit(PRUNED_AT_ONCE)
        )
        return await self._all(query, lambda row: bytes(row.secret_hash))

    async def tokens_of(self, driver_id: int) -> list[Token]:
        return await self._all(TOKENS, values.to_token, drivers=[driver_id])

    async def favourites(self, driver_id: int) -> list[tuple[Favourite, Place]]:
        return await self._all(
            FAVOURITES,
            lambda row: (to_struct(Favourite, row), _place(row, row.evse, None)),
            driver_id=driver_id,
        )

    async def past(self, tokens: Sequence[Token], *, since: Instant, cut: Cut) -> Page[PastSession]:
        if not tokens:
            return Page(items=[])
        owned = [
            and_(session.c.token_uid == it.uid, session.c.received_at >= (it.driver_since or 0))
            for it in tokens
        ]
        before = ID_MAX if cut.cursor is None else before_id(cut)
        query = (
            PAST.where(or_(*owned), session.c.started_at >= since, session.c.id < before)
            .order_by(session.c.id.desc())
            .limit(rows_wanted(cut) + 1)
        )

        def run(connection: Connection) -> Page[PastSession]:
            rows = connection.execute(query).all()
            return page_of(rows, cut, _past, lambda row: str(row.id))

        return await self._readers.run(run)

    async def past_one(self, session_id: int) -> PastSession | None:
        found = await self._all(PAST.where(session.c.id == session_id), _past)
        return found[0] if found else None

    async def charges_of(self, driver_id: int) -> list[Charge]:
        return await self._structs(Charge, charge, driver_id=driver_id)

    async def place(self, identity: str, evse: int) -> Place | None:
        def run(connection: Connection) -> Place | None:
            row = connection.execute(PLACE, {"identity": identity}).one_or_none()
            if row is None:
                return None
            at = connection.scalar(PLUGGED, {"station_id": row.id, "evse": evse})
            return _place(row, evse, at)

        return await self._readers.run(run)

    async def code(self, code_key: str) -> tuple[str, EvseCode] | None:
        found = await self._all(
            CODE, lambda row: (str(row.identity), to_struct(EvseCode, row)), key=code_key
        )
        return found[0] if found else None

    async def code_left(self, code_key: str) -> EvseCode | None:
        found = await self._all(CODE_LEFT, lambda row: to_struct(EvseCode, row), key=code_key)
        return found[0] if found else None

    async def codes_of(self, identity: str) -> list[EvseCode]:
        return await self._all(CODES, lambda row: to_struct(EvseCode, row), identity=identity)

    async def identities_of_site(self, site_id: int) -> list[str]:
        return await self._all(IDENTITIES, lambda row: str(row.identity), site_id=site_id)

    async def charge(self, charge_id: int) -> Charge | None:
        return await self._struct(Charge, charge, id=charge_id)

    async def charges_at(self, station_id: int, evse: int, *, since: Instant) -> list[Charge]:
        return await self._all(
            CHARGES_AT,
            lambda row: to_struct(Charge, row),
            station_id=station_id,
            evse=evse,
            since=since,
        )

    async def charge_of_session(self, session_id: int) -> Charge | None:
        return await self._struct(Charge, charge, session_id=session_id)

    async def session_of(self, charge: Charge) -> Session | None:
        return await self._readers.run(lambda it: _session_of(it, charge))

    async def running_sessions(self, uids: Collection[str]) -> list[Session]:
        query = select(session).where(
            session.c.token_uid.in_(sorted(uids)), session.c.state.in_(_RUNNING)
        )
        return await self._all(query, values.to_session)

    async def charges_to_follow(self, *, stop_again: Instant) -> list[OpenCharge]:
        def run(connection: Connection) -> list[OpenCharge]:
            rows = connection.execute(TO_FOLLOW, {"stop_again": stop_again}).all()
            its = [(to_struct(Charge, row), str(row.identity)) for row in rows]
            return [
                OpenCharge(charge=it, identity=identity, session=_session_of(connection, it))
                for it, identity in its
            ]

        return await self._readers.run(run)

    async def wish(self, charge_id: int) -> Wish | None:
        return await self._struct(Wish, wish, charge_id=charge_id)

    async def report(self, report_id: int, *, sites: Sites | None) -> ProblemReport | None:
        query = select(problem_report).where(problem_report.c.id == report_id)
        found = await self._all(
            only_within(query, sites, problem_report.c.station_id),
            lambda row: to_struct(ProblemReport, row),
        )
        return found[0] if found else None

    async def reports_of(self, driver_id: int) -> list[ProblemReport]:
        return await self._structs(ProblemReport, problem_report, driver_id=driver_id)

    async def reports(
        self, *, open_only: bool, sites: Sites | None, cut: Cut
    ) -> Page[ProblemReportView]:
        query = REPORTS.where(problem_report.c.closed_at.is_(None)) if open_only else REPORTS
        query = only_within(query, sites, problem_report.c.station_id)
        given = {"before": before_id(cut), "limit": rows_wanted(cut) + 1}

        def run(connection: Connection) -> Page[ProblemReportView]:
            rows = connection.execute(query, given).all()
            return page_of(rows, cut, _report_view, lambda row: str(row.id))

        return await self._readers.run(run)

    async def _struct(self, kind: type[S], table: Table, **key: object) -> S | None:
        found = await self._structs(kind, table, **key)
        return found[0] if found else None

    async def _structs(self, kind: type[S], table: Table, **key: object) -> list[S]:
        query = select(table).where(*(table.c[name] == value for name, value in key.items()))
        newest_first = [it.desc() for it in TABLES[kind].primary_key]
        return await self._all(query.order_by(*newest_first), lambda row: to_struct(kind, row))

    async def _all(
        self, query: Select[*tuple[object, ...]], to: Callable[[AnyRow], T], **given: object
    ) -> list[T]:
        return await self._readers.run(lambda it: [to(row) for row in it.execute(query, given)])


def _session_of(connection: Connection, its: Charge) -> Session | None:
    if its.session_id is not None:
        query, given = select(session).where(session.c.id == its.session_id), {}
    else:
        query = SESSION_OF_CHARGE
        given = {
            "uid": its.token_uid,
            "station_id": its.station_id,
            "evse": its.evse,
            "since": its.created_at - _CLOCKS_APART_US,
        }
    row = connection.execute(query, given).one_or_none()
    return None if row is None else values.to_session(row)


def _place(row: AnyRow, evse: int, plugged_at: Instant | None) -> Place:
    town = " ".join(it for it in (row.postal_code, row.city) if it)
    return Place(
        station_id=row.id,
        identity=row.identity,
        evse=evse,
        name=row.name,
        site_id=row.site_id,
        site_name=row.site_name,
        address=", ".join(it for it in (row.address, town) if it) or None,
        time_zone=row.time_zone or _UTC,
        plugged_at=plugged_at,
    )


def _past(row: AnyRow) -> PastSession:
    return PastSession(
        session=values.to_session(row[: len(session.columns)]),  # type: ignore[arg-type] # read by position
        identity=row.identity,
        station_name=row.station_name,
        time_zone=row.time_zone or _UTC,
    )


def _driver_view(row: AnyRow, tokens: list[str]) -> DriverView:
    return DriverView(
        id=str(row.id),
        email=row.email,
        name=row.name,
        state=row.state,
        self_registered=row.author == SELF,
        tokens=tokens,
        created_at=from_instant(row.created_at),
    )


def _report_view(row: AnyRow) -> ProblemReportView:
    return ProblemReportView(
        id=str(row.id),
        station_id=row.identity,
        evse_id=row.evse,
        kind=row.kind,
        text=row.text,
        driver_id=None if row.driver_id is None else str(row.driver_id),
        session_id=None if row.session_id is None else str(row.session_id),
        created_at=from_instant(row.created_at),
        closed_at=None if row.closed_at is None else from_instant(row.closed_at),
        closed_by=row.closed_by,
        note=row.note,
    )
