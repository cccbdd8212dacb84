"""What people are shown: complete, in order, page by page."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import (
    CommandFilter,
    Cut,
    MessageFilter,
    SessionFilter,
    StationFilter,
    TokenFilter,
)
from ogniwo.app.ports import LastSeen
from ogniwo.app.views import Page, StationView, TokenRef
from ogniwo.base.errors import UsageError
from ogniwo.base.units import from_instant
from ogniwo.domain.access import IdToken, Token, TokenType
from ogniwo.domain.commands import CommandState
from ogniwo.domain.meter import Reading
from ogniwo.domain.orders import RawCall, RemoteStart, Reset, ResetKind, SendLocalList
from ogniwo.domain.orders.local_list import ListPlan
from ogniwo.domain.session import Flag, SessionState
from ogniwo.domain.station import ChargingState, Connector, Status
from ogniwo.storage.opening import Storage
from tests.storage.engines import Engine, on_every_engine
from tests.storage.lists import all_ids
from tests.storage.trade import (
    HOUR_US,
    a_charging_station,
    a_command,
    a_sample,
    a_session,
    a_station,
    an_event,
    ended,
)

A, B = a_station(1, "A"), a_station(2, "B")


async def shown(storage: Storage, identity: str) -> StationView:
    view = await storage.read_models.station(identity)
    assert view is not None
    return view


# -- stations ---------------------------------------------------------------------------------


@on_every_engine
async def test_stations_come_by_name_page_by_page(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(n, name) for n, name in enumerate("CAŻbB", 1)])

        listed = await all_ids(lambda cut: storage.read_models.stations(StationFilter(), cut))
        assert listed == ["A", "B", "C", "b", "Ż"]
        assert await storage.read_models.station("D") is None


@on_every_engine
async def test_an_evse_is_as_occupied_as_its_most_occupied_connector(
    engine: Engine, tmp_path: Path
) -> None:
    def connector(number: int, status: Status, error: str | None = None) -> Connector:
        return Connector(station_id=1, evse=1, connector=number, status=status, error_code=error)

    cases = [
        ([Status.AVAILABLE, Status.CHARGING], "charging"),
        ([Status.FAULTED, Status.SUSPENDED_EV], "suspended_ev"),
        ([Status.FAULTED, Status.AVAILABLE], "faulted"),
        ([Status.UNAVAILABLE, Status.AVAILABLE], "unavailable"),
        ([Status.UNKNOWN, Status.AVAILABLE], "available"),
        ([Status.RESERVED, Status.FINISHING], "finishing"),
    ]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A])
        for statuses, expected in cases:
            await storage.writer.write(
                [connector(n, status, status.value) for n, status in enumerate(statuses, 1)]
            )
            (evse,) = (await shown(storage, "A")).evses

            assert (evse.status, evse.error_code) == (expected, expected)
            assert [it.status for it in evse.connectors] == [it.value for it in statuses]


@on_every_engine
async def test_a_station_shows_the_power_and_the_session_of_each_evse(
    engine: Engine, tmp_path: Path
) -> None:
    first = replace(a_session(11, A), evse=1, power_w=11_000)
    second = replace(a_session(12, A), evse=2, power_w=None)
    third = replace(a_session(13, A), evse=3, power_w=7_000)
    waiting = replace(a_session(14, A), evse=4, state=SessionState.WAITING_FOR_DATA, power_w=99)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, B, first, second, third, waiting, LastSeen(station_id=1, at=HOUR_US)]
        )
        view = await shown(storage, "A")
        idle = await shown(storage, "B")

    assert [(it.id, it.session_id, it.power_w) for it in view.evses] == [
        (1, "11", 11_000),
        (2, "12", None),
        (3, "13", 7_000),
    ]
    assert view.power_w == 18_000
    assert view.last_seen_at == from_instant(HOUR_US)
    assert (idle.power_w, idle.last_seen_at, idle.evses) == (None, None, [])


@on_every_engine
async def test_an_evse_whose_connectors_are_unknown_shows_what_its_car_does(
    engine: Engine, tmp_path: Path
) -> None:
    session = replace(a_session(11, A), charging_state=ChargingState.SUSPENDED_EV)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session])

        (evse,) = (await shown(storage, "A")).evses

    assert evse.status == "suspended_ev"


# -- sessions and their readings ---------------------------------------------------------------


@on_every_engine
async def test_sessions_come_newest_first_page_by_page(engine: Engine, tmp_path: Path) -> None:
    started = {11: 5, 12: 9, 13: 5, 14: 1, 15: 7}
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, *(a_session(number, A, at=at) for number, at in started.items())]
        )
        ids = await all_ids(lambda cut: storage.read_models.sessions(SessionFilter(), cut))

    assert ids == ["12", "15", "13", "11", "14"]


@on_every_engine
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (SessionFilter(station_id="B"), {"14"}),
        (SessionFilter(station_id="C"), set()),
        (SessionFilter(state="closed"), {"12"}),
        (SessionFilter(running=True), {"11", "14"}),
        (SessionFilter(running=False), {"12", "13"}),
        (SessionFilter(flagged=True), {"13"}),
        (SessionFilter(flagged=False, running=True), {"11", "14"}),
        (SessionFilter(token="04AB"), {"11", "12", "13"}),
        (SessionFilter(token="04:ab"), {"11", "12", "13"}),
        (SessionFilter(token="app-1"), {"14"}),
        (SessionFilter(since=2 * HOUR_US), {"12", "13", "14"}),
        (SessionFilter(until=2 * HOUR_US), {"11"}),
        (SessionFilter(since=2 * HOUR_US, until=3 * HOUR_US, station_id="A"), {"12"}),
    ],
)
async def test_sessions_are_filtered(
    engine: Engine, tmp_path: Path, where: SessionFilter, expected: set[str]
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                A,
                B,
                a_session(11, A, at=HOUR_US),
                ended(a_session(12, A, at=2 * HOUR_US), at=3 * HOUR_US),
                replace(
                    a_session(13, A, at=3 * HOUR_US),
                    state=SessionState.ENDED,
                    ended_at=4 * HOUR_US,
                    flags=frozenset({Flag.METER_WENT_BACK, Flag.LATE_DATA}),
                ),
                replace(a_session(14, B, at=4 * HOUR_US), token=IdToken("app-1", TokenType.APP)),
            ]
        )
        page = await storage.read_models.sessions(where, Cut())

    assert {it.id for it in page.items} == expected


@on_every_engine
async def test_a_session_is_shown_in_full(engine: Engine, tmp_path: Path) -> None:
    session = replace(
        a_session(11, A),
        flags=frozenset({Flag.LATE_DATA, Flag.ABANDONED}),
        energy_wh=4_200,
        token=IdToken("04AB", TokenType.RFID),
    )
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session])
        view = await storage.read_models.session("11")
        missing = [await storage.read_models.session(it) for it in ("12", "x", "9" * 30, "")]

    assert view is not None
    assert (view.station_id, view.stay_id, view.energy_wh) == ("A", "11", 4_200)
    assert view.token == TokenRef(uid="04AB", type="rfid")
    assert view.flags == ["abandoned", "late_data"]
    assert view.started_at == from_instant(HOUR_US)
    assert missing == [None] * 4


@on_every_engine
async def test_samples_of_a_session_come_oldest_first_page_by_page(
    engine: Engine, tmp_path: Path
) -> None:
    one, other = (a_charging_station(n, first_id=n * 1_000) for n in (1, 2))
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([one.station, one.session, other.station, other.session])
        expected = []
        for _ in range(7):
            unit = one.unit()
            expected.append(str(unit[0].id))
            await storage.writer.write([*unit, *other.unit()])
        session_id = str(one.session.id)
        ids = await all_ids(lambda cut: storage.read_models.samples(session_id, cut))
        nobody = await storage.read_models.samples("77", Cut())

    assert ids == expected
    assert nobody == Page([])


@on_every_engine
async def test_a_sample_shows_its_phases_and_whatever_has_no_column(
    engine: Engine, tmp_path: Path
) -> None:
    session = replace(a_session(11, A), sample_head=21)
    reading = Reading(
        at=HOUR_US, current_l1=16.0, current_l3=15.5, extra=b'{"Frequency":50}', soc=80.5
    )
    sample = replace(a_sample(21, A, session=session), reading=reading)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, session, sample])
        (view,) = (await storage.read_models.samples("11", Cut())).items

    assert view.current_a == [16.0, None, 15.5]
    assert view.voltage_v is None
    assert view.extra == {"Frequency": 50}
    assert (view.soc, view.context) == (80.5, "periodic")


# -- messages ----------------------------------------------------------------------------------


# -- orders, access, events ----------------------------------------------------------------------


@on_every_engine
async def test_commands_come_newest_first_of_one_station_or_of_all(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, *(a_command(n, (A, B)[n % 2]) for n in range(10, 15))])

        everything = await all_ids(lambda cut: storage.read_models.commands(CommandFilter(), cut))
        of_one = await all_ids(
            lambda cut: storage.read_models.commands(CommandFilter(station_id="A"), cut)
        )

    assert everything == ["14", "13", "12", "11", "10"]
    assert of_one == ["14", "12", "10"]


@on_every_engine
async def test_a_command_shows_its_parameters_as_they_were_given(
    engine: Engine, tmp_path: Path
) -> None:
    raw = RawCall(action="DataTransfer", payload=b'{"vendorId":"x"}')
    planned = SendLocalList(version=3, plan=ListPlan(version=3, sent=50, on_file=()))
    start = RemoteStart(token=IdToken("04AB", TokenType.RFID), evse=2)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [
                A,
                replace(a_command(10, A), order=Reset(kind=ResetKind.HARD)),
                replace(a_command(11, A), order=raw, state=CommandState.ACCEPTED, result="Ok"),
                replace(a_command(12, A), order=start),
                replace(a_command(13, A), order=planned),
            ]
        )
        views = [await storage.read_models.command(it) for it in ("10", "11", "12", "13", "14")]

    assert [(it.command, it.parameters) for it in views if it] == [
        ("reset", {"kind": "hard", "evse": None}),
        ("raw", {"action": "DataTransfer", "payload": {"vendorId": "x"}}),
        (
            "remote_start",
            {
                "token": {"uid": "04AB", "type": "rfid"},
                "evse": 2,
                "connector": None,
                "profile": None,
            },
        ),
        ("send_local_list", {"mode": "full", "entries": None, "version": 3}),
    ]
    assert views[4] is None
    assert views[1] is not None
    assert (views[1].station_id, views[1].result) == ("A", "Ok")


@on_every_engine
async def test_tokens_come_by_uid_page_by_page(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [Token(uid=uid, type=TokenType.RFID, group="g", driver_id=7) for uid in "CADBE"]
        )
        uids = []
        cut = Cut(limit=2)
        while True:
            page = await storage.read_models.tokens(TokenFilter(), cut)
            uids += [it.uid for it in page.items]
            if page.next_cursor is None:
                break
            cut = Cut(limit=2, cursor=page.next_cursor)
        one = await storage.read_models.token("A")

    assert uids == ["A", "B", "C", "D", "E"]
    assert one is not None
    assert (one.group, one.driver_id) == ("g", "7")


@on_every_engine
async def test_events_are_read_on_from_a_cursor_oldest_first(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        assert await storage.read_models.latest_event_id() == 0
        await storage.writer.write([A, *(an_event(n, A) for n in range(10, 15))])

        after = await storage.read_models.events(after=11, limit=2)
        recent = await storage.read_models.recent_events(2)
        assert await storage.read_models.latest_event_id() == 14

    assert [(it.id, it.station_id) for it in after] == [("12", "A"), ("13", "A")]
    assert [it.id for it in recent] == ["14", "13"]


@on_every_engine
async def test_a_session_has_its_own_events_only(engine: Engine, tmp_path: Path) -> None:
    one, other = a_session(5, A), a_session(6, A)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write(
            [A, an_event(10, A, one), an_event(11, A, other), an_event(12, A), an_event(13, A, one)]
        )
        found = await storage.read_models.session_events("5")

    assert [it.id for it in found] == ["10", "13"]


@on_every_engine
async def test_a_cursor_that_is_none_is_refused(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        for cursor in ("x", "1.2.3", "-1", "9" * 40):
            with pytest.raises(UsageError, match="no cursor of this list"):
                await storage.read_models.sessions(SessionFilter(), Cut(cursor=cursor))
            with pytest.raises(UsageError, match="no cursor of this list"):
                await storage.read_models.messages(MessageFilter(), Cut(cursor=cursor))
