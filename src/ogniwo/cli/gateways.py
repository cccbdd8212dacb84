"""The gateway processes of one machine: started on one OCPP port, restarted, and ended together.

The parent keeps the web and the jobs to itself. Each child is ``ogniwo serve --role gateway``
with the parent's settings in its environment; the kernel spreads the stations over them.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import fields, replace

from ogniwo.base import log
from ogniwo.base.settings import PREFIX, Address, Settings, address, http_url

if TYPE_CHECKING:
    from ogniwo.wiring.server import Server

RESTART_S_FIRST: Final = 1.0
RESTART_S_MAX: Final = 30.0
LIVED_WELL_S: Final = 60.0  # then the next restart comes at once again
END_S: Final = 20.0  # a child drains its stations first; then it is killed

_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)

_log = log.get("cli.gateways")


async def keep_gateways(settings: Settings, _server: "Server") -> None:
    """Until it is cancelled."""
    async with asyncio.TaskGroup() as keeping:
        for number in range(1, settings.gateways + 1):
            keeping.create_task(_keep(settings, number), name=f"gateway {number}")


def environment_of(settings: Settings, number: int, inherited: Mapping[str, str]) -> dict[str, str]:
    """What the child finds in its environment: our settings, its own role and HTTP port."""
    http = address(settings.http, "http")
    port = http.port + number if http.port else 0
    own = replace(
        settings,
        role="gateway",
        gateways=0,
        share_ports=True,
        http=str(Address(http.host, port)),
        public_url=settings.public_url or (http_url(http) if http.port else None),
    )
    environment = {name: it for name, it in inherited.items() if not name.startswith(PREFIX)}
    for field in fields(own):
        value = getattr(own, field.name)
        if value is not None:
            environment[PREFIX + field.name.upper()] = str(value)
    return environment


async def _keep(settings: Settings, number: int) -> None:
    loop = asyncio.get_running_loop()
    wait_s = RESTART_S_FIRST
    while True:
        began_s = loop.time()
        code = await _run(settings, number)
        if loop.time() - began_s > LIVED_WELL_S:
            wait_s = RESTART_S_FIRST
        _log.error("gateway_ended", number=number, exit_code=code, again_in_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, RESTART_S_MAX)


async def _run(settings: Settings, number: int) -> int:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ogniwo", "serve"),
        env=environment_of(settings, number, os.environ),
        start_new_session=True,  # Ctrl-C reaches the parent, who ends them in order
        preexec_fn=partial(_follow, os.getpid()),
    )
    try:
        return await child.wait()
    except asyncio.CancelledError:
        await asyncio.shield(_end(child, number))
        raise


async def _end(child: asyncio.subprocess.Process, number: int) -> None:
    if child.returncode is None:
        child.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), END_S)
    except TimeoutError:
        _log.error("gateway_killed", number=number, why="it did not end in time")
        child.kill()
        await child.wait()


def _follow(parent: int) -> None:
    """In the child, before it begins: should the parent die, it ends too, draining first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
