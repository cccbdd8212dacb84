"""H. Reservation: what the station is told, and what is on file of it afterwards."""

from datetime import timedelta

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Station, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import KINDS, KINDS_2X, a_name, a_token


@pytest.mark.covers("ReserveNow", "CancelReservation")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_reservation_is_on_file_until_it_is_cancelled(
    server: Server, kind: type[Station]
) -> None:
    name, token, until = a_name(kind), a_token(), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(
            name, "reserve", token=token, evse=1, expires_at=until, reservation=7, wait_s=5
        )
        told = await station.ordered("ReserveNow")
        kept = await api.only_holding(name, "reservation")
        await api.order(name, "cancel_reservation", reservation=7, wait_s=5)
        cancelled = await station.ordered("CancelReservation")
        after = await api.only_holding(name, "reservation")

    assert command["state"] == "accepted"
    assert (kept["key"], kept["value"], kept["state"]) == ("7", token, "active")
    assert (kept["evse_id"], kept["command_id"]) == (1, command["id"])
    assert kept["data"]["expires_at"] == until
    assert (after["state"], after["value"]) == ("cancelled", token)
    assert cancelled == {"reservation_id": 7}
    if kind is Station16:
        assert told == {
            "connector_id": 1,
            "expiry_date": until,
            "id_tag": token,
            "reservation_id": 7,
        }
    else:
        assert (told["id"], told["evse_id"], told["expiry_date_time"]) == (7, 1, until)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refused_reservation_is_not_on_file(server: Server, kind: type[Station]) -> None:
    name, until = a_name(kind), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["ReserveNow"] = {"status": "Occupied"}
        command = await api.order(
            name, "reserve", token=a_token(), evse=1, expires_at=until, wait_s=5
        )
        held = await api.all(f"/stations/{name}/holdings")

    assert (command["state"], command["result"]) == ("rejected", "Occupied")
    assert held == []


@pytest.mark.covers("ReservationStatusUpdate")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_station_tells_that_a_reservation_expired(
    server: Server, kind: type[Station201]
) -> None:
    name, until = a_name(kind), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name, "reserve", token=a_token(), evse=1, expires_at=until, reservation=9, wait_s=5
        )
        await station.call(
            "ReservationStatusUpdate", reservation_id=9, reservation_update_status="Expired"
        )
        kept = await api.only_holding(name, "reservation")

    assert (kept["key"], kept["state"], kept["evse_id"]) == ("9", "expired", 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reservation_without_a_sensible_end_is_refused(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name):
        answer = await api.client.post(
            f"/stations/{name}/commands",
            json={"command": "reserve", "token": "04AB", "expires_at": "tomorrow"},
        )

    assert answer.status_code == 400
    assert "expires_at" in answer.text


@pytest.mark.covers("ReserveNow")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_reservation_is_used_by_the_transaction_that_names_it(
    server: Server, kind: type[Station]
) -> None:
    name, until = a_name(kind), text_of(now() + timedelta(hours=1))
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        await api.order(
            name, "reserve", token=token, evse=1, expires_at=until, reservation=5, wait_s=5
        )
        await uses(station, token, 5)
        kept = await api.only_holding(name, "reservation")

    assert (kept["key"], kept["state"], kept["value"]) == ("5", "used", token)


@pytest.mark.covers("ReserveNow")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_reservation_whose_time_is_over_is_expired_though_nobody_said_so(
    server: Server, kind: type[Station]
) -> None:
    name, until = a_name(kind), text_of(now() + timedelta(seconds=1))
    async with api_of(server) as api, connected(kind, server.url(name), name):
        await api.order(
            name, "reserve", token=a_token(), evse=1, expires_at=until, reservation=6, wait_s=5
        )
        kept = await api.until(
            lambda: api.only_holding(name, "reservation"), lambda it: it["state"] == "expired"
        )

    assert (kept["key"], kept["data"]["expires_at"]) == ("6", until)


async def uses(station: Station, token: str, reservation: int) -> None:
    """The driver came."""
    if isinstance(station, Station201):
        await station.event(
            station.transaction(token),
            "Started",
            "Authorized",
            at=now(),
            evse={"id": 1, "connector_id": 1},
            id_token={"id_token": token, "type": "ISO14443"},
            reservation_id=reservation,
        )
        return
    await station.call(
        "StartTransaction",
        connector_id=1,
        id_tag=token,
        meter_start=0,
        timestamp=text_of(now()),
        reservation_id=reservation,
    )
