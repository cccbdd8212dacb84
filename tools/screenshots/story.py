"""What people did that day, told through the interface: so that no page is empty."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from ogniwo.cli.demo_network import SITES
from ogniwo.sim.fleet import TOKENS
from tools.screenshots.day import PREFIX, Backend
from tools.screenshots.hand import Hand, by_hand, knock

LOGIN: Final = "maria.kowalska"
FIRST_PASSWORD: Final = "first of two passwords"
PASSWORD: Final = "second of two passwords"
DRIVER: Final = "anna.nowak@example.com"
DRIVER_CARD: Final = "04D3A1B75C2E80"
STATION: Final = f"{PREFIX}000"  # worked by hand
FRESH: Final = f"{PREFIX}049"  # on file, and never seen
FOUND: Final = f"{PREFIX}022"
STRANGER: Final = "EVB-P20114437"
PEOPLE: Final = (
    ("jan.wisniewski", "Jan Wiśniewski", "operator"),
    ("piotr.zielinski", "Piotr Zieliński", "technician"),
    ("ewa.lewandowska", "Ewa Lewandowska", "finance"),
    ("tomasz.wojcik", "Tomasz Wójcik", "energy_manager"),
    ("katarzyna.mazur", "Katarzyna Mazur", "viewer"),
)
DRIVERS: Final = (
    ("adam.dabrowski@example.com", "Adam Dąbrowski"),
    ("ola.krawczyk@example.com", "Aleksandra Krawczyk"),
    ("flota@kurier.example", "Kurier Express, flota"),
    ("m.szymanska@example.com", "Magdalena Szymańska"),
)
TEMPLATES: Final = (
    {
        "name": "wisent-bruk",
        "vendor": "Wisent Energia",
        "model": "Bruk*",
        "why": "Readings every minute, as billing needs them",
        "values": {"MeterValueSampleInterval": "60", "SampledDataCtrlr/TxUpdatedInterval": "60"},
    },
    {
        "name": "aurelio-heartbeat",
        "vendor": "Aurelio",
        "why": "Behind a mobile operator that forgets quiet links after five minutes",
        "values": {"HeartbeatInterval": "240", "OCPPCommCtrlr/HeartbeatInterval": "240"},
    },
)


@dataclass(frozen=True)
class Told:
    """What pages need to know of it."""

    invitation: str  # path that lets somebody new choose a password
    driver_invitation: str
    driver: httpx.AsyncClient  # signed in, charging
    other_driver: httpx.AsyncClient  # signed in, about to

    async def plug_in_now(self) -> None:
        """From now on EVSE 4 waits for a cable: for two minutes."""
        await self.other_driver.post(f"/c/{STATION}*4/start", data={"guest": ""})


@asynccontextmanager
async def story(server: Backend) -> AsyncIterator[Told]:
    async with AsyncExitStack() as stack:
        await _people(server)
        await _keeping(server)
        sites = (await server.get("/sites"))["items"]
        site = next(it for it in sites if it["name"] == SITES[0].name)
        body = {"id": STATION, "name": "Warszawa Wola, kantor", "site_id": site["id"]}
        await server.post("/stations", body)
        await server.post("/stations", {"id": FRESH, "name": "Warszawa Wola 4"})
        hand = await stack.enter_async_context(by_hand(server.ocpp, STATION, connectors=5))
        await _held_sessions(hand)
        driver = await _driver(server, DRIVER, "Anna Nowak", DRIVER_CARD)
        other = await _driver(server, "pawel.lis@example.com", "Paweł Lis", "04D3A1B75C2E81")
        await _charges(hand, driver)
        await _refused(server)
        await _orders(await _as(server, "Centrum nadzoru"))
        yield await _told(server, driver, other)


async def _people(server: Backend) -> None:
    await _person(server, LOGIN, "Maria Kowalska", "admin", FIRST_PASSWORD)
    for login, name, role in PEOPLE:
        await _person(server, login, name, role, FIRST_PASSWORD)
    await server.post("/api-tokens", {"label": "Raporty dzienne", "role": "viewer"})
    await server.post("/api-tokens", {"label": "Bilety i parkingi", "role": "operator"})
    for number, (email, name) in enumerate(DRIVERS):
        driver = await server.post("/drivers", {"email": email, "name": name})
        for uid in TOKENS[number * 3 : number * 3 + 3]:
            await server.put(f"/tokens/{uid}", {"concurrent": True, "driver_id": driver["id"]})
    for uid, status in (("04FFEE01", "blocked"), ("04FFEE02", "expired")):
        await server.post("/tokens", {"uid": uid, "status": status, "concurrent": False})


async def _person(server: Backend, login: str, name: str, role: str, password: str) -> None:
    body = {"login": login, "name": name, "role": role, "password": password}
    await server.post("/users", body)


async def _keeping(server: Backend) -> None:
    for template in TEMPLATES:
        await server.put(f"/config-templates/{template['name']}", template)
    for name, size in (("veloce-8.1.0.bin", 48_300_000), ("bruk-4.3.0.bin", 12_700_000)):
        answer = await server.api.put(f"/api/v1/firmware/{name}", content=bytes(size))
        answer.raise_for_status()
    await server.patch(
        "/driver-rules",
        {"helpline": "+48 22 123 45 67", "self_registration": True, "guest_charging": True},
    )
    for text in (
        "Szafa otwiera się kluczem nr 14, jest u ochrony. / The key (no. 14) is with the guards.",
        "Wymieniony kabel w gnieździe 1. / Cable of EVSE 1 replaced.",
    ):
        await server.post(f"/stations/{FOUND}/notes", {"text": text})


async def _held_sessions(hand: Hand) -> None:
    """A meter that went back, a stop that never came, a stop of nothing known."""
    one = await hand.start(1, TOKENS[30], wh=10_000, minutes_ago=50)
    for minutes, wh in ((40, 13_400), (25, 18_500), (10, 21_900)):
        await hand.measure(1, one, wh=wh, w=21_000, minutes_ago=minutes)
    await hand.stop(1, one, wh=9_000)
    two = await hand.start(2, TOKENS[31], wh=51_000, minutes_ago=180)
    for minutes, wh in ((150, 58_000), (120, 66_500)):
        await hand.measure(2, two, wh=wh, w=16_000, minutes_ago=minutes)
    three = await hand.start(2, TOKENS[32], wh=66_900, minutes_ago=95)
    await hand.stop(2, three, wh=74_100)
    await hand.stop(3, 2_000_000_000, wh=31_250)


async def _driver(server: Backend, email: str, name: str, card: str) -> httpx.AsyncClient:
    """Somebody who has chosen a password and is signed in."""
    made = await server.post("/drivers", {"email": email, "name": name})
    await server.post("/tokens", {"uid": card, "concurrent": True, "driver_id": made["id"]})
    client = httpx.AsyncClient(
        base_url=f"http://{server.http}", headers={"origin": f"http://{server.http}"}
    )
    password = {"code": _code(made["invite_url"]), "password": PASSWORD}
    await client.post("/driver/invite", data=password)
    return client


async def _charges(hand: Hand, driver: httpx.AsyncClient) -> None:
    """EVSE 1 stays free; 3 charges, 4 waits for a cable, 5 has just charged."""
    for minutes, wh in ((2_900, 17_400), (1_500, 31_900)):
        past = await hand.start(5, DRIVER_CARD, wh=100_000, minutes_ago=minutes)
        await hand.stop(5, past, wh=100_000 + wh)
    for evse in (5, 3):
        await driver.post(f"/c/{STATION}*{evse}/start", data={"guest": ""})
        transaction = await hand.start(evse, await hand.wanted(evse), wh=70_000, minutes_ago=42)
        for minutes in range(40, 0, -2):
            wh = 70_000 + (42 - minutes) * 360
            await hand.measure(evse, transaction, wh=wh, w=21_600, minutes_ago=minutes)
        if evse == 5:
            await hand.stop(evse, transaction, wh=84_200)
    await driver.post(f"/c/{STATION}*3/wish", data={"departure": "23:45", "energy": "25"})
    await driver.post(f"/c/{STATION}*2/favourite")
    report = {"kind": "cable_stuck", "text": "Wtyczka nie chce wyjść z auta."}
    await driver.post(f"/c/{STATION}*2/report", data=report)
    broken = {"kind": "broken", "text": "Ekran jest czarny."}
    await driver.post(f"/c/{FOUND}*1/report", data=broken)


async def _refused(server: Backend) -> None:
    for _ in range(3):
        await knock(server.ocpp, STRANGER)
    await knock(server.ocpp, "CP_1")
    locked = {"id": f"{PREFIX}050", "name": "Hel Port 3", "password": "correct-horse-battery"}
    await server.post("/stations", locked | {"security_profile": 1})
    await knock(server.ocpp, locked["id"], "guessed-and-wrong")


async def _as(server: Backend, label: str) -> Backend:
    """The same server, asked by a program of that name."""
    made = await server.post("/api-tokens", {"label": label, "role": "admin"})
    headers = {"authorization": f"Bearer {made['token']}"}
    return replace(
        server, api=httpx.AsyncClient(base_url=server.api.base_url, headers=headers, timeout=30)
    )


async def _orders(server: Backend) -> None:
    async def order(station: str, **body: Any) -> None:
        await server.post(f"/stations/{station}/commands", body, wait=5)

    await order(FOUND, command="report" if int(FOUND[-3:]) % 3 != 1 else "report_keys")
    await order(FOUND, command="trigger", message="heartbeat")
    await order(FOUND, command="set_limit", evse=1, limit_w=50_000)
    await order(f"{PREFIX}010", command="unlock", evse=1, connector=1)
    await order(f"{PREFIX}004", command="reset", kind="on_idle")
    await server.post(
        "/jobs",
        {
            "order": {"command": "clear_cache"},
            "where": {},
            "pace_per_minute": 600,
            "stop_after_failures": None,
            "dry_run": False,
            "note": "Po zmianie kart / After the change of cards",
        },
    )
    await server.post(
        "/jobs",
        {
            "order": {"command": "trigger", "message": "status_notification"},
            "where": {"vendor": "Wisent Energia"},
            "pace_per_minute": 6,
            "stop_after_failures": 3,
            "dry_run": False,
        },
    )


async def _told(
    server: Backend, driver: httpx.AsyncClient, other_driver: httpx.AsyncClient
) -> Told:
    newcomer = {"login": "nowy.technik", "name": "Nowy Technik", "role": "technician"}
    made = await server.post("/users", newcomer)
    invitation = await server.post(f"/users/{made['id']}/invitation")
    other = await server.post("/drivers", {"email": "nowa@example.com", "name": "Nowa Osoba"})
    return Told(
        invitation=invitation["path"],
        driver_invitation=f"/driver/invite?code={_code(other['invite_url'])}",
        driver=driver,
        other_driver=other_driver,
    )


def _code(url: str) -> str:
    return url.rpartition("code=")[2]
