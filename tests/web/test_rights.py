"""Each role does what is its work and nothing else, at every address there is."""

from typing import Any, Final, get_args

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from ogniwo.app.live import SessionLive, StationLive
from ogniwo.domain.events import ABOUT_PEOPLE
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.people import RIGHTS, Right, Role
from ogniwo.web.application import _resources
from ogniwo.web.gate import SAFE_METHODS
from ogniwo.web.ports import LiveBatch
from tests.web.test_live import told
from tests.web.world import (
    API_TOKEN,
    Network,
    a_message,
    a_session,
    a_station,
    an_event,
    open_room,
    somebody,
)

API: Final = "/api/v1"
# Written down here once more, so that nobody is given a right by a slip.
WORK: Final = {
    "viewer": {"read"},
    "technician": {"read", "serve"},
    "energy_manager": {"read", "limit"},
    "finance": {"read", "settle"},
    "operator": {"read", "serve", "limit", "operate", "settle"},
    "admin": {"read", "serve", "limit", "operate", "settle", "administer"},
}
# Of the orders those that are more than looking after a station.
ORDERS: Final = {
    "limit": {
        "afrr_signal", "clear_charging_profiles", "clear_der_control", "clear_limit",
        "get_charging_profiles", "get_composite_schedule", "get_der_control",
        "notify_allowed_energy_transfer", "set_charging_profile", "set_der_control", "set_limit",
        "update_dynamic_schedule", "use_priority_charging", "verify_limit",
    },
    "operate": {
        "change_transaction_tariff", "clear_cache", "clear_tariffs", "cost_updated",
        "customer_information", "data_transfer", "final_cost", "raw", "send_local_list",
        "set_default_tariff", "set_user_price",
    },
}  # fmt: skip


def as_role(network: Network, role: str, *, sites: frozenset[int] | None = None) -> Network:
    """Whoever calls has this role from now on."""
    network.bearers[API_TOKEN] = somebody("a program", role=Role(role), sites=sites)
    return network


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    document = (await client.get(f"{API}/openapi.json")).json()
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def answered(client: httpx.AsyncClient, method: str, path: str) -> tuple[int, str]:
    """Status and code; a stream is not listened to."""
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    async with client.stream(method, path.format_map(_Anything()), json=body) as answer:
        if answer.is_success:
            return answer.status_code, ""
        await answer.aread()
        return answer.status_code, answer.json()["code"]


class _Anything(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return "7"


def test_roles_have_the_rights_of_their_work() -> None:
    assert {role.value: {it.value for it in rights} for role, rights in RIGHTS.items()} == WORK


def test_an_order_takes_the_right_that_fits_what_it_does() -> None:
    taken: dict[str, set[str]] = {}
    for order in get_args(AnyOrder):
        if order.right is not Right.SERVE:
            taken.setdefault(order.right.value, set()).add(order.__struct_config__.tag)

    assert taken == ORDERS


def test_every_handler_that_changes_something_names_its_right() -> None:
    silent = [
        handler.handler_name
        for handler in _resources()
        if isinstance(handler, HTTPRouteHandler)
        if not handler.http_methods <= SAFE_METHODS and "right" not in handler.opt
    ]

    assert silent == []


@pytest.mark.parametrize("role", WORK)
async def test_at_every_address_a_role_is_refused_what_is_not_its_work(role: str) -> None:
    async with open_room() as room, room.program() as client:
        all_operations = await operations(client)
        as_role(room.network, role)
        wrong = []
        for method, path, operation in all_operations:
            status, code = await answered(client, method, path)
            refused = (status, code) == (403, "not_permitted")
            if refused == bool(WORK[role] & set(operation["x-rights"])) or status >= 500:
                wrong.append((method, path, status, code))

    assert wrong == []


async def test_who_is_refused_is_told_which_roles_may() -> None:
    async with open_room(as_role(Network(), "technician")) as room, room.program() as client:
        answer = await client.delete(f"{API}/tokens/04AABB")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "not_permitted")
    assert problem["roles"] == ["operator", "admin"]
    assert "operator or admin" in problem["detail"]


@pytest.mark.parametrize(
    ("role", "command", "status"),
    [
        ("technician", {"command": "reset"}, 202),
        ("technician", {"command": "clear_limit"}, 403),
        ("technician", {"command": "clear_cache"}, 403),
        ("energy_manager", {"command": "clear_limit"}, 202),
        ("energy_manager", {"command": "reset"}, 403),
        ("operator", {"command": "clear_cache"}, 202),
        ("finance", {"command": "reset"}, 403),
    ],
)
async def test_an_order_is_given_by_those_who_have_its_right(
    role: str, command: dict[str, str], status: int
) -> None:
    async with open_room(as_role(Network(), role)) as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()

        answer = await client.post(f"{API}/stations/CP-1/commands", json=command)

        assert answer.status_code == status, answer.text
        assert len(room.network.orders) == (status == 202)


def two_sites() -> Network:
    """CP-1 at site 1, CP-2 at site 2, CP-3 at none, a session and a message of each."""
    network = Network()
    for number, site_id in ((1, "1"), (2, "2"), (3, None)):
        name = f"CP-{number}"
        network.all_stations[name] = a_station(name, site_id=site_id)
        network.all_sessions.append(a_session(700 + number, station_id=name))
        network.all_messages.append(a_message(800 + number, station_id=name))
        network.all_events.append(an_event(900 + number, station_id=name))
    return network


