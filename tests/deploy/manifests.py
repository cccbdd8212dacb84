"""What is written in deploy/, read back: images, nodes, and the environment each node gets."""

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped] # ships no types, and its stubs are not among our tools

from ogniwo.base.settings import Settings, load
from tests.deploy.front import DEPLOY

Document = Any
COMPOSE: Final = DEPLOY / "compose" / "compose.yaml"
KUBERNETES: Final = DEPLOY / "kubernetes"
SYSTEMD: Final = DEPLOY / "systemd"
VARIABLE: Final = re.compile(r"\bOGNIWO_[A-Z_]+\b")


@dataclass(frozen=True)
class Node:
    """One process as a file in deploy/ describes it."""

    name: str
    arguments: tuple[str, ...]  # of ``ogniwo``
    environment: dict[str, str]


def texts() -> Iterator[tuple[Path, str]]:
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file() and "secrets" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def documents(path: Path) -> list[Document]:
    with path.open(encoding="utf-8") as file:
        return [document for document in yaml.safe_load_all(file) if document is not None]


def compose() -> Document:
    [document] = documents(COMPOSE)
    return document


def variables(text: str) -> dict[str, str]:
    """NAME=VALUE lines, as systemd and Docker read them."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def compose_nodes(secrets: dict[str, str]) -> list[Node]:
    return [
        Node(name, ("serve",), {**secrets, **service["environment"]})
        for name, service in compose()["services"].items()
        if service["image"].startswith("ogniwo:")
    ]


def resources() -> list[Document]:
    """Every object of the manifests that are applied, and the templates of secrets."""
    [plan] = documents(KUBERNETES / "kustomization.yaml")
    files = [*plan["resources"], "secret.example.yaml", "migrate.yaml"]
    return [document for file in files for document in documents(KUBERNETES / file)]


def of_kind(kind: str) -> dict[str, Document]:
    return {it["metadata"]["name"]: it for it in resources() if it["kind"] == kind}


def pods() -> dict[str, Document]:
    """Whoever has pods, and what they look like."""
    workloads = {**of_kind("Deployment"), **of_kind("Job")}
    return {name: it["spec"]["template"] for name, it in workloads.items()}


def kubernetes_nodes() -> list[Node]:
    maps, secrets = of_kind("ConfigMap"), of_kind("Secret")
    nodes = []
    for name, pod in pods().items():
        [container] = pod["spec"]["containers"]
        if "ogniwo" not in container["image"]:
            continue
        environment: dict[str, str] = {}
        for source in container["envFrom"]:
            if "configMapRef" in source:
                environment |= maps[source["configMapRef"]["name"]]["data"]
            else:
                environment |= secrets[source["secretRef"]["name"]]["stringData"]
        environment |= {it["name"]: it["value"] for it in container.get("env", [])}
        nodes.append(Node(name, tuple(container["args"]), environment))
    return nodes


def units() -> list[Path]:
    return sorted(SYSTEMD.glob("*.service"))


def unit_node(unit: Path, instance: str = "1") -> Node:
    service = _service(unit, instance)
    shared = variables((SYSTEMD / "environment.example").read_text(encoding="utf-8"))
    own = dict(pair.partition("=")[::2] for pair in service["Environment"])
    [command] = service["ExecStart"]
    return Node(unit.stem, tuple(command.split()[1:]), {**shared, **own})


def _service(unit: Path, instance: str) -> dict[str, list[str]]:
    """The section [Service]; a key may stand there several times."""
    found: dict[str, list[str]] = {}
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys keep their case
    text = unit.read_text(encoding="utf-8").replace("%i", instance)
    parser.read_string(text)
    section = text.partition("[Service]")[2].partition("[Install]")[0]
    for name in parser["Service"]:
        found[name] = re.findall(rf"^{name}=(.*)$", section, re.MULTILINE)
    return found


def settings_of(node: Node) -> Settings:
    options = dict(zip(node.arguments[1::2], node.arguments[2::2], strict=True))
    given = {name.removeprefix("--").replace("-", "_"): it for name, it in options.items()}
    return load(given, node.environment, None)
