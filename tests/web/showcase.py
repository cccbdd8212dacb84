"""A network worth looking at, moving by itself: `python -m tests.web.showcase 8099 [empty]`.

For screenshots and for the browser tests; prints the address with a link that signs in.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec.structs import replace

from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.app.views import (
    ConnectorView,
    EventView,
    EvseView,
    MessageView,
    StationView,
    TokenRef,
)
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import from_instant
from tests.web.world import (
    Network,
    a_message,
    a_session,
    a_station,
    an_attempt,
    an_event,
    open_room,
)

HOSTILE: Final = '<img src=x onerror="document.title=1">'

Json = dict[str, object]
CALLS: Final[list[tuple[str, Literal["up", "down"], Json, Json]]] = [
    (
        "StatusNotification",
        "up",
        {"connectorId": 1, "status": "Charging", "errorCode": "NoError"},
        {},
    ),
    (
        "MeterValues",
        "up",
        {
            "connectorId": 1,
            "transactionId": 40,
            "meterValue": [
                {
                    "timestamp": "2026-05-17T08:30:00Z",
                    "sampledValue": [
                        {"value": "1204320", "unit": "Wh"},
                        {"value": "47800", "measurand": "Power.Active.Import", "unit": "W"},
                        {"value": "63", "measurand": "SoC", "unit": "Percent"},
                    ],
                }
            ],
        },
        {},
    ),
    (
        "StartTransaction",
        "up",
        {"connectorId": 1, "idTag": "04AABB11CC22", "meterStart": 1_190_000},
        {"transactionId": 40, "idTagInfo": {"status": "Accepted"}},
    ),
    ("Authorize", "up", {"idTag": "04AABB11CC22"}, {"idTagInfo": {"status": "Accepted"}}),
    (
        "RemoteStartTransaction",
        "down",
        {"connectorId": 1, "idTag": "04AABB11CC22"},
        {"status": "Accepted"},
    ),
    (
        "StatusNotification",
        "up",
        {"connectorId": 0, "status": "Available", "errorCode": "NoError", "info": HOSTILE},
        {},
    ),
    (
        "BootNotification",
        "up",
        {
            "chargePointVendor": "Volt & Sons",
            "chargePointModel": "DC 100",
            "firmwareVersion": "3.4.1",
        },
        {"status": "Accepted", "interval": 300},
    ),
]


def showcase(now: datetime) -> Network:
    network = Network()
    for station in _stations(now):
        network.all_stations[station.id] = station
    network.all_sessions = [
        a_session(
            700 + index,
            station_id=identity,
            evse_id=evse,
            transaction_id=str(40 + index),
            token=TokenRef(uid=uid),
            started_at=now - timedelta(minutes=minutes),
            energy_wh=energy_wh,
            power_w=power_w,
            soc=soc,
            state=state,
            charging_state=state if state == "charging" else "suspended_ev",
        )
        for index, (identity, evse, uid, minutes, energy_wh, power_w, soc, state) in enumerate(
            [
                ("PL-WAW-0001", 1, "04AABB11CC22", 21, 14_320, 47_800, 63.0, "charging"),
                ("PL-WAW-0001", 2, "0488FE10", 4, 3_080, 51_200, 31.0, "charging"),
                ("PL-WAW-0010", 1, "PL-OGN-C00012345-X", 96, 16_740, 10_950, None, "charging"),
                ("PL-KRK 7|B", 2, "04D2C901", 312, 22_010, 0, 100.0, "suspended"),
            ]
        )
    ]
    network.all_attempts = [
        an_attempt(900, identity="KUTNO-3", last_at=now - timedelta(seconds=40), count=5),
        an_attempt(
            899,
            identity="PL-WAW-0002",
            reason="wrong_secret",
            http_status=401,
            count=22,
            last_at=now - timedelta(minutes=7),
        ),
    ]
    network.all_messages = _messages(now)
    network.all_events = _events(now)
    return network


def _stations(now: datetime) -> list[StationView]:
    def evses(*states: str) -> list[EvseView]:
        return [
            EvseView(
                id=number,
                status=state,
                connectors=[ConnectorView(id=1, status=state)],
                error_code="GroundFailure" if state == "faulted" else None,
            )
            for number, state in enumerate(states, 1)
        ]

    def station(identity: str, name: str | None, *states: str, **more: object) -> StationView:
        facts: dict[str, object] = {
            "name": name,
            "vendor": "Volt & Sons",
            "model": "Twin 22",
            "protocol": "ocpp1.6",
            "firmware_version": "3.4.1",
            "serial_number": "VS-22-0417",
            "connected_since": now - timedelta(hours=7),
            "last_seen_at": now - timedelta(seconds=12),
            "booted_at": now - timedelta(days=3),
            "evses": evses(*states),
        }
        return a_station(identity, **{**facts, **more})

    gone = {"connected": False, "connected_since": None, "last_seen_at": now - timedelta(hours=2)}
    return [
        station("PL-WAW-0001", "Plac Konesera", "charging", "charging", model="DC 100"),
        station("PL-WAW-0002", "Dworzec Wschodni", "available", "faulted"),
        station("PL-WAW-0010", "Biurowiec Karolkowa, poziom -2", "charging", "available"),
        station("PL-KRK 7|B", None, "preparing", "suspended_ev", protocol="ocpp2.0.1"),
        station("PL-GDN-0004", "Marina", "unavailable", "available", **gone),
        station("PL-LDZ-0021", "Manufaktura", "reserved", "available", "available", "finishing"),
        station("PL-XSS-1", HOSTILE, "available"),
        station("PL-NEW-1", None, connected=False, connected_since=None, last_seen_at=None),
    ]


def _messages(now: datetime) -> list[MessageView]:
    return [
        a_message(
            890 - index,
            station_id="PL-WAW-0001",
            action=action,
            direction=direction,
            call=call,
            answer=answer,
            at=now - timedelta(seconds=20 * index + 5),
            latency_ms=2.4 + index,
        )
        for index, (action, direction, call, answer) in enumerate(CALLS)
    ]


def _events(now: datetime) -> list[EventView]:
    boot = {"vendor": "Volt & Sons", "model": "Twin 22", "reason": "PowerUp"}
    fault = {"after": "faulted", "error_code": "GroundFailure", "info": "RCD-DC"}
    refused = {"command": "unlock", "state": "rejected", "result": "UnlockFailed"}
    told: list[tuple[str, str | None, int | None, dict[str, object]]] = [
        ("station_booted", "PL-LDZ-0021", None, {**boot}),
        ("station_disconnected", "PL-GDN-0004", None, {}),
        ("status_changed", "PL-WAW-0002", 2, {**fault}),
        ("connection_refused", None, None, {"reason": "unknown_station", "identity": "KUTNO-3"}),
        ("token_judged", "PL-WAW-0001", None, {"token": "04AABB11CC22", "verdict": "accepted"}),
        ("session_started", "PL-WAW-0001", 2, {"token": "0488FE10", "verdict": "accepted"}),
        ("session_ended", "PL-LDZ-0021", 4, {"energy_wh": 18_342, "stop_reason": "EVDisconnected"}),
        ("command_changed", "PL-KRK 7|B", None, {**refused}),
    ]
    return [
        an_event(
            500 + index,
            kind,
            station_id=station,
            evse_id=evse,
            data=data,
            at=now - timedelta(minutes=3 * (len(told) - index)),
        )
        for index, (kind, station, evse, data) in enumerate(told)
    ]


async def move(network: Network, seconds: int) -> None:
    """Energy flows; now and then something happens."""
    for second in range(seconds):
        await asyncio.sleep(1)
        for index, session in enumerate(network.all_sessions):
            power_w = (session.power_w or 0) + (137 * (second % 3 - 1) if session.power_w else 0)
            grown = (session.energy_wh or 0) + power_w // 360
            network.all_sessions[index] = replace(session, power_w=power_w, energy_wh=grown)
        moved = [
            SessionLive(
                id=one.id,
                station_id=one.station_id,
                evse_id=one.evse_id,
                state=one.state,
                charging_state=one.charging_state,
                energy_wh=one.energy_wh,
                power_w=one.power_w,
                soc=one.soc,
            )
            for one in network.all_sessions
        ]
        network.batches.put_nowait(LiveBatch(sessions=moved))
        if second % 20 == 10:
            status = "preparing" if second % 40 == 10 else "available"
            network.batches.put_nowait(
                LiveBatch(
                    stations=[
                        StationLive(
                            id="PL-LDZ-0021", connected=True, evses=[EvseLive(id=2, status=status)]
                        )
                    ]
                )
            )
            network.happens(
                an_event(
                    2_000 + second,
                    station_id="PL-LDZ-0021",
                    evse_id=2,
                    data={"after": status},
                    at=from_instant(SystemClock().now_us()),
                )
            )


async def main(port: int, *, empty: bool, seconds: int) -> None:
    network = Network() if empty else showcase(from_instant(SystemClock().now_us()))
    async with open_room(network, port=port) as room:
        sys.stdout.write(f"{room.url}/login?code=once\n")
        sys.stdout.flush()
        await move(network, seconds)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), empty="empty" in sys.argv, seconds=1_200))
