from collections.abc import Iterator

import pytest

from tests.system import spoken
from tests.system.server import Server
from tools.reference.covered import messages_of


@pytest.fixture(autouse=True)
def what_a_test_covers_crosses_the_wire(request: pytest.FixtureRequest) -> Iterator[None]:
    """A mark that claims more than its test does would make the support page lie."""
    spoken.HEARD.clear()
    yield
    marks = list(request.node.iter_markers())
    called = getattr(request.node, "callspec", None)
    parameters = [] if called is None else called.params.values()
    claimed = messages_of(marks, parameters)
    assert claimed <= spoken.HEARD, f"marked as covered but never sent: {claimed - spoken.HEARD}"


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
