"""E14: a station is asked what it knows of a transaction."""

import pytest

from tests.system.server import Server, api_of
from tests.system.station import connected
from tests.system.station201 import Station201
from tests.system.versions import KINDS_2X, a_name


@pytest.mark.covers("GetTransactionStatus")
@pytest.mark.parametrize("kind", KINDS_2X)
@pytest.mark.parametrize(
    ("ongoing", "waiting", "result"),
    [
        (True, True, "ongoing, messages wait"),
        (False, True, "ended, messages wait"),
        (False, False, "ended, no messages wait"),
    ],
)
async def test_what_the_station_knows_of_a_transaction_is_told_and_kept(
    server: Server, kind: type[Station201], *, ongoing: bool, waiting: bool, result: str
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetTransactionStatus"] = {
            "ongoing_indicator": ongoing,
            "messages_in_queue": waiting,
        }
        command = await api.order(name, "get_transaction_status", transaction_id="T-1", wait_s=5)
        asked = await station.ordered("GetTransactionStatus")
        kept = await api.only_holding(name, "transaction")

    assert asked == {"transaction_id": "T-1"}
    assert (command["state"], command["result"]) == ("accepted", result)
    assert (kept["key"], kept["state"]) == ("T-1", "ongoing" if ongoing else "ended")
    assert kept["data"] == {"messages_waiting": waiting}


@pytest.mark.covers("GetTransactionStatus")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_without_a_transaction_it_is_asked_whether_anything_waits(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["GetTransactionStatus"] = {"messages_in_queue": True}
        command = await api.order(name, "get_transaction_status", wait_s=5)
        kept = await api.only_holding(name, "transaction")

    assert command["result"] == "messages wait"
    assert (kept["key"], kept["state"], kept["data"]["messages_waiting"]) == ("all", None, True)
