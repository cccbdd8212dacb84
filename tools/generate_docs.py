"""Write what is made from the code: pages of ``docs/reference``, types for the console.

``python -m tools.generate_docs`` writes them (as does ``make docs``), ``--check`` only compares: it
ends with 1 and names the pages that differ.
"""

import sys
from pathlib import Path
from typing import Final

from tools.reference.client_types import TYPES, client_types
from tools.reference.commands import commands_page
from tools.reference.interface import interface_page
from tools.reference.metrics import metrics_page
from tools.reference.ocpp_messages import ocpp_page
from tools.reference.orders import orders_page
from tools.reference.refusals import refusals_page
from tools.reference.server import ask_server
from tools.reference.sessions import sessions_page
from tools.reference.settings import settings_page

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "reference"


def made() -> dict[Path, str]:
    """File to text."""
    told = ask_server()
    pages = {
        "api.md": interface_page(told),
        "cli.md": commands_page(),
        "metrics.md": metrics_page(told),
        "ocpp-support.md": ocpp_page(),
        "orders.md": orders_page(),
        "refusals.md": refusals_page(),
        "session-flags.md": sessions_page(),
        "settings.md": settings_page(),
    }
    return {FOLDER / name: text for name, text in pages.items()} | {TYPES: client_types(told.api)}


def main(arguments: list[str]) -> int:
    only_check = arguments == ["--check"]
    differing = []
    for path, text in made().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(path.relative_to(ROOT))
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for name in differing:
        print(f"{name} {'differs: run make docs' if only_check else 'written'}")
    return 1 if only_check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
