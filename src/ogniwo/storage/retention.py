"""Forgetting: what is older than its time goes, a bounded step at a time.

On PostgreSQL a day goes with its table. On SQLite rows are deleted a few at a time past the
writer, which waits for each step; the file does not shrink, its room is used again.
"""

from functools import partial
from typing import Final

from sqlalchemy import Connection, bindparam, delete, literal_column, select, tuple_

from ogniwo.base.clock import Clock
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.holdings import GONE, Kind
from ogniwo.storage import partitions
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import change, holding, message, sample, station, telemetry
from ogniwo.storage.token_holds import FORGET

ROWS_AT_ONCE: Final = 1_000  # some 10 ms, in which the writer waits
CHANGES_KEPT_S: Final = 7 * 24 * 3_600  # a node that stood still for longer starts anew

OLD_ROWS: Final = {
    table.name: delete(table).where(
        table.c.id.in_(
            select(table.c.id)
            .where(table.c.id < bindparam("below"))
            .order_by(table.c.id)
            .limit(ROWS_AT_ONCE)
        )
    )
    for table in (message, sample)
}
_oldest: Final = (
    select(change.c.id, change.c.at).order_by(change.c.id).limit(ROWS_AT_ONCE).subquery("oldest")
)
OLD_CHANGES: Final = delete(change).where(
    change.c.id.in_(select(_oldest.c.id).where(_oldest.c.at < bindparam("before")))
)

# Found by the stations, each of which has its own few at one place: a day's values of all of them
# stand nowhere together.
OLD_TELEMETRY: Final = delete(telemetry).where(
    tuple_(telemetry.c.station_id, telemetry.c.id).in_(
        select(telemetry.c.station_id, telemetry.c.id)
        .join_from(station, telemetry, telemetry.c.station_id == station.c.id)
        .where(telemetry.c.id < bindparam("below"))
        .limit(ROWS_AT_ONCE)
    )
)
_KEY: Final = (holding.c.station_id, holding.c.kind, holding.c.key)
OLD_HOLDINGS: Final = (
    delete(holding).where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(holding.c.state == literal_column(f"'{GONE}'"))  # as its index says it
            .where(holding.c.at < bindparam("before"))
            .limit(ROWS_AT_ONCE)
        )
    ),
    delete(holding).where(  # what a report told is on file by itself
        tuple_(*_KEY).in_(
            select(*_KEY)
            .join_from(station, holding, holding.c.station_id == station.c.id)
            .where(holding.c.kind == Kind.REPORT.value, holding.c.at < bindparam("before"))
            .limit(ROWS_AT_ONCE)
        )
    ),
)


class FileRetention:
    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    async def prune_trails(self, *, messages_before: Instant, samples_before: Instant) -> bool:
        before = {message.name: messages_before, sample.name: samples_before}

        def work(connection: Connection) -> bool:
            _forget_changes(connection, self._clock)
            deleted = [
                connection.execute(OLD_ROWS[table], {"below": first_id_at(at)}).rowcount
                for table, at in before.items()
            ]
            return max(deleted) == ROWS_AT_ONCE

        return await self._readers.change(work)

    async def prune_holdings(self, *, before: Instant) -> bool:
        return await _prune_holdings(self._readers, before)


class PgRetention:
    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    async def prune_trails(self, *, messages_before: Instant, samples_before: Instant) -> bool:
        """Each part by itself, so that none holds the locks of another."""
        before = {message.name: messages_before, sample.name: samples_before}

        def forget(connection: Connection) -> None:
            connection.execute(FORGET)
            _forget_changes(connection, self._clock)

        await self._readers.change(forget)
        now = self._clock.now_us()
        await self._readers.change(lambda connection: partitions.make_days(connection, now))
        more = False
        for table, at in before.items():
            work = partial(partitions.drop_days, table=table, before=at)
            more |= await self._readers.change(work)
        return more

    async def prune_holdings(self, *, before: Instant) -> bool:
        return await _prune_holdings(self._readers, before)


async def _prune_holdings(readers: Readers, before: Instant) -> bool:
    def work(connection: Connection) -> bool:
        deleted = [connection.execute(OLD_TELEMETRY, {"below": first_id_at(before)}).rowcount]
        deleted += [connection.execute(it, {"before": before}).rowcount for it in OLD_HOLDINGS]
        return max(deleted) == ROWS_AT_ONCE

    return await readers.change(work)


def _forget_changes(connection: Connection, clock: Clock) -> None:
    before = clock.now_us() - seconds(CHANGES_KEPT_S)
    connection.execute(OLD_CHANGES, {"before": before})
