"""Everything between the sockets and the storage, joined around one storage and one bus."""

from dataclasses import dataclass
from functools import partial

from ogniwo.app import publishing, quirks
from ogniwo.app.backups import Backups
from ogniwo.app.bus import Bus, ReferenceChanged, StationTaken
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.duty import Duty
from ogniwo.app.health import Health
from ogniwo.app.ingest import Ingest
from ogniwo.app.keyring import KeyRing
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.nodes import SOLE_NODE
from ogniwo.app.outside import Outside
from ogniwo.app.ports import Records
from ogniwo.app.publishing import Publishing
from ogniwo.app.quirks import QuirkBook
from ogniwo.app.reference import Forget, ReferenceTail
from ogniwo.app.repairing import Repairing
from ogniwo.app.securing import Securing
from ogniwo.app.tail import Tail
from ogniwo.app.token_use import LocalTokenUse, SharedTokenUse, TokenUse
from ogniwo.app.tokens import TokenFile
from ogniwo.app.tokens_admin import TokenAdmin
from ogniwo.app.transaction_numbers import TransactionNumbers
from ogniwo.app.uploads import UploadUrls
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids, TimeOrderedIds
from ogniwo.base.tasks import Tasks
from ogniwo.domain.session import Session
from ogniwo.gateway.admission import hash_secret
from ogniwo.gateway.gateway import Gateway
from ogniwo.gateway.registry import Registry
from ogniwo.ocpp.quirks import PROFILES
from ogniwo.storage.opening import Storage
from ogniwo.wiring.entrance import Entrance, entrance_of


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
    repairing: Repairing
    tail: Tail
    duty: Duty
    health: Health
    tokens: TokenAdmin
    upload_urls: UploadUrls
    quirks: QuirkBook
    entrance: Entrance
    backups: Backups
    server_key: bytes


async def assemble(
    storage: Storage,
    *,
    bus: Bus,
    node: int,
    clock: Clock,
    tasks: Tasks,
    server_key: bytes,
    public_url: str | None = None,
    outside: Outside | None = None,
) -> Core:
    """Join the rooms; ``jobs`` then brings them to life."""
    writer, records, alone = storage.writer, storage.records, node == SOLE_NODE
    ids = TimeOrderedIds(clock.now_us, node=node, after=await records.highest_id())
    registry, mailboxes = Registry(clock), Mailboxes(records, writer, tasks, node=node)
    token_file = TokenFile(records, writer, tasks, changed=lambda: bus.tell(ReferenceChanged()))
    duty, urls = Duty(storage.nodes, node, clock, alone=alone), UploadUrls(server_key, public_url)
    securing = _securing(mailboxes, records, clock, ids, server_key)
    dispatch = _dispatch(mailboxes, records, clock, ids, tasks, urls, securing)
    use = await _token_use(records, mailboxes, tasks, alone=alone)
    ingest = _ingest(records, mailboxes, token_file, use, clock, ids, outside)
    entrance = entrance_of(storage, bus=bus, clock=clock, ids=ids, server_key=server_key)
    book = await _reference(storage, bus, clock, token_file, entrance.keys, tasks)
    gateway = Gateway(
        mailboxes=mailboxes,
        ingest=ingest,
        dispatch=dispatch,
        registry=registry,
        records=records,
        bus=bus,
        node=node,
        clock=clock,
        spawn=tasks,
        quirks=book.of,
        securing=securing,
    )
    await bus.listen(StationTaken, gateway.station_taken)
    return Core(
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
        publishing=_publishing(bus, registry, mailboxes),
        repairing=_repairing(storage, mailboxes, clock, ids),
        tail=await _tail(bus, mailboxes, clock),
        duty=duty,
        health=Health(writer, clock, cut_off=lambda: duty.cut_off_since_ms),
        tokens=TokenAdmin(token_file, storage.read_models, storage.drivers, clock),
        upload_urls=urls,
        quirks=book,
        entrance=entrance,
        backups=Backups(storage.read_models.backup_trace, clock),
        server_key=server_key,
    )


def _repairing(storage: Storage, mailboxes: Mailboxes, clock: Clock, ids: Ids) -> Repairing:
    return Repairing(
        mailboxes=mailboxes,
        file=storage.records.repairs,
        writer=storage.writer,
        clock=clock,
        ids=ids,
    )


def _securing(
    mailboxes: Mailboxes, records: Records, clock: Clock, ids: Ids, server_key: bytes
) -> Securing:
    return Securing(
        mailboxes=mailboxes,
        records=records,
        clock=clock,
        ids=ids,
        hash_secret=partial(hash_secret, server_key),
    )


def _dispatch(
    mailboxes: Mailboxes,
    records: Records,
    clock: Clock,
    ids: Ids,
    tasks: Tasks,
    urls: UploadUrls,
    securing: Securing,
) -> Dispatch:
    return Dispatch(
        mailboxes=mailboxes,
        records=records,
        clock=clock,
        ids=ids,
        spawn=tasks,
        secrets=securing,
        located=urls.located,
    )


def _ingest(
    records: Records,
    mailboxes: Mailboxes,
    tokens: TokenFile,
    use: TokenUse,
    clock: Clock,
    ids: Ids,
    outside: Outside | None,
) -> Ingest:
    return Ingest(
        mailboxes=mailboxes,
        records=records,
        tokens=tokens,
        token_use=use,
        numbers=TransactionNumbers(records),
        clock=clock,
        ids=ids,
        outside=outside,
    )


async def _tail(bus: Bus, mailboxes: Mailboxes, clock: Clock) -> Tail:
    tail = Tail(bus, mailboxes, clock)
    await tail.listen()
    return tail


def _publishing(bus: Bus, registry: Registry, mailboxes: Mailboxes) -> Publishing:
    told = Publishing(bus, registry)
    mailboxes.watch(told.written, *publishing.WATCHED)
    return told


async def _quirk_book(storage: Storage, bus: Bus, clock: Clock) -> QuirkBook:
    book = QuirkBook(
        PROFILES,
        records=storage.records,
        writer=storage.writer,
        clock=clock,
        changed=lambda: bus.tell(ReferenceChanged()),
    )
    await book.load()
    return book


async def _reference(
    storage: Storage, bus: Bus, clock: Clock, tokens: TokenFile, keys: KeyRing, tasks: Tasks
) -> QuirkBook:
    """Copies of what other nodes may change: from here on they follow it."""
    book = await _quirk_book(storage, bus, clock)
    changed: dict[str, Forget] = {
        "token": tokens.forget,
        "api_token": keys.forget,
        quirks.PROFILE: book.forget,
        quirks.OWN: book.forget,
    }
    reference = ReferenceTail(storage.records, changed)
    await reference.start(bus)
    tasks(reference.run(), name="reference data")
    return book


async def _token_use(
    records: Records, mailboxes: Mailboxes, tasks: Tasks, *, alone: bool
) -> TokenUse:
    if not alone:
        return SharedTokenUse(records, tasks)
    use = LocalTokenUse()
    use.restore(await records.tokens_in_use())
    mailboxes.watch(use.session_written, Session)
    return use
