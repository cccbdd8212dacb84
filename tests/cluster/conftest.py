"""One cluster for all tests here: each finds it whole, and may break any part of it."""

from collections.abc import Generator, Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.services.nats import running_nats
from tests.services.postgres import Postgres


@pytest.fixture(scope="session")
def _whole(_cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with running_nats(folder) as nats:
        cluster = Cluster(folder, _cluster, nats)
        try:
            yield cluster
        finally:
            cluster.end()


@pytest.fixture
def cluster(_whole: Cluster, postgres: Postgres) -> Cluster:
    _whole.mend()
    return _whole


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    cluster = getattr(item, "funcargs", {}).get("cluster")
    if report.failed and isinstance(cluster, Cluster):
        for node in cluster.nodes:
            report.sections.append((f"{node.name} log", node.err_tail()))
        report.sections.append(("NATS log", cluster.nats.told[-2_000:]))
    return report
