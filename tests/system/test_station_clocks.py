"""Stations whose clock is wrong: their energy is right, and their times are marked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.system.server import Json, Server, api_of
from tests.system.station import Station, connected, now
from tests.system.versions import KINDS, a_name, a_token

EPOCH = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)  # no battery, and just switched on
DISTANT = datetime(2099, 12, 31, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
REGISTER_WH = (4_000_000, 4_000_300, 4_000_600, 4_000_900)
TOLERANCE = timedelta(minutes=5)  # between our clock and the server's, on a busy machine


async def charged(server: Server, kind: type[Station], times: Sequence[datetime]) -> Json:
    """A session whose start, two readings and end bear these times; as it is booked."""
    name = a_name(kind)
    start, *between, end = REGISTER_WH
    began, *measured, ended = times
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=start, at=began)
        for wh, at in zip(between, measured, strict=True):
            await station.measure(charging, wh=wh, w=7_400, at=at)
        await station.stop(charging, wh=end, at=ended)
        session = await api.only_session(name)
        samples = await api.all(f"/sessions/{session['id']}/samples")
    return session | {"samples": samples}


def times_of(session: Json) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(session["started_at"]), datetime.fromisoformat(
        session["ended_at"]
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shown", [EPOCH, DISTANT], ids=["1970", "2099"])
async def test_of_a_clock_out_of_all_reason_the_energy_is_kept_and_the_time_is_ours(
    server: Server, kind: type[Station], shown: datetime
) -> None:
    session = await charged(server, kind, [shown + MINUTE * number for number in range(4)])

    assert (session["state"], session["energy_wh"]) == ("closed", 900)
    assert "clock_wrong" in session["flags"]
    began, ended = times_of(session)
    assert began <= ended
    assert all(abs(it - now()) < TOLERANCE for it in (began, ended))
    readings = [datetime.fromisoformat(it["at"]) for it in session["samples"]]
    assert all(abs(it - now()) < TOLERANCE for it in readings)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_clock_set_back_by_an_hour_in_the_middle_of_a_session_costs_no_energy(
    server: Server, kind: type[Station]
) -> None:
    began = now() - 10 * MINUTE
    times = [began, began + MINUTE, began + 2 * MINUTE - HOUR, began + 3 * MINUTE - HOUR]
    session = await charged(server, kind, times)

    assert (session["state"], session["energy_wh"]) == ("closed", 900)
    assert session["flags"] == ["meter_stepped_back"]
    assert times_of(session)[0] <= times_of(session)[1]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_clock_that_gets_its_time_in_the_middle_of_a_session_costs_no_energy(
    server: Server, kind: type[Station]
) -> None:
    """Begun in 1970, ended today: as a station does that learns the time late."""
    right = now() - MINUTE
    times = [EPOCH, EPOCH + MINUTE, right, right + MINUTE]
    session = await charged(server, kind, times)

    assert (session["state"], session["energy_wh"]) == ("closed", 900)
    assert "clock_wrong" in session["flags"]
    assert times_of(session)[0] <= times_of(session)[1]
