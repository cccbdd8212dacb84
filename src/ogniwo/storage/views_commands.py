"""Orders to stations as people see them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, select

from ogniwo.app.filters import CommandFilter, Cut
from ogniwo.app.views import CommandView, Page
from ogniwo.base.units import Instant, from_instant
from ogniwo.base.wire_text import read_json
from ogniwo.domain.commands import Command
from ogniwo.domain.orders import RawCall
from ogniwo.domain.orders.order import as_asked
from ogniwo.domain.people import Sites
from ogniwo.storage import values
from ogniwo.storage.paging import before_id, identifier, page_of, rows_wanted
from ogniwo.storage.schema import command, station
from ogniwo.storage.sites import only_within
from ogniwo.storage.values import AnyRow

_COMMANDS: Final = select(command, station.c.identity).outerjoin_from(
    command, station, station.c.id == command.c.station_id
)
COMMANDS: Final = (
    _COMMANDS.where(command.c.id < bindparam("before"))
    .order_by(command.c.id.desc())
    .limit(bindparam("limit"))
)
COMMAND: Final = _COMMANDS.where(command.c.id == bindparam("id"))


def commands(
    connection: Connection, where: CommandFilter, cut: Cut, within: Sites | None
) -> Page[CommandView]:
    given = {"before": before_id(cut), "limit": rows_wanted(cut) + 1}
    query = only_within(COMMANDS, within, command.c.station_id).where(*_conditions(where))
    rows = connection.execute(query, given).all()
    return page_of(rows, cut, _command_view, lambda row: str(row.id))


def _conditions(where: CommandFilter) -> Iterator[ColumnElement[bool]]:
    if where.station_id is not None:
        yield command.c.station_id.in_(
            select(station.c.id).where(station.c.identity == where.station_id)
        )
    if where.command is not None:
        yield command.c.name == where.command
    if where.states:
        yield command.c.state.in_(sorted(where.states))
    if where.author is not None:
        yield command.c.author == where.author
    if where.job_id is not None:
        yield command.c.job_id == identifier(where.job_id)
    if where.since is not None:
        yield command.c.created_at >= where.since
    if where.until is not None:
        yield command.c.created_at < where.until


def command_called(
    connection: Connection, command_id: str, within: Sites | None
) -> CommandView | None:
    query = only_within(COMMAND, within, command.c.station_id)
    row = connection.execute(query, {"id": identifier(command_id)}).one_or_none()
    return None if row is None else _command_view(row)


def _command_view(row: AnyRow) -> CommandView:
    it = values.to_command(row)
    return CommandView(
        id=str(it.id),
        station_id=row.identity or "",
        command=row.name,
        parameters=_parameters(it),
        state=it.state.value,
        result=it.result,
        reason=it.reason,
        author=it.author,
        created_at=from_instant(it.created_at),
        sent_at=_moment(it.sent_at),
        finished_at=_moment(it.finished_at),
        deadline_at=from_instant(it.deadline_at),
        job_id=None if it.job_id is None else str(it.job_id),
    )


def _parameters(it: Command) -> dict[str, object]:
    if isinstance(it.order, RawCall):
        return {"action": it.order.action, "payload": read_json(it.order.payload)}
    named: dict[str, object] = msgspec.to_builtins(as_asked(it.order))
    for name in ("command", *it.order.inner):
        del named[name]
    return named


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)
