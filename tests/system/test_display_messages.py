"""O. Display message: what a station shows, told by orders and by its own reports."""

from typing import Any

import pytest

from tests.system.server import Server, api_of
from tests.system.station import connected
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import KINDS_2X, a_name


def shown(number: int, text: str, **more: Any) -> dict[str, Any]:
    message = {"format": "UTF8", "content": text}
    return {"id": number, "priority": "NormalCycle", "message": message, **more}


@pytest.mark.covers("SetDisplayMessage", "ClearDisplayMessage")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_message_is_on_file_from_its_setting_to_its_clearing(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(
            name,
            "set_display_message",
            text="Zapraszamy",
            language="pl",
            state="idle",
            message=3,
            wait_s=5,
        )
        told = await station.ordered("SetDisplayMessage")
        kept = await api.only_holding(name, "display_message")
        await api.order(name, "clear_display_message", message=3, wait_s=5)
        cleared = await station.ordered("ClearDisplayMessage")
        after = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert told["message"]["message"]["content"] == "Zapraszamy"
    assert (told["message"]["id"], told["message"]["state"]) == (3, "Idle")
    assert (kept["key"], kept["value"], kept["data"]["language"]) == ("3", "Zapraszamy", "pl")
    assert cleared == {"id": 3}
    assert after == []


@pytest.mark.covers("GetDisplayMessages", "NotifyDisplayMessages")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_report_of_all_messages_ends_the_order_and_what_it_does_not_name_is_gone(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_display_message", text="old", message=1, wait_s=5)
        await station.ordered("SetDisplayMessage")
        command = await api.order(name, "get_display_messages")
        asked = await station.ordered("GetDisplayMessages")
        number = asked["request_id"]
        await station.call(
            "NotifyDisplayMessages", request_id=number, message_info=[shown(2, "two")], tbc=True
        )
        under_way = await api.get(f"/commands/{command['id']}")
        await station.call(
            "NotifyDisplayMessages", request_id=number, message_info=[shown(5, "five")]
        )
        ended = await api.get(f"/commands/{command['id']}")
        kept = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert (under_way["state"], ended["state"]) == ("accepted", "applied")
    assert [(it["key"], it["value"]) for it in kept] == [("2", "two"), ("5", "five")]


@pytest.mark.covers("GetDisplayMessages", "NotifyDisplayMessages")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_report_of_some_messages_says_nothing_of_the_others(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_display_message", text="one", message=1, wait_s=5)
        await station.ordered("SetDisplayMessage")
        await api.order(name, "get_display_messages", messages=[2])
        asked = await station.ordered("GetDisplayMessages")
        await station.call(
            "NotifyDisplayMessages", request_id=asked["request_id"], message_info=[shown(2, "two")]
        )
        kept = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert asked["id"] == [2]
    assert [it["key"] for it in kept] == ["1", "2"]


@pytest.mark.covers("SetDisplayMessage")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_text_always_in_front_takes_the_place_of_the_one_before(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    in_turn = [(1, "normal_cycle"), (2, "always_front"), (3, "always_front"), (3, "always_front")]
    async with api_of(server) as api, connected(kind, server.url(name), name):
        for message, priority in in_turn:
            text = f"text {message}"
            await api.order(
                name, "set_display_message", text=text, message=message, priority=priority, wait_s=5
            )
        kept = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert [(it["key"], it["value"]) for it in kept] == [("1", "text 1"), ("3", "text 3")]


@pytest.mark.covers("GetDisplayMessages")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_station_without_messages_says_so_at_once(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        await api.order(name, "set_display_message", text="one", message=1, wait_s=5)
        station.answers["GetDisplayMessages"] = {"status": "Unknown"}
        command = await api.order(name, "get_display_messages", wait_s=5)
        kept = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert (command["state"], command["result"]) == ("applied", "Unknown")
    assert command["reason"] == "the station has no such message"
    assert kept == []


@pytest.mark.covers("SetDisplayMessage", "ClearDisplayMessage")
@pytest.mark.parametrize("kind", KINDS_2X)
async def test_a_refusal_says_what_to_do_and_changes_nothing(
    server: Server, kind: type[Station201]
) -> None:
    name = a_name(kind)
    async with api_of(server) as api, connected(kind, server.url(name), name) as station:
        station.answers["SetDisplayMessage"] = {"status": "NotSupportedPriority"}
        refused = await api.order(
            name, "set_display_message", text="x", priority="always_front", wait_s=5
        )
        station.answers["ClearDisplayMessage"] = {"status": "Unknown"}
        unknown = await api.order(name, "clear_display_message", message=4, wait_s=5)
        kept = await api.all(f"/stations/{name}/holdings", kind="display_message")

    assert (refused["state"], unknown["state"]) == ("rejected", "rejected")
    assert "try normal_cycle" in refused["reason"]
    assert unknown["reason"] == "the station has no such message"
    assert kept == []


@pytest.mark.covers("SetDisplayMessage", versions=("ocpp2.1",))
async def test_only_2_1_shows_qr_codes(server: Server) -> None:
    old, new = a_name(Station201), a_name(Station21)
    code: dict[str, Any] = {"text": "https://pay.example/1", "format": "qr_code"}
    async with (
        api_of(server) as api,
        connected(Station201, server.url(old), old),
        connected(Station21, server.url(new), new) as station,
    ):
        body = {"command": "set_display_message", **code}
        status, _ = await api.refused("POST", f"/stations/{old}/commands", body)
        await api.order(new, "set_display_message", **code, state="suspended", wait_s=5)
        told = await station.ordered("SetDisplayMessage")

    assert status == 409
    assert told["message"]["message"]["format"] == "QRCODE"
    assert told["message"]["state"] == "Suspended"
