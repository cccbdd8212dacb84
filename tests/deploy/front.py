"""The proxy of deploy/, with certificates and addresses of a test, in front of real servers."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.gateway.authority import Authority, Issued
from tests.house.tree import ROOT
from tests.services.haproxy import HAProxy, running_haproxy
from tests.services.ports import HOST, free_ports
from tests.system.server import TOKEN, Server

DEPLOY: Final = ROOT / "deploy"
CONFIG: Final = DEPLOY / "haproxy" / "haproxy.cfg"
STATION: Final = "127.0.0.77"  # where stations call from; the proxy calls from 127.0.0.1


class Town:
    """Certificates: of the proxy, and of stations by an authority of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = Authority(folder, "public")
        self.stations = Authority(folder, "stations")
        self.strangers = Authority(folder, "strangers")
        served = self.public.for_server(HOST)
        self.certificate = folder / "proxy.pem"  # as HAProxy wants it: all in one file
        self.certificate.write_bytes(served.chain.read_bytes() + served.key.read_bytes())

    def client(self, shown: Issued | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.public.file)
        if shown is not None:
            context.load_cert_chain(shown.chain, shown.key)
        return context


class Front:
    """The front door: stations call ``url``, people and programs ``web``."""

    def __init__(self, town: Town, *, gateways: Sequence[Server], web: Server) -> None:
        stations, web_port, plain, watch, nobody = free_ports(5)
        self.town = town
        self.gateways = {f"gateway-{number}" for number, _ in enumerate(gateways, 1)}
        self.web = f"https://{HOST}:{web_port}"
        self.web_plain = f"http://{HOST}:{plain}"
        self._stations = f"{HOST}:{stations}"
        self.environment = {
            "CERTIFICATES": str(town.certificate),
            "STATION_CA": str(town.stations.file),
            "STATIONS_BIND": self._stations,
            "WEB_BIND": f"{HOST}:{web_port}",
            "WEB_PLAIN_BIND": f"{HOST}:{plain}",
            "WATCH_BIND": f"{HOST}:{watch}",
            "CONNECTIONS_MAX": "2000",
            "GATEWAY_1": f"{HOST}:{nobody}",
            "GATEWAY_2": f"{HOST}:{nobody}",
            "WEB_1": web.http,
        }
        for number, gateway in enumerate(gateways, 1):
            self.environment[f"GATEWAY_{number}"] = gateway.ocpp
            port = gateway.http.rpartition(":")[2]
            self.environment[f"GATEWAY_{number}_HTTP_PORT"] = port

    def url(self, identity: str) -> str:
        return f"wss://{self._stations}/ocpp/{identity}"

    def client(self) -> httpx.AsyncClient:
        """Of the HTTP API, with the administrator's token."""
        return httpx.AsyncClient(
            base_url=f"{self.web}/api/v1",
            headers={"authorization": f"Bearer {TOKEN}"},
            verify=self.town.client(),
            trust_env=False,
            timeout=30.0,
        )


@contextmanager
def proxied(front: Front, config: Path = CONFIG) -> Iterator[HAProxy]:
    """Once it has looked at every gateway: a first look that fails cuts whoever came before it."""
    with running_haproxy(front.town.folder, config, front.environment) as proxy:
        if config is CONFIG:
            proxy.wait_until_looked_at("gateways", up=front.gateways)
        yield proxy
