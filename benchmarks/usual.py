"""The usual way: a minimal CSMS as a capable developer writes it in an afternoon.

The ``ocpp`` library on ``websockets``, SQLite with one commit per message, each
message answered after its commit. It stores what a session needs and nothing
else: no trace, no rules, no events. The lower of our two yardsticks, so each
choice is the fastest of the honest ones. Tried against each other they lie
within 5 %: commits on a thread beat commits on the loop, validation on the loop
beats the library's default (each message through the thread pool twice), and
uvloop changes nothing.
"""

# The ocpp library carries no types.
# mypy: disable-error-code="import-untyped,untyped-decorator,misc"

import argparse
import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import ocpp.messages
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.lifetime import until_stopped

HEARTBEAT_S = 300

SCHEMA = """
CREATE TABLE IF NOT EXISTS station (
    id TEXT PRIMARY KEY, vendor TEXT NOT NULL, model TEXT NOT NULL, booted_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS connector (
    station_id TEXT NOT NULL, connector_id INTEGER NOT NULL, status TEXT NOT NULL,
    error_code TEXT NOT NULL, PRIMARY KEY (station_id, connector_id)
);
CREATE TABLE IF NOT EXISTS charging (
    id INTEGER PRIMARY KEY, station_id TEXT NOT NULL, connector_id INTEGER NOT NULL,
    id_tag TEXT NOT NULL, started_at TEXT NOT NULL, meter_start_wh INTEGER NOT NULL,
    stopped_at TEXT, meter_stop_wh INTEGER, reason TEXT
);
CREATE TABLE IF NOT EXISTS meter_value (
    id INTEGER PRIMARY KEY, transaction_id INTEGER, station_id TEXT NOT NULL,
    connector_id INTEGER NOT NULL, sampled_at TEXT NOT NULL, measurand TEXT NOT NULL,
    phase TEXT, context TEXT, unit TEXT, value TEXT NOT NULL
);
"""

SAVE_STATION = """
INSERT INTO station (id, vendor, model, booted_at) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET vendor = excluded.vendor, model = excluded.model,
    booted_at = excluded.booted_at
"""
SAVE_CONNECTOR = """
INSERT INTO connector (station_id, connector_id, status, error_code) VALUES (?, ?, ?, ?)
ON CONFLICT (station_id, connector_id) DO UPDATE SET status = excluded.status,
    error_code = excluded.error_code
"""
START_CHARGING = """
INSERT INTO charging (station_id, connector_id, id_tag, started_at, meter_start_wh)
VALUES (?, ?, ?, ?, ?)
"""
STOP_CHARGING = "UPDATE charging SET stopped_at = ?, meter_stop_wh = ?, reason = ? WHERE id = ?"
SAVE_VALUES = """
INSERT INTO meter_value (transaction_id, station_id, connector_id, sampled_at, measurand,
    phase, context, unit, value)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Database:
    """SQLite behind one thread: a statement, a commit, then the caller goes on."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)

    async def write(self, statement: str, *rows: tuple[object, ...]) -> int | None:
        """Durable when this returns; the id of the row when there was one."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._commit, statement, rows)

    def close(self) -> None:
        self._thread.shutdown()
        self._connection.close()

    def _commit(self, statement: str, rows: tuple[tuple[object, ...], ...]) -> int | None:
        with self._connection:
            if len(rows) == 1:
                return self._connection.execute(statement, rows[0]).lastrowid
            self._connection.executemany(statement, rows)
            return None


class UsualStation(ChargePoint):
    """One connected station; handlers take what the library hands them."""

    def __init__(self, station_id: str, socket: ServerConnection, database: Database):
        super().__init__(station_id, socket)
        self.database = database

    @on(Action.boot_notification)
    async def boot(
        self, charge_point_vendor: str, charge_point_model: str, **_: Any
    ) -> call_result.BootNotification:
        now = datetime.now(UTC).isoformat()
        row = (self.id, charge_point_vendor, charge_point_model, now)
        await self.database.write(SAVE_STATION, row)
        return call_result.BootNotification(now, HEARTBEAT_S, RegistrationStatus.accepted)

    @on(Action.heartbeat)
    def heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(datetime.now(UTC).isoformat())

    @on(Action.status_notification)
    async def status(
        self, connector_id: int, error_code: str, status: str, **_: Any
    ) -> call_result.StatusNotification:
        row = (self.id, connector_id, status, error_code)
        await self.database.write(SAVE_CONNECTOR, row)
        return call_result.StatusNotification()

    @on(Action.authorize)
    def authorize(self, id_tag: str) -> call_result.Authorize:
        return call_result.Authorize(IdTagInfo(AuthorizationStatus.accepted))

    @on(Action.start_transaction)
    async def start_charging(
        self, connector_id: int, id_tag: str, meter_start: int, timestamp: str, **_: Any
    ) -> call_result.StartTransaction:
        row = (self.id, connector_id, id_tag, timestamp, meter_start)
        charging_id = await self.database.write(START_CHARGING, row)
        assert charging_id is not None
        return call_result.StartTransaction(charging_id, IdTagInfo(AuthorizationStatus.accepted))

    @on(Action.meter_values)
    async def meter_values(
        self,
        connector_id: int,
        meter_value: list[dict[str, Any]],
        transaction_id: int | None = None,
    ) -> call_result.MeterValues:
        rows = [
            (
                transaction_id,
                self.id,
                connector_id,
                reading["timestamp"],
                value.get("measurand", "Energy.Active.Import.Register"),
                value.get("phase"),
                value.get("context"),
                value.get("unit"),
                value["value"],
            )
            for reading in meter_value
            for value in reading["sampled_value"]
        ]
        await self.database.write(SAVE_VALUES, *rows)
        return call_result.MeterValues()

    @on(Action.stop_transaction)
    async def stop_charging(
        self, meter_stop: int, timestamp: str, transaction_id: int, reason: str = "Local", **_: Any
    ) -> call_result.StopTransaction:
        row = (timestamp, meter_stop, reason, transaction_id)
        await self.database.write(STOP_CHARGING, row)
        return call_result.StopTransaction(IdTagInfo(AuthorizationStatus.accepted))


async def run(port: int, data: Path) -> None:
    ocpp.messages.ASYNC_VALIDATION = False
    logging.getLogger("ocpp").setLevel(logging.WARNING)
    database = Database(data / "usual.db")

    async def serve_station(socket: ServerConnection) -> None:
        assert socket.request is not None
        station_id = unquote(socket.request.path.rpartition("/")[2])
        with suppress(ConnectionClosed):  # the station left
            await UsualStation(station_id, socket, database).start()

    async with serve(serve_station, "127.0.0.1", port, subprotocols=[Subprotocol("ocpp1.6")]):
        await until_stopped()
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.usual", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="directory for usual.db")
    options = parser.parse_args()
    asyncio.run(run(options.port, options.data))


if __name__ == "__main__":
    main()
