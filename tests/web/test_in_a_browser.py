"""The page in the system's Chromium: what an operator sees and does, in both languages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import from_instant
from ogniwo.domain.orders import RemoteStart, RemoteStop
from tests.web.browser import CHROMIUM, Tab, open_tab
from tests.web.showcase import HOSTILE, showcase
from tests.web.world import API_TOKEN, Network, Room, a_message, a_session, an_event, open_room


@contextlib.asynccontextmanager
async def operator(
    network: Network | None = None, *, language: str = "en"
) -> AsyncIterator[tuple[Room, Tab]]:
    """Signed in, the first snapshot drawn; at the end the page must have thrown nothing."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium")
    network = network or showcase(from_instant(SystemClock().now_us()))
    async with open_room(network) as room, open_tab(language=language) as tab:
        await tab.go(room.url)
        await tab.run(f"document.getElementById('token').value = '{API_TOKEN}'")
        await tab.click("form button.primary")
        await tab.until("document.getElementById('live')?.dataset.state === 'live'")
        await tab.until("document.getElementById('n-connected').textContent !== '–'")
        yield room, tab
        assert tab.errors == []


def row(text: str, within: str = "#station-list") -> str:
    """The element of a row that holds a text, as a script."""
    # textContent, since rows outside the view are not laid out and have no innerText
    rows = f"[...document.querySelectorAll('{within} > *')]"
    return f"{rows}.find(it => it.textContent.includes({text!r}))"


async def test_the_overview_counts_what_there_is() -> None:
    async with operator() as (_, tab):
        numbers = await tab.run(
            "['connected','charging','power','faults'].map(it => "
            "document.getElementById('n-' + it).textContent)"
        )

        assert numbers == ["6", "3", "110.0", "1"]
        assert "of 8" in await tab.text("#n-total")


async def test_what_strangers_call_themselves_is_only_text() -> None:
    async with operator() as (_, tab):
        assert await tab.run(f"Boolean({row(HOSTILE)})")
        assert await tab.run("document.title") == "Control room · Ogniwo"
        assert await tab.run("document.querySelectorAll('main img').length") == 0

        await tab.run("location.hash = 'station=PL-WAW-0001'")
        await tab.until(f"document.querySelector('.trace')?.innerText.includes({HOSTILE!r})")
        assert await tab.run("document.querySelectorAll('img').length") == 0


async def test_numbers_grow_without_a_reload_and_rows_stay() -> None:
    async with operator() as (room, tab):
        await tab.run("window.same = document.querySelector('.session')")
        session = next(it for it in room.network.all_sessions if it.id == "701")
        room.network.batches.put_nowait(
            LiveBatch(
                sessions=[
                    SessionLive(
                        id=session.id,
                        station_id=session.station_id,
                        evse_id=2,
                        state="charging",
                        charging_state="charging",
                        energy_wh=9_990,
                        power_w=40_000,
                        soc=77.0,
                    )
                ]
            )
        )

        await tab.until("document.querySelector('.session').innerText.includes('9.99')")
        assert "77\u00a0%" in await tab.text(".session")
        assert await tab.run("document.querySelector('.session') === window.same")
        assert await tab.text("#n-power") == "98.8"


async def test_a_session_comes_and_goes_with_its_events() -> None:
    async with operator() as (room, tab):
        room.network.all_sessions.append(
            replace(a_session(790, station_id="PL-LDZ-0021", evse_id=3), token=None)
        )
        room.network.happens(
            an_event(3_000, "session_started", station_id="PL-LDZ-0021", session_id="790")
        )
        await tab.until(row("Manufaktura", "#running"))

        room.network.happens(
            an_event(3_001, "session_ended", station_id="PL-LDZ-0021", session_id="790")
        )
        await tab.until(f"!{row('Manufaktura', '#running')}")


async def test_a_station_that_fails_and_leaves_is_seen_at_once() -> None:
    async with operator() as (room, tab):
        faulted = EvseLive(id=1, status="faulted", error_code="HighTemperature")
        room.network.batches.put_nowait(
            LiveBatch(stations=[StationLive(id="PL-LDZ-0021", connected=False, evses=[faulted])])
        )

        await tab.until("document.getElementById('n-faults').textContent === '2'")
        assert await tab.text("#n-connected") == "5"
        text = await tab.run(f"{row('Manufaktura')}.textContent")
        assert "Faulted: too hot" in text


