"""What ``ogniwo doctor`` finds on a PostgreSQL server: each thing that can be wrong, provoked."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import pytest

from ogniwo.base.checkup import Check, Grade
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import seconds
from ogniwo.storage import pg_health
from ogniwo.storage.checkup import look_at
from ogniwo.storage.findings import Looked
from ogniwo.storage.nodes import PgNodes
from ogniwo.storage.opening import open_storage
from ogniwo.storage.pg_connect import address_from
from tests.services.ports import HOST, free_ports
from tests.services.postgres import PASSWORD, Postgres

RELOADED_WITHIN_S = 10
STRANGER = "ogniwo_stranger"  # a user whom nobody has given any right


class ClockAhead(SystemClock):
    def __init__(self, ahead_s: float) -> None:
        super().__init__()
        self._ahead_s = ahead_s

    def now_us(self) -> int:
        return super().now_us() + seconds(self._ahead_s)


def looked(url: str, *, ahead_s: float = 0, processes: int = 1) -> Looked:
    return look_at(url, clock=ClockAhead(ahead_s), processes=processes)


def wrong(found: Looked) -> dict[str, Check]:
    return {it.subject: it for it in found.checks if it.grade is not Grade.FINE}


def only(found: Looked) -> Check:
    (check,) = wrong(found).values()
    assert check.advice
    return check


def database_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.fixture
def ready_database_url(database_url: str) -> str:
    """As a node leaves it."""

    async def open_and_close() -> None:
        await (await open_storage(database_url, clock=SystemClock())).close()

    asyncio.run(open_and_close())
    return database_url


@asynccontextmanager
async def living(url: str, *roles: str) -> AsyncIterator[None]:
    nodes = PgNodes(address_from(url))
    try:
        for role in roles:
            await nodes.join(f"the-{role}", role)
        yield
    finally:
        await nodes.close()


@contextmanager
def server_setting(postgres: Postgres, name: str, value: str) -> Iterator[None]:
    """Of the whole server, taken back afterwards."""

    def reload(statement: str, wanted: str) -> None:
        postgres.run(statement)
        postgres.run("SELECT pg_reload_conf()")
        deadline = time.monotonic() + RELOADED_WITHIN_S
        while postgres.run(f"SHOW {name}") != wanted:
            assert time.monotonic() < deadline, name
            time.sleep(0.05)

    before = postgres.run(f"SHOW {name}")
    try:
        reload(f"ALTER SYSTEM SET {name} = {value}", value)
        yield
    finally:
        reload(f"ALTER SYSTEM RESET {name}", before)


def test_a_database_that_a_node_has_left_is_fine(ready_database_url: str) -> None:
    found = looked(ready_database_url)

    assert wrong(found) == {}
    subjects = {it.subject for it in found.checks}
    assert {"PostgreSQL", "database", "database clock", "tables of days", "nodes"} <= subjects


def test_an_empty_database_is_fine_and_stays_empty(
    postgres: Postgres, empty_database_url: str
) -> None:
    assert wrong(looked(empty_database_url)) == {}

    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.run(tables, database_of(empty_database_url)) == "0"


def test_a_server_that_is_not_there_is_a_problem(database_url: str) -> None:
    (port,) = free_ports(1)
    check = only(looked(f"postgresql://ogniwo:x@{HOST}:{port}/ogniwo"))

    assert check.grade is Grade.PROBLEM
    assert "cannot be reached" in check.what


def test_a_wrong_password_is_a_problem_and_not_repeated(database_url: str) -> None:
    check = only(looked(database_url.replace(PASSWORD, "rubbish-99")))

    assert "refuses user ogniwo" in check.what
    assert "rubbish-99" not in check.what + check.advice


def test_a_database_that_does_not_exist_is_a_problem(postgres: Postgres) -> None:
    check = only(looked(postgres.url("nowhere")))

    assert "no database nowhere" in check.what
    assert "create it" in check.advice


def test_another_encoding_is_a_problem(postgres: Postgres) -> None:
    postgres.run(
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    try:
        check = only(looked(postgres.url("latin")))
    finally:
        postgres.drop("latin")

    assert "LATIN1" in check.what
    assert "UTF8" in check.advice


def test_a_user_without_rights_is_a_problem(postgres: Postgres, ready_database_url: str) -> None:
    """It may look at everything and make nothing."""
    database = database_of(ready_database_url)
    postgres.run(f"CREATE ROLE {STRANGER} LOGIN PASSWORD '{PASSWORD}'")
    postgres.run(f"GRANT pg_read_all_data TO {STRANGER}")
    try:
        found = wrong(looked(ready_database_url.replace("//ogniwo:", f"//{STRANGER}:")))
    finally:
        postgres.run(f"REVOKE pg_read_all_data FROM {STRANGER}")
        postgres.run(f"DROP ROLE {STRANGER}")

    assert found["database rights"].grade is Grade.PROBLEM
    assert f"ALTER DATABASE {database} OWNER" in found["database rights"].advice


def test_tables_that_belong_to_somebody_else_are_a_problem(
    postgres: Postgres, ready_database_url: str
) -> None:
    database = database_of(ready_database_url)
    postgres.run(f"CREATE ROLE {STRANGER} LOGIN PASSWORD '{PASSWORD}'")
    try:
        postgres.run(f"ALTER DATABASE {database} OWNER TO {STRANGER}")
        postgres.run(f"GRANT pg_read_all_data TO {STRANGER}")
        found = wrong(looked(ready_database_url.replace("//ogniwo:", f"//{STRANGER}:")))
    finally:
        postgres.run(f"ALTER DATABASE {database} OWNER TO ogniwo")
        postgres.run(f"REVOKE pg_read_all_data FROM {STRANGER}")
        postgres.run(f"DROP ROLE {STRANGER}")

    assert "do not belong to" in found["database rights"].what


@pytest.mark.parametrize(("version", "grade"), [("9999", Grade.PROBLEM), ("0001", Grade.NOTICE)])
def test_a_schema_of_another_version_is_told(
    postgres: Postgres, ready_database_url: str, version: str, grade: Grade
) -> None:
    database = database_of(ready_database_url)
    postgres.run(f"UPDATE alembic_version SET version_num = '{version}'", database)

    check = only(looked(ready_database_url))
    assert (check.subject, check.grade) == ("database", grade)
    assert version in check.what


def test_a_database_of_another_program_is_a_problem(
    postgres: Postgres, empty_database_url: str
) -> None:
    postgres.run("CREATE TABLE recipes (id int)", database_of(empty_database_url))

    assert "another program" in only(looked(empty_database_url)).what


def test_days_that_run_out_are_a_problem_while_nodes_run(
    postgres: Postgres, ready_database_url: str
) -> None:
    async def with_a_node() -> Looked:
        async with living(ready_database_url, "all"):
            return await asyncio.to_thread(looked, ready_database_url)

    names = "SELECT relname FROM pg_class WHERE relname ~ '^sample_[0-9]+$' ORDER BY relname DESC"
    database = database_of(ready_database_url)
    for day in postgres.run(names, database).splitlines()[:7]:
        postgres.run(f"DROP TABLE {day}", database)

    assert wrong(looked(ready_database_url)) == {}  # the next start makes them
    check = only(asyncio.run(with_a_node()))
    assert (check.subject, check.grade) == ("tables of days", Grade.PROBLEM)
    assert "sample" in check.what


def test_rows_outside_the_tables_of_their_days_are_told(
    postgres: Postgres, ready_database_url: str
) -> None:
    insert = (
        "INSERT INTO message (id, station_id, direction, action, message_id, at, latency_us, call,"
        " answered) VALUES (5, 1, 'up', 'Heartbeat', 'm', 0, 0, '', 'none')"
    )
    postgres.run(insert, database_of(ready_database_url))

    assert only(looked(ready_database_url)).subject == "tables of days"


@pytest.mark.parametrize(
    ("ahead_s", "grade", "word"),
    [(30, Grade.PROBLEM, "behind"), (-30, Grade.PROBLEM, "ahead"), (3, Grade.NOTICE, "behind")],
)
def test_clocks_that_differ_are_told(
    ready_database_url: str, ahead_s: float, grade: Grade, word: str
) -> None:
    check = wrong(looked(ready_database_url, ahead_s=ahead_s))["database clock"]

    assert check.grade is grade
    assert word in check.what


def test_too_few_connections_for_the_nodes_are_a_problem(
    postgres: Postgres, ready_database_url: str
) -> None:
    postgres.run(f"ALTER DATABASE {database_of(ready_database_url)} CONNECTION LIMIT 22")

    assert wrong(looked(ready_database_url, processes=2)) == {}
    check = only(looked(ready_database_url, processes=4))
    assert (check.subject, check.grade) == ("database connections", Grade.PROBLEM)
    assert "4 nodes" in check.what


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("synchronous_commit", "off"),
        ("default_transaction_read_only", "on"),
    ],
)
def test_a_setting_of_the_database_that_breaks_promises_is_a_problem(
    postgres: Postgres, ready_database_url: str, name: str, value: str
) -> None:
    database = database_of(ready_database_url)
    postgres.run(f"ALTER DATABASE {database} SET {name} = {value}")

    check = only(looked(ready_database_url))
    assert (check.subject, check.grade) == ("database settings", Grade.PROBLEM)
    assert name in check.what


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_a_power_cut_destroys_is_a_problem(
    postgres: Postgres, ready_database_url: str, name: str
) -> None:
    with server_setting(postgres, name, "off"):
        check = only(looked(ready_database_url))

    assert (check.subject, check.grade) == ("database settings", Grade.PROBLEM)
    assert "power cut" in check.what


@pytest.mark.parametrize(
    ("begun_by", "grade"),
    [("SELECT pg_current_xact_id()", Grade.PROBLEM), ("SELECT 1 FROM station", Grade.NOTICE)],
)
def test_a_transaction_that_stays_open_is_told(
    ready_database_url: str, monkeypatch: pytest.MonkeyPatch, begun_by: str, grade: Grade
) -> None:
    monkeypatch.setattr(pg_health, "LONG_S", 0)

    async def look_beside_it() -> Looked:
        forgotten = await asyncpg.connect(
            ready_database_url, server_settings={"application_name": "forgotten"}
        )
        try:
            async with forgotten.transaction(isolation="repeatable_read"):
                await forgotten.execute(begun_by)
                return await asyncio.to_thread(looked, ready_database_url)
        finally:
            await forgotten.close()

    check = only(asyncio.run(look_beside_it()))
    assert (check.subject, check.grade) == ("long transactions", grade)
    assert "forgotten" in check.what


def test_a_duty_that_no_living_node_has_is_a_problem(ready_database_url: str) -> None:
    async def with_gateways() -> Looked:
        async with living(ready_database_url, "gateway", "gateway", "worker"):
            return await asyncio.to_thread(looked, ready_database_url)

    found = asyncio.run(with_gateways())
    (problem,) = [it for it in found.checks if it.subject == "nodes" and it.advice]
    assert problem.grade is Grade.PROBLEM
    assert "role web" in problem.what
    assert found.figures.gateways == 2


def test_figures_come_along(postgres: Postgres, ready_database_url: str) -> None:
    database = database_of(ready_database_url)
    postgres.run("INSERT INTO meta VALUES ('server_key', 'abc')", database)
    postgres.run(
        "INSERT INTO event (id, org_id, kind, at, data) VALUES (1, 1, 'x', 77, '{}')", database
    )

    figures = looked(ready_database_url).figures
    assert (figures.key_mark, figures.newest_event_at, figures.stations) == ("abc", 77, 0)