async def test_who_is_limited_to_sites_sees_what_is_there_and_nothing_else() -> None:
    network = as_role(two_sites(), "operator", sites=frozenset({2}))
    async with open_room(network) as room, room.program() as client:
        seen = {
            path: [it["id"] for it in (await client.get(API + path)).json()["items"]]
            for path in ("/stations", "/sessions", "/messages", "/event-log")
        }

    assert seen == {
        "/stations": ["CP-2"],
        "/sessions": ["702"],
        "/messages": ["802"],
        "/event-log": ["902"],
    }


async def test_at_every_address_of_a_station_elsewhere_it_does_not_exist() -> None:
    network = as_role(two_sites(), "admin", sites=frozenset({1}))
    async with open_room(network) as room, room.program() as client:
        wrong = []
        for method, path, _ in await operations(client):
            elsewhere = path.replace("{identity}", "CP-2").replace("{session_id}", "702")
            if elsewhere == path:
                continue
            status, code = await answered(client, method, elsewhere)
            if (status, code) not in {(404, "no_such_station"), (404, "no_such_session")}:
                wrong.append((method, path, status, code))

    assert wrong == []
    assert network.orders == []


async def test_what_is_of_no_station_is_changed_by_those_who_look_after_all() -> None:
    network = as_role(two_sites(), "admin", sites=frozenset({1}))
    async with open_room(network) as room, room.program() as client:
        refused = {
            (method, path)
            for method, path, operation in await operations(client)
            if (await answered(client, method, path)) == (403, "not_permitted")
            if operation.get("x-everywhere")
        }
        told = {
            (method, path)
            for method, path, operation in await operations(client)
            if operation.get("x-everywhere")
        }

    assert refused == told
    assert {
        ("GET", f"{API}/connection-attempts"),
        ("POST", f"{API}/connection-attempts/{{attempt_id}}/accept"),
        ("POST", f"{API}/tokens"),
        ("PUT", f"{API}/quirk-profiles"),
        ("PUT", f"{API}/firmware/{{name}}"),
    } <= refused


@pytest.mark.parametrize(("site_id", "status"), [("1", 201), ("2", 403), (None, 403)])
async def test_who_is_limited_registers_stations_at_those_sites(
    site_id: str | None, status: int
) -> None:
    network = as_role(two_sites(), "operator", sites=frozenset({1}))
    async with open_room(network) as room, room.program() as client:
        made = await client.post(f"{API}/stations", json={"id": "NEW", "site_id": site_id})
        moved = await client.patch(f"{API}/stations/CP-1", json={"site_id": site_id})

    assert made.status_code == status, made.text
    assert moved.status_code == (200 if status == 201 else status), moved.text


async def test_a_limited_stream_tells_of_no_other_station_and_of_one_that_comes() -> None:
    network = as_role(two_sites(), "viewer", sites=frozenset({2}))
    async with (
        open_room(network) as room,
        room.program() as client,
        client.stream("GET", f"{API}/events", params={"after": "900"}) as response,
    ):
        heard = told(response)
        replayed = await anext(heard)
        await room.followed()
        network.batches.put_nowait(
            LiveBatch(
                sessions=[
                    SessionLive(id=str(700 + number), station_id=f"CP-{number}", state="charging")
                    for number in (1, 2)
                ],
                stations=[StationLive(id=f"CP-{number}", connected=True) for number in (1, 2)],
            )
        )
        moves = [await anext(heard), await anext(heard)]
        network.all_stations["CP-3"] = a_station("CP-3", site_id="2")
        network.happens(
            an_event(951, station_id="CP-1"),
            an_event(952, "registration_changed", station_id="CP-3"),
        )
        arrived = await anext(heard)

    assert replayed[1] == "902"
    assert [(kind, [it["id"] for it in items]) for kind, _, items in moves] == [  # type: ignore[attr-defined] # these kinds carry lists
        ("sessions", ["702"]),
        ("stations", ["CP-2"]),
    ]
    assert arrived[1] == "952"


# Who may see who is let in, of all who read events.
SEES_PEOPLE: Final = [
    ("admin", None, True),
    ("operator", None, False),
    ("viewer", None, False),
    ("admin", frozenset({1}), False),
    ("viewer", frozenset({1}), False),
]


@pytest.mark.parametrize(("role", "sites", "told_of_people"), SEES_PEOPLE)
async def test_who_was_let_in_is_told_to_those_who_may_see_people(
    role: str, *, sites: frozenset[int] | None, told_of_people: bool
) -> None:
    network = as_role(two_sites(), role, sites=sites)
    for number, kind in enumerate(sorted(ABOUT_PEOPLE)):
        network.all_events.append(an_event(910 + number, kind, station_id=None))
    network.all_events.append(an_event(950, station_id="CP-1"))
    async with (
        open_room(network) as room,
        room.program() as client,
        client.stream("GET", f"{API}/events", params={"after": "903"}) as response,
    ):
        newest = (await client.get(f"{API}/event-log")).json()["items"]
        later = (await client.get(f"{API}/event-log", params={"after": "903"})).json()["items"]
        heard = told(response)
        replayed = [(await anext(heard))[1]]
        while replayed[-1] != "950":
            replayed.append((await anext(heard))[1])
        await room.followed()
        network.happens(
            an_event(951, "user_removed", station_id=None), an_event(952, station_id="CP-1")
        )
        live = [(await anext(heard))[1]]
        while live[-1] != "952":
            live.append((await anext(heard))[1])

    about = [str(910 + number) for number in range(len(ABOUT_PEOPLE))] if told_of_people else []
    assert [it["id"] for it in later] == [*about, "950"] == replayed
    assert {it["id"] for it in newest} & {str(910 + it) for it in range(20)} == set(about)
    assert live == [*(["951"] if told_of_people else []), "952"]
