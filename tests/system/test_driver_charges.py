"""A driver charges from the scan of a code to the unplugging, by the pages alone."""

from datetime import timedelta

import pytest

from tests.system.phone import a_driver, a_phone
from tests.system.server import Api, Server, api_of
from tests.system.station import Charging, Station, connected, now
from tests.system.station16 import Station16
from tests.system.versions import KINDS, a_name


async def ordered_start(station: Station) -> tuple[str, int | None]:
    """The token of the remote start that comes now, and its number in 2.x."""
    if isinstance(station, Station16):
        order = await station.ordered("RemoteStartTransaction")
        assert order["connector_id"] == 1
        return order["id_tag"], None
    order = await station.ordered("RequestStartTransaction")
    assert order["evse_id"] == 1
    assert order["id_token"]["type"] == "Central"
    return order["id_token"]["id_token"], order["remote_start_id"]


async def ordered_stop(station: Station) -> str:
    if isinstance(station, Station16):
        return str((await station.ordered("RemoteStopTransaction"))["transaction_id"])
    return str((await station.ordered("RequestStopTransaction"))["transaction_id"])


async def a_started_charge(station: Station, token: str) -> Charging:
    await station.plug_in()
    charging = await station.start(token, wh=1_000, at=now())
    await station.energy_flows(charging, at=now())
    return charging


@pytest.mark.parametrize("kind", KINDS)
async def test_a_driver_charges_from_scan_to_end(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(kind, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
    ):
        await station.available()
        assert "Available" in await phone.sees(here, "Available")
        await phone.send(f"{here}/start")
        token, _ = await ordered_start(station)
        await phone.sees(here, "Plug in now")
        assert "seconds left" in phone.text

        charging = await a_started_charge(station, token)
        await phone.sees(here, "Charging")
        await station.measure(charging, wh=3_500, w=7_400, at=now() + timedelta(seconds=1))
        seen = await phone.sees(here, "2.50 kWh")
        assert "7.4 kW" in seen

        await phone.send(f"{here}/stop")
        assert await ordered_stop(station) == charging.transaction_id
        await station.stop(charging, wh=3_600, at=now() + timedelta(seconds=2), reason="Remote")
        seen = await phone.sees(here, "please unplug")
        assert "2.60 kWh" in seen
        assert "2.60 kWh" in await phone.open("/driver/sessions")

        session = await api.only_session(name)
        assert session["token"]["uid"] == token
        assert token not in phone.page


async def allow_guests(api: Api, name: str) -> None:
    await api.put(f"/driver-rules/stations/{name}", guest_charging=True)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_guest_charges_with_a_token_of_this_one_charge(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(kind, server.url(name), name) as station,
        a_phone(server) as phone,
    ):
        await station.available()
        await allow_guests(api, name)
        await phone.sees(here, "Start without an account")
        await phone.send(f"{here}/start", guest="1")
        token, _ = await ordered_start(station)
        kept = await api.get(f"/tokens/{token}")
        charging = await a_started_charge(station, token)
        await phone.sees(here, "Charging")
        await phone.send(f"{here}/stop")
        assert await ordered_stop(station) == charging.transaction_id
        await station.stop(charging, wh=2_000, at=now() + timedelta(seconds=2), reason="Remote")
        await phone.sees(here, "please unplug")

        async def answer() -> int:
            return (await api.client.get(f"/tokens/{token}")).status_code

        assert charging.verdict == "Accepted"
        assert (kept["type"], kept["driver_id"]) == ("app", None)
        assert await api.until(answer, lambda status: status == 404) == 404


async def test_a_guest_is_sent_to_sign_in_where_guests_may_not_charge(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_phone(server) as phone,
    ):
        await station.available()
        await phone.sees(here, "Sign in and charge")
        offered = phone.offers(f"{here}/start")
        seen = await phone.send(f"{here}/start", guest="1")
        station_heard = station.orders.qsize()
        commands = await api.all("/commands", station_id=name)

    assert not offered
    assert "Guests may not charge here" in seen
    assert (station_heard, commands) == (0, [])


async def test_a_site_s_rule_for_guests_gives_way_to_the_station_s(server: Server) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_phone(server) as phone,
    ):
        await station.available()
        await api.patch("/driver-rules", guest_charging=True)
        everywhere = await phone.sees(f"/c/{name}*1", "Available")
        await api.put(f"/driver-rules/stations/{name}", guest_charging=False)
        here = await phone.open(f"/c/{name}*1")
        await api.patch("/driver-rules", guest_charging=False)

    assert "Start without an account" in everywhere
    assert "Start without an account" not in here


