"""deploy/compose without the containers: HAProxy in front of all nodes, on an empty database.

Each node runs with the settings that compose.yaml gives it; only addresses and files differ.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.cluster import Node, start_all
from tests.deploy.front import Front, Town, proxied
from tests.deploy.manifests import compose_nodes
from tests.services.nats import NatsServer
from tests.services.ports import HOST, free_ports
from tests.services.postgres import Postgres


class Topology:
    def __init__(self, folder: Path, postgres: Postgres, nats: NatsServer) -> None:
        self.url = postgres.url(postgres.new_database(empty=True))
        key = folder / "server.key"
        key.write_bytes(bytes(range(32)))
        here = {
            "OGNIWO_DATABASE": self.url,
            "OGNIWO_BUS": nats.url,
            "OGNIWO_SERVER_KEY_FILE": str(key),
            "OGNIWO_TRUSTED_PROXIES": HOST,
        }
        ports = iter(free_ports(8))
        self.nodes: dict[str, Node] = {}
        for told in compose_nodes(here):
            settings = {**told.environment, **here}
            config = folder / f"{told.name}.toml"
            config.write_text(
                "".join(
                    f"{name.removeprefix('OGNIWO_').lower()} = {json.dumps(value)}\n"
                    for name, value in settings.items()
                )
            )
            role = told.environment["OGNIWO_ROLE"]
            node = Node(folder, told.name, role, ports, "--config", str(config))
            self.nodes[told.name] = node
        self._town = Town(folder)

    @property
    def gateways(self) -> list[Node]:
        return [self.nodes["gateway-1"], self.nodes["gateway-2"]]

    @contextmanager
    def running(self) -> Iterator[Front]:
        nodes = list(self.nodes.values())
        try:
            start_all(nodes)  # at once, all of them on a database without a single table
            front = Front(self._town, gateways=self.gateways, web=self.nodes["web"])
            with proxied(front):
                yield front
            for node in nodes:
                if node.alive:
                    node.stop()
        finally:
            for node in nodes:
                node.kill()
