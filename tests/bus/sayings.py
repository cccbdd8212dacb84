"""What nodes ask and tell each other in these tests."""

from datetime import UTC, datetime

from ogniwo.app.bus import (
    Answered,
    Asked,
    CommandTold,
    Done,
    OrderAsked,
    StationRemovalAsked,
)
from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.app.views import EventView
from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.orders import AnyOrder, RawCall, RemoteStart

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def an_order(identity: str = "CS-1", order: AnyOrder | None = None) -> OrderAsked:
    order = order or RemoteStart(token=IdToken("04A2"), evse=2)
    return OrderAsked(identity=identity, order=order, author="ania", idempotency_key="k-1")


def a_raw_order(payload: bytes) -> OrderAsked:
    return an_order(order=RawCall(action="DataTransfer", payload=payload))


def a_command(number: int = 1) -> Command:
    return Command(
        id=number,
        station_id=9_007_199_254_740_993,
        order=RawCall(action="Reset", payload=b'{"type":"Soft"}'),
        state=CommandState.APPLIED,
        author="ania",
        created_at=1_795_000_000_000_000,
        deadline_at=1_795_000_300_000_000,
        answer=b"\x00\xff",
    )


async def echo(asked: Asked) -> Answered:
    """The length of the identity tells whose answer it is."""
    if isinstance(asked, OrderAsked):
        return CommandTold(command=a_command(int(asked.identity.partition("-")[2])))
    return Done()


def a_removal(identity: str = "CS-1") -> StationRemovalAsked:
    return StationRemovalAsked(identity=identity, author="ania")


def an_event(number: int) -> EventView:
    return EventView(
        id=str(number),
        kind="session_started",
        at=NOW,
        station_id=f"CS-{number}",
        data={"power_w": 11_000, "share": 0.5, "sure": True, "reason": None},
    )


def a_session(number: int) -> SessionLive:
    return SessionLive(
        id=str(number), station_id=f"CS-{number}", state="charging", energy_wh=7, soc=55.5
    )


def a_station(number: int) -> StationLive:
    return StationLive(
        id=f"CS-{number}",
        connected=True,
        connected_since=NOW,
        evses=[EvseLive(id=1, status="charging", power_w=11_000)],
    )


def a_batch(*, events: int = 0, sessions: int = 0, stations: int = 0) -> LiveBatch:
    return LiveBatch(
        events=[an_event(number) for number in range(events)],
        sessions=[a_session(number) for number in range(sessions)],
        stations=[a_station(number) for number in range(stations)],
    )
