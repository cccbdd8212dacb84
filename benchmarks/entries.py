"""The values that fill a sample database: a station, its connectors and cards, what it sends.

One place for all that make such databases. What varies is an argument; the rest is plausible.
"""

from typing import Final

from ogniwo.base.units import Instant
from ogniwo.domain.access import IdToken, Token, TokenType, Verdict
from ogniwo.domain.meter import Context, Reading, Sample
from ogniwo.domain.session import Session, SessionState
from ogniwo.domain.station import ChargingState, Connector, Registration, Station, Status
from ogniwo.domain.trace import Answered, Direction, Message

VOLTAGE_V: Final = 230


def a_station(identifier: int, identity: str, *, at: Instant) -> Station:
    return Station(
        id=identifier,
        identity=identity,
        name=f"Ulica Prosta {identity.rpartition('-')[2]}",
        registration=Registration.ACCEPTED,
        protocol="ocpp1.6",
        vendor="Świetlik",
        model="Duo 22",
        status=Status.AVAILABLE,
        booted_at=at,
        created_at=at,
    )


def a_connector(station: Station, evse: int, *, at: Instant) -> Connector:
    return Connector(
        station_id=station.id, evse=evse, connector=evse, status=Status.AVAILABLE, changed_at=at
    )


def a_card(uid: str, *, at: Instant) -> Token:
    return Token(uid=uid, type=TokenType.RFID, created_at=at)


def a_session(
    identifier: int, station_id: int, *, transaction_id: str, uid: str, start_wh: int, at: Instant
) -> Session:
    """Charging, nothing measured yet."""
    return Session(
        id=identifier,
        station_id=station_id,
        transaction_id=transaction_id,
        evse=1,
        connector=1,
        stay_id=identifier,
        state=SessionState.CHARGING,
        charging_state=ChargingState.CHARGING,
        token=IdToken(uid),
        verdict=Verdict.ACCEPTED,
        started_at=at,
        meter_start_wh=start_wh,
        energy_wh=0,
        heard_at=at,
        start_digest=identifier & 0x7FFFFFFF,
        received_at=at,
    )


def a_reading(
    wh: int,
    *,
    power_w: int,
    soc: float | None = None,
    context: Context = Context.PERIODIC,
    at: Instant,
) -> Reading:
    current_a = power_w / (3 * VOLTAGE_V)
    return Reading(
        at=at,
        context=context,
        energy_wh=wh,
        power_w=power_w,
        current_l1=current_a,
        current_l2=current_a,
        current_l3=current_a,
        voltage_l1=229.8,
        voltage_l2=230.1,
        voltage_l3=230.4,
        soc=soc,
    )


def a_sample(identifier: int, session: Session, reading: Reading) -> Sample:
    """Received when it was measured."""
    return Sample(
        id=identifier,
        prev=session.sample_head,
        station_id=session.station_id,
        evse=1,
        session_id=session.id,
        received_at=reading.at,
        seq_no=None,
        digest=identifier,
        reading=reading,
    )


def a_message(
    identifier: int, session: Session, *, prev: int | None, action: str, call: bytes, at: Instant
) -> Message:
    return Message(
        id=identifier,
        prev=prev,
        station_id=session.station_id,
        session_id=session.id,
        direction=Direction.UP,
        action=action,
        message_id=f"m{identifier}",
        at=at,
        latency_us=1_500,
        call=call,
        answer=b"{}",
        answered=Answered.RESULT,
    )
