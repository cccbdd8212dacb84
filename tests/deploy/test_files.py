"""deploy/ against the program: settings that exist, images that are pinned and whole."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import typer

from ogniwo.base import settings
from ogniwo.base.settings import PREFIX, Settings
from ogniwo.cli.main import app
from tests.deploy.front import DEPLOY
from tests.deploy.manifests import (
    KUBERNETES,
    VARIABLE,
    compose,
    compose_nodes,
    documents,
    kubernetes_nodes,
    pods,
    settings_of,
    texts,
    unit_node,
    units,
)
from tests.house.tree import ROOT, shown

ROLES: Final = {"gateway", "web", "worker"}
MANY: Final = {
    "OGNIWO_DATABASE": "postgresql://ogniwo:x@postgres:5432/ogniwo",
    "OGNIWO_BUS": "nats://ogniwo:x@nats:4222",
}
PINNED: Final = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)*")
DOCKERFILE: Final = DEPLOY / "compose" / "Dockerfile"


def test_every_variable_that_is_named_is_a_setting() -> None:
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__}
    known |= {PREFIX + name for name in settings._APART}
    named = {(shown(path), name) for path, text in texts() for name in VARIABLE.findall(text)}

    assert named
    assert [it for it in sorted(named) if it[1] not in known] == []


def test_every_node_starts_with_what_it_is_given(shared: dict[str, str]) -> None:
    servers = [*compose_nodes(shared), *kubernetes_nodes(), *map(unit_node, units())]
    for node in servers:
        assert _trouble(node.arguments) == "", node
        if node.arguments[0] == "serve":
            settings_of(node)  # UsageError, if they do not fit together


def test_every_role_is_there() -> None:
    for nodes in (compose_nodes(MANY), kubernetes_nodes(), [unit_node(it) for it in units()]):
        roles = {settings_of(node).role for node in nodes if node.arguments[0] == "serve"}
        assert roles >= ROLES


def test_all_nodes_have_the_same_key_and_it_is_mounted(shared: dict[str, str]) -> None:
    many = [unit_node(it) for it in units() if it.stem != "ogniwo"]
    for nodes in (compose_nodes(shared), kubernetes_nodes(), many):
        servers = [node for node in nodes if node.arguments[0] == "serve"]
        files = {settings_of(node).server_key_file for node in servers}
        assert len(files) == 1
        assert None not in files
    for name, service in compose()["services"].items():
        if service["image"].startswith("ogniwo:"):
            assert service["secrets"] == ["server_key"], name


def _trouble(arguments: tuple[str, ...]) -> str:
    command: Any = typer.main.get_command(app)
    words = list(arguments)
    while hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in option.opts}
    return ", ".join(word for word in words if word.startswith("--") and word not in known)


def test_every_image_is_pinned() -> None:
    images = [service["image"] for service in compose()["services"].values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    images += [
        container["image"]
        for pod in pods().values()
        for container in pod["spec"]["containers"]
        if container["image"] != "ogniwo"  # named by the kustomization
    ]
    [plan] = documents(KUBERNETES / "kustomization.yaml")
    images += [f"{it['newName']}:{it['newTag']}" for it in plan["images"]]

    assert [image for image in images if not PINNED.fullmatch(image)] == []
    versions = {image.partition(":")[2] for image in images if "ogniwo:" in image}
    assert versions == {_version()}


def _version() -> str:
    found = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_image_is_built_from_what_it_is_given_and_holds_the_whole_program(
    tmp_path: Path, built: None
) -> None:
    """The steps of the Dockerfile that need no Docker, with the files that its context has."""
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    sources = {name for names in copied for name in names.split()}
    ignore = (DEPLOY / "compose" / "Dockerfile.dockerignore").read_text().splitlines()
    assert sources == {line.removeprefix("!") for line in ignore if line.startswith("!")}
    for name in sources:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, tmp_path)

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=60,
    )

    [wheel] = (tmp_path / "dist").glob("ogniwo-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert "ogniwo/web/console/index.html" in names
    program = tmp_path / "src"
    files = {str(it.relative_to(program)) for it in program.rglob("*") if it.is_file()}
    assert files <= names


def test_no_process_of_ours_runs_as_root() -> None:
    assert re.findall(r"^USER (.*)", DOCKERFILE.read_text(), re.MULTILINE) == ["10001:10001"]
    for name, pod in pods().items():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True, name
        for container in pod["spec"]["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
    for unit in units():
        assert "\nUser=ogniwo\n" in unit.read_text()
