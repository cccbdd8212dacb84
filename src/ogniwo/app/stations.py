"""Stations as the operator administers them: registered, changed, let in, removed."""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, Protocol

from msgspec import UNSET
from msgspec.structs import asdict, replace

from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.ports import Credentials, Records, RowRefusedError, StationRemoved, Writer
from ogniwo.app.read_models import ReadModels
from ogniwo.app.requests import StationChanges
from ogniwo.app.securing import HashSecret
from ogniwo.app.views import StationView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.domain.commands import Command
from ogniwo.domain.events import Event, EventKind, Scalar
from ogniwo.domain.orders.security import kept_as
from ogniwo.domain.station import Registration, Station
from ogniwo.domain.station_secret import StationSecret

SECURITY_PROFILES: Final = frozenset({0, 1, 2, 3})
_SECRET_FIELDS: Final = ("security_profile", "assume_version", "pinned_version", "blocked")
_STATION_FIELDS: Final = ("name", "site_id", "registration", "strict", "max_power_w")

CutLink = Callable[[str, str], None]
"""Ends the live link of a station, if it has one, for the reason given."""


class Orders(Protocol):
    """What must happen to a station's orders when it is removed."""

    def withdrawn(self, identity: str) -> list[Command]: ...

    def forget(self, identity: str) -> None: ...


class StationExistsError(RefusedError):
    def __init__(self, identity: str) -> None:
        super().__init__("station_exists", f"station {identity!r} exists already")


class SiteUnknownError(RefusedError):
    def __init__(self, site_id: str) -> None:
        super().__init__("site_unknown", f"there is no site {site_id!r}: make it first")


