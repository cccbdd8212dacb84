"""Messages as people look through them: filtered, page by page, to the end of the trail."""

from pathlib import Path

import pytest

from ogniwo.app.filters import (
    Cut,
    MessageFilter,
)
from ogniwo.base.ids import first_id_at
from ogniwo.storage.opening import Storage
from tests.storage.engines import Engine, on_every_engine
from tests.storage.lists import all_ids
from tests.storage.trade import (
    a_message,
    a_session,
    a_station,
)

A = a_station(1, "A")
B = a_station(2, "B")
FIRST_US = 1_750_000_000_000_000


async def write_messages(storage: Storage, count: int) -> None:
    """Of A and B in turn; A's belong to session 5 from the middle on. Ids say when."""
    session = a_session(first_id_at(_at(count // 2)), A)
    await storage.writer.write([A, B, session])
    heads: dict[int, int] = {}
    for number in range(count):
        station = (A, B)[number % 2]
        identifier = first_id_at(_at(number)) + 1
        inside = station is A and number >= count // 2
        await storage.writer.write(
            [
                a_message(
                    identifier,
                    station,
                    prev=heads.get(station.id),
                    session=session if inside else None,
                    action=("Heartbeat", "MeterValues", "MeterValues")[number % 3],
                    at=_at(number),
                    call=str(number).encode(),
                )
            ]
        )
        heads[station.id] = identifier


def _at(number: int) -> int:
    return FIRST_US + number * 60_000_000


@on_every_engine
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (MessageFilter(), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (MessageFilter(station_id="A"), [8, 6, 4, 2, 0]),
        (MessageFilter(station_id="B"), [9, 7, 5, 3, 1]),
        (MessageFilter(station_id="C"), []),
        (MessageFilter(action="Heartbeat"), [9, 6, 3, 0]),
        (MessageFilter(station_id="A", action="Heartbeat"), [6, 0]),
        (MessageFilter(session_id=str(first_id_at(_at(5)))), [8, 6]),
        (MessageFilter(session_id=str(first_id_at(_at(5))), station_id="B"), []),
        (MessageFilter(session_id="999"), []),
        (MessageFilter(since=_at(3), until=_at(7)), [6, 5, 4, 3]),
        (MessageFilter(station_id="B", since=_at(3), until=_at(7)), [5, 3]),
    ],
)
async def test_messages_are_filtered_and_come_newest_first(
    engine: Engine, tmp_path: Path, where: MessageFilter, expected: list[int]
) -> None:
    async with engine.opened(tmp_path) as storage:
        await write_messages(storage, 10)
        calls: list[object] = []
        cut = Cut(limit=2)
        while True:
            page = await storage.read_models.messages(where, cut)
            calls += [it.call for it in page.items]
            if page.next_cursor is None:
                break
            cut = Cut(limit=2, cursor=page.next_cursor)

    assert calls == expected


@on_every_engine
async def test_a_rare_message_is_found_page_by_page_though_each_page_looks_only_so_far(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogniwo.storage.trails.MESSAGES_WALKED_MAX", 3)
    monkeypatch.setattr("ogniwo.storage.views_messages.MESSAGES_WALKED_MAX", 3)
    edge = "ogniwo.storage.views_messages.EDGE"
    from ogniwo.storage import views_messages  # noqa: PLC0415 - its statement is shortened

    monkeypatch.setattr(edge, views_messages.EDGE.offset(2))
    async with engine.opened(tmp_path) as storage:
        await write_messages(storage, 16)
        models = storage.read_models
        of_all = MessageFilter(action="Heartbeat")
        of_one = MessageFilter(action="Heartbeat", station_id="A")
        assert len(await all_ids(lambda cut: models.messages(of_all, cut))) == 6
        assert len(await all_ids(lambda cut: models.messages(of_one, cut))) == 3
        assert len(await all_ids(lambda cut: models.messages(MessageFilter(), cut))) == 16


@on_every_engine
async def test_a_trail_that_retention_cut_ends_there(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, a_message(20, A, prev=19), a_message(21, A, prev=20), a_message(22, A, prev=21)]
        )
        ids = await all_ids(
            lambda cut: storage.read_models.messages(MessageFilter(station_id="A"), cut)
        )

    assert ids == ["22", "21", "20"]


@on_every_engine
async def test_a_cursor_of_one_station_opens_no_other_ones_trail(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, B, a_message(20, A), a_message(21, A, prev=20), a_message(22, B)]
        )
        page = await storage.read_models.messages(MessageFilter(station_id="B"), Cut(cursor="21"))

    assert page.items == []
