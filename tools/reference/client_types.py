"""The console's types of the API, made from the OpenAPI document by openapi-typescript."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from tools.setup.console import CONSOLE, node_dir

TYPES: Final = CONSOLE / "src" / "api" / "schema.d.ts"
_GENERATOR: Final = CONSOLE / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def client_types(document: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(json.dumps(document), encoding="utf-8")
        node = node_dir() / "node"
        subprocess.run(
            [node, _GENERATOR, source, "--output", target, "--alphabetize"],
            check=True,
            capture_output=True,
            cwd=CONSOLE,
        )
        return target.read_text(encoding="utf-8")
