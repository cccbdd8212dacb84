"""Rows in the words of the trade, with just enough in them to be stored."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from ogniwo.domain.access import IdToken, Verdict
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.meter import Reading, Sample
from ogniwo.domain.orders import Reset
from ogniwo.domain.session import Progress, Session, SessionState
from ogniwo.domain.station import ChargingState, Station
from ogniwo.domain.trace import Answered, Direction, Message

HOUR_US = 3_600_000_000


def a_station(number: int, identity: str | None = None) -> Station:
    return Station(id=number, identity=identity or f"CP{number:04}")


def a_session(number: int, station: Station, *, at: int = HOUR_US) -> Session:
    return Session(
        id=number,
        station_id=station.id,
        transaction_id=f"tx{number}",
        evse=1,
        connector=1,
        stay_id=number,
        state=SessionState.CHARGING,
        charging_state=ChargingState.CHARGING,
        token=IdToken("04AB"),
        verdict=Verdict.ACCEPTED,
        started_at=at,
    )


def ended(session: Session, *, at: int) -> Session:
    return replace(session, state=SessionState.CLOSED, ended_at=at, closed_at=at)


def a_message(
    number: int,
    station: Station,
    *,
    prev: int | None = None,
    session: Session | None = None,
    action: str = "MeterValues",
    at: int = HOUR_US,
    call: bytes = b'{"connectorId":1}',
) -> Message:
    return Message(
        id=number,
        prev=prev,
        station_id=station.id,
        session_id=None if session is None else session.id,
        direction=Direction.UP,
        action=action,
        message_id=f"m{number}",
        at=at,
        latency_us=1_500,
        call=call,
        answer=b"{}",
        answered=Answered.RESULT,
    )


def a_sample(
    number: int,
    station: Station,
    *,
    prev: int | None = None,
    session: Session | None = None,
    digest: int = 0,
    energy_wh: int = 1_000,
) -> Sample:
    return Sample(
        id=number,
        prev=prev,
        station_id=station.id,
        evse=1,
        session_id=None if session is None else session.id,
        received_at=HOUR_US,
        seq_no=None,
        digest=digest,
        reading=Reading(at=HOUR_US, energy_wh=energy_wh),
    )


def an_event(number: int, station: Station | None = None, session: Session | None = None) -> Event:
    return Event(
        id=number,
        kind=EventKind.STATUS_CHANGED,
        at=HOUR_US,
        station_id=None if station is None else station.id,
        session_id=None if session is None else session.id,
    )


def a_command(number: int, station: Station, *, key: str | None = None) -> Command:
    return Command(
        id=number,
        station_id=station.id,
        order=Reset(),
        state=CommandState.QUEUED,
        author="operator",
        created_at=HOUR_US,
        deadline_at=2 * HOUR_US,
        idempotency_key=key,
    )


@dataclass
class ChargingStation:
    """A station that charges without end: each call is what its next MeterValues leaves."""

    station: Station
    session: Session
    next_id: int
    message_head: int | None = None
    written: list[int] = field(default_factory=list)

    def unit(self) -> tuple[Sample, Message, Progress]:
        sample_id, message_id = self.next_id, self.next_id + 1
        self.next_id += 2
        sample = a_sample(
            sample_id,
            self.station,
            prev=self.session.sample_head,
            session=self.session,
            digest=sample_id,
            energy_wh=self.session.samples * 10,
        )
        message = a_message(message_id, self.station, prev=self.message_head, session=self.session)
        self.session = replace(
            self.session,
            sample_head=sample_id,
            samples=self.session.samples + 1,
            last_wh=self.session.samples * 10,
        )
        self.message_head = message_id
        return sample, message, Progress(self.session)


def a_charging_station(number: int, *, first_id: int) -> ChargingStation:
    station = a_station(number)
    return ChargingStation(station, a_session(number, station), first_id)
