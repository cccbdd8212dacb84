"""``Records`` of the application: domain values from the database, to decide on."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection, Select, bindparam, func, select, text

from ogniwo.app.keys import ApiToken
from ogniwo.app.ports import Aggregate, Change, Claim, Credentials, Document, RowRefusedError
from ogniwo.base.errors import invariant
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.access import Token, Verdict
from ogniwo.domain.commands import Command
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.orders.local_list import NEVER_LISTED
from ogniwo.domain.session import RUNNING, Session
from ogniwo.domain.site import Site
from ogniwo.storage import schema, schema_jobs, values
from ogniwo.storage.aggregates import STATIONS_AT_ONCE, chunks, load_aggregates
from ogniwo.storage.batch import StoredRow, TransactionIdBlock
from ogniwo.storage.cases import SqlRepairFile
from ogniwo.storage.claims import Owned, take
from ogniwo.storage.holdings import (
    DOCUMENTS,
    FIND_HOLDINGS,
    HOLDINGS_OF,
    to_document,
    to_holding,
)
from ogniwo.storage.job_book import SqlJobBook
from ogniwo.storage.paging import identifier
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import (
    api_token,
    change,
    command,
    meta,
    session,
    site,
    station,
    station_secret,
    token,
    transaction_id_block,
)
from ogniwo.storage.streams import after_position, latest_id, position
from ogniwo.storage.token_holds import hold
from ogniwo.storage.trails import DIGESTS_OF_SESSION
from ogniwo.storage.values import AnyRow
from ogniwo.storage.work_left import (
    CHARGING_STATIONS,
    LINKED_STATIONS,
    LOST_SESSIONS,
    OPEN_COMMANDS,
    STRANDED_STATIONS,
    WAITING_SESSIONS,
)

TRANSACTION_ID_MAX: Final = 2**31 - 1  # 1.6 says "integer"; stations hold it in 32 bits, signed
BLOCK_ATTEMPTS_MAX: Final = 20  # another node took the same block each time: it cannot go on so

T = TypeVar("T")

FIND_CREDENTIALS: Final = (
    select(
        station.c.identity,
        station.c.id,
        station.c.vendor,
        station.c.model,
        station.c.firmware_version,
        *(it for it in station_secret.columns),
    )
    .outerjoin_from(station, station_secret, station_secret.c.station_id == station.c.id)
    .where(station.c.identity.in_(bindparam("identities", expanding=True)), station.c.removed == 0)
)
FIND_SESSION: Final = (
    select(session)
    .where(
        session.c.station_id == bindparam("station_id"),
        session.c.transaction_id == bindparam("transaction_id"),
    )
    .order_by(session.c.id.desc())  # a station that starts its numbers anew means the newest
    .limit(1)
)
FIND_SITE: Final = select(site).where(site.c.id == bindparam("id"))
SESSION_BY_ID: Final = select(session).where(session.c.id == bindparam("id"))
FIND_TOKENS: Final = select(token).where(token.c.uid.in_(bindparam("uids", expanding=True)))
TOKENS_TO_LIST: Final = (
    select(token)
    .where(token.c.type != NEVER_LISTED.value)
    .order_by(token.c.uid)
    .limit(bindparam("limit"))
)
TOKENS_IN_USE: Final = (
    select(session.c.token_uid, session.c.id)
    .join_from(session, station, station.c.id == session.c.station_id)
    .where(
        session.c.state.in_([state.value for state in sorted(RUNNING)]),
        session.c.verdict == Verdict.ACCEPTED.value,
        session.c.token_uid.is_not(None),
        station.c.removed == 0,  # what it left running will never be told ended
    )
)
TOKENS_USED: Final = TOKENS_IN_USE.where(
    session.c.token_uid.in_(bindparam("uids", expanding=True)), session.c.is_open
)
FIND_COMMAND: Final = select(command).where(
    command.c.author == bindparam("author"), command.c.idempotency_key == bindparam("key")
)
COMMAND_BY_ID: Final = select(command).where(command.c.id == bindparam("id"))
CHANGES: Final = (
    select(change)
    .where(after_position(change))
    .order_by(change.c.tx, change.c.id)
    .limit(bindparam("limit"))
)
NEXT_TRANSACTION_ID: Final = select(
    func.coalesce(func.max(transaction_id_block.c.first + transaction_id_block.c.count), 1).label(
        "first_free"
    )
)
FIND_API_TOKEN: Final = select(api_token).where(api_token.c.secret_hash == bindparam("secret_hash"))
COUNT_API_TOKENS: Final = (
    select(func.count().label("tokens")).select_from(api_token).where(api_token.c.kind == "api")
)
KEEP_MARK: Final = text(
    "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING"
)
MARK: Final = select(meta.c.value).where(meta.c.key == bindparam("key"))
HIGHEST_IDS: Final[Sequence[Select[int | None]]] = tuple(
    select(func.max(table.c.id))
    for table in (
        schema.station,
        schema.session,
        schema.sample,
        schema.message,
        schema.event,
        schema.command,
        schema.connection_attempt,
        schema.api_token,
        schema.person,
        schema.telemetry,
        schema_jobs.job,
        schema_jobs.note,
        schema.site,
    )
)


class BlockWriter(Protocol):
    """The part of the writer by which blocks of transaction ids are taken."""

    async def write(self, rows: Sequence[StoredRow]) -> None: ...


class SqlRecords:
    def __init__(self, readers: Readers, writer: BlockWriter, *, alone: bool) -> None:
        """``alone``: one process has the database, owns every station and knows every start."""
        self._readers = readers
        self._writer = writer
        self._alone = alone
        self.repairs = SqlRepairFile(readers)
        self.jobs = SqlJobBook(readers)

    async def find_credentials(self, identities: Collection[str]) -> list[Credentials]:
        return await self._some(FIND_CREDENTIALS, _to_credentials, identities=identities)

    async def claim(self, identities: Collection[str], *, node: int, seize: bool) -> list[Claim]:
        if self._alone:
            return [
                Claim(identity=identity, epoch=0, owner=node, aggregate=it)
                for identity, it in (await self._aggregates(identities)).items()
            ]
        owned: list[Owned] = []
        for some in chunks(sorted(set(identities)), STATIONS_AT_ONCE):
            work = partial(take, identities=some, node=node, seize=seize)
            owned += await self._readers.change(work)
        found = await self._aggregates([it.identity for it in owned if it.taken])
        return [
            Claim(
                identity=it.identity,
                epoch=it.epoch,
                owner=it.owner,
                aggregate=found.get(it.identity),
                stranded=it.stranded,
            )
            for it in owned
            if it.identity in found or not it.taken  # else it was removed at this moment
        ]

    async def _aggregates(self, identities: Collection[str]) -> dict[str, Aggregate]:
        found = await self._readers.run(lambda connection: load_aggregates(connection, identities))
        return {it.station.identity: it for it in found}

    async def find_session(self, station_id: int, transaction_id: str) -> Session | None:
        return await self._one(
            FIND_SESSION, values.to_session, station_id=station_id, transaction_id=transaction_id
        )

    async def session_digests(self, session_id: int) -> list[int]:
        return await self._all(DIGESTS_OF_SESSION, lambda row: int(row.digest), session=session_id)

    async def find_site(self, site_id: str) -> Site | None:
        return await self._one(FIND_SITE, values.to_site, id=identifier(site_id))

    async def session_by_id(self, session_id: int) -> Session | None:
        return await self._one(SESSION_BY_ID, values.to_session, id=session_id)

    async def find_tokens(self, uids: Collection[str]) -> list[Token]:
        return await self._some(FIND_TOKENS, values.to_token, uids=uids)

    async def tokens_to_list(self, limit: int) -> list[Token]:
        return await self._all(TOKENS_TO_LIST, values.to_token, limit=limit)

    async def tokens_in_use(self) -> list[tuple[str, int]]:
        return await self._all(TOKENS_IN_USE, _to_use)

    async def tokens_used(self, uids: Collection[str]) -> list[tuple[str, int]]:
        return await self._some(TOKENS_USED, _to_use, uids=uids)

    async def hold_tokens(
        self, wanted: Collection[tuple[str, int]], *, hold_s: float
    ) -> list[tuple[str, int]]:
        uids = {uid for uid, _ in wanted}
        if self._alone:
            return await self.tokens_used(uids)

        def work(connection: Connection) -> list[tuple[str, int]]:
            others = hold(connection, wanted, hold_s=hold_s)
            # With eyes of its own: what was started before the hold was ours.
            used = connection.execute(TOKENS_USED, {"uids": sorted(uids)})
            return [*map(_to_use, used), *((uid, 0) for uid in others)]

        return await self._readers.change(work)

    async def changes(self, after: int, limit: int) -> list[Change]:
        def run(connection: Connection) -> list[Change]:
            given = position(connection, change, after) | {"limit": limit}
            rows = connection.execute(CHANGES, given)
            return [Change(id=row.id, kind=row.kind, key=row.key) for row in rows]

        return await self._readers.run(run)

    async def latest_change(self) -> int:
        return await self._readers.run(lambda connection: latest_id(connection, change))

    async def linked_stations(self, *, node: int, for_s: float) -> list[str]:
        given = {"node": node, "for_us": round(for_s * seconds(1))}
        return await self._all(LINKED_STATIONS, lambda row: str(row.identity), **given)

    async def charging_stations(self) -> list[str]:
        return await self._all(CHARGING_STATIONS, lambda row: str(row.identity))

    async def stranded_stations(self, limit: int) -> list[str]:
        return await self._all(STRANDED_STATIONS, lambda row: str(row.identity), limit=limit)

    async def open_commands(self, *, node: int, unowned: bool) -> list[tuple[str, Command]]:
        return await self._all(
            OPEN_COMMANDS,
            lambda row: (row.identity, values.to_command(row)),
            node=node,
            unowned=unowned,
        )

    async def find_command(self, author: str, idempotency_key: str) -> Command | None:
        return await self._one(FIND_COMMAND, values.to_command, author=author, key=idempotency_key)

    async def command_by_id(self, command_id: int) -> Command | None:
        return await self._one(COMMAND_BY_ID, values.to_command, id=command_id)

    async def waiting_sessions(
        self, *, ended_before: Instant, node: int, unowned: bool
    ) -> list[tuple[str, int]]:
        return await self._all(
            WAITING_SESSIONS,
            lambda row: (row.identity, row.id),
            ended_before=ended_before,
            node=node,
            unowned=unowned,
        )

    async def lost_sessions(
        self, *, quiet_since: Instant, node: int, unowned: bool
    ) -> list[tuple[str, int]]:
        return await self._all(
            LOST_SESSIONS,
            lambda row: (row.identity, row.id),
            quiet_since=quiet_since,
            node=node,
            unowned=unowned,
        )

    async def find_holdings(
        self, station_id: int, wanted: Collection[tuple[Kind, str]]
    ) -> list[Holding]:
        held: list[Holding] = []
        if keys := [(kind.value, key) for kind, key in wanted if key]:
            held += await self._all(FIND_HOLDINGS, to_holding, station_id=station_id, wanted=keys)
        for kind in [kind for kind, key in wanted if not key]:
            held += await self.holdings_of(station_id, kind)
        return held

    async def holdings_of(self, station_id: int, kind: Kind) -> list[Holding]:
        return await self._all(HOLDINGS_OF, to_holding, station_id=station_id, kind=kind.value)

    async def documents(self, kind: str) -> list[Document]:
        return await self._all(DOCUMENTS, to_document, kind=kind)

    async def reserve_transaction_ids(self, count: int) -> int:
        for _ in range(BLOCK_ATTEMPTS_MAX):
            (first,) = await self._all(NEXT_TRANSACTION_ID, lambda row: int(row.first_free))
            invariant(
                first + count - 1 <= TRANSACTION_ID_MAX, "transaction ids are used up", first=first
            )
            try:
                await self._writer.write([TransactionIdBlock(first, count)])
            except RowRefusedError:
                continue  # taken by another at this moment
            return first
        raise RowRefusedError("no block of transaction ids could be taken")

    async def highest_id(self) -> int:
        def run(connection: Connection) -> int:
            return max(connection.scalars(one).one() or 0 for one in HIGHEST_IDS)

        return await self._readers.run(run)

    async def is_ours(self, what: str, mark: str) -> bool:
        def work(connection: Connection) -> bool:
            connection.execute(KEEP_MARK, {"key": what, "value": mark})
            return connection.scalar(MARK, {"key": what}) == mark

        return await self._readers.change(work)

    async def find_api_token(self, secret_hash: bytes) -> ApiToken | None:
        return await self._one(FIND_API_TOKEN, values.to_api_token, secret_hash=secret_hash)

    async def count_api_tokens(self) -> int:
        (count,) = await self._all(COUNT_API_TOKENS, lambda row: int(row.tokens))
        return count

    async def _one(
        self, query: Select[*tuple[object, ...]], to: Callable[[AnyRow], T], **given: object
    ) -> T | None:
        found = await self._all(query, to, **given)
        return found[0] if found else None

    async def _all(
        self, query: Select[*tuple[object, ...]], to: Callable[[AnyRow], T], **given: object
    ) -> list[T]:
        def run(connection: Connection) -> list[T]:
            return [to(row) for row in connection.execute(query, given)]

        return await self._readers.run(run)

    async def _some(
        self,
        query: Select[*tuple[object, ...]],
        to: Callable[[AnyRow], T],
        **keys: Collection[str],
    ) -> list[T]:
        """A query by many keys, in as many parts as engines make necessary."""
        ((name, wanted),) = keys.items()

        def run(connection: Connection) -> list[T]:
            return [
                to(row)
                for some in chunks(wanted, STATIONS_AT_ONCE)
                for row in connection.execute(query, {name: some})
            ]

        return await self._readers.run(run)


def _to_credentials(row: AnyRow) -> Credentials:
    return Credentials(
        identity=row.identity,
        station_id=row.id,
        vendor=row.vendor,
        model=row.model,
        firmware_version=row.firmware_version,
        secret=None if row.station_id is None else values.to_secret(row),
    )


def _to_use(row: AnyRow) -> tuple[str, int]:
    return row.token_uid, row.id
