"""A network as it stands: stations on file, some of them charging, known to whoever plays them.

Owns which station charges under which transaction since when; both the database and the
generator of stations ask here.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks.books import store_units
from benchmarks.entries import (
    a_card,
    a_connector,
    a_message,
    a_reading,
    a_sample,
    a_session,
    a_station,
)
from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.units import US_PER_SECOND, Instant, seconds
from ogniwo.domain.session import Progress, Session, with_reading
from ogniwo.domain.station import Station
from ogniwo.storage.batch import StoredRow, TransactionIdBlock
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.pg_connect import address_from
from ogniwo.storage.pg_opening import prepare
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.sqlite import SqliteStore

POWER_W: Final = 11_000
START_WH: Final = 1_250_000
AGE_S: Final = 600  # how long the sessions have been running, unless their readings take longer
SECONDS_PER_HOUR: Final = 3_600
DATABASE_FILE: Final = "ogniwo.db"
METER_CALL: Final = (
    b'{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%d","sampledValue":'
    b'[{"value":"%d","measurand":"Energy.Active.Import.Register","unit":"Wh"}]}]}'
)


class Standing(Struct, frozen=True, kw_only=True):
    """``charging_every``: one station in so many has a session that runs; 0 means none.

    ``restless_s``: so often each says something that changes: those that charge a reading, the
    others another status. 0: readings and heartbeats at their usual pace.
    """

    stations: int
    charging_every: int = 5
    readings: int = 2  # each session has had
    readings_even: int = 0  # those of stations with an even number, if more
    reading_s: int = 60  # apart
    restless_s: float = 0.0
    until: Instant

    @property
    def began(self) -> Instant:
        readings = max(self.readings, self.readings_even)
        return self.until - seconds(max(AGE_S, (readings + 1) * self.reading_s))

    @property
    def charging(self) -> int:
        return -(-self.stations // self.charging_every) if self.charging_every else 0

    def charges(self, number: int) -> bool:
        return bool(self.charging_every) and number % self.charging_every == 0

    def readings_of(self, number: int) -> int:
        return self.readings if number % 2 else max(self.readings, self.readings_even)

    def wh_at(self, at: Instant) -> int:
        """What the meter of a charging station shows."""
        return START_WH + POWER_W * (at - self.began) // (SECONDS_PER_HOUR * US_PER_SECOND)


def identity_of(number: int) -> str:
    return f"BENCH-{number:06}"


def transaction_of(number: int) -> int:
    return number + 1


def uid_of(number: int) -> str:
    return f"04{number:08X}"


class _Author:
    """Writes it down: each station with all that is its own, one after the other."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._now = standing.began
        self._ids = TimeOrderedIds(lambda: self._now)

    def units(self) -> Iterator[list[StoredRow]]:
        yield [TransactionIdBlock(1, self._standing.stations)]
        for number in range(self._standing.stations):
            self._now = self._standing.began
            station = a_station(self._ids.next(), identity_of(number), at=self._now)
            yield [station, a_connector(station, 1, at=self._now)]
            if self._standing.charges(number):
                yield from self._session(number, station)

    def _session(self, number: int, station: Station) -> Iterator[list[StoredRow]]:
        session = a_session(
            self._ids.next(),
            station.id,
            transaction_id=str(transaction_of(number)),
            uid=uid_of(number),
            start_wh=START_WH,
            at=self._now,
        )
        yield [session, a_card(uid_of(number), at=self._now)]
        head: int | None = None
        for _ in range(self._standing.readings_of(number)):
            self._now += seconds(self._standing.reading_s)
            session, head, rows = self._reading(number, session, head)
            yield rows

    def _reading(
        self, number: int, session: Session, head: int | None
    ) -> tuple[Session, int, list[StoredRow]]:
        wh = self._standing.wh_at(self._now)
        reading = a_reading(wh, power_w=POWER_W, at=self._now)
        sample = a_sample(self._ids.next(), session, reading)
        session = with_reading(session, reading, sample_id=sample.id)
        call = METER_CALL % (transaction_of(number), self._now, wh)
        message = a_message(
            self._ids.next(), session, prev=head, action="MeterValues", call=call, at=self._now
        )
        return session, message.id, [sample, Progress(session), message]


def fill_file(folder: Path, standing: Standing) -> int:
    """A new SQLite database in a data directory; the number of rows."""
    path = folder / DATABASE_FILE
    with DataFile(path) as file:
        migrate_file(file)
        store = SqliteStore(path)
        try:
            return store_units(store, _Author(standing).units())
        finally:
            store.close()


def fill_server(url: str, standing: Standing) -> int:
    """An empty database of PostgreSQL; the number of rows."""
    asyncio.run(prepare(address_from(url), SystemClock()))
    store = PgStore(url)
    try:
        return store_units(store, _Author(standing).units())
    finally:
        store.close()
