"""Every message of every version is understood or sent, has golden frames and a covering test."""

from collections.abc import Iterator

import pytest

from ogniwo.ocpp.catalogue import VERSIONS, Version
from ogniwo.ocpp.messages import Message
from tests.ocpp.golden_frames import FOLDER, path_of
from tools.reference.covered import covering_tests

versions = pytest.mark.parametrize("version", list(VERSIONS))


def lacking(version: Version, message: Message) -> Iterator[str]:
    """Which of its ways have nobody at our end."""
    if message.direction != "down" and message.action not in version._inbound:
        yield "handler"
    if message.direction != "up":
        carried = {action for it in version._outbound.values() for action in it.actions}
        if message.action not in carried:
            yield "order"


@versions
def test_every_message_has_its_handler_or_order(version: str) -> None:
    messages = VERSIONS[version].messages.values()
    missing = [(it.action, way) for it in messages for way in lacking(VERSIONS[version], it)]

    assert missing == []


@versions
def test_every_message_is_covered_by_a_test_that_looks_at_what_came_of_it(version: str) -> None:
    covered = {action for of, action in covering_tests() if of == version}

    assert VERSIONS[version].messages.keys() - covered == set()


@versions
def test_every_message_has_golden_frames(version: str) -> None:
    messages = VERSIONS[version].messages

    assert [it for it in messages if not path_of(version, it).exists()] == []


@versions
def test_every_golden_frame_is_of_a_message(version: str) -> None:
    folder = FOLDER / version.removeprefix("ocpp")

    assert {it.stem for it in folder.iterdir()} == VERSIONS[version].messages.keys()


@pytest.mark.parametrize(
    ("version", "count"), [("ocpp1.6", 39), ("ocpp2.0.1", 64), ("ocpp2.1", 91)]
)
def test_no_message_of_the_standard_is_forgotten(version: str, count: int) -> None:
    assert len(VERSIONS[version].messages) == count
