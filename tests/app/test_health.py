from ogniwo.app.health import Health
from ogniwo.base.clock import SystemClock
from ogniwo.base.limits import STORAGE_PATIENCE_S


class Writer:
    healthy = True
    held_since_ms: int | None = None
    rows_waiting = 7


class Clock(SystemClock):
    ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms


def test_a_database_that_is_away_makes_us_unready_at_once_and_is_given_up_later() -> None:
    writer, clock = Writer(), Clock()
    health = Health(writer, clock)
    assert health.ready() == []

    writer.healthy, writer.held_since_ms = False, clock.ms
    assert [trouble.code for trouble in health.ready()] == ["storage_away"]
    assert not health.storage_given_up()

    clock.ms += STORAGE_PATIENCE_S * 1_000 + 1
    assert health.storage_given_up()

    writer.healthy, writer.held_since_ms = True, None
    assert health.ready() == []
    assert not health.storage_given_up()


def test_a_node_with_nothing_to_write_knows_too_that_its_database_is_away() -> None:
    clock = Clock()
    since_ms: list[int | None] = [None]
    health = Health(Writer(), clock, cut_off=lambda: since_ms[0])
    assert not health.storage_given_up()

    since_ms[0] = clock.ms
    assert [trouble.code for trouble in health.ready()] == ["storage_away"]
    assert not health.storage_given_up()

    clock.ms += STORAGE_PATIENCE_S * 1_000 + 1
    assert health.storage_given_up()


def test_a_writer_that_has_ended_is_given_up_at_once() -> None:
    writer = Writer()
    writer.healthy = False
    assert Health(writer, Clock()).storage_given_up()


def test_a_server_that_stops_is_not_ready() -> None:
    health = Health(Writer(), Clock())
    health.stopping = True
    assert [trouble.code for trouble in health.ready()] == ["stopping"]


def test_a_server_that_starts_is_not_ready_yet() -> None:
    health = Health(Writer(), Clock())
    health.starting = True
    assert [trouble.code for trouble in health.ready()] == ["starting"]
