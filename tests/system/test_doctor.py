"""``ogniwo doctor`` on set-ups that are good, and on each way of being bad."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ogniwo.base.units import to_instant
from ogniwo.gateway.certificates import certificates_checked
from ogniwo.gateway.tls import ServerCertificate
from tests.services.ports import HOST, free_ports
from tests.system.server import Server, serving
from tests.system.station import now
from tests.system.test_command_line import run, taken_port
from tests.system.test_tls import certificate_in

NOT_OURS = ("clock", "free space")  # the machine's own state, whatever it is


@dataclass(frozen=True)
class Seen:
    code: int
    checks: list[dict[str, str]]

    def of(self, subject: str) -> dict[str, str]:
        """The one check of this subject, or the worst."""
        found = [it for it in self.checks if it["subject"] == subject]
        assert found, (subject, self.checks)
        return max(found, key=lambda it: ["fine", "notice", "problem"].index(it["grade"]))

    @property
    def wrong(self) -> set[str]:
        return {
            it["subject"]
            for it in self.checks
            if it["grade"] != "fine" and it["subject"] not in NOT_OURS
        }


def doctor(folder: Path, *options: str, **addresses: str) -> Seen:
    """On ports of its own where none is named."""
    spare = [f"{HOST}:{port}" for port in free_ports(2)]
    http, ocpp = addresses.get("http", spare[0]), addresses.get("ocpp", spare[1])
    usual = ("--data-dir", str(folder / "data"), "--http", http, "--ocpp", ocpp)
    ended = run(folder, "doctor", *usual, *options, "--json")
    assert "Traceback" not in ended.err, ended.err
    return Seen(ended.code, json.loads(ended.out)["checks"])


def a_data_directory(folder: Path) -> Server:
    server = Server(folder / "data")
    server.start()
    server.stop()
    return server


async def test_a_running_server_is_found_fine_and_left_alone(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, _):
        addresses = {"http": server.http, "ocpp": server.ocpp}
        before = sorted(it.name for it in server.data_dir.iterdir())
        seen = await asyncio.to_thread(doctor, tmp_path, **addresses)
        after = sorted(it.name for it in server.data_dir.iterdir())

    assert (seen.code, seen.wrong) == (0, set()), seen
    assert "ready" in seen.of("port --http")["what"]
    assert "process" in seen.of("database lock")["what"]
    assert before == after


def test_a_place_where_nothing_is_yet_is_fine_and_stays_empty(tmp_path: Path) -> None:
    seen = doctor(tmp_path)

    assert (seen.code, seen.wrong) == (0, set()), seen
    assert not (tmp_path / "data").exists()


def test_the_table_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    ended = run(tmp_path, "doctor", "--data-dir", str(tmp_path / "data"))

    assert ended.code == 1
    line = next(it for it in ended.out.splitlines() if "is no directory" in it)
    assert line.startswith("problem")
    assert "--data-dir" in line


@pytest.mark.parametrize("option", ["http", "ocpp"])
def test_a_port_of_another_program_is_a_problem(tmp_path: Path, option: str) -> None:
    with taken_port() as port:
        seen = doctor(tmp_path, **{option: f"{HOST}:{port}"})

    assert (seen.code, seen.wrong) == (1, {f"port --{option}"}), seen
    assert f"--{option}" in seen.of(f"port --{option}")["advice"]


def test_settings_that_make_no_sense_are_told_with_what_to_do(tmp_path: Path) -> None:
    seen = doctor(tmp_path, "--unknown-stations", "perhaps")

    assert (seen.code, seen.wrong) == (1, {"settings"}), seen


def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    a_data_directory(tmp_path)
    (tmp_path / "data" / "server.key").chmod(0o644)
    seen = doctor(tmp_path)

    assert (seen.code, seen.wrong) == (1, {"key"}), seen
    assert "chmod 600" in seen.of("key")["advice"]


def test_a_damaged_database_is_a_problem(tmp_path: Path) -> None:
    server = a_data_directory(tmp_path)
    content = server.database.read_bytes()
    server.database.write_bytes(content[:8192] + b"\x55" * (len(content) - 8192))
    seen = doctor(tmp_path)

    assert (seen.code, seen.wrong) == (1, {"database"}), seen
    assert "restore" in seen.of("database")["advice"]


def test_a_database_of_a_newer_program_is_a_problem(tmp_path: Path) -> None:
    server = a_data_directory(tmp_path)
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    seen = doctor(tmp_path)

    assert (seen.code, seen.wrong) == (1, {"database"}), seen
    assert "9999" in seen.of("database")["what"]


def test_a_clock_that_is_behind_the_newest_event_is_a_problem(tmp_path: Path) -> None:
    server = a_data_directory(tmp_path)
    later = to_instant(now() + timedelta(days=2))
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute(
            "INSERT INTO event (id, org_id, kind, at, data) VALUES (1, 1, 'x', ?, '{}')", (later,)
        )
    seen = doctor(tmp_path)

    assert seen.code == 1
    assert "newest event" in seen.of("clock")["what"]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
sys.argv = ["ogniwo", *sys.argv[1:]]
from ogniwo.cli.main import run
run()
"""


def test_too_few_open_files_for_the_stations_on_file_are_a_problem(tmp_path: Path) -> None:
    server = a_data_directory(tmp_path)
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.executemany(
            "INSERT INTO station (id, identity, org_id, registration, status, strict, created_at)"
            " VALUES (?, ?, 1, 'accepted', 'unknown', 0, 0)",
            [(number, f"CP{number}") for number in range(1, 101)],
        )
    http, ocpp = (f"{HOST}:{port}" for port in free_ports(2))
    where = ("--data-dir", str(tmp_path / "data"), "--http", http, "--ocpp", ocpp)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "doctor", *where, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    seen = Seen(done.returncode, json.loads(done.stdout)["checks"])

    assert (seen.code, seen.wrong) == (1, {"open files"}), seen
    assert "100 stations" in seen.of("open files")["what"]


def test_a_certificate_about_to_expire_is_a_problem_and_so_is_its_open_key(tmp_path: Path) -> None:
    chain, key = certificate_in(tmp_path)  # for an hour
    key.chmod(0o640)
    tls = ("--tls-certificate", str(chain), "--tls-key", str(key))
    seen = doctor(tmp_path, "--ocpp-tls", f"{HOST}:{free_ports(3)[2]}", *tls)

    assert (seen.code, seen.wrong) == (1, {"certificate server.pem", "TLS key"}), seen
    assert "expires" in seen.of("certificate server.pem")["what"]


def test_a_certificate_is_judged_by_its_dates_its_key_and_its_names(tmp_path: Path) -> None:
    chain, key = certificate_in(tmp_path)
    (tmp_path / "other").mkdir()
    _, foreign = certificate_in(tmp_path / "other")

    def told(used_key: Path, host: str | None, days: float) -> list[str]:
        files = ServerCertificate(chain, used_key)
        at = to_instant(now() + timedelta(days=days))
        checks = certificates_checked([files], host=host, now=at)
        return [f"{it.grade}: {it.what}" for it in checks if it.grade != "fine"]

    (expiring,) = told(key, HOST, 0)
    (expired,) = told(key, None, 2)
    (too_early,) = told(key, None, -2)
    (key_mismatch,) = told(foreign, None, 0)
    _, wrong_name = told(key, "csms.example", 0)

    assert expiring.startswith("problem: it expires on")
    assert expired.startswith("problem: it expired on")
    assert too_early.startswith("problem: it is valid only from")
    assert "MISMATCH" in key_mismatch.upper()
    assert "csms.example" in wrong_name
