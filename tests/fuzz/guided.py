"""The same target under a fuzzer that watches which lines a text reaches (atheris, libFuzzer).

Run by ``make fuzz`` in a process of its own; arguments are libFuzzer's.
"""

import sys
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")  # not among the locked tools: ``make fuzz`` installs it

with atheris.instrument_imports(include=["ogniwo.ocpp", "ogniwo.domain"]):
    from ogniwo.ocpp.catalogue import VERSIONS
    from tests.fuzz.target import Target

TARGETS = [Target(version) for version in VERSIONS]


def one_input(data: bytes) -> None:
    """The first byte says which version."""
    if data:
        TARGETS[data[0] % len(TARGETS)].feed(data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
