"""Files on disk: what is full, what is old, and what a cut leaves behind."""

from pathlib import Path

import pytest

from ogniwo.base.ids import first_id_at
from ogniwo.base.units import seconds, to_instant
from ogniwo.web.files.shelf import Shelf
from ogniwo.web.files.troubles import GapError, NoRoomError, TooLargeError
from tests.ocpp.pem import BEGIN

NOON = to_instant(BEGIN)
NUMBER = first_id_at(NOON) + 5
MORE_THAN_ANY_DISK = 10**18


def a_shelf(folder: Path, *, bytes_max: int = 1_000, free_bytes_min: int = 0) -> Shelf:
    return Shelf(folder / "files", bytes_max=bytes_max, free_bytes_min=free_bytes_min)


def test_a_file_is_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    target = shelf.path(7, NUMBER)
    draft = shelf.begin(NUMBER, 0, 0)
    draft.write(b"abc")
    assert (target.exists(), shelf.offset(NUMBER)) == (False, 3)

    size, _ = draft.keep(target)

    assert (target.read_bytes(), size, shelf.offset(NUMBER)) == (b"abc", 3, 0)


def test_what_came_before_a_cut_is_gone_on_from_or_overwritten(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    draft = shelf.begin(NUMBER, 0, 0)
    draft.write(b"abcdef")
    draft.close()
    again = shelf.begin(NUMBER, 4, 2)
    again.write(b"EF")
    again.keep(shelf.path(7, NUMBER))
    assert shelf.path(7, NUMBER).read_bytes() == b"abcdEF"

    with pytest.raises(GapError, match="0 bytes"):
        shelf.begin(NUMBER, 1, 2)


def test_a_disk_that_is_nearly_full_is_left_to_the_database(tmp_path: Path) -> None:
    with pytest.raises(NoRoomError, match="free some space"):
        a_shelf(tmp_path, free_bytes_min=MORE_THAN_ANY_DISK).begin(NUMBER, 0, 0)


def test_a_disk_that_fills_on_the_way_keeps_nothing_of_the_file(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    draft = shelf.begin(NUMBER, 0, 0)
    draft.write(b"abc")
    shelf._free_bytes_min = MORE_THAN_ANY_DISK

    with pytest.raises(NoRoomError):
        draft.write(b"def")
    assert shelf.offset(NUMBER) == 0


def test_a_file_that_grows_too_large_is_dropped(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    draft = shelf.begin(NUMBER, 0, 0)
    draft.write(b"x" * 1_000)
    with pytest.raises(TooLargeError):
        draft.write(b"x")
    with pytest.raises(TooLargeError):
        shelf.begin(NUMBER, 0, 1_001)
    assert shelf.offset(NUMBER) == 0


def test_old_files_are_removed_and_named(tmp_path: Path) -> None:
    shelf = a_shelf(tmp_path)
    newer = first_id_at(NOON + seconds(60))
    for number in (NUMBER, newer):
        draft = shelf.begin(number, 0, 0)
        draft.write(b"x")
        draft.keep(shelf.path(7, number))
    shelf.begin(NUMBER, 0, 0).close()

    assert shelf.remove(NOON + seconds(30)) == [(7, NUMBER)]
    assert (shelf.path(7, NUMBER).exists(), shelf.path(7, newer).exists()) == (False, True)
    assert shelf.remove(NOON + seconds(30)) == []
