"""A driver's whole session in each version: what the station said is what the API tells."""

from datetime import datetime, timedelta

import pytest

from tests.system.server import Api, Server, api_of
from tests.system.station import Hours, Station, connected, text_of
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name, a_token

FIRST_WH = 1_234_500
READINGS = ((10, 1_500), (20, 3_100), (30, 4_600))  # minutes, Wh since the start
TOTAL_WH = 6_075


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def drive(station: Station, api: Api, token: str, hours: Hours) -> list[str]:
    """A session from the first plug to the last; the status of EVSE 1 after each step."""
    seen: list[str] = []

    async def look() -> None:
        seen.append((await api.evse_statuses(station.identity))[1])

    await station.available()
    await look()
    await station.plug_in()
    await look()
    assert await station.authorize(token) == "Accepted"
    charging = await station.start(token, wh=FIRST_WH, at=hours.begin)
    assert charging.verdict == "Accepted"
    await station.energy_flows(charging, at=hours.after(1))
    await look()
    for minutes, wh in READINGS:
        await station.measure(charging, wh=FIRST_WH + wh, w=9_000, at=hours.after(minutes))
    await station.car_pauses(charging, at=hours.after(38))
    await look()
    await station.stop(charging, wh=FIRST_WH + TOTAL_WH, at=hours.after(40))
    await look()
    await station.available()
    await look()
    return seen


@pytest.mark.covers("Authorize", "StartTransaction", "StopTransaction", "TransactionEvent")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_is_booked_as_the_station_told_it(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(kind, server.url(name), name) as station:
            seen = await drive(station, api, token, hours)
        session = await api.only_session(name)

    assert seen == [
        "available", "preparing", "charging", "suspended_ev", "finishing", "available"
    ]  # fmt: skip
    assert session["state"] == "closed"
    assert session["flags"] == []
    assert session["token"]["uid"] == token
    assert (session["evse_id"], session["connector_id"]) == (1, 1)
    assert moment(session["started_at"]) == hours.begin
    assert moment(session["ended_at"]) == hours.after(40)
    assert session["meter_start_wh"] == FIRST_WH
    assert session["meter_stop_wh"] == FIRST_WH + TOTAL_WH
    assert session["energy_wh"] == TOTAL_WH
    assert session["stop_reason"] == "Local"


@pytest.mark.covers("MeterValues", versions=("ocpp1.6",))
@pytest.mark.covers("TransactionEvent")
@pytest.mark.parametrize("kind", KINDS)
async def test_every_reading_of_a_session_is_kept_once(server: Server, kind: type[Station]) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(kind, server.url(name), name) as station:
            await drive(station, api, token, hours)
        session = await api.only_session(name)
        samples = await api.all(f"/sessions/{session['id']}/samples")

    measured = {
        (moment(it["at"]), it["energy_wh"], it["power_w"])
        for it in samples
        if it["context"] == "periodic"
    }
    assert measured == {(hours.after(m), FIRST_WH + wh, 9_000) for m, wh in READINGS}
    declared = {it["context"]: it["energy_wh"] for it in samples if it["context"] != "periodic"}
    of_events = {"begin": FIRST_WH, "end": FIRST_WH + TOTAL_WH}  # 1.6 has them in no reading
    assert declared == ({} if kind is Station16 else of_events)
    assert len(samples) == len(READINGS) + len(declared)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_has_its_story_and_its_messages(
    server: Server, kind: type[Station]
) -> None:
    name, hours = a_name(kind), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(kind, server.url(name), name) as station:
            await drive(station, api, token, hours)
        session = await api.only_session(name)
        story = (await api.get(f"/sessions/{session['id']}/timeline", lang="en"))["items"]
        told = (await api.get(f"/sessions/{session['id']}/timeline", lang="pl"))["items"]
        messages = (await api.all("/messages", session_id=session["id"]))[::-1]

    assert [it["kind"] for it in story if it["kind"] != "readings"] == [
        "session_started", "session_changed", "session_changed", "session_ended", "session_closed"
    ]  # fmt: skip
    started = [it["kind"] for it in story].index("session_started")
    assert sum(it["readings"] for it in story[:started]) <= 1  # the one that came with the start
    assert sum(it["readings"] for it in story) >= len(READINGS)
    assert all(en["words"] != pl["words"] for en, pl in zip(story, told, strict=True))
    if kind is Station16:
        actions = ["StartTransaction", "StatusNotification", *["MeterValues"] * 3]
        actions += ["StatusNotification", "StatusNotification", "StopTransaction"]
    else:
        actions = ["TransactionEvent"] * 7
    assert [it["action"] for it in messages] == actions
    first, last = messages[0], messages[-1]
    assert text_of(hours.begin) == first["call"]["timestamp"]
    assert text_of(hours.after(40)) == last["call"]["timestamp"]
    info = "idTagInfo" if kind is Station16 else "idTokenInfo"
    assert first["answer"][info]["status"] == "Accepted"
    for message in messages:
        assert message["direction"] == "up"
        assert message["answered"] == "result"
        assert message["session_id"] == session["id"]
        assert 0 < message["latency_ms"] < 5_000


@pytest.mark.covers("BootNotification", "Heartbeat")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_station_is_shown_as_it_introduced_itself(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        told_at = moment(await station.heartbeat())
        shown = await api.station(name)
        in_list = [it for it in await api.all("/stations") if it["id"] == name]

    assert shown["vendor"] == "Volta"
    assert shown["firmware_version"] in {"1.6.0", "2.0.0"}
    assert shown["protocol"] == kind.version
    assert shown["registration"] == "accepted"
    assert shown["connected"]
    assert abs(moment(shown["last_seen_at"]) - told_at) < timedelta(seconds=5)
    assert [it["protocol"] for it in in_list] == [kind.version]


async def test_a_station_that_left_is_shown_as_gone(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        async with connected(Station16, server.url(name), name):
            assert (await api.station(name))["connected"]

        await api.until(lambda: api.station(name), lambda it: not it["connected"])


@pytest.mark.covers("StatusNotification", versions=("ocpp1.6", "ocpp2.0.1"))
@pytest.mark.covers("NotifyEvent", versions=("ocpp2.1",))
@pytest.mark.parametrize("kind", KINDS)
async def test_a_fault_is_shown_on_its_evse_alone(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        for evse in (1, 2):
            await station.available(evse)
        await station.fault(2)
        broken = await api.station(name)
        await station.available(2)
        mended = await api.evse_statuses(name)

    assert [it["status"] for it in broken["evses"]] == ["available", "faulted"]
    if kind is Station16:
        assert broken["evses"][1]["error_code"] == "GroundFailure"
        assert broken["evses"][1]["connectors"][0]["vendor_error_code"] == "E42"
    since = [it["faulted_since"] for it in broken["evses"]]
    assert since[0] is None
    assert datetime.fromisoformat(since[1]).tzinfo is not None
    assert mended == {1: "available", 2: "available"}