class StationAdmin:
    def __init__(  # noqa: PLR0913 - each is something else that it changes
        self,
        *,
        mailboxes: Mailboxes,
        records: Records,
        models: ReadModels,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        hash_secret: HashSecret,
        orders: Orders,
        cut_link: CutLink,
        versions: Collection[str],
    ) -> None:
        self._mailboxes = mailboxes
        self._records = records
        self._models = models
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._hash_secret = hash_secret
        self._orders = orders
        self._cut_link = cut_link
        self._versions = versions

    async def create_station(
        self,
        identity: str,
        *,
        password: str | None = None,
        security_profile: int | None = None,
        site_id: str | None = None,
        name: str | None = None,
        author: str,
    ) -> StationView:
        """Errors: UsageError, RefusedError ``station_exists``, ``site_unknown``."""
        check_identity(identity)
        if await self._records.find_credentials([identity]):
            raise StationExistsError(identity)
        now, site = self._clock.now_us(), await self._site(site_id)
        station = Station(
            id=self._ids.next(),
            identity=identity,
            registration=Registration.ACCEPTED,
            site_id=site,
            name=name,
            created_at=now,
        )
        profile = security_profile if security_profile is not None else int(password is not None)
        secret = self._secret(
            StationSecret(station_id=station.id, secret_hash=None),
            identity,
            {"password": password, "security_profile": profile},
        )
        told = self._event(station, EventKind.STATION_CREATED, {"author": author})
        try:
            await self._writer.write([station, secret, told])
        except RowRefusedError:  # another made it at the same moment
            if await self._records.find_credentials([identity]):
                raise StationExistsError(identity) from None
            raise
        return await self._view(identity)

    async def known(self, identities: Collection[str]) -> set[str]:
        """Those of them that are registered."""
        return {it.identity for it in await self._records.find_credentials(identities)}

    async def change(self, identity: str, changes: StationChanges, *, author: str) -> None:
        """Errors: MissingError, UsageError, RefusedError ``site_unknown``;

        ElsewhereError, MailboxSpoiltError.
        """
        given = {name: value for name, value in asdict(changes).items() if value is not UNSET}
        if "site_id" in given:
            given["site_id"] = await self._site(changes.site_id or None)
        mailbox = await self._mailboxes.hold(identity)
        try:
            async with mailbox as state:
                credentials = await self._records.find_credentials([identity])
                if not credentials:
                    raise MissingError("station", identity)
                before = state.station
                values = {name: given[name] for name in _STATION_FIELDS if name in given}
                after = replace(before, **values)
                told = self._event(
                    after,
                    EventKind.REGISTRATION_CHANGED,
                    {
                        "author": author,
                        "changed": ",".join(sorted(given)),
                        "registration": after.registration.value,
                    },
                )
                secret = credentials[0].secret or StationSecret(
                    station_id=before.id, secret_hash=None
                )
                await self._mailboxes.commit(
                    mailbox, (after, told), (self._secret(secret, identity, given),)
                )
        finally:
            self._mailboxes.release(mailbox)
        if given.get("blocked") is True:
            self._cut_link(identity, "blocked by the operator")

    async def remove_station(self, identity: str, *, author: str) -> None:
        """Its sessions and its trace stay. Errors: MissingError, RefusedError."""
        mailbox = await self._mailboxes.hold(identity)
        try:
            async with mailbox as state:
                if state.open:
                    raise RefusedError(
                        "station_in_use", f"station {identity!r} has open sessions: end them first"
                    )
                told = self._event(
                    state.station,
                    EventKind.REGISTRATION_CHANGED,
                    {"author": author, "registration": "removed"},
                )
                removed = StationRemoved(station_id=state.station.id)
                ended = self._orders.withdrawn(identity)
                await self._mailboxes.commit(mailbox, (*ended, told), (removed,))
                self._mailboxes.forget(mailbox)
                self._orders.forget(identity)
                self._cut_link(identity, "removed by the operator")
        finally:
            self._mailboxes.release(mailbox)

    async def accept_attempt(self, attempt_id: str, *, author: str) -> StationView:
        attempt = await self._models.attempt(attempt_id)
        if attempt is None:
            raise MissingError("connection attempt", attempt_id)
        if not attempt.identity:
            raise RefusedError(
                "no_identity", "the attempt named no station: its URL must end in an identity"
            )
        return await self.create_station(attempt.identity, author=author)

    async def adopt(self, identity: str) -> Credentials:
        """A station nobody registered, let in because the operator said so for all."""
        with suppress(StationExistsError):  # it calls twice at one moment
            await self.create_station(identity, author="policy: unknown stations are accepted")
        return (await self._records.find_credentials([identity]))[0]

    def _secret(
        self, before: StationSecret, identity: str, given: dict[str, object]
    ) -> StationSecret:
        changes: dict[str, object] = {name: given[name] for name in _SECRET_FIELDS if name in given}
        profile = changes.get("security_profile", before.security_profile)
        if profile not in SECURITY_PROFILES:
            raise UsageError("security_profile must be 0, 1, 2 or 3")
        for name in ("assume_version", "pinned_version"):
            if changes.get(name) not in {None, *self._versions}:
                raise UsageError(f"{name} must be one of {', '.join(self._versions)}, or null")
        if "password" in given:
            password = given["password"]
            changes["secret_hash"] = (
                self._hash_secret(identity, kept_as(str(password)).encode()) if password else None
            )
            changes["beside"] = ()  # whoever sets it by hand knows which one the station has
        if "security_profile" in changes:
            changes["raising_to"] = None
        return replace(before, **changes)

    def _event(self, station: Station, kind: EventKind, data: dict[str, Scalar]) -> Event:
        return Event(
            id=self._ids.next(),
            kind=kind,
            at=self._clock.now_us(),
            station_id=station.id,
            data=data,
        )

    async def _site(self, site_id: str | None) -> int | None:
        site = None if site_id is None else await self._records.find_site(site_id)
        if site_id is not None and site is None:
            raise SiteUnknownError(site_id)
        return None if site is None else site.id

    async def _view(self, identity: str) -> StationView:
        view = await self._models.station(identity)
        if view is None:
            raise MissingError("station", identity)
        return view


def check_identity(identity: str) -> None:
    """What a station can have as the last segment of its URL. Errors: UsageError."""
    if not identity or len(identity) > IDENTITY_LENGTH_MAX:
        raise UsageError(f"a station's id has 1 to {IDENTITY_LENGTH_MAX} characters")
    if not identity.isprintable() or "/" in identity or ":" in identity:
        raise UsageError("a station's id holds no '/', no ':' and no control characters")
