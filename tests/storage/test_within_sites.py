"""Who is limited to sites is shown what is there, by every question, and nothing else."""

from pathlib import Path

from msgspec.structs import replace

from ogniwo.app.filters import (
    CommandFilter,
    Cut,
    HoldingFilter,
    MessageFilter,
    SessionFilter,
    StationFilter,
)
from ogniwo.domain.events import ABOUT_PEOPLE, Event, EventKind
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.storage.read_models import SqlReadModels
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import (
    HOUR_US,
    a_command,
    a_message,
    a_sample,
    a_session,
    a_station,
    an_event,
)

A = a_station(1, "A")
B = a_station(2, "B")


@on_every_engine
async def test_who_is_limited_to_sites_is_shown_what_is_of_their_stations(
    engine: Engine, tmp_path: Path
) -> None:
    here, there = replace(A, site_id=1), replace(B, site_id=2)
    nowhere = a_station(3, "C")
    async with engine.opened(tmp_path) as storage:
        for station in (here, there, nowhere):
            number = station.id
            session = a_session(10 + number, station)
            await storage.writer.write(
                [
                    station,
                    session,
                    a_sample(20 + number, station, session=session),
                    replace(session, sample_head=20 + number),
                    a_message(30 + number, station, session=session),
                    an_event(40 + number, station, session),
                    a_command(50 + number, station),
                    Holding(
                        station_id=number, kind=Kind.VARIABLE, key="Key", at=HOUR_US, value="1"
                    ),
                ]
            )
        seen = {
            name: await everything(storage.read_models.within(sites))
            for name, sites in {
                "all": None,
                "here": frozenset({1}),
                "both": frozenset({1, 2}),
                "none": frozenset[int](),
            }.items()
        }

    assert seen["all"] == {"A": list("✓" * 10), "B": list("✓" * 10), "C": list("✓" * 10)}
    assert seen["here"] == {"A": list("✓" * 10)}
    assert seen["both"] == {"A": list("✓" * 10), "B": list("✓" * 10)}
    assert seen["none"] == {}


async def everything(models: SqlReadModels) -> dict[str, list[str]]:
    """Each station that is shown anywhere, with a mark for each place in which it is."""
    seen: list[str] = [it.id for it in (await models.stations(StationFilter(), Cut())).items]
    seen += sorted(await models.identities())
    seen += [it.id for it in (await models.snapshot()).rows]
    seen += [it.station_id for it in (await models.sessions(SessionFilter(), Cut())).items]
    seen += [it.station_id for it in (await models.messages(MessageFilter(), Cut())).items]
    seen += [it.station_id for it in (await models.commands(CommandFilter(), Cut())).items]
    seen += [it.station_id or "" for it in await models.events(after=0, limit=10)]
    for number, identity in enumerate("ABC", 1):
        session_id = str(10 + number)
        of_station = MessageFilter(station_id=identity)
        whole = [
            await models.station(identity),
            await models.session(session_id),
            *(await models.samples(session_id, Cut())).items,
            *(await models.messages(of_station, Cut())).items,
            *(await models.messages(MessageFilter(session_id=session_id), Cut())).items,
            await models.command(str(50 + number)),
            *(await models.session_events(session_id)),
            *(await models.holdings(HoldingFilter(station_id=identity), Cut())).items,
        ]
        found = [it for it in whole if it is not None]
        assert len(found) in {0, 8}, found
        seen += [identity] * (len(found) == 8) * 2
    seen += [it.station_id or "" for it in await models.recent_events(10)]
    return {name: ["✓"] * seen.count(name) for name in sorted({*seen})}


@on_every_engine
async def test_who_is_let_in_is_told_only_where_it_is_asked_for_and_of_no_site(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        events = [
            Event(id=10 + number, kind=kind, at=HOUR_US)
            for number, kind in enumerate(sorted(ABOUT_PEOPLE))
        ]
        other = Event(id=90, kind=EventKind.SITE_CREATED, at=HOUR_US)
        await storage.writer.write([*events, other])
        models = storage.read_models
        usual = [it.kind for it in await models.events(after=0, limit=1)]
        newest = [it.kind for it in await models.recent_events(20)]
        whole = [it.kind for it in await models.events(after=0, limit=20, people=True)]
        of_site = await models.within(frozenset({1})).recent_events(20, people=True)

    assert usual == newest == [other.kind]  # a page is full of what one may see
    assert whole == [*sorted(ABOUT_PEOPLE), other.kind]
    assert of_site == []
