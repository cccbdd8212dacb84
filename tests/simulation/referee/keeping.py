"""What was acknowledged is in the books, whatever has crashed meanwhile; what closed stays so."""

from collections import Counter
from typing import Final

from tests.simulation.disk import Disk
from tests.simulation.referee.findings import Findings
from tests.simulation.referee.talk import Talk

SHOWN_MAX: Final = 3

# Numbers the messages in the order of their commits, so that only new ones are read.
_LOG: Final = (
    "CREATE TABLE referee_log (n INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER)",
    """CREATE TRIGGER referee_notes AFTER INSERT ON message
       BEGIN INSERT INTO referee_log (message) VALUES (NEW.id); END""",
)
_NEW: Final = (
    "SELECT l.n, s.identity, m.call, m.answer FROM referee_log l"
    " JOIN message m ON m.id = l.message JOIN station s ON s.id = m.station_id"
    " WHERE l.n > ? AND m.direction = 'up' ORDER BY l.n"
)
_CLOSED: Final = (
    "SELECT id, transaction_id, evse, state, energy_wh, meter_start_wh, meter_stop_wh,"
    " started_at, ended_at, closed_at, token_uid FROM session WHERE state IN ('closed', 'ended')"
)


class Keeping:
    def __init__(self, disk: Disk, talk: Talk, findings: Findings) -> None:
        self._disk = disk
        self._talk = talk
        self._findings = findings
        self._last = 0
        self._kept: Counter[tuple[str, str, str]] = Counter()
        self._closed: dict[int, tuple[object, ...]] = {}
        with disk.changing.begin() as connection:
            for statement in _LOG:
                connection.exec_driver_sql(statement)

    def look_for_acknowledged(self) -> None:
        for n, identity, call, answer in self._disk.rows(_NEW, self._last):
            self._last = n
            self._kept[identity, call.decode(), (answer or b"").decode()] += 1
        missing = []
        for it in self._talk.acknowledged:
            key = (it.station, it.call, it.answer)
            if self._kept[key] == 0:
                missing.append(f"{it.station}: {it.call[:160]} answered {it.answer[:80]}")
            else:
                self._kept[key] -= 1
        self._talk.acknowledged.clear()
        for what in missing[:SHOWN_MAX]:
            self._findings.add("what was acknowledged is kept", what)

    def look_at_closed(self) -> None:
        now = {row[0]: tuple(row) for row in self._disk.rows(_CLOSED)}
        for number, before in self._closed.items():
            after = now.get(number)
            if after != before:
                self._findings.add("closed stays closed", f"{before} became {after}")
        self._closed = now
