"""Nodes say that they live; one whose place was taken ends."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.cluster.cluster import Cluster, start_all
from tests.cluster.tables import PgTables, events_of
from tests.cluster.talk import Talker, last_words
from tests.system.crash.audit import differences
from tests.system.versions import a_name, a_token

ENDS_WITHIN_S = 10.0
MISSED_WITHIN_S = 60.0  # the lease, and a node that was not on duty yet when it was cut off
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
NOW_US = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


async def take_all_numbers_but(tables: PgTables, number: int) -> None:
    """As if a thousand other nodes lived; the one with this number is given up."""
    await tables.change(f"DELETE FROM node WHERE alive_until <= {NOW_US}")
    await tables.change(
        "INSERT INTO node (number, name, role, started_at, alive_until)"
        f" SELECT n, 'one of many', 'web', 0, {NOW_US} + 3600000000"
        " FROM generate_series(1, 1023) AS n WHERE n <> $1 ON CONFLICT (number) DO NOTHING",
        number,
    )
    await tables.change(f"UPDATE node SET alive_until = {NOW_US} - 1 WHERE number = $1", number)


async def free_the_numbers(tables: PgTables) -> None:
    await tables.change("DELETE FROM node WHERE name = 'one of many'")


async def test_a_node_whose_number_was_taken_over_writes_nothing_and_ends(
    cluster: Cluster,
) -> None:
    heir = cluster.node("heir", "gateway")
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        tables = await stack.enter_async_context(cluster.tables())
        stack.push_async_callback(free_the_numbers, tables)
        stack.callback(heir.kill)
        talker = Talker(a_name(), "ocpp2.0.1", await api.token(a_token()))
        wire = await stack.enter_async_context(talker.at(cluster.a.url(talker.identity)))
        await talker.boot(wire)
        await talker.say(wire, talker.starts())
        number = await cluster.number_of(cluster.a)
        cluster.a.freeze()
        unheard = talker.measures()
        await talker.mutter(wire, unheard)
        await take_all_numbers_but(tables, number)
        await asyncio.to_thread(start_all, [heir])
        taken = await cluster.number_of(heir)
        cluster.a.thaw()
        heard, code = await last_words(wire)
        exit_code = await asyncio.to_thread(cluster.a.ended, ENDS_WITHIN_S)
        async with talker.at(heir.url(talker.identity)) as anew:
            await talker.boot(anew)
            await talker.say(anew, unheard)
            await talker.say(anew, talker.stops())
        found = await differences(api, tables, [talker.books])
        await asyncio.to_thread(heir.stop)

    assert taken == number
    assert heard == []
    assert code in {GOING_AWAY, TRY_AGAIN_LATER}  # it ends, or wrote in vain before it knew
    assert exit_code == 1
    assert "took this one for dead" in cluster.a.stderr
    assert not found, found


@pytest.mark.timeout(90)
async def test_a_node_cut_off_for_longer_than_its_lease_goes_on_without_what_others_took(
    cluster: Cluster,
) -> None:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        tables = await stack.enter_async_context(cluster.tables())
        talker = Talker(a_name(), "ocpp1.6", await api.token(a_token()))
        wire = await stack.enter_async_context(talker.at(cluster.a.url(talker.identity)))
        await talker.boot(wire)
        await talker.say(wire, talker.starts())
        number = await cluster.number_of(cluster.a)
        cluster.a.freeze()
        unheard = talker.measures()
        await talker.mutter(wire, unheard)
        await tables.change(f"UPDATE node SET alive_until = {NOW_US} - 1 WHERE number = $1", number)
        shown = await api.station(talker.identity)
        await api.until(lambda: gone(tables, talker.identity), bool, within_s=MISSED_WITHIN_S)
        cluster.a.thaw()
        heard, code = await last_words(wire)
        async with talker.at(cluster.a.url(talker.identity)) as anew:
            await talker.boot(anew)
            await talker.say(anew, unheard)
            await talker.say(anew, talker.stops())
        found = await differences(api, tables, [talker.books])

    assert not shown["connected"]
    assert (heard, code) == ([], TRY_AGAIN_LATER)
    assert not found, found
    assert cluster.a.alive


async def gone(tables: PgTables, identity: str) -> bool:
    return (await events_of(tables, identity))[-1][1] == "station_disconnected"


@pytest.mark.timeout(90)
async def test_a_station_that_counts_as_connected_and_is_not_is_found_by_its_node(
    cluster: Cluster,
) -> None:
    """As when a node fails between claiming a station and hearing of its socket's end."""
    name = a_name()
    async with cluster.api() as api, cluster.tables() as tables:
        await api.post("/stations", {"id": name})
        await tables.change(
            f"UPDATE station_head SET owner = $1, connected_since = {NOW_US} - 3600000000"
            " WHERE station_id = (SELECT id FROM station WHERE identity = $2)",
            await cluster.number_of(cluster.a),
            name,
        )
        # Its node may find it at once: that it counted as connected shows in what is written now.
        await api.until(lambda: gone(tables, name), bool, within_s=MISSED_WITHIN_S)
        after = await api.station(name)

    assert not after["connected"]
