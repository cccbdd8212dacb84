"""What every node does again and again, and how often."""

from typing import Final, TypeVar

from ogniwo.app import publishing
from ogniwo.app.backups import LOOK_EVERY_S
from ogniwo.app.duty import BEAT_S
from ogniwo.app.jobs import (
    close_waiting_sessions,
    end_lost_sessions,
    fill_quarters,
    prune_api_tokens,
    prune_attempts,
    prune_trails,
    release_lost_links,
    release_stranded_stations,
    run_mass_orders,
    write_last_seen,
)
from ogniwo.app.nodes import SOLE_NODE
from ogniwo.app.orders import Orders
from ogniwo.app.station_job import StationJob
from ogniwo.base.settings import Settings
from ogniwo.wiring.core import Core

J = TypeVar("J", bound=StationJob)

TAKE_UP_S: Final = 2.0  # how long an order waits that was left in the database for us


async def start_jobs(core: Core, settings: Settings) -> None:
    """Take up what the run before left, then begin."""
    await core.dispatch.take_up(node=core.node, unowned=core.node == SOLE_NODE)
    await core.backups.look()
    _keep_going(core)
    _look_after_stations(core)
    _forget_what_is_old(core, settings)


def _keep_going(core: Core) -> None:
    async def settle() -> None:
        core.gateway.settle()

    async def take_up() -> None:
        await core.dispatch.take_up(node=core.node, unowned=await core.duty.mine())

    seen = write_last_seen.WriteLastSeen(
        core.registry.harvest_seen, core.storage.writer, core.clock
    )
    every = core.tasks.every
    every(BEAT_S, core.duty.beat, name="beat")
    every(publishing.EVERY_S, core.publishing.publish, name="publish")
    every(publishing.EVERY_S, core.tail.publish, name="publish messages")
    every(1, core.dispatch.expire, name="expire commands")
    every(1, settle, name="settle links")
    every(1, core.quirks.refresh, name="read quirks anew")
    every(TAKE_UP_S, take_up, name="take up orders")
    every(LOOK_EVERY_S, core.backups.look, name="look for a backup")
    every(write_last_seen.EVERY_S, seen.run, name="write last seen")


def go_on_with_mass_orders(core: Core, orders: Orders) -> None:
    """On every node: whichever takes the lease does it for all."""
    run = run_mass_orders.RunMassOrders(
        book=core.storage.records.jobs,
        orders=orders,
        writer=core.storage.writer,
        nodes=core.storage.nodes,
        node=core.node,
        clock=core.clock,
        ids=core.ids,
        told=core.publishing.nudge,
    )
    core.tasks.every(run_mass_orders.EVERY_S, run.run, name="go on with mass orders")


def _look_after_stations(core: Core) -> None:
    late = _job(core, close_waiting_sessions.CloseWaitingSessions)
    lost = _job(core, end_lost_sessions.EndLostSessions)
    stranded = _job(core, release_stranded_stations.ReleaseStrandedStations)
    core.mailboxes.watch_stranded(stranded.claimed)
    every = core.tasks.every
    every(close_waiting_sessions.EVERY_S, late.run, name="close waiting sessions")
    every(end_lost_sessions.EVERY_S, lost.run, name="end lost sessions")
    links = _job(core, release_lost_links.ReleaseLostLinks)
    every(release_lost_links.EVERY_S, links.run, name="release lost links")
    every(release_stranded_stations.EVERY_S, stranded.run, name="release stranded stations")


def _job(core: Core, kind: type[J]) -> J:
    return kind(
        mailboxes=core.mailboxes,
        records=core.storage.records,
        presence=core.registry,
        duty=core.duty,
        clock=core.clock,
        ids=core.ids,
        spawn=core.tasks,
    )


def _forget_what_is_old(core: Core, settings: Settings) -> None:
    old = prune_attempts.PruneAttempts(core.storage.writer, core.clock)
    stale = prune_api_tokens.PruneApiTokens(core.storage.writer, core.clock)
    trails = prune_trails.PruneTrails(
        core.storage.retention,
        core.clock,
        messages_days=settings.keep_messages_days,
        samples_days=settings.keep_samples_days,
        telemetry_days=settings.keep_telemetry_days,
    )

    async def prune_trails_on_duty() -> None:
        if await core.duty.mine():
            await trails.run()

    quarters = fill_quarters.FillQuarters(core.storage.read_models, core.storage.writer, core.clock)

    async def fill_quarters_on_duty() -> None:
        if await core.duty.mine():
            await quarters.run()

    every = core.tasks.every
    every(fill_quarters.EVERY_S, fill_quarters_on_duty, name="fill quarters")
    every(prune_attempts.EVERY_S, old.run, name="prune attempts")
    every(prune_api_tokens.EVERY_S, stale.run, name="prune API tokens")
    every(prune_trails.EVERY_S, prune_trails_on_duty, name="prune trails")
