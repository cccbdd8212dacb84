"""deploy/compose: secrets that are made, references that lead somewhere, programs that agree."""

import re
import stat
import subprocess
from pathlib import Path

import pytest

from ogniwo.base.settings import address
from tests.deploy.front import CONFIG, DEPLOY
from tests.deploy.manifests import COMPOSE, compose, compose_nodes, of_kind, settings_of, variables
from tests.services import nats, postgres
from tests.services.haproxy import complaints_about


def test_compose_names_only_what_is_there() -> None:
    plan = compose()
    for name, service in plan["services"].items():
        used = [it if isinstance(it, str) else it["source"] for it in service.get("secrets", [])]
        assert set(used) <= set(plan["secrets"]), name
        assert set(service["networks"]) <= set(plan["networks"]), name
        assert set(service.get("depends_on", [])) <= set(plan["services"]), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (COMPOSE.parent / source).exists(), volume
            else:
                assert source in plan["volumes"], volume
        has_check = "healthcheck" in service or service["image"].startswith("ogniwo:")
        assert has_check, name


def test_every_secret_of_compose_is_made(secrets: Path) -> None:
    plan = compose()
    wanted = {it["file"] for it in plan["secrets"].values()}
    for service in plan["services"].values():
        wanted |= set(service.get("env_file", []))

    assert [name for name in wanted if not (secrets.parent / name).is_file()] == []
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert len((secrets / "server.key").read_bytes()) == 32


def test_secrets_are_made_once(secrets: Path) -> None:
    before = (secrets / "server.key").read_bytes()
    again = subprocess.run(
        [secrets.parent / "make-secrets", "csms.example"],
        check=False,
        capture_output=True,
        timeout=30,
    )

    assert again.returncode == 1
    assert (secrets / "server.key").read_bytes() == before


def test_the_proxy_of_compose_finds_its_nodes_and_is_trusted(shared: dict[str, str]) -> None:
    services = compose()["services"]
    proxy = services["haproxy"]
    nodes = {node.name: settings_of(node) for node in compose_nodes(shared)}
    for variable, option in (("GATEWAY_1", "ocpp"), ("GATEWAY_2", "ocpp"), ("WEB_1", "http")):
        name, _, port = proxy["environment"][variable].partition(":")
        assert address(getattr(nodes[name], option), option).port == int(port)
        assert address(nodes[name].http, "http").port == 8_080  # haproxy.cfg, Dockerfile
        assert nodes[name].trusted_proxies in {
            None,
            proxy["networks"]["inside"]["ipv4_address"],
        }
    gateways = [it for it in nodes.values() if it.role == "gateway"]
    assert [it.proxy_protocol for it in gateways] == [True, True]
    published = {it.partition(":")[2] for it in proxy["ports"]}
    binds = ("STATIONS_BIND", "WEB_BIND", "WEB_PLAIN_BIND")
    assert published == {proxy["environment"][name].rpartition(":")[2] for name in binds}


def test_haproxy_likes_what_compose_gives_it(secrets: Path) -> None:
    given = compose()["services"]["haproxy"]["environment"]
    here = {
        name: re.sub(r"^(gateway-\d|web):", "127.0.0.1:", value) for name, value in given.items()
    }
    here["CERTIFICATES"] = str(secrets / "proxy.pem")
    here["STATION_CA"] = str(secrets / "station-ca.pem")

    assert complaints_about(CONFIG, here) == ""


def test_nats_likes_its_configurations(secrets: Path, tmp_path: Path) -> None:
    if nats.PROGRAM is None:
        pytest.skip("needs nats-server: apt-get install nats-server")
    in_kubernetes = of_kind("ConfigMap")["nats-config"]["data"]["nats.conf"]
    in_compose = (DEPLOY / "compose" / "nats.conf").read_text()
    environment = variables((secrets / "nats.env").read_text())
    for text in (in_kubernetes, in_compose):
        file = tmp_path / "nats.conf"
        file.write_text(text)
        done = subprocess.run(
            [nats.PROGRAM, "-t", "-c", file],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
    # Watched from another pod there, and only from inside its container here.
    assert _without_watchers(in_kubernetes) == _without_watchers(in_compose)


def _without_watchers(text: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("http:")]


def test_postgresql_knows_every_setting_it_is_given() -> None:
    programs = postgres.programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    known = subprocess.run(
        [programs / "postgres", "--describe-config"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    names = {line.partition("\t")[0].lower() for line in known.splitlines()}
    given = variables((DEPLOY / "compose" / "postgresql.conf").read_text())

    assert given
    assert {name.strip().lower() for name in given} - names == set()
    assert "fsync" not in {name.strip() for name in given}
