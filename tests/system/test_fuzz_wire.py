"""The short form of the live part of ``make fuzz``."""

import pytest

from tests.fuzz.live import mistreat
from tests.system.server import Server


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_texts_nobody_should_send_are_answered_once_and_all_links_live_on(
    server: Server, version: str, request: pytest.FixtureRequest
) -> None:
    seed = request.config.getoption("randomly_seed")
    await mistreat(server, version, 200, seed=seed)
