from collections.abc import Iterator

import pytest

from tests.services.postgres import Postgres
from tests.storage.engines import ENGINES, POSTGRESQL, Engine, PostgresEngine


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param != POSTGRESQL:
        (found,) = (it for it in ENGINES if it.name == request.param)
        yield found
        return
    server = request.getfixturevalue("postgres")
    assert isinstance(server, Postgres)
    its = PostgresEngine(name=POSTGRESQL, server=server)
    yield its
    if not server.running:  # the test stopped it
        server.start()
    for database in its.databases.values():
        server.drop(database)
