"""Which quirks count for which station: built-in profiles, the operator's, and a station's own.

All of them are few, so each node holds them whole and reads them anew when one was changed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from msgspec import UNSET
from msgspec.structs import asdict

from ogniwo.app.ports import Document, DocumentRemoved, Records, Writer
from ogniwo.app.views import QuirksView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.domain.makes import Make
from ogniwo.domain.quirks import USUAL, QuirkChanges, QuirkProfile, Quirks, quirks_of

PROFILE: Final = "quirk_profile"  # a document's kind; the key is its name
OWN: Final = "station_quirks"  # the key is the station's identity
REMEMBERED_MAX: Final = 10_000


class KnownStation(Make, Protocol):
    @property
    def identity(self) -> str: ...


QuirksOf = Callable[[KnownStation], Quirks]


class QuirkBook:
    def __init__(
        self,
        built_in: Iterable[QuirkProfile],
        *,
        records: Records,
        writer: Writer,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """``changed`` tells the other nodes to look."""
        self._built_in = {it.name: it for it in built_in}
        self._records = records
        self._writer = writer
        self._clock = clock
        self._changed = changed
        self._profiles: dict[str, QuirkProfile] = dict(self._built_in)
        self._own: dict[str, QuirkChanges] = {}
        self._known: dict[tuple[str | None, ...], Quirks] = {}
        self._stale = True

    def forget(self, _key: str) -> None:
        """Another node changed something: it is read anew by ``refresh``."""
        self._stale = True

    async def refresh(self) -> None:
        if self._stale:
            await self.load()

    async def load(self) -> None:
        """Read all of them. Errors: StorageAwayError."""
        written = await self._records.documents(PROFILE)
        own = await self._records.documents(OWN)
        profiles = [_to_profile(it) for it in written]
        self._profiles = self._built_in | {it.name: it for it in profiles}
        self._own = {it.key: _to_changes(it.data) for it in own}
        self._known.clear()
        self._stale = False

    def of(self, station: KnownStation) -> Quirks:
        """Fast: asked at each handshake and start."""
        key = (station.vendor, station.model, station.firmware_version, self._own_key(station))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            known, _ = self._found(station)
            self._known[key] = known
        return known

    def view(self, identity: str, make: Make) -> QuirksView:
        own = self._own.get(identity)
        quirks, names = quirks_of(make, self._profiles.values(), own)
        return QuirksView(
            effective=asdict(quirks),
            differs=[name for name, it in asdict(quirks).items() if it != getattr(USUAL, name)],
            profiles=list(names),
            own=_given(own),
        )

    def profiles(self) -> list[QuirkProfile]:
        return sorted(self._profiles.values(), key=lambda it: it.name)

    def built_in(self) -> list[str]:
        """Names of the profiles that stand as they came with the program."""
        return [name for name, it in self._built_in.items() if self._profiles[name] == it]

    async def put_profile(self, profile: QuirkProfile, *, author: str) -> None:
        """A profile of the name of a built-in one stands in its place."""
        if self._built_in.get(profile.name) == profile:
            await self._remove(PROFILE, profile.name)
            return
        data = {name: it for name, it in asdict(profile).items() if it is not None}
        data["changes"] = _given(profile.changes)
        await self._put(PROFILE, profile.name, data, author)

    async def remove_profile(self, name: str) -> None:
        """Errors: MissingError, RefusedError ``built_in``."""
        written = {it.key for it in await self._records.documents(PROFILE)}
        if name not in written and name in self._built_in:
            raise RefusedError(
                "built_in",
                f"{name!r} is built in: put a profile of the same name in its place instead",
            )
        if name not in written:
            raise MissingError("quirk profile", name)
        await self._remove(PROFILE, name)

    async def put_own(self, identity: str, changes: QuirkChanges, *, author: str) -> None:
        """Without changes the station has none of its own any more."""
        if data := _given(changes):
            await self._put(OWN, identity, data, author)
        else:
            await self._remove(OWN, identity)

    async def _put(self, kind: str, key: str, data: dict[str, object], author: str) -> None:
        now = self._clock.now_us()
        await self._writer.write([Document(kind=kind, key=key, data=data, author=author, at=now)])
        await self._told()

    async def _remove(self, kind: str, key: str) -> None:
        await self._writer.write([DocumentRemoved(kind, key)])
        await self._told()

    async def _told(self) -> None:
        await self.load()
        self._changed()

    def _own_key(self, station: KnownStation) -> str | None:
        return station.identity if station.identity in self._own else None

    def _found(self, station: KnownStation) -> tuple[Quirks, tuple[str, ...]]:
        return quirks_of(station, self._profiles.values(), self._own.get(station.identity))


def _to_profile(written: Document) -> QuirkProfile:
    changes = written.data["changes"]
    told = {**written.data, "changes": _to_changes(changes if isinstance(changes, dict) else {})}
    return QuirkProfile(**told)  # type: ignore[arg-type] # as ``put_profile`` wrote it


def _to_changes(data: Mapping[str, object]) -> QuirkChanges:
    return QuirkChanges(**data)  # type: ignore[arg-type] # as ``_given`` wrote it


def _given(changes: QuirkChanges | None) -> dict[str, object]:
    if changes is None:
        return {}
    return {name: it for name, it in asdict(changes).items() if it is not UNSET}
