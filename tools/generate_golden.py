"""Write first drafts of the golden frames in ``tests/ocpp/golden``, one file for each message.

Only those that are not there: a frame that is checked in has been looked at, and stays as it is.
``python -m tools.generate_golden``
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ogniwo.ocpp.catalogue import VERSIONS, Version
from ogniwo.ocpp.messages import Message
from tools.golden.frames import Payloads

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "ocpp" / "golden"
OFFICIAL: Final = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


def main() -> int:
    for subprotocol, version in VERSIONS.items():
        for message in version.messages.values():
            path = FOLDER / subprotocol.removeprefix("ocpp") / f"{message.action}.json"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_text(_frames(version, message)), encoding="utf-8")
                print(f"{path.relative_to(FOLDER)} drafted: look at it")
    return 0


def _text(frames: dict[str, Any]) -> str:
    """Payloads over many lines, each way to spoil them on one."""
    halves = []
    for name, half in frames.items():
        valid = json.dumps(half["valid"], indent=2, ensure_ascii=False).replace("\n", "\n    ")
        invalid = ",\n".join(f"      {json.dumps(it)}" for it in half["invalid"])
        halves.append(
            f'  "{name}": {{\n    "valid": {valid},\n    "invalid": [\n{invalid}\n    ]\n  }}'
        )
    return "{\n" + ",\n".join(halves) + "\n}\n"


def _frames(version: Version, message: Message) -> dict[str, Any]:
    return dict(_halves(version, message))


def _halves(version: Version, message: Message) -> Iterator[tuple[str, Any]]:
    folder, action = OFFICIAL[version.name], message.action
    plain = folder == "v16" or message.kind == "send"
    yield (
        "request",
        _half(version, Payloads(folder, action if plain else f"{action}Request", action)),
    )
    if message.response is not None:
        yield "response", _half(version, Payloads(folder, f"{action}Response", action))


def _half(version: Version, payloads: Payloads) -> dict[str, Any]:
    codes = {fault.value: code for fault, code in version.dialect.codes.items()}
    wrong = [defect.told(codes[defect.fault]) for defect in payloads.wrong()]
    return {"valid": payloads.right(), "invalid": wrong}


if __name__ == "__main__":
    sys.exit(main())
