"""A real nats-server of the distribution, on this machine and for one test, or a few of them."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.services.ports import HOST, free_ports

PROGRAM: Final = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
READY_WITHIN_S: Final = 10.0
STOPPED_WITHIN_S: Final = 10.0
STEP_S: Final = 0.02


class NatsServer:
    """Comes back on the port it had. ``config`` is text of nats-server's own settings."""

    def __init__(self, folder: Path, config: str = "") -> None:
        if PROGRAM is None:
            pytest.skip("needs nats-server: apt-get install nats-server")
        (self.port,) = free_ports(1)
        self._program = PROGRAM
        self._name = f"nats-{secrets.token_hex(8)}"
        self._config = folder / f"{self._name}.conf"
        self.configure(config)
        self._out = folder / f"{self._name}.out"
        self._came_up = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://{HOST}:{self.port}"

    @property
    def told(self) -> str:
        return self._out.read_text(errors="replace") if self._out.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it takes connections."""
        deadline = time.monotonic() + READY_WITHIN_S
        self._launch()
        while not self._greets():
            if self._process is not None and self._process.poll() is not None:
                if self._came_up:
                    raise AssertionError(f"nats-server did not start:\n{self.told}")
                (self.port,) = free_ports(1)  # another run of the tests was quicker
                self._launch()
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"nats-server did not get ready:\n{self.told}")
            time.sleep(STEP_S)
        self._came_up = True

    def _launch(self) -> None:
        where = ("-a", HOST, "-p", str(self.port))
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                [self._program, *where, "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def configure(self, config: str, *, reload: bool = False) -> None:
        """Counts from its next start, or from now on."""
        self._config.write_text(f"server_name: {self._name}\n{config}")
        if reload:
            self._signal(signal.SIGHUP)

    def freeze(self) -> None:
        """It keeps its connections and says nothing more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _greets(self) -> bool:
        """By its name: on this port there may be another's."""
        try:
            with (
                socket.create_connection((HOST, self.port), timeout=1) as connection,
                connection.makefile("rb") as lines,
            ):
                return self._name.encode() in lines.readline()
        except OSError:
            return False

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)  # a frozen one could not end
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPED_WITHIN_S)

    def _signal(self, which: signal.Signals) -> None:
        assert self._process is not None, "nats-server is not running"
        self._process.send_signal(which)


@contextlib.contextmanager
def running_nats(folder: Path, config: str = "") -> Iterator[NatsServer]:
    server = NatsServer(folder, config)
    server.start()
    try:
        yield server
    finally:
        server.kill()