@pytest.mark.parametrize("kind", KINDS)
async def test_who_does_not_plug_in_is_told_so_and_what_to_do(
    server: Server, kind: type[Station]
) -> None:
    name = a_name(kind)
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(kind, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
    ):
        await station.available()
        await waits_for_plug(api, station, 1)
        await phone.sees(here, "Start charging")
        await phone.send(f"{here}/start")
        await ordered_start(station)
        await phone.sees(here, "Plug in now")
        seen = await phone.sees(here, "Not plugged in in time", within_s=20)

        assert "Start again and plug in" in seen
        assert phone.offers(f"{here}/start")


async def waits_for_plug(api: Api, station: Station, seconds: int) -> None:
    """The station says how long it waits for the cable."""
    if isinstance(station, Station16):
        key = {"key": "ConnectionTimeOut", "readonly": False, "value": str(seconds)}
        station.answers["GetConfiguration"] = {"configuration_key": [key], "unknown_key": []}
        name = "ConnectionTimeOut"
    else:
        name = "TxCtrlr/EVConnectionTimeOut"
        told = {
            "attribute_status": "Accepted",
            "attribute_value": str(seconds),
            "component": {"name": "TxCtrlr"},
            "variable": {"name": "EVConnectionTimeOut"},
        }
        station.answers["GetVariables"] = {"get_variable_result": [told]}
    asked = await api.order(station.identity, "get_variables", names=[name], wait_s=5)
    assert asked["state"] == "accepted", asked
    station.orders.get_nowait()


async def test_a_stranger_can_neither_stop_nor_see_whose_it_is(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}-a@example.com".lower()) as owner,
        a_driver(server, api, f"{name}-b@example.com".lower()) as stranger,
        a_phone(server) as guest,
    ):
        await station.available()
        await allow_guests(api, name)
        await owner.sees(here, "Start charging")
        await owner.send(f"{here}/start")
        token, _ = await ordered_start(station)
        await a_started_charge(station, token)
        await owner.sees(here, "Stop charging")
        for other in (stranger, guest):
            seen = await other.open(here)
            assert "A car is charging here" in seen
            assert not other.offers(f"{here}/stop")
            assert "You have nothing to stop" in await other.send(f"{here}/stop")
            assert "You have nothing" in await other.send(f"{here}/wish", energy="1")
            assert token not in other.page
            assert "kWh" not in seen
        in_use = await stranger.send(f"{here}/start")

        assert "A car is charging here" in in_use
        assert station.orders.empty()
        assert (await api.only_session(name))["state"] == "charging"


