"""The message log as people see it.

There is no index by station or session: of a station the trail is walked back from its
newest message, of all stations the table is read backwards. Both look at a bounded number of
rows for one page; a page may then be short, even empty, and its cursor goes on from there.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, and_, bindparam, or_, select, true

from ogniwo.app.filters import Cut, MessageFilter
from ogniwo.app.views import MessageContext, MessageView, Page
from ogniwo.base.ids import first_id_at, instant_of
from ogniwo.base.units import SECONDS_PER_HOUR, US_PER_MS, from_instant, seconds
from ogniwo.base.wire_text import read_frame, read_text
from ogniwo.domain.people import Sites
from ogniwo.domain.trace import Answered
from ogniwo.storage.paging import ID_MAX, before_id, identifier, rows_wanted
from ogniwo.storage.schema import message, session, station, station_head
from ogniwo.storage.sites import only_within
from ogniwo.storage.trails import MESSAGES_WALKED_MAX, messages_back
from ogniwo.storage.values import AnyRow

_BEFORE_SESSION_US: Final = seconds(60)  # the id of its first message may be older than its own
_ANSWERED_WITHIN_US: Final = seconds(SECONDS_PER_HOUR)  # a row's id is drawn with its answer

# An identity may have had several stations; the one heard of last is meant.
TRAIL_OF_STATION: Final = (
    select(station.c.id, station_head.c.message_head)
    .join_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(station.c.identity == bindparam("identity"), station_head.c.message_head.is_not(None))
    .order_by(station_head.c.message_head.desc())
    .limit(1)
)
BEFORE: Final = select(message.c.prev).where(
    message.c.id == bindparam("id"), message.c.station_id == bindparam("station_id")
)
STATION_OF_SESSION: Final = (
    select(station.c.identity)
    .join_from(session, station, station.c.id == session.c.station_id)
    .where(session.c.id == bindparam("id"))
)
MESSAGES: Final = (
    select(message, station.c.identity)
    .outerjoin_from(message, station, station.c.id == message.c.station_id)
    .where(message.c.id.in_(bindparam("ids", expanding=True)))
)
_later: Final = (
    select(message.c.id, message.c.station_id)
    .where(message.c.id > bindparam("id"))
    .order_by(message.c.id)
    .limit(MESSAGES_WALKED_MAX)
    .subquery("later")
)
LATER: Final = (
    select(_later.c.id)
    .where(_later.c.station_id == bindparam("station_id"))
    .order_by(_later.c.id)
    .limit(bindparam("limit"))
)
# Where the bounded look at the whole table ends, if there is more than that.
EDGE: Final = (
    select(message.c.id)
    .where(message.c.id < bindparam("before"), message.c.id >= bindparam("lowest"))
    .order_by(message.c.id.desc())
    .offset(MESSAGES_WALKED_MAX - 1)
    .limit(1)
)


def messages(
    connection: Connection, where: MessageFilter, cut: Cut, within: Sites | None
) -> Page[MessageView]:
    identity = where.station_id
    if where.session_id is not None:
        owner = connection.scalar(STATION_OF_SESSION, {"id": identifier(where.session_id)})
        if owner is None or identity not in {None, owner}:
            return Page([])
        identity = owner
    if identity is None:
        return _of_all_stations(connection, where, cut, within)
    return _of_station(connection, identity, where, cut, within)


def message_called(
    connection: Connection, message_id: str, around: int, within: Sites | None
) -> MessageContext | None:
    """With its neighbours: back along the trail, on by a bounded look at what came later."""
    number = identifier(message_id)
    query = only_within(MESSAGES, within, message.c.station_id)
    row = connection.execute(query, {"ids": [number]}).one_or_none()
    if row is None:
        return None
    walked = messages_back()
    back = select(walked.c.id).limit(around)
    before = connection.scalars(back, {"start": row.prev, "lowest": 0}).all()
    after = connection.scalars(
        LATER, {"id": row.id, "station_id": row.station_id, "limit": around}
    ).all()
    rows = {it.id: it for it in connection.execute(MESSAGES, {"ids": [*before, *after]})}
    return MessageContext(
        message=_message_view(row, texts=True),
        before=[_message_view(rows[it], texts=False) for it in reversed(before)],
        after=[_message_view(rows[it], texts=False) for it in after],
    )


def _of_station(
    connection: Connection,
    identity: str,
    where: MessageFilter,
    cut: Cut,
    within: Sites | None,
) -> Page[MessageView]:
    trail_of = only_within(TRAIL_OF_STATION, within, station.c.id)
    trail = connection.execute(trail_of, {"identity": identity}).one_or_none()
    if trail is None:
        return Page([])
    start = trail.message_head
    if cut.cursor is not None:
        start = connection.scalar(BEFORE, {"id": before_id(cut), "station_id": trail.id})
    wanted = rows_wanted(cut)
    walked = messages_back()
    fits = and_(true(), *_conditions(walked, where))
    # The order is that of the walk: nothing is sorted or joined, so it ends with the page.
    query = (
        select(walked.c.id, walked.c.step, fits.label("fits"))
        .where(or_(fits, walked.c.step == MESSAGES_WALKED_MAX))
        .limit(wanted + 1)
    )
    seen = connection.execute(query, {"start": start, "lowest": _lowest(where)}).all()
    edge = next((row.id for row in seen if row.step == MESSAGES_WALKED_MAX), None)
    ids = [row.id for row in seen if row.fits]
    return _page(connection, ids, wanted, edge, texts=where.texts)


def _of_all_stations(
    connection: Connection, where: MessageFilter, cut: Cut, within: Sites | None
) -> Page[MessageView]:
    before = before_id(cut)
    if where.until is not None:
        before = min(before, first_id_at(where.until + _ANSWERED_WITHIN_US))
    given = {"before": before, "lowest": _lowest(where)}
    wanted = rows_wanted(cut)
    any_filter = within is not None or any(True for _ in _conditions(message, where))
    seen = (
        select(message)
        .where(message.c.id < bindparam("before"), message.c.id >= bindparam("lowest"))
        .order_by(message.c.id.desc())
        .limit(MESSAGES_WALKED_MAX if any_filter else wanted + 1)
        .subquery("seen")
    )
    query = (
        only_within(select(seen.c.id), within, seen.c.station_id)
        .where(*_conditions(seen, where))
        .order_by(seen.c.id.desc())
        .limit(wanted + 1)
    )
    ids = connection.scalars(query, given).all()
    edge = None if len(ids) > wanted else connection.scalar(EDGE, given)
    return _page(connection, ids, wanted, edge, texts=where.texts)


def _page(
    connection: Connection, ids: Sequence[int], wanted: int, edge: int | None, *, texts: bool
) -> Page[MessageView]:
    """``ids`` in the order of the page, one more than wanted if another follows."""
    shown = ids[:wanted]
    rows = {row.id: row for row in connection.execute(MESSAGES, {"ids": shown})}
    last = shown[-1] if len(ids) > wanted else edge
    views = [_message_view(rows[it], texts=texts) for it in shown]
    return Page(views, None if last is None else str(last))


def _lowest(where: MessageFilter) -> int:
    """No message with a smaller id can fit: ids are drawn after what they name happened."""
    lowest = 0 if where.since is None else first_id_at(where.since)
    session_id = identifier(where.session_id)
    if session_id is not None:
        lowest = max(lowest, first_id_at(instant_of(session_id) - _BEFORE_SESSION_US))
    return min(lowest, ID_MAX)


def _conditions(seen: FromClause, where: MessageFilter) -> Iterator[ColumnElement[bool]]:
    if where.session_id is not None:
        yield seen.c.session_id == identifier(where.session_id)
    if where.action is not None:
        yield seen.c.action.in_([it.strip() for it in where.action.split(",")])
    if where.direction is not None:
        yield seen.c.direction == where.direction
    if where.message_id is not None:
        yield seen.c.message_id == where.message_id
    if where.errors:
        yield or_(seen.c.answered != Answered.RESULT.value, seen.c.notes.is_not(None))
    if where.since is not None:
        yield seen.c.at >= where.since
    if where.until is not None:
        yield seen.c.at < where.until


def _message_view(row: AnyRow, *, texts: bool) -> MessageView:
    return MessageView(
        id=str(row.id),
        station_id=row.identity or "",
        session_id=None if row.session_id is None else str(row.session_id),
        direction=row.direction,
        action=row.action,
        message_id=row.message_id,
        at=from_instant(row.at),
        latency_ms=row.latency_us / US_PER_MS,
        call=read_frame(row.call),
        answer=None if row.answer is None else read_frame(row.answer),
        answered=row.answered,
        notes=row.notes,
        call_text=read_text(row.call) if texts else None,
        answer_text=read_text(row.answer) if texts and row.answer is not None else None,
    )