async def test_nothing_moves_while_somebody_aims_but_values_do() -> None:
    async with operator() as (room, tab):
        await tab.run(
            "document.querySelector('.columns').dispatchEvent(new PointerEvent('pointermove'))"
        )
        room.network.all_sessions.append(a_session(790, station_id="PL-LDZ-0021"))
        room.network.happens(
            an_event(3_000, "session_started", station_id="PL-LDZ-0021", session_id="790")
        )
        await tab.until("document.getElementById('n-charging').textContent === '4'")

        assert not await tab.run(f"Boolean({row('Manufaktura', '#running')})")
        assert await tab.text("#events-fresh") == "1 new"

        await tab.run(
            "document.querySelector('.columns').dispatchEvent(new PointerEvent('pointerleave'))"
        )
        await tab.until(row("Manufaktura", "#running"))


async def test_a_refused_station_is_let_in_with_one_click() -> None:
    async with operator() as (room, tab):
        assert "The password is wrong." in await tab.text("#attempts")
        await tab.click("#attempts button.primary")

        await tab.until(row("KUTNO-3"))
        assert "KUTNO-3" in room.network.all_stations
        assert await tab.run("document.querySelectorAll('#attempts li').length") == 1


async def test_a_station_shows_its_messages_in_words_with_the_raw_below() -> None:
    async with operator() as (_, tab):
        await tab.run(f"{row('Plac Konesera')}.querySelector('button').click()")
        await tab.until("document.querySelectorAll('.trace li').length === 7")

        text = (await tab.text(".trace")).replace("\u00a0", " ")
        assert "started charging on connector 1 with card 04AABB11CC22" in text
        assert "accepted, transaction 40 (4.4 ms)" in text
        await tab.run("document.querySelectorAll('.trace details')[2].open = true")
        await tab.until("document.querySelector('.trace pre')?.innerText.includes('\"idTag\"')")


async def test_messages_and_events_of_the_open_station_come_by_themselves() -> None:
    async with operator() as (room, tab):
        await tab.run("location.hash = 'station=PL-WAW-0001'")
        await tab.until("document.querySelectorAll('.trace li').length === 7")
        room.network.all_messages.insert(
            0, a_message(990, station_id="PL-WAW-0001", action="Heartbeat")
        )
        room.network.happens(an_event(3_000, station_id="PL-WAW-0001", data={"after": "charging"}))

        await tab.until("document.querySelector('.trace').innerText.includes('sign of life')")


async def test_charging_is_started_after_a_question_and_the_result_is_shown() -> None:
    async with operator() as (room, tab):
        await tab.run("location.hash = 'station=PL-LDZ-0021'")
        await tab.until("document.querySelectorAll('.connector').length === 4")
        await tab.run(
            "[...document.querySelectorAll('.connector')[1].querySelectorAll('button')]"
            ".find(it => it.innerText === 'Start').click()"
        )
        await tab.until("document.getElementById('ask').open")
        assert "Start charging on connector 2 of Manufaktura?" in await tab.text("#ask")
        assert room.network.orders == []

        await tab.run("document.getElementById('ask-card').value = '04AABB'")
        await tab.click("#ask button.primary")
        await tab.until("document.querySelector('.result').innerText.includes('no answer yet')")
        ((_, order, _),) = room.network.orders
        assert isinstance(order, RemoteStart)
        assert (order.token.uid, order.evse) == ("04AABB", 2)

        await room.network.wait(room.network.all_commands[0].id, 0)
        await tab.until(
            "document.querySelector('.result').innerText.includes('Done and confirmed')"
        )
        assert "The station said: accepted" in await tab.text(".result")


async def test_a_cancelled_question_orders_nothing() -> None:
    async with operator() as (room, tab):
        await tab.run("location.hash = 'station=PL-WAW-0001'")
        await tab.until("document.querySelectorAll('.connector').length === 2")
        buttons = "[...document.querySelectorAll('.connector button')]"
        stop = f"{buttons}.find(it => it.innerText === 'Stop')"
        await tab.run(f"{stop}.click()")
        await tab.until("document.getElementById('ask').open")
        await tab.click("#ask button")
        await tab.until("!document.getElementById('ask').open")
        assert room.network.orders == []

        await tab.run(f"{stop}.click()")
        await tab.until("document.getElementById('ask').open")
        await tab.click("#ask button.primary")
        async with asyncio.timeout(10):
            # The page says "sending" before it has sent.
            while not room.network.orders:  # noqa: ASYNC110 - the fake network tells nobody
                await asyncio.sleep(0.02)
        assert room.network.orders[0][1] == RemoteStop(transaction_id="40")


