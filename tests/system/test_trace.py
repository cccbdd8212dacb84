"""A technician finds a message: by what was wrong, by its id, and with what happened around it."""

from datetime import timedelta

from tests.system.server import Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token
from tests.system.wire import wired


async def test_messages_are_found_by_direction_by_several_actions_and_by_trouble(
    server: Server,
) -> None:
    name = a_name()
    async with api_of(server) as api, wired(server.url(name), "ocpp1.6") as wire:
        await wire.call("DataTransfer", {"vendorId": "volta"}, "beat-1")
        await wire.send('[2,"odd-1","NoSuchAction",{}]')
        await wire.receive()
        await wire.call("Authorize", {"idTag": "04AB"}, "ask-1")
        asked = {"station_id": name}
        found = {
            "down": await api.all("/messages", **asked, direction="down"),
            "two": await api.all("/messages", **asked, action="DataTransfer,Authorize"),
            "errors": await api.all("/messages", **asked, errors=True),
            "by id": await api.all("/messages", **asked, message_id="beat-1"),
        }

    names = {how: [it["message_id"] for it in those] for how, those in found.items()}
    assert names == {
        "down": [],
        "two": ["ask-1", "beat-1"],
        "errors": ["odd-1"],
        "by id": ["beat-1"],
    }


async def test_a_message_has_an_address_and_tells_what_happened_around_it(server: Server) -> None:
    name, other = a_name(), a_name()
    async with (
        api_of(server) as api,
        wired(server.url(name), "ocpp1.6") as wire,
        wired(server.url(other), "ocpp1.6") as elsewhere,
    ):
        for number in range(5):
            await wire.call("Authorize", {"idTag": "04AB"}, f"ask-{number}")
            await elsewhere.call("Authorize", {"idTag": "04AB"}, f"other-{number}")
        (middle,) = await api.all("/messages", station_id=name, message_id="ask-2")
        told = await api.get(f"/messages/{middle['id']}", around=1)
        nothing = await api.refused("GET", "/messages/1")

    assert told["message"]["call_text"] == '[2, "ask-2", "Authorize", {"idTag": "04AB"}]'
    assert [it["message_id"] for it in told["before"]] == ["ask-1"]
    assert [it["message_id"] for it in told["after"]] == ["ask-3"]
    assert nothing == (404, "no_such_message")


async def test_a_session_s_messages_come_in_the_order_of_time(server: Server) -> None:
    name, began = a_name(Station16), now() - timedelta(hours=1)
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        charging = await station.start(await api.token(a_token()), wh=0, at=began)
        await station.measure(charging, wh=10, w=1_000, at=began + timedelta(minutes=5))
        await station.stop(charging, wh=20, at=began + timedelta(minutes=9))
        session = await api.only_session(name)
        told = await api.get(f"/sessions/{session['id']}/messages", lang="pl")

    actions = [it["action"] for it in told["items"]]
    assert actions[0] == "StartTransaction"
    assert actions[-1] == "StopTransaction"
    assert "MeterValues" in actions
    assert all(it["words"] for it in told["items"])
