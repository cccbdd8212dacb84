"""A real HAProxy of the distribution, on this machine, with a configuration under test."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

PROGRAM: Final = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
READY_WITHIN_S: Final = 30.0
STOPPED_WITHIN_S: Final = 10.0
STEP_S: Final = 0.02


def complaints_about(config: Path, environment: Mapping[str, str]) -> str:
    """What HAProxy says about a configuration it would start with; "" when it likes all of it."""
    done = subprocess.run(
        [_program(), "-c", "-q", "-f", str(config)],
        env=_plain(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    said = (done.stdout + done.stderr).splitlines()
    trouble = [line for line in said if "[WARNING]" in line or "[ALERT]" in line]
    return "\n".join(trouble) or ("" if done.returncode == 0 else "\n".join(said))


class HAProxy:
    """``config`` must have a front end at WATCH_BIND that answers /alive when it is up."""

    def __init__(self, folder: Path, config: Path, environment: Mapping[str, str]) -> None:
        self.watch = environment["WATCH_BIND"]
        self._config = config
        self._environment = _plain(environment)
        self._out = folder / "haproxy.out"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def told(self) -> str:
        return self._out.read_text(errors="replace") if self._out.exists() else ""

    def start(self) -> None:
        """Returns when it takes connections."""
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                [_program(), "-db", "-f", str(self._config)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._is_alive():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"HAProxy did not start:\n{self.told}")
            time.sleep(STEP_S)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)  # at once; it would wait for its links on SIGUSR1
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPED_WITHIN_S)

    def wait_until_looked_at(self, backend: str, *, up: set[str]) -> None:
        """At its start it holds all servers for ready, until it has looked."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.servers_up(backend) == self._servers(backend, "check_status", "L7OK") == up:
            assert time.monotonic() < deadline, f"HAProxy does not find {up}:\n{self.told}"
            time.sleep(STEP_S)

    def servers_up(self, backend: str) -> set[str]:
        """Names of the servers that it holds for ready."""
        return self._servers(backend, "status", "UP")

    def _servers(self, backend: str, figure: str, state: str) -> set[str]:
        rows = httpx.get(f"http://{self.watch}/metrics", trust_env=False, timeout=5.0).text
        told = f'haproxy_server_{figure}{{proxy="{backend}",server="'
        return {
            row.removeprefix(told).partition('"')[0]
            for row in rows.splitlines()
            if row.startswith(told) and f'state="{state}"' in row and row.endswith(" 1")
        }

    def _is_alive(self) -> bool:
        try:
            answer = httpx.get(f"http://{self.watch}/alive", trust_env=False, timeout=5.0)
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@contextlib.contextmanager
def running_haproxy(
    folder: Path, config: Path, environment: Mapping[str, str]
) -> Iterator[HAProxy]:
    proxy = HAProxy(folder, config, environment)
    proxy.start()
    try:
        yield proxy
    except Exception as error:
        error.add_note(f"HAProxy told:\n{proxy.told}")
        raise
    finally:
        proxy.stop()


def _program() -> str:
    if PROGRAM is None:
        pytest.skip("needs haproxy: apt-get install haproxy")
    return PROGRAM


def _plain(environment: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), **environment}
