"""The places of the demo's network: made once, each with its share of the stations."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ogniwo.app.requests import SiteInput

if TYPE_CHECKING:
    from ogniwo.wiring.server import Server

STATIONS_ON_A_SITE: Final = 2  # where there are fewer stations than would fill all sites
AUTHOR: Final = "demo"


def _site(
    name: str, address: str, town: str, where: tuple[float, float], limit_kw: int
) -> SiteInput:
    postal_code, city = town.split(maxsplit=1)
    return SiteInput(
        name=name,
        address=address,
        postal_code=postal_code,
        city=city,
        country="PL",
        latitude=where[0],
        longitude=where[1],
        limit_w=limit_kw * 1_000,
    )


# Made-up places in real towns.
SITES: Final = (
    _site("Warszawa Wola", "ul. Prosta 20", "00-850 Warszawa", (52.2318, 20.9900), 400),
    _site("Poznań Malta", "ul. Maltańska 1", "61-131 Poznań", (52.4030, 16.9570), 220),
    _site("Gdańsk Wrzeszcz", "al. Grunwaldzka 141", "80-264 Gdańsk", (54.3820, 18.6040), 220),
    _site("Kraków Zabłocie", "ul. Zabłocie 25", "30-701 Kraków", (50.0480, 19.9660), 300),
    _site(
        "Wrocław Bielany",
        "ul. Czekoladowa 7",
        "55-040 Bielany Wrocławskie",
        (51.0370, 16.9600),
        600,
    ),
    _site("MOP Strykowo A2", "A2, km 210", "64-500 Szamotuły", (52.3620, 16.4400), 1_200),
    _site("Łódź Manufaktura", "ul. Drewnowska 58", "91-002 Łódź", (51.7810, 19.4460), 250),
    _site("Katowice Centrum", "ul. Piotra Skargi 6", "40-091 Katowice", (50.2630, 19.0200), 250),
    _site("Lublin Zana", "ul. Tomasza Zana 19", "20-601 Lublin", (51.2380, 22.5340), 160),
    _site("Szczecin Galaxy", "al. Wyzwolenia 42", "70-340 Szczecin", (53.4300, 14.5330), 160),
    _site("Białystok Jurowiecka", "ul. Jurowiecka 1", "15-101 Białystok", (53.1390, 23.1650), 160),
    _site("Rzeszów Podwisłocze", "al. Rejtana 65", "35-326 Rzeszów", (50.0270, 22.0180), 160),
    _site("Toruń Bielawy", "ul. Olsztyńska 8", "87-100 Toruń", (53.0360, 18.6620), 120),
    _site("Olsztyn Pieczewo", "ul. Krasickiego 1", "10-685 Olsztyn", (53.7480, 20.4900), 120),
    _site("Zakopane Kuźnice", "ul. Kuźnice 4", "34-500 Zakopane", (49.2700, 19.9810), 80),
    _site("Hel Port", "ul. Portowa 1", "84-150 Hel", (54.6060, 18.8010), 80),
)


async def settle(server: "Server", identities: Sequence[str]) -> None:
    """Make the sites and register each station on one of them; what is there already stays."""
    wanted = max(1, min(len(SITES), len(identities) // STATIONS_ON_A_SITE))
    on_file = {it.name: it.id for it in await server.sites.all_sites()}
    for place in SITES[:wanted]:
        if place.name not in on_file:
            made = await server.sites.create_site(place, author=AUTHOR)
            on_file[place.name] = made.id
    known = await server.stations.known(identities)
    async with asyncio.TaskGroup() as tasks:
        for number, identity in enumerate(identities):
            if identity not in known:
                place = SITES[number % wanted]
                registered = server.stations.create_station(
                    identity,
                    site_id=on_file[place.name],
                    name=f"{place.name} {number // wanted + 1}",
                    author=AUTHOR,
                )
                tasks.create_task(registered, name=f"register {identity}")
