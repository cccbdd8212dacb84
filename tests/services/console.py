"""The console as its sources are now, for every suite that opens it in a browser."""

import fcntl

import pytest


@pytest.fixture(scope="session")
def built() -> None:
    """Of several processes one builds it."""
    from tools.setup import console  # noqa: PLC0415 - not there where only our rules are tried

    with (console.ROOT / "pyproject.toml").open() as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        console.build()
