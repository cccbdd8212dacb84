"""What a handshake needs to know about stations, and where refusals are kept."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from ogniwo.app import ports
from ogniwo.app.batching import Batched
from ogniwo.app.quirks import QuirksOf
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.attempts import ConnectionAttempt
from ogniwo.domain.events import Event, EventKind
from ogniwo.gateway import admission
from ogniwo.gateway.admission import Credentials
from ogniwo.gateway.origin import host_of

TOLD_EVERY_US: Final = seconds(60)  # the same refusal becomes an event no more often
TOLD_MAX: Final = 10_000
TOLD_PER_MINUTE_MAX: Final = 100  # events stay for ever: a flood of made-up names may not fill them

Adopt = Callable[[str], Awaitable[ports.Credentials]]


class StationDirectory:
    """Implements the server's port ``Directory``."""

    def __init__(
        self,
        *,
        records: ports.Records,
        writer: ports.Writer,
        spawn: ports.Spawn,
        clock: Clock,
        ids: Ids,
        adopt: Adopt,
        told: Callable[[ConnectionAttempt], None],
        quirks: QuirksOf,
    ) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._adopt = adopt
        self._told = told
        self._quirks = quirks
        self._minute = 0
        self._told_this_minute = 0
        self._last_told: OrderedDict[tuple[str, str, str], Instant] = OrderedDict()
        self._loader = Batched(self._load, spawn, name="load credentials")

    async def find_credentials(self, identity: str) -> Credentials | None:
        found = await self._loader.get(identity)
        return None if found is None else self._to_gateway(found)

    async def adopt(self, identity: str) -> Credentials:
        return self._to_gateway(await self._adopt(identity))

    def record_attempt(self, attempt: admission.ConnectionAttempt) -> None:
        row = ConnectionAttempt(
            id=self._ids.next(),
            identity=attempt.identity,
            reason=attempt.reason.value,
            detail=attempt.detail,
            http_status=attempt.status,
            peer=attempt.peer,
            path=f"{attempt.path_raw}?{attempt.query}" if attempt.query else attempt.path_raw,
            subprotocols=", ".join(attempt.subprotocols_offered),
            user_agent=attempt.user_agent or None,
            at=attempt.at_us,
        )
        rows: list[ports.Row] = [row]
        if self._is_news(row):
            rows.append(self._event(row))
        self._writer.submit(rows)
        self._told(row)

    def _is_news(self, row: ConnectionAttempt) -> bool:
        """A flood of refusals is counted on its row and told once a minute; see also the limit."""
        key = (row.identity, row.reason, host_of(row.peer))
        last = self._last_told.get(key)
        if last is not None and row.at - last < TOLD_EVERY_US:
            return False
        if row.at // TOLD_EVERY_US != self._minute:
            self._minute, self._told_this_minute = row.at // TOLD_EVERY_US, 0
        self._told_this_minute += 1
        if self._told_this_minute > TOLD_PER_MINUTE_MAX:
            return False
        self._last_told[key] = row.at
        self._last_told.move_to_end(key)
        if len(self._last_told) > TOLD_MAX:
            self._last_told.popitem(last=False)
        return True

    def _event(self, row: ConnectionAttempt) -> Event:
        return Event(
            id=self._ids.next(),
            kind=EventKind.CONNECTION_REFUSED,
            at=row.at,
            data={
                "identity": row.identity,
                "reason": row.reason,
                "detail": row.detail,
                "peer": row.peer,
                "http_status": row.http_status,
            },
        )

    async def _load(self, identities: Collection[str]) -> dict[str, ports.Credentials]:
        found = await self._records.find_credentials(identities)
        return {it.identity: it for it in found}

    def _to_gateway(self, found: ports.Credentials) -> Credentials:
        quirks, secret = self._quirks(found), found.secret
        if secret is None:
            return Credentials(identity=found.identity, ping=quirks.ping, deflate=quirks.deflate)
        return Credentials(
            identity=found.identity,
            secret_hash=secret.secret_hash,
            previous_secret_hashes=secret.older(self._clock.now_us()),
            offered_secret_hashes=secret.newer(),
            security_profile=secret.security_profile,
            raising_to=secret.raising_to,
            assume_version=secret.assume_version,
            pinned_version=secret.pinned_version,
            blocked=secret.blocked,
            ping=quirks.ping,
            deflate=quirks.deflate,
        )
