"""What was acknowledged is in the books, whatever has crashed meanwhile; what closed stays so.

The database itself takes notes for the referee, in the order of its commits.
"""

from collections import Counter
from typing import Final

from ogniwo.domain.session import Flag
from tests.simulation.disk import Disk
from tests.simulation.referee.findings import Findings
from tests.simulation.referee.talk import Talk

SHOWN_MAX: Final = 3
FIGURES: Final = (
    "state", "transaction_id", "evse", "energy_wh", "meter_start_wh", "meter_stop_wh",
    "started_at", "ended_at", "closed_at", "token_uid",
)  # fmt: skip

_DIFFERS: Final = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIGURES)
# A person may decide about what is held, and the decision is stored before what it changes.
_UNDECIDED: Final = "NOT EXISTS (SELECT 1 FROM session_repair r WHERE r.session_id = NEW.id)"
_OLD: Final = " || ', ' || ".join(f"'{name} ' || ifnull(OLD.{name}, '-')" for name in FIGURES)
_NEW: Final = " || ', ' || ".join(f"'{name} ' || ifnull(NEW.{name}, '-')" for name in FIGURES)
_NOTES: Final = (
    "CREATE TABLE kept (n INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER)",
    """CREATE TRIGGER note_message AFTER INSERT ON message
       BEGIN INSERT INTO kept (message) VALUES (NEW.id); END""",
    "CREATE TABLE reopened (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER, was TEXT, now TEXT)",
    f"""CREATE TRIGGER note_reopened AFTER UPDATE ON session
        WHEN (OLD.state = 'closed' OR (OLD.state = 'ended' AND {_UNDECIDED})) AND ({_DIFFERS})
        BEGIN INSERT INTO reopened (id, was, now) VALUES (NEW.id, {_OLD}, {_NEW}); END""",
    """CREATE TABLE ended_again (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER,
       was TEXT, now TEXT)""",
    """CREATE TRIGGER note_ended_again AFTER UPDATE ON command
       WHEN NOT OLD.is_open
       AND (OLD.state IS NOT NEW.state OR OLD.finished_at IS NOT NEW.finished_at)
       BEGIN INSERT INTO ended_again (id, was, now) VALUES (NEW.id, OLD.state, NEW.state); END""",
    """CREATE TABLE closed (n INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER, seq TEXT,
       seq_first INTEGER, seq_last INTEGER, flags TEXT)""",
    """CREATE TRIGGER note_closed AFTER UPDATE OF state ON session
       WHEN NEW.state = 'closed' AND OLD.state != 'closed'
       BEGIN INSERT INTO closed (id, seq, seq_first, seq_last, flags)
       VALUES (NEW.id, NEW.seq, NEW.seq_first, NEW.seq_last, NEW.flags); END""",
)
_MESSAGES: Final = (
    "SELECT kept.n, s.identity, m.call, m.answer FROM kept"
    " JOIN message m ON m.id = kept.message JOIN station s ON s.id = m.station_id"
    " WHERE kept.n > ? AND m.direction = 'up' ORDER BY kept.n"
)
_REOPENED: Final = "SELECT n, id, was, now FROM reopened WHERE n > ? ORDER BY n"
_ENDED_AGAIN: Final = "SELECT n, id, was, now FROM ended_again WHERE n > ? ORDER BY n"
_CLOSED: Final = "SELECT n, id, seq, seq_first, seq_last, flags FROM closed WHERE n > ? ORDER BY n"


class Keeping:
    def __init__(self, disk: Disk, talk: Talk, findings: Findings) -> None:
        self._disk = disk
        self._talk = talk
        self._findings = findings
        self._kept: Counter[tuple[str, str, str]] = Counter()
        self._read = {"kept": 0, "reopened": 0, "ended_again": 0, "closed": 0}  # how far
        with disk.changing.begin() as connection:
            for statement in _NOTES:
                connection.exec_driver_sql(statement)

    def look(self) -> None:
        """Called after every crash, and again and again."""
        self._look_for_acknowledged()
        for n, number, was, now in self._disk.rows(_REOPENED, self._read["reopened"]):
            self._read["reopened"] = n
            self._findings.add("closed stays closed", f"session {number}: {was} became {now}")
        for n, number, was, now in self._disk.rows(_ENDED_AGAIN, self._read["ended_again"]):
            self._read["ended_again"] = n
            self._findings.add("an order ends once", f"order {number}: {was} became {now}")
        for n, number, seq, first, last, flags in self._disk.rows(_CLOSED, self._read["closed"]):
            self._read["closed"] = n
            if not _explained(flags) and not _whole(seq, first, last):
                what = f"session {number} closed with events {seq} of {first} to {last}"
                self._findings.add("nothing is closed before all of it has come", what)

    def _look_for_acknowledged(self) -> None:
        for n, identity, call, answer in self._disk.rows(_MESSAGES, self._read["kept"]):
            self._read["kept"] = n
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


def _explained(flags: str) -> bool:
    return bool({Flag.EVENTS_MISSING, Flag.SEQUENCE_RESTARTED} & set(flags.split(",")))


def _whole(seq: str, first: int | None, last: int | None) -> bool:
    """Read from the text that is stored, number by number, and not as the product does."""
    if last is None:
        return True  # 1.6 numbers nothing
    came: set[int] = set()
    for part in filter(None, seq.split(",")):
        low, _, high = part.rpartition("-")
        came |= set(range(int(low), int(high) + 1))
    return first is not None and came >= set(range(first, last + 1))
