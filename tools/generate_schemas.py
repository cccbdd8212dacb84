"""Write ``src/ogniwo/ocpp/*/schema.py`` from the official schemas in the ``ocpp`` package.

``python -m tools.generate_schemas`` writes the files, ``--check`` only compares: it ends with 1
and names the files that differ.
"""

import sys
from pathlib import Path
from typing import Final

from tools.schemas.facts import VERSIONS
from tools.schemas.read import read_version
from tools.schemas.write import write_version

ROOT: Final = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    only_check = arguments == ["--check"]
    differing = []
    for version in VERSIONS:
        path = ROOT / "src/ogniwo/ocpp" / version.folder / "schema.py"
        text = write_version(version, read_version(version), root=ROOT)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(str(path.relative_to(ROOT)))
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for name in differing:
        print(
            f"{name} {'differs: run python -m tools.generate_schemas' if only_check else 'written'}"
        )
    return 1 if only_check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
