import asyncio
from pathlib import Path

import pytest

from ogniwo.app.mailbox import MailboxSpoiltError
from ogniwo.app.requests import StationChanges
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.domain.commands import CommandState
from ogniwo.domain.orders import Reset, ResetKind, Unlock
from tests.app.desk import desk, until

SOFT = Reset(kind=ResetKind.SOFT, evse=1)


async def test_changes_made_at_one_moment_all_stand(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        await asyncio.gather(
            it.stations.change("S", StationChanges(blocked=True), author="a"),
            it.stations.change("S", StationChanges(password="long enough"), author="b"),
            it.stations.change("S", StationChanges(name="Garage"), author="c"),
        )
        (found,) = await it.records.find_credentials(["S"])
        assert found.secret is not None
        assert (found.secret.blocked, found.secret.secret_hash) == (True, b"Slong enough")
        view = await it.storage.read_models.station("S")
        assert view is not None
        assert view.name == "Garage"


async def test_a_stations_power_bounds_what_its_decisions_believe(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        await it.stations.change("S", StationChanges(max_power_w=22_000), author="a")
        (claim,) = await it.records.claim(["S"], node=0, seize=False)
        stored = claim.aggregate
        assert stored is not None
        assert stored.station.max_power_w == 22_000


async def test_only_blocking_cuts_the_link(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        await it.stations.change("S", StationChanges(password="long enough"), author="a")
        await it.stations.change("S", StationChanges(blocked=False), author="a")
        assert it.cut == []
        await it.stations.change("S", StationChanges(blocked=True), author="a")
        assert it.cut == ["S"]


async def test_one_station_registered_twice_at_one_moment_exists_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        made = await asyncio.gather(
            *(it.stations.create_station("S", author="a") for _ in range(3)), return_exceptions=True
        )
        refused = [one for one in made if isinstance(one, RefusedError)]
        assert [one.code for one in refused] == ["station_exists"] * 2


async def test_an_unknown_station_that_calls_twice_at_one_moment_is_let_in_twice(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as it:
        first, second = await asyncio.gather(*(it.stations.adopt("S") for _ in range(2)))
        assert first == second


async def test_a_version_that_nobody_speaks_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        for changes in (
            StationChanges(assume_version="ocpp1.5"),
            StationChanges(pinned_version="1.6"),
        ):
            with pytest.raises(UsageError, match=r"ocpp1\.6, ocpp2\.0\.1, ocpp2\.1"):
                await it.stations.change("S", changes, author="a")
        await it.stations.change(
            "S", StationChanges(assume_version="ocpp1.6", pinned_version=None), author="a"
        )


async def test_a_removed_station_leaves_no_order_waiting_and_no_link(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        sent, queued = await it.order(SOFT), await it.order(Unlock(evse=1))
        waiting = asyncio.ensure_future(it.dispatch.wait(queued.id, 5))  # noqa: TID251 - awaited below
        await until(lambda: len(link.called) == 1)
        await it.stations.remove_station("S", author="a")
        assert it.cut == ["S"]
        ended = await waiting
        assert ended is not None
        assert ended.state is CommandState.FAILED
        assert ended.reason == "the station was removed"
        link.answers.put_nowait(None)
        await asyncio.sleep(0.05)
        assert await it.state_of(sent) is CommandState.FAILED
        assert link.called == [SOFT]
        with pytest.raises(MissingError):
            await it.order(SOFT)


async def test_a_station_of_the_same_name_finds_nothing_of_the_one_removed(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        old = await it.mailboxes.hold("S")  # its link has not ended yet
        await it.stations.remove_station("S", author="a")
        await it.stations.create_station("S", author="a")
        new = await it.mailboxes.hold("S")
        assert new.state.station.id != old.state.station.id
        with pytest.raises(MailboxSpoiltError):
            async with old:
                pass
        it.mailboxes.release(old)
        assert it.mailboxes.resident("S") is new
