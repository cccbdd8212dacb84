from pathlib import Path

import pytest

from ogniwo.app.quirks import QuirkBook
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.domain.quirks import QuirkChanges, QuirkProfile, Quirks
from ogniwo.domain.station import Station
from tests.app.desk import Desk, desk

BUILT_IN = QuirkProfile(
    name="built-in", why="a test", vendor="volta", changes=QuirkChanges(ping=False)
)
VOLTA = Station(id=1, identity="CP1", vendor="Volta", model="One")


def a_book(it: Desk) -> QuirkBook:
    return QuirkBook(
        [BUILT_IN], records=it.records, writer=it.writer, clock=it.clock, changed=lambda: None
    )


async def test_what_one_node_is_told_another_reads_when_it_hears_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        here, there = a_book(it), a_book(it)
        await here.load()
        await there.load()
        before = here.of(VOLTA)
        await there.put_own("CP1", QuirkChanges(call_bytes_max=2_048), author="me")
        not_yet = here.of(VOLTA)
        here.forget("CP1")
        await here.refresh()
        after = here.of(VOLTA)
        await there.put_own("CP1", QuirkChanges(), author="me")

    assert before == not_yet == Quirks(ping=False)
    assert after == Quirks(ping=False, call_bytes_max=2_048)
    assert there.of(VOLTA) == Quirks(ping=False)


async def test_a_profile_stands_in_the_place_of_the_built_in_one_until_it_is_removed(
    tmp_path: Path,
) -> None:
    mine = QuirkProfile(name="built-in", why="mine", changes=QuirkChanges(deflate=False))
    async with desk(tmp_path) as it:
        book = a_book(it)
        await book.load()
        await book.put_profile(mine, author="me")
        replaced = book.of(VOLTA)
        assert book.built_in() == []
        await book.remove_profile("built-in")

        assert book.built_in() == ["built-in"]
        assert replaced == Quirks(deflate=False)
        assert book.of(VOLTA) == Quirks(ping=False)
        with pytest.raises(RefusedError, match="same name in its place"):
            await book.remove_profile("built-in")
        with pytest.raises(MissingError):
            await book.remove_profile("nobody's")