async def test_while_one_is_starting_nobody_else_does(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}-a@example.com".lower()) as first,
        a_driver(server, api, f"{name}-b@example.com".lower()) as second,
    ):
        await station.available()
        await first.sees(here, "Start charging")
        await first.send(f"{here}/start")
        await first.send(f"{here}/start")
        await ordered_start(station)
        seen = await second.send(f"{here}/start")

        assert "Somebody else is just starting here" in seen
        assert len(await api.all("/commands", station_id=name)) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_the_wanted_energy_ends_the_session(server: Server, kind: type[Station]) -> None:
    name = a_name(kind)
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(kind, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
    ):
        await station.available()
        await phone.sees(here, "Start charging")
        await phone.send(f"{here}/start")
        token, _ = await ordered_start(station)
        await phone.sees(here, "Plug in now")
        told = await phone.send(f"{here}/wish", energy="2,5", departure="17:30")
        charging = await a_started_charge(station, token)
        session = await api.only_session(name)
        wish_path = f"/sessions/{session['id']}/wish"

        async def wish() -> dict[str, object]:
            found: dict[str, object] = await api.get(wish_path)
            return found

        wanted = await api.until(wish, lambda it: it["energy_wh"] is not None)
        await station.measure(charging, wh=3_400, w=7_400, at=now() + timedelta(seconds=1))
        await phone.sees(here, "2.40 kWh")
        assert station.orders.empty()
        await station.measure(charging, wh=3_500, w=7_400, at=now() + timedelta(seconds=2))
        stopped = await ordered_stop(station)
        await station.stop(charging, wh=3_501, at=now() + timedelta(seconds=3), reason="Remote")
        seen = await phone.sees(here, "please unplug")
        stop = (await wish())["stop_command_id"]
        command = await api.get(f"/commands/{stop}")

    assert "Stops by itself at about 2.50 kWh. You leave at 17:30." in told
    assert wanted["energy_wh"] == 2_500
    assert str(wanted["departure_at"]).endswith("17:30:00Z")
    assert stopped == charging.transaction_id
    assert "The energy you wanted is reached." in seen
    assert command["author"] == "wanted energy"


async def test_a_lost_card_charges_nowhere_from_then_on(server: Server) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
        a_driver(server, api, f"{name}-b@example.com".lower()) as other,
    ):
        (driver,) = await api.all("/drivers", q=f"{name}@example.com".lower())
        uid = f"04A1B2{name[-3:]}F7"
        await api.put(f"/tokens/{uid}", driver_id=driver["id"])
        before = await station.authorize(uid)
        seen = await phone.open("/driver/cards")
        number = phone.page.split('name="number" value="')[1].split('"')[0]
        shown = phone.page.split('name="shown" value="')[1].split('"')[0]
        await other.send("/driver/cards/lost", number=number, shown=shown)
        still = await station.authorize(uid)
        await phone.send("/driver/cards/lost", number=number, shown=shown)
        after = await station.authorize(uid)

    assert uid not in phone.page
    assert f"•••• {uid[-4:]} · valid" in seen
    assert "The card is blocked." in phone.text
    assert (before, still, after) == ("Accepted", "Accepted", "Blocked")


async def test_a_station_that_refuses_is_told_with_the_next_step(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
    ):
        station.answers["RemoteStartTransaction"] = {"status": "Rejected"}
        await station.available()
        await phone.sees(here, "Start charging")
        await phone.send(f"{here}/start")
        await ordered_start(station)
        seen = await phone.sees(here, "The station refused")

        assert "plug in again and start once more" in seen
        assert phone.offers(f"{here}/start")


async def test_a_report_reaches_the_operator_and_is_closed(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_phone(server) as phone,
    ):
        await station.available()
        await phone.sees(here, "Available")
        seen = await phone.send(f"{here}/report", kind="cable_stuck", text="It does not move <b>")
        (report,) = [it for it in await api.all("/problem-reports") if it["station_id"] == name]
        await api.post(f"/problem-reports/{report['id']}/close", {"note": "Greased."})
        still_open = await api.all("/problem-reports", open=True)
        events = (await api.get("/event-log", limit=100))["items"]

    told = [it["kind"] for it in events if it["station_id"] == name]
    assert "The operator has been told" in seen
    assert (report["kind"], report["text"]) == ("cable_stuck", "It does not move <b>")
    assert report["id"] not in [it["id"] for it in still_open]
    assert told[:2] == ["problem_closed", "problem_reported"]


async def test_a_form_of_another_site_starts_nothing(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}@example.com".lower()) as phone,
    ):
        await station.available()
        await phone.sees(here, "Start charging")
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            await phone.client.post(f"{here}/start", headers=headers)

        assert await api.all("/commands", station_id=name) == []
