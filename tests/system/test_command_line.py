"""What goes wrong at the start is said in one sentence, with the right exit code."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.ports import HOST
from tests.system.server import Server, launch

ENDS_WITHIN_S = 30
WRONG_USAGE = 2


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    def says(self, *words: str) -> None:
        """One sentence on standard error, with these words in it."""
        assert self.code == WRONG_USAGE, self
        assert self.out == "", self
        assert self.err.startswith("ogniwo: "), self
        assert len(self.err.splitlines()) == 1, self
        for word in words:
            assert word in self.err, self


def run(folder: Path, *arguments: str, within_s: float = ENDS_WITHIN_S) -> Ended:
    out, err = folder / "out.txt", folder / "err.txt"
    err.unlink(missing_ok=True)
    process = launch(arguments, out=out, err=err)
    try:
        code = process.wait(within_s)
    finally:
        process.kill()
        process.wait()
    return Ended(code, out.read_text(), err.read_text())


def serve(folder: Path, *options: str) -> Ended:
    usual = ("--data-dir", str(folder / "data"), "--http", f"{HOST}:0", "--ocpp", f"{HOST}:0")
    return run(folder, "serve", *usual, *options)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--http", "nonsense"], ["--http", "HOST:PORT"]),
        (["--ocpp", "127.0.0.1:99999"], ["--ocpp", "HOST:PORT"]),
        (["--ocpp", "0.0.0.0:0"], ["unencrypted", "allow_plain"]),
        (["--unknown-stations", "perhaps"], ["unknown_stations", "--help"]),
        (["--ocpp-tls", "127.0.0.1:0"], ["--tls-certificate"]),
        (["--config", "/nowhere/at/all.toml"], ["--config", "/nowhere/at/all.toml"]),
    ],
)
def test_an_option_that_makes_no_sense_is_explained(
    tmp_path: Path, options: list[str], words: list[str]
) -> None:
    serve(tmp_path, *options).says(*words)
    assert not (tmp_path / "data").exists()


def test_an_unknown_option_is_wrong_usage(tmp_path: Path) -> None:
    ended = serve(tmp_path, "--colour", "red")

    assert ended.code == WRONG_USAGE
    assert "--colour" in ended.err
    assert "Traceback" not in ended.err


def test_a_certificate_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no certificate")
    tls = ("--ocpp-tls", f"{HOST}:0", "--tls-certificate", str(tmp_path / "c.pem"))

    serve(tmp_path, *tls, "--tls-key", str(tmp_path / "c.pem")).says("c.pem")


@pytest.mark.parametrize("option", ["--http", "--ocpp"])
def test_a_busy_port_is_named_with_its_option(tmp_path: Path, option: str) -> None:
    with taken_port() as port:
        serve(tmp_path, option, f"{HOST}:{port}").says(f"{HOST}:{port}", option)


@pytest.mark.parametrize("place", ["data", "data/below"])
def test_a_file_where_the_data_directory_should_be_is_explained(tmp_path: Path, place: str) -> None:
    (tmp_path / "data").write_text("a file")

    serve(tmp_path, "--data-dir", str(tmp_path / place)).says(str(tmp_path / place), "--data-dir")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    foreign = tmp_path / "data" / "ogniwo.db"
    foreign.write_text("my diary, not a database at all" * 10)

    serve(tmp_path).says("ogniwo.db")
    assert foreign.read_text().startswith("my diary")


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    server.stop()
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    serve(tmp_path).says("newer", "9999")


def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    try:
        serve(tmp_path).says("in use")
        server.stop()
    finally:
        server.kill()
