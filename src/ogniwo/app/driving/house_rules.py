"""What an operator allows drivers: everywhere, at a site, or at one station."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.driving.ports import Place
from ogniwo.app.ports import Document, DocumentRemoved, Records, Row, Writer
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.domain.events import Event, EventKind, Scalar

KIND: Final = "driver_rules"  # of the documents
EVERYWHERE: Final = "everywhere"
HELPLINE_LENGTH_MAX: Final = 60


class PlaceRule(Struct, frozen=True, kw_only=True):
    """Of a site or a station: one of them is named."""

    site_id: str | None = None
    station_id: str | None = None
    guest_charging: bool


class Rules(Struct, frozen=True, kw_only=True):
    """``places`` differ from ``guest_charging``; a station's rule comes before its site's."""

    self_registration: bool = False
    guest_charging: bool = False
    helpline: str | None = None
    places: list[PlaceRule] = []

    def guests_at(self, place: Place) -> bool:
        by_station = [it for it in self.places if it.station_id == place.identity]
        site_id = None if place.site_id is None else str(place.site_id)
        by_site = [it for it in self.places if site_id is not None and it.site_id == site_id]
        return (
            [*by_station, *by_site, PlaceRule(guest_charging=self.guest_charging)][0]
        ).guest_charging


class HouseRules:
    def __init__(self, records: Records, writer: Writer, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def rules(self) -> Rules:
        found = {it.key: it.data for it in await self._records.documents(KIND)}
        general = found.pop(EVERYWHERE, {})
        helpline = general.get("helpline")
        return Rules(
            self_registration=bool(general.get("self_registration")),
            guest_charging=bool(general.get("guest_charging")),
            helpline=str(helpline) if helpline else None,
            places=[_place_rule(key, bool(data["guest_charging"])) for key, data in found.items()],
        )

    async def put(self, rules: Rules, *, author: str) -> None:
        """What holds everywhere; places stay as they are."""
        data = _general(rules)
        before = _general(await self.rules())
        told = {name: value for name, value in data.items() if value != before[name]}
        rows: list[Row] = [self._document(EVERYWHERE, {**data}, author)]
        if told:
            changed = ",".join(sorted(told))
            rows.append(self._event(author, changed=changed, **told))
        await self._writer.write(rows)

    async def put_place(
        self,
        *,
        site_id: int | None = None,
        station_id: str | None = None,
        guests: bool | None,
        author: str,
    ) -> None:
        """None: as its site, or as everywhere."""
        key = f"site/{site_id}" if station_id is None else f"station/{station_id}"
        row: Row = DocumentRemoved(KIND, key)
        if guests is not None:
            row = self._document(key, {"guest_charging": guests}, author)
        told = {"changed": "guest_charging", "guest_charging": guests}
        if station_id is None:
            event = await self._of_site(site_id or 0, author, **told)
        else:
            found = await self._records.find_credentials([station_id])
            number = found[0].station_id if found else None  # it may have been removed
            event = replace(self._event(author, **told), station_id=number)
        await self._writer.write([row, event])

    async def _of_site(self, site_id: int, author: str, **told: Scalar) -> Event:
        site = await self._records.find_site(str(site_id))
        name = str(site_id) if site is None else site.name
        return self._event(author, site_id=str(site_id), name=name, **told)

    def _event(self, author: str, **data: Scalar) -> Event:
        return Event(
            id=self._ids.next(),
            kind=EventKind.DRIVER_RULES_CHANGED,
            at=self._clock.now_us(),
            data={"author": author, **data},
        )

    def _document(self, key: str, data: dict[str, object], author: str) -> Document:
        return Document(kind=KIND, key=key, data=data, author=author, at=self._clock.now_us())


def _general(rules: Rules) -> dict[str, Scalar]:
    return {
        "self_registration": rules.self_registration,
        "guest_charging": rules.guest_charging,
        "helpline": rules.helpline,
    }


def _place_rule(key: str, guests: bool) -> PlaceRule:  # noqa: FBT001 - the value itself
    what, _, name = key.partition("/")
    if what == "site":
        return PlaceRule(site_id=name, guest_charging=guests)
    return PlaceRule(station_id=name, guest_charging=guests)
