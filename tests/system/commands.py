"""The command line, run beside a server of a test."""

import asyncio
from pathlib import Path

from tests.system.server import Server
from tests.system.test_command_line import Ended, run


class Commands:
    """The command line beside a server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder

    async def __call__(self, *arguments: str) -> Ended:
        where = ("--url", f"http://{self._server.http}")
        return await asyncio.to_thread(run, self._folder, *arguments, *where)
