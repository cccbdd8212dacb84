"""N. Customer information: asked for, joined from its parts, and kept out of everything else."""

import json

import pytest

from tests.system.server import Server, api_of
from tests.system.station import connected, now, text_of
from tests.system.station201 import Station201
from tests.system.versions import KINDS_2X, a_name, a_token


@pytest.mark.covers("CustomerInformation", "NotifyCustomerInformation")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_the_parts_of_a_report_are_joined_and_end_the_order(
    server: Server, kind: type[Station201]
) -> None:
    name, token = a_name(kind), a_token()
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(name, "customer_information", token=token, clear=True)
        asked = await station.ordered("CustomerInformation")
        for part, text in enumerate(("Jan Kowalski, ", "ul. Polna 1, ", "12 sessions")):
            await station.call(
                "NotifyCustomerInformation",
                request_id=asked["request_id"],
                data=text,
                seq_no=part,
                generated_at=text_of(now()),
                tbc=part < 2,
            )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.only_holding(name, "customer_data")
        events = (await api.get("/event-log", limit=200))["items"]

    assert asked["id_token"]["id_token"] == token
    assert (asked["report"], asked["clear"]) == (True, True)
    assert ended["state"] == "applied"
    assert kept["value"] == "Jan Kowalski, ul. Polna 1, 12 sessions"
    assert (kept["key"], kept["state"]) == (str(asked["request_id"]), "complete")
    assert "Kowalski" not in json.dumps(events)
    assert "Kowalski" not in server.stderr


@pytest.mark.covers("CustomerInformation")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_data_that_is_only_cleared_is_not_reported(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        command = await api.order(
            name, "customer_information", identifier="C-7", report=False, clear=True, wait_s=5
        )
        asked = await station.ordered("CustomerInformation")

    assert command["state"] == "applied"
    assert (asked["customer_identifier"], asked["report"]) == ("C-7", False)


@pytest.mark.covers("CustomerInformation")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_customer_is_named_in_exactly_one_way(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    path = f"/stations/{name}/commands"
    certificate = {
        "hash_algorithm": "sha256",
        "issuer_name_hash": "ab",
        "issuer_key_hash": "cd",
        "serial_number": "01",
    }
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        nobody = await api.refused("POST", path, {"command": "customer_information"})
        both = {"command": "customer_information", "token": "AB", "identifier": "C"}
        twice = await api.refused("POST", path, both)
        await api.order(name, "customer_information", certificate=certificate)
        asked = await station.ordered("CustomerInformation")

    assert (nobody, twice) == ((409, "order_not_possible"), (409, "order_not_possible"))
    assert asked["customer_certificate"]["issuer_name_hash"] == "ab"
    assert asked["customer_certificate"]["hash_algorithm"] == "SHA256"
