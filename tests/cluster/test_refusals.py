"""What cannot work is refused at the start, in one sentence that says what to do."""

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.system.server import launch

ENDS_WITHIN_S = 30


def refusal_of(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and what was said of a server that will not start."""
    out, err = folder / "out", folder / "err"
    ports = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0")
    process = launch(
        ("serve", "--data-dir", str(folder / "data"), *ports, *options), out=out, err=err
    )
    try:
        code = process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return code, err.read_text()


@pytest.mark.parametrize(
    "options",
    [("--role", "gateway"), ("--gateways", "2")],
    ids=" ".join,
)
def test_several_processes_on_sqlite_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    code, told = refusal_of(tmp_path, *options, "--bus", "nats://127.0.0.1:4222")

    assert code == 2
    assert len(told.splitlines()) == 1, told
    assert "SQLite" in told
    assert "--database postgresql://" in told


def test_a_node_without_a_bus_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    database = cluster.postgres.url(cluster.database)
    code, told = refusal_of(tmp_path, "--role", "gateway", "--database", database)

    assert code == 2
    assert len(told.splitlines()) == 1, told
    assert "--bus nats://" in told


def test_a_node_with_another_key_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """Passwords of stations that were hashed with ours would all be wrong there."""
    other = tmp_path / "other.key"
    other.write_bytes(secrets.token_bytes(32))
    code, told = refusal_of(
        tmp_path, *cluster.options, "--role", "gateway", "--server-key-file", str(other)
    )

    assert code == 2
    assert len(told.splitlines()) == 1, told
    assert "--server-key-file" in told
