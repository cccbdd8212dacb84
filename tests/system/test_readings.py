"""2.x: readings and states that come outside of transaction events."""

import pytest

from tests.system.server import Server, api_of
from tests.system.station import Hours, connected, now, text_of
from tests.system.station21 import Station21
from tests.system.station201 import Station201, metered
from tests.system.versions import KINDS_2X, a_name, a_token


@pytest.mark.covers("MeterValues")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_reading_by_the_clock_belongs_to_the_session_at_its_evse(
    server: Server, kind: type[Station201]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        token = await api.token(a_token())
        charging = await station.start(token, wh=1_000, at=hours.begin)
        values = metered(2_500, 7_400, hours.after(15), "Sample.Clock")
        for _ in range(2):  # sent again, it is still one reading
            await station.call("MeterValues", evse_id=1, meter_value=[values])
        session = await api.only_session(name)
        samples = await api.all(f"/sessions/{session['id']}/samples")
        await station.stop(charging, wh=4_000, at=hours.after(30))

    by_the_clock = [it for it in samples if it["at"] == text_of(hours.after(15))]
    assert [(it["energy_wh"], it["power_w"]) for it in by_the_clock] == [(2_500, 7_400)]
    assert session["state"] == "started"


@pytest.mark.covers("StatusNotification", versions=("ocpp2.1",))
async def test_a_2_1_station_may_still_tell_its_status_by_the_message_of_2_0_1(
    server: Server,
) -> None:
    name = a_name(Station21)
    async with api_of(server) as api, connected(Station21, server.url(name), name) as station:
        for status in ("Available", "Faulted"):
            await station.call(
                "StatusNotification",
                timestamp=text_of(now()),
                connector_status=status,
                evse_id=1,
                connector_id=1,
            )
        statuses = await api.evse_statuses(name)

    assert statuses == {1: "faulted"}
