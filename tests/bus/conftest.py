"""One NATS server for all tests of the bus that do not harm it, and the clusters on it."""

from collections.abc import Iterator

import pytest

from ogniwo.bus import nats_bus
from tests.bus.buses import Cluster
from tests.services.nats import NatsServer, running_nats


@pytest.fixture(scope="session")
def shared_nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with running_nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(params=["local", "nats"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    if request.param == "local":
        return Cluster(url=None)
    return Cluster(url=request.getfixturevalue("shared_nats").url)


@pytest.fixture
def over_nats(shared_nats: NatsServer) -> Cluster:
    return Cluster(url=shared_nats.url)


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """For questions that never end: nobody needs to wait for them as long as in production."""
    monkeypatch.setattr(nats_bus, "CLOSE_GRACE_S", 0.1)
