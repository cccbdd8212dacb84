from collections.abc import Iterator

import pytest

from tests.system.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do not stop theirs; each test brings stations of its own."""
    one = Server(tmp_path_factory.mktemp("shared") / "data")
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()