async def test_an_order_that_is_refused_says_why() -> None:
    async with operator() as (room, tab):
        await tab.run("location.hash = 'station=PL-WAW-0001'")
        await tab.until("document.querySelectorAll('.connector').length === 2")
        del room.network.all_stations["PL-WAW-0001"]
        await tab.run("document.querySelector('.drawer section button').click()")
        await tab.click("#ask button.primary")

        await tab.until("document.querySelector('.result').innerText.includes('no station')")
        assert "That did not work" in await tab.text(".result")
        tab.errors.clear()  # Chromium logs every 404


async def test_the_whole_page_is_polish_when_polish_is_chosen() -> None:
    async with operator() as (_, tab):
        await tab.click("[data-lang=pl]")
        await tab.until("document.documentElement.lang === 'pl'")
        await tab.until("document.getElementById('n-power').textContent === '110,0'")

        text = await tab.text("main")
        assert "Trwające sesje" in text
        assert "5 prób, ostatnia próba" in text
        assert "22 próby, ostatnia próba" in text
        for english in ("Charging", "Available", "Faulted", "connector", "session", "Offline"):
            assert english not in text


async def test_the_theme_is_switched_and_kept() -> None:
    async with operator() as (room, tab):
        await tab.click("#theme")
        await tab.click("#theme")
        assert await tab.run("document.documentElement.dataset.theme") == "dark"

        await tab.go(room.url)
        assert await tab.run("document.documentElement.dataset.theme") == "dark"
        await tab.until("document.getElementById('live').dataset.state === 'live'")


async def test_a_new_server_shows_the_address_to_type_into_a_station() -> None:
    async with operator(Network()) as (room, tab):
        await tab.until("!document.getElementById('stations-empty').hidden")
        assert "ws://127.0.0.1:9000/ocpp/" in await tab.text("#stations-empty")
        assert "Nothing is charging right now." in await tab.text("#running-empty")

        await room.network.create_station(
            "CP-1", password=None, security_profile=None, site_id=None, name=None, author=""
        )
        room.network.happens(an_event(1, "station_created", station_id="CP-1"))
        await tab.until(row("CP-1"))
        assert await tab.run("document.getElementById('stations-empty').hidden")


async def test_stations_are_found_by_filter_and_text() -> None:
    async with operator() as (_, tab):
        shown = "[...document.querySelectorAll('#station-list .name')].map(it => it.textContent)"
        await tab.click("[data-filter=offline]")
        await tab.until(f"{shown}.length === 2")
        assert await tab.run(shown) == ["Marina", "PL-NEW-1"]

        await tab.click("[data-filter=all]")
        await tab.run(
            "document.getElementById('search').value = 'krk';"
            "document.getElementById('search').dispatchEvent(new Event('input'))"
        )
        await tab.until(f"{shown}.length === 1")
        assert await tab.run(shown) == ["PL-KRK 7|B"]


async def test_a_session_that_ended_elsewhere_leads_to_the_form() -> None:
    async with operator() as (room, tab):
        room.network.bearers.clear()
        room.hub.close()  # as when the server starts anew: the stream ends, the page comes back

        await tab.until("document.getElementById('token')")
        tab.errors.clear()  # Chromium logs every 401


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1440, 900)])
@pytest.mark.parametrize("language", ["en", "pl"])
async def test_the_page_never_scrolls_sideways(width: int, height: int, language: str) -> None:
    async with operator(language=language) as (_, tab):
        await tab.view(width, height, mobile=width < 500)
        assert await tab.run("document.documentElement.lang") == language
        await tab.run("location.hash = 'station=PL-WAW-0001'")
        await tab.until("document.querySelectorAll('.trace li').length === 7")

        assert await tab.run("document.documentElement.scrollWidth") <= width
        assert await tab.run("document.getElementById('drawer').scrollWidth") <= width
