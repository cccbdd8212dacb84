"""What stations hold: kept under kind and key, on either engine, and told in order."""

from pathlib import Path

from msgspec.structs import replace

from ogniwo.app.filters import Cut, HoldingFilter
from ogniwo.app.ports import Document, DocumentRemoved
from ogniwo.app.views import HoldingView
from ogniwo.domain.holdings import GONE, Holding, HoldingsSwept, Kind
from ogniwo.domain.telemetry import Telemetry
from ogniwo.storage.opening import Storage
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_station

A = a_station(1)


def a_profile(key: str = "7", *, at: int = 10) -> Holding:
    return Holding(
        station_id=1,
        kind=Kind.PROFILE,
        key=key,
        at=at,
        value="tx_default",
        state="active",
        evse=2,
        data={"stack_level": 3, "periods": [[0, 16]]},
        command_id=99,
    )


async def shown(storage: Storage, *, gone: bool = False) -> list[HoldingView]:
    where = HoldingFilter(station_id=A.identity, gone=gone)
    return (await storage.read_models.holdings(where, Cut())).items


@on_every_engine
async def test_what_is_not_told_anew_stays_as_it_was(engine: Engine, tmp_path: Path) -> None:
    first = a_profile()
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, first])
        later = Holding(station_id=1, kind=Kind.PROFILE, key="7", at=20, state="suspended")
        await storage.writer.write([later])

        (kept,) = await storage.records.find_holdings(1, [(Kind.PROFILE, "7")])

    assert kept == replace(first, at=20, state="suspended")


@on_every_engine
async def test_two_words_in_one_batch_are_put_together(engine: Engine, tmp_path: Path) -> None:
    later = Holding(station_id=1, kind=Kind.PROFILE, key="7", at=20, value="tx")
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_profile(), later])

        (kept,) = await storage.records.holdings_of(1, Kind.PROFILE)

    assert kept == replace(a_profile(), at=20, value="tx")


@on_every_engine
async def test_what_a_whole_report_does_not_name_is_gone(engine: Engine, tmp_path: Path) -> None:
    other_kind = replace(a_profile("1"), kind=Kind.MONITOR)
    others = replace(a_profile("9"), station_id=2)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_station(2), a_profile("8"), other_kind, others])
        named = a_profile("9", at=30)
        swept = HoldingsSwept(station_id=1, kind=Kind.PROFILE, before=20)
        await storage.writer.write([named, swept])

        present, all_ = await shown(storage), await shown(storage, gone=True)
        found = await storage.records.find_holdings(1, [(Kind.PROFILE, "8"), (Kind.PROFILE, "9")])
        of_another = await storage.records.holdings_of(2, Kind.PROFILE)

    assert [(it.kind, it.key) for it in present] == [("monitor", "1"), ("profile", "9")]
    assert [(it.key, it.state) for it in all_ if it.kind == "profile"] == [
        ("8", GONE),
        ("9", "active"),
    ]
    assert [it.key for it in found] == ["9"]
    assert [it.key for it in of_another] == ["9"]


@on_every_engine
async def test_a_list_goes_on_where_its_page_ended(engine: Engine, tmp_path: Path) -> None:
    keys = ["A", "B%", "B_1", "b", "Ź"]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, *(a_profile(key) for key in keys)])
        where = HoldingFilter(station_id=A.identity, kind="profile")
        first = await storage.read_models.holdings(where, Cut(limit=3))
        rest = await storage.read_models.holdings(where, Cut(limit=3, cursor=first.next_cursor))
        some = await storage.read_models.holdings(replace(where, key="B_"), Cut())

    assert [it.key for it in (*first.items, *rest.items)] == keys
    assert rest.next_cursor is None
    assert [it.key for it in some.items] == ["B_1"]
    assert first.items[0].data == {"stack_level": 3, "periods": [[0, 16]]}


@on_every_engine
async def test_a_stream_is_told_newest_first(engine: Engine, tmp_path: Path) -> None:
    def a_message(number: int) -> Telemetry:
        values = ((number * 1_000_000, "1.5"), (number * 1_000_000 + 500_000, "on"))
        return Telemetry(
            id=number, station_id=1, stream=4, monitor=None, received_at=5, values=values
        )

    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(11), a_message(12)])
        page = await storage.read_models.telemetry(A.identity, Cut())
        highest = await storage.records.highest_id()

    assert [it.id for it in page.items] == ["12", "11"]
    assert [(it.at.timestamp(), it.value) for it in page.items[1].values] == [
        (11, "1.5"),
        (11.5, "on"),
    ]
    assert highest == 12


@on_every_engine
async def test_a_document_is_kept_changed_and_removed_and_every_node_is_told(
    engine: Engine, tmp_path: Path
) -> None:
    first = Document(kind="template", key="volta", data={"a": "1"}, author="me", at=1)
    async with engine.opened(tmp_path) as storage:
        before = await storage.records.latest_change()
        await storage.writer.write([first])
        await storage.writer.write([replace(first, data={"a": "2"}, at=2)])
        kept = await storage.records.documents("template")
        await storage.writer.write([DocumentRemoved("template", "volta")])
        left = await storage.records.documents("template")
        changes = await storage.records.changes(before, 10)

    assert kept == [replace(first, data={"a": "2"}, at=2)]
    assert left == []
    assert [(it.kind, it.key) for it in changes] == [("template", "volta")] * 3
