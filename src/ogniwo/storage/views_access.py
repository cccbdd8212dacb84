"""Tokens, and the connections that were refused, as people see them."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, select, tuple_

from ogniwo.app.filters import Cut, TokenFilter
from ogniwo.app.views import AttemptView, Page, TokenView
from ogniwo.base.units import from_instant
from ogniwo.domain.access import normalise_uid
from ogniwo.storage.paging import ID_MAX, identifier, numbers_in, page_of, rows_wanted
from ogniwo.storage.schema import connection_attempt as attempt
from ogniwo.storage.schema import token
from ogniwo.storage.values import AnyRow

TOKENS: Final = (
    select(token)
    .where(token.c.uid > bindparam("after"))
    .order_by(token.c.uid)  # its index is walked until a page is full, whatever is asked of it
    .limit(bindparam("limit"))
)
TOKEN: Final = select(token).where(token.c.uid == bindparam("uid"))
ATTEMPTS: Final = (
    select(attempt)
    .where(
        tuple_(attempt.c.last_at, attempt.c.id) < tuple_(bindparam("last_at"), bindparam("last_id"))
    )
    .order_by(attempt.c.last_at.desc(), attempt.c.id.desc())
    .limit(bindparam("limit"))
)
ATTEMPT: Final = select(attempt).where(attempt.c.id == bindparam("id"))


def tokens(connection: Connection, where: TokenFilter, cut: Cut) -> Page[TokenView]:
    given = {"after": cut.cursor or "", "limit": rows_wanted(cut) + 1}
    rows = connection.execute(TOKENS.where(*_conditions(where)), given).all()
    return page_of(rows, cut, _token_view, lambda row: str(row.uid))


def _conditions(where: TokenFilter) -> Iterator[ColumnElement[bool]]:
    if where.text is not None:
        in_uid = token.c.uid.contains(normalise_uid(where.text), autoescape=True)
        yield in_uid | token.c.token_group.icontains(where.text.strip(), autoescape=True)
    if where.type is not None:
        yield token.c.type == where.type
    if where.status is not None:
        yield token.c.status == where.status


def token_called(connection: Connection, uid: str) -> TokenView | None:
    row = connection.execute(TOKEN, {"uid": uid}).one_or_none()
    return None if row is None else _token_view(row)


def attempts(connection: Connection, cut: Cut) -> Page[AttemptView]:
    last_at, last_id = (ID_MAX, ID_MAX) if cut.cursor is None else numbers_in(cut.cursor, count=2)
    given = {"last_at": last_at, "last_id": last_id, "limit": rows_wanted(cut) + 1}
    rows = connection.execute(ATTEMPTS, given).all()
    return page_of(rows, cut, _attempt_view, lambda row: f"{row.last_at}.{row.id}")


def attempt_called(connection: Connection, attempt_id: str) -> AttemptView | None:
    row = connection.execute(ATTEMPT, {"id": identifier(attempt_id)}).one_or_none()
    return None if row is None else _attempt_view(row)


def _token_view(row: AnyRow) -> TokenView:
    return TokenView(
        uid=row.uid,
        type=row.type,
        status=row.status,
        group=row.token_group,
        expires_at=None if row.expires_at is None else from_instant(row.expires_at),
        driver_id=None if row.driver_id is None else str(row.driver_id),
        concurrent=bool(row.concurrent),
    )


def _attempt_view(row: AnyRow) -> AttemptView:
    return AttemptView(
        id=str(row.id),
        identity=row.identity,
        reason=row.reason,
        detail=row.detail,
        http_status=row.http_status,
        peer=row.peer,
        path=row.path,
        subprotocols=row.subprotocols,
        user_agent=row.user_agent,
        count=row.times,
        first_at=from_instant(row.first_at),
        last_at=from_instant(row.last_at),
    )
