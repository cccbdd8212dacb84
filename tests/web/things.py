"""What there is in a network, each as the API shows it, with what a test says about it."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from ogniwo.app.views import (
    AttemptView,
    ConnectorView,
    EventView,
    EvseView,
    MessageView,
    SessionView,
    StationView,
    TokenRef,
)

NOW = datetime(2026, 5, 17, 8, 30, tzinfo=UTC)


def a_station(identity: str = "CP-1", **changes: object) -> StationView:
    """Connected, with two EVSEs of one connector each."""
    evses = [
        EvseView(
            id=number, status="available", connectors=[ConnectorView(id=1, status="available")]
        )
        for number in (1, 2)
    ]
    station = StationView(
        id=identity,
        registration="accepted",
        status="available",
        connected=True,
        connected_since=NOW - timedelta(hours=3),
        last_seen_at=NOW,
        evses=evses,
    )
    return replace(station, **changes)


def a_session(number: int = 700, **changes: object) -> SessionView:
    session = SessionView(
        id=str(number),
        station_id="CP-1",
        evse_id=1,
        connector_id=1,
        transaction_id="17",
        stay_id=str(number),
        token=TokenRef(uid="04AABB", type="rfid"),
        state="charging",
        charging_state="charging",
        started_at=NOW - timedelta(minutes=20),
        ended_at=None,
        meter_start_wh=1_000,
        meter_stop_wh=None,
        energy_wh=2_500,
        power_w=11_000,
        soc=54.0,
        stop_reason=None,
        flags=[],
    )
    return replace(session, **changes)


def a_message(number: int = 800, **changes: object) -> MessageView:
    message = MessageView(
        id=str(number),
        station_id="CP-1",
        session_id=None,
        direction="up",
        action="Heartbeat",
        message_id="m1",
        at=NOW,
        latency_ms=3.1,
        call={},
        answer={"currentTime": "2026-05-17T08:30:00Z"},
        answered="result",
    )
    return replace(message, **changes)


def an_event(number: int, kind: str = "status_changed", **changes: object) -> EventView:
    event = EventView(id=str(number), kind=kind, at=NOW, station_id="CP-1")
    return replace(event, **changes)


def an_attempt(number: int = 900, **changes: object) -> AttemptView:
    attempt = AttemptView(
        id=str(number),
        identity="NEW-1",
        reason="unknown_station",
        detail="",
        http_status=404,
        peer="192.0.2.7:51234",
        path="/ocpp/NEW-1",
        subprotocols="ocpp1.6",
        user_agent=None,
        count=3,
        first_at=NOW - timedelta(minutes=5),
        last_at=NOW,
    )
    return replace(attempt, **changes)
