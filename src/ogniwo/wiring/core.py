"""Everything between the sockets and the storage, joined around one storage and one bus."""

import secrets
from dataclasses import dataclass
from typing import Final

from ogniwo.app import publishing
from ogniwo.app.bus import Bus, ReferenceChanged, StationTaken
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.duty import BEAT_S, Duty
from ogniwo.app.health import Health
from ogniwo.app.ingest import Ingest
from ogniwo.app.jobs import (
    close_waiting_sessions,
    end_lost_sessions,
    prune_api_tokens,
    prune_attempts,
    prune_trails,
    release_stranded_stations,
    write_last_seen,
)
from ogniwo.app.keyring import KeyRing
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.ports import SOLE_NODE, Records
from ogniwo.app.publishing import Publishing
from ogniwo.app.reference import ReferenceTail
from ogniwo.app.token_use import LocalTokenUse, SharedTokenUse, TokenUse
from ogniwo.app.tokens import TokenFile
from ogniwo.app.tokens_admin import TokenAdmin
from ogniwo.app.transaction_numbers import TransactionNumbers
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids, TimeOrderedIds
from ogniwo.base.settings import Settings
from ogniwo.base.tasks import Tasks
from ogniwo.domain.session import Session
from ogniwo.gateway.gateway import Gateway
from ogniwo.gateway.registry import Registry
from ogniwo.storage.opening import Storage

TAKE_UP_S: Final = 2.0  # how long an order waits that was left in the database for us


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    storage: Storage
    bus: Bus
    node: int
    clock: Clock
    ids: Ids
    tasks: Tasks
    registry: Registry
    mailboxes: Mailboxes
    dispatch: Dispatch
    gateway: Gateway
    publishing: Publishing
    duty: Duty
    health: Health
    tokens: TokenAdmin
    keys: KeyRing
    server_key: bytes


async def assemble(
    storage: Storage,
    settings: Settings,
    *,
    bus: Bus,
    node: int,
    clock: Clock,
    tasks: Tasks,
    server_key: bytes,
) -> Core:
    """Join the rooms and take up what the run before left."""
    writer, records = storage.writer, storage.records
    alone = node == SOLE_NODE
    ids = TimeOrderedIds(clock.now_us, node=node, after=await records.highest_id())
    registry = Registry(clock)
    mailboxes = Mailboxes(records, writer, tasks, node=node)
    token_file = TokenFile(records, writer, tasks, changed=lambda: bus.tell(ReferenceChanged()))
    dispatch = Dispatch(mailboxes=mailboxes, records=records, clock=clock, ids=ids, spawn=tasks)
    told = Publishing(bus, registry)
    mailboxes.watch(told.written, *publishing.WATCHED)
    gateway = Gateway(
        mailboxes=mailboxes,
        ingest=Ingest(
            mailboxes=mailboxes,
            records=records,
            tokens=token_file,
            token_use=await _token_use(records, mailboxes, tasks, alone=alone),
            numbers=TransactionNumbers(records),
            clock=clock,
            ids=ids,
        ),
        dispatch=dispatch,
        registry=registry,
        bus=bus,
        node=node,
        clock=clock,
        spawn=tasks,
    )
    await bus.listen(StationTaken, gateway.station_taken)
    reference = ReferenceTail(records, {"token": token_file.forget})
    await reference.start(bus)
    tasks(reference.run(), name="reference data")
    duty = Duty(storage.nodes, node, clock, alone=alone)
    core = Core(
        storage=storage,
        bus=bus,
        node=node,
        clock=clock,
        ids=ids,
        tasks=tasks,
        registry=registry,
        mailboxes=mailboxes,
        dispatch=dispatch,
        gateway=gateway,
        publishing=told,
        duty=duty,
        health=Health(writer, clock, cut_off=lambda: duty.cut_off_since_ms),
        tokens=TokenAdmin(token_file, storage.read_models, clock),
        keys=KeyRing(
            records=records, writer=writer, clock=clock, ids=ids, draw_secret=_draw_secret
        ),
        server_key=server_key,
    )
    await dispatch.take_up(node=node, unowned=alone)
    _start_jobs(core, settings)
    return core


async def _token_use(
    records: Records, mailboxes: Mailboxes, tasks: Tasks, *, alone: bool
) -> TokenUse:
    if not alone:
        return SharedTokenUse(records, tasks)
    use = LocalTokenUse()
    use.restore(await records.tokens_in_use())
    mailboxes.watch(use.session_written, Session)
    return use


def _draw_secret() -> str:
    return secrets.token_urlsafe(24)


def _start_jobs(core: Core, settings: Settings) -> None:
    """Jobs on stations run on every node: each does those it owns, one also the unowned."""
    tasks, clock = core.tasks, core.clock
    records, writer, duty = core.storage.records, core.storage.writer, core.duty

    async def settle() -> None:
        core.gateway.settle()

    async def prune_trails_on_duty() -> None:
        if await duty.mine():
            await trails.run()

    async def take_up() -> None:
        await core.dispatch.take_up(node=core.node, unowned=await duty.mine())

    late = close_waiting_sessions.CloseWaitingSessions(
        mailboxes=core.mailboxes,
        records=records,
        presence=core.registry,
        duty=duty,
        clock=clock,
        ids=core.ids,
    )
    lost = end_lost_sessions.EndLostSessions(
        mailboxes=core.mailboxes,
        records=records,
        presence=core.registry,
        duty=duty,
        clock=clock,
        ids=core.ids,
    )
    stranded = release_stranded_stations.ReleaseStrandedStations(
        mailboxes=core.mailboxes,
        records=records,
        presence=core.registry,
        duty=duty,
        clock=clock,
        ids=core.ids,
        spawn=tasks,
    )
    seen = write_last_seen.WriteLastSeen(core.registry.harvest_seen, writer, clock)
    old = prune_attempts.PruneAttempts(writer, clock)
    trails = prune_trails.PruneTrails(
        core.storage.retention,
        clock,
        messages_days=settings.keep_messages_days,
        samples_days=settings.keep_samples_days,
    )
    stale = prune_api_tokens.PruneApiTokens(writer, clock)

    tasks.every(BEAT_S, duty.beat, name="beat")
    tasks.every(publishing.EVERY_S, core.publishing.publish, name="publish")
    tasks.every(1, core.dispatch.expire, name="expire commands")
    tasks.every(1, settle, name="settle links")
    tasks.every(TAKE_UP_S, take_up, name="take up orders")
    tasks.every(close_waiting_sessions.EVERY_S, late.run, name="close waiting sessions")
    tasks.every(end_lost_sessions.EVERY_S, lost.run, name="end lost sessions")
    tasks.every(release_stranded_stations.EVERY_S, stranded.run, name="release stranded stations")
    tasks.every(write_last_seen.EVERY_S, seen.run, name="write last seen")
    tasks.every(prune_trails.EVERY_S, prune_trails_on_duty, name="prune trails")
    tasks.every(prune_attempts.EVERY_S, old.run, name="prune attempts")
    tasks.every(prune_api_tokens.EVERY_S, stale.run, name="prune API tokens")
