"""What the package build does besides packing: the console is built first, if it has changed."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface[Any]):
    def initialize(self, version: str, _build_data: dict[str, Any]) -> None:
        """An editable install points at the sources: there, set-up builds after it."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root)))
        from tools.setup.console import build  # noqa: PLC0415 - found only now

        build()
