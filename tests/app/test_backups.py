"""Whether a backup is overdue."""

import pytest

from ogniwo.app.backups import BackupTrace, judged
from ogniwo.base.units import from_instant, seconds

NOW = seconds(1_700_000_000)
HOUR = seconds(3_600)


@pytest.mark.parametrize(
    ("last_h", "oldest_h", "overdue"),
    [
        (None, None, False),  # nothing happened yet
        (None, 5, False),
        (None, 27, True),
        (24, 900, False),
        (25, 900, False),
        (27, 900, True),
        (27, None, True),
    ],
)
def test_a_backup_is_overdue_after_a_day_in_which_there_was_something_to_lose(
    last_h: int | None, oldest_h: int | None, *, overdue: bool
) -> None:
    last = None if last_h is None else NOW - last_h * HOUR
    oldest = None if oldest_h is None else NOW - oldest_h * HOUR

    told = judged(BackupTrace(last_at=last, oldest_at=oldest), NOW)
    of_demo = judged(BackupTrace(last_at=last, oldest_at=oldest, demo=True), NOW)

    assert told.overdue == overdue
    assert told.at == (None if last is None else from_instant(last))
    assert not of_demo.overdue
