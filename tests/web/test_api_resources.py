"""Each resource of the API over a real socket."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from ogniwo.app.views import EventView, SampleView, TokenView
from ogniwo.domain.access import IdToken, TokenType
from ogniwo.domain.orders import (
    ChangeAvailability,
    RemoteStart,
    RemoteStop,
    Reset,
    ResetKind,
    Trigger,
    TriggerMessage,
    Unlock,
)
from tests.web.world import (
    NOW,
    a_message,
    a_session,
    a_station,
    an_attempt,
    an_event,
    open_room,
)

API = "/api/v1"


async def test_a_list_is_cut_and_goes_on_where_it_was_cut() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations = {name: a_station(name) for name in ("A", "B", "C")}

        first = (await client.get(f"{API}/stations", params={"limit": 2})).json()
        rest = (
            await client.get(f"{API}/stations", params={"limit": 2, "cursor": first["next_cursor"]})
        ).json()

        assert [one["id"] for one in first["items"]] == ["A", "B"]
        assert [one["id"] for one in rest["items"]] == ["C"]
        assert rest["next_cursor"] is None


async def test_a_station_is_registered_changed_and_removed() -> None:
    async with open_room() as room, room.program() as client:
        created = await client.post(
            f"{API}/stations", json={"id": "CP-9", "name": "Yard", "password": "long-enough"}
        )
        changed = await client.patch(f"{API}/stations/CP-9", json={"name": "North yard"})
        removed = await client.delete(f"{API}/stations/CP-9")
        gone = await client.get(f"{API}/stations/CP-9")

        assert created.status_code == 201
        assert created.headers["location"] == f"{API}/stations/CP-9"
        assert created.json()["name"] == "Yard"
        assert changed.json()["name"] == "North yard"
        assert removed.status_code == 204
        assert gone.status_code == 404


async def test_a_change_of_one_field_leaves_the_others_alone() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station(name="Yard", site_id="7")

        await client.patch(f"{API}/stations/CP-1", json={"name": None})

        station = room.network.all_stations["CP-1"]
        assert (station.name, station.site_id) == (None, "7")


@pytest.mark.parametrize("identity", ["a b|c", "ŁÓDŹ-1", "50%", "a+b", "xy@z=*"])
async def test_an_odd_identity_works_in_every_path(identity: str) -> None:
    async with open_room() as room, room.program() as client:
        created = await client.post(f"{API}/stations", json={"id": identity})
        shown = await client.get(created.headers["location"])
        ordered = await client.post(
            created.headers["location"] + "/commands", json={"command": "reset"}
        )

        assert shown.json()["id"] == identity
        assert ordered.json()["station_id"] == identity


@pytest.mark.parametrize(
    ("body", "order"),
    [
        (
            {"command": "remote_start", "token": "04AABB", "evse": 1},
            RemoteStart(token=IdToken("04AABB"), evse=1),
        ),
        (
            {"command": "remote_start", "token": "x", "token_type": "emaid", "connector": 2},
            RemoteStart(token=IdToken("x", TokenType.EMAID), connector=2),
        ),
        ({"command": "remote_stop", "transaction_id": "17"}, RemoteStop(transaction_id="17")),
        ({"command": "reset", "kind": "on_idle"}, Reset(kind=ResetKind.ON_IDLE)),
        ({"command": "unlock", "evse": 2}, Unlock(evse=2, connector=1)),
        (
            {"command": "trigger", "message": "heartbeat"},
            Trigger(message=TriggerMessage.HEARTBEAT),
        ),
        (
            {"command": "change_availability", "operative": False, "evse": 1},
            ChangeAvailability(operative=False, evse=1),
        ),
    ],
)
async def test_an_order_of_the_api_is_the_order_of_the_domain(
    body: dict[str, object], order: object
) -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()

        answer = await client.post(f"{API}/stations/CP-1/commands", json=body)

        assert answer.status_code == 202
        assert answer.headers["location"] == f"{API}/commands/{answer.json()['id']}"
        assert room.network.orders == [("CP-1", order, "a program")]


async def test_an_order_may_be_waited_for_or_asked_after() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()
        path = f"{API}/stations/CP-1/commands"

        at_once = (await client.post(path, json={"command": "reset"})).json()
        waited = (await client.post(f"{path}?wait=5", json={"command": "reset"})).json()
        asked = (await client.get(f"{API}/commands/{waited['id']}")).json()
        listed = (await client.get(f"{API}/commands", params={"station_id": "CP-1"})).json()
        states = {"state": ["applied", "failed"]}
        ended = (await client.get(f"{API}/commands", params=states)).json()
        misspelt = await client.get(f"{API}/commands", params={"state": "done"})

        assert [one["id"] for one in ended["items"]] == [waited["id"]]
        assert misspelt.status_code == 400
        assert (at_once["state"], waited["state"]) == ("sent", "applied")
        assert asked == waited
        assert [one["id"] for one in listed["items"]] == [waited["id"], at_once["id"]]


async def test_the_idempotency_key_comes_by_body_or_header() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()
        path, header = f"{API}/stations/CP-1/commands", {"Idempotency-Key": "from-header"}

        by_header = await client.post(path, json={"command": "reset"}, headers=header)
        by_both = await client.post(
            path, json={"command": "reset", "idempotency_key": "from-body"}, headers=header
        )

        assert by_header.json()["parameters"]["idempotency_key"] == "from-header"
        assert by_both.json()["parameters"]["idempotency_key"] == "from-body"


async def test_a_raw_call_goes_through_as_it_is() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations["CP-1"] = a_station()

        answer = await client.post(
            f"{API}/stations/CP-1/ocpp", json={"action": "Reset", "payload": {"type": "Hard"}}
        )

        assert answer.json() == {"state": "accepted", "payload": {"status": "Accepted"}}
        assert room.network.raw_calls == [("CP-1", "Reset", b'{"type":"Hard"}')]


async def test_sessions_are_filtered() -> None:
    async with open_room() as room, room.program() as client:
        running = a_session(700)
        closed = a_session(
            701, station_id="CP-2", state="closed", ended_at=NOW, flags=["late_data"]
        )
        room.network.all_sessions = [running, closed]

        async def found(**where: object) -> list[str]:
            answer = await client.get(f"{API}/sessions", params=where)  # type: ignore[arg-type] # httpx turns it into text
            return [one["id"] for one in answer.json()["items"]]

        assert await found() == ["700", "701"]
        assert await found(station_id="CP-2") == ["701"]
        assert await found(state="closed") == ["701"]
        assert await found(running="true") == ["700"]
        assert await found(flagged="true") == ["701"]
        assert await found(token="04:aa:bb") == ["700", "701"]
        assert await found(**{"from": "2026-05-17T09:00:00Z"}) == []
        assert await found(**{"from": "2026-05-17T09:00:00+02:00"}) == ["700", "701"]
        assert await found(to="2026-05-17T08:00:00Z") == []


async def test_a_plus_that_was_not_encoded_is_understood() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_sessions = [a_session()]

        answer = await client.get(f"{API}/sessions?from=2026-05-17T09:00:00+02:00")

        assert len(answer.json()["items"]) == 1


async def test_a_timeline_tells_events_with_the_readings_between_them() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_sessions = [a_session(700)]
        room.network.all_events = [
            an_event(10, "session_started", session_id="700", evse_id=1, data={"token": "04AABB"}),
            an_event(40, "session_ended", session_id="700", evse_id=1, data={"energy_wh": 1_500}),
        ]
        room.network.all_samples = [
            _sample(30, energy_wh=2_500, power_w=9_000),
            _sample(20, energy_wh=1_000, power_w=11_000),
        ]

        answer = await client.get(f"{API}/sessions/700/timeline")

        started, readings, ended = answer.json()["items"]
        assert started["words"] == "connector 1: charging session started with card 04AABB"
        assert readings["kind"] == "readings"
        assert (readings["readings"], readings["energy_wh"], readings["power_w_max"]) == (
            2,
            1_500,
            11_000,
        )
        assert ended["event"]["kind"] == "session_ended"


async def test_a_timeline_is_in_the_station_s_time_and_says_what_came_late() -> None:
    late = NOW + timedelta(hours=8)
    async with open_room() as room, room.program() as client:
        room.network.all_sessions = [replace(a_session(700), started_at=NOW)]

        def told(number: int, kind: str, minutes: float, received: datetime) -> EventView:
            happened = (NOW + timedelta(minutes=minutes)).isoformat()
            one = an_event(number, kind, session_id="700", data={"happened_at": happened})
            return replace(one, at=received)

        room.network.all_events = [
            told(10, "session_ended", 60, late),  # its queue came in the wrong order
            told(20, "session_started", 0, late),
            told(30, "session_changed", 5, NOW + timedelta(minutes=5, seconds=30)),
            replace(an_event(50, "session_closed", session_id="700"), at=late),
        ]
        room.network.all_samples = [_sample(40, at=NOW + timedelta(minutes=30), received_at=late)]
        answer = await client.get(f"{API}/sessions/700/timeline")

    entries = answer.json()["items"]
    shown = [(it["kind"], it["at"][11:19], it["received_at"] is not None) for it in entries]

    def clock(minutes: float) -> str:
        return f"{NOW + timedelta(minutes=minutes):%H:%M:%S}"

    assert shown == [
        ("session_started", clock(0), True),
        ("session_changed", clock(5), False),
        ("readings", clock(30), True),
        ("session_ended", clock(60), True),
        ("session_closed", clock(480), False),
    ]


def _sample(number: int, **values: object) -> SampleView:
    sample = SampleView(id=str(number), at=NOW, received_at=NOW, context="periodic")
    return replace(sample, **values)


async def test_messages_carry_words_in_the_language_asked_for() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_messages = [a_message(action="Heartbeat")]

        async def words(lang: str | None, accept: str) -> object:
            query = {"lang": lang} if lang else {}
            headers = {"accept-language": accept}
            answer = await client.get(f"{API}/messages", params=query, headers=headers)
            return answer.json()["items"][0]["words"]

        assert await words(None, "en-US,en;q=0.9,pl;q=0.8") == "sign of life"
        assert await words(None, "de,pl;q=0.7,en;q=0.3") == "znak życia"
        assert await words("pl", "en") == "znak życia"


async def test_tokens_are_put_on_file_changed_and_removed() -> None:
    async with open_room() as room, room.program() as client:
        body = {"uid": "04:aa:bb", "expires_at": "2027-01-01T00:00:00Z", "group": "fleet"}
        added = await client.post(f"{API}/tokens", json=body)
        shown = await client.get(f"{API}/tokens/04aabb")
        blocked = await client.put(f"{API}/tokens/04AABB", json={"status": "blocked"})
        removed = await client.delete(f"{API}/tokens/04AABB")

        assert added.status_code == 201
        assert shown.json()["uid"] == "04AABB"
        assert shown.json()["expires_at"] == "2027-01-01T00:00:00Z"
        assert blocked.json() == {**shown.json(), "status": "blocked"}
        assert removed.status_code == 204
        assert room.network.all_tokens == {}


async def test_tokens_are_listed() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_tokens["04AABB"] = TokenView(uid="04AABB", type="rfid", status="accepted")

        answer = await client.get(f"{API}/tokens")

        blocked = await client.get(f"{API}/tokens", params={"status": "blocked"})

        assert [one["uid"] for one in answer.json()["items"]] == ["04AABB"]
        assert blocked.json()["items"] == []


async def test_a_refused_station_is_let_in_by_one_call() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_attempts = [an_attempt(900, identity="NEW-1")]

        listed = await client.get(f"{API}/connection-attempts")
        accepted = await client.post(f"{API}/connection-attempts/900/accept")

        assert listed.json()["items"][0]["reason"] == "unknown_station"
        assert accepted.json()["id"] == "NEW-1"
        assert "NEW-1" in room.network.all_stations


async def test_the_event_log_gives_the_newest_or_goes_on_after_one() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_events = [an_event(number, "station_connected") for number in (1, 2, 3)]

        async def ids(**query: str) -> tuple[list[str], str | None]:
            page = (await client.get(f"{API}/event-log", params=query)).json()
            return [one["id"] for one in page["items"]], page["next_cursor"]

        assert await ids(limit="2") == (["3", "2"], None)
        assert await ids(after="0", limit="2") == (["1", "2"], "2")
        assert await ids(cursor="2", limit="2") == (["3"], None)


async def test_large_lists_leave_compressed() -> None:
    async with open_room() as room, room.program() as client:
        room.network.all_stations = {f"CP-{n}": a_station(f"CP-{n}") for n in range(50)}

        answer = await client.get(f"{API}/stations")

        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.json()["items"]) == 50


async def test_a_link_is_drawn_as_a_code_that_says_it_and_nothing_longer_is() -> None:
    async with open_room() as room, room.program() as client:
        drawn = await client.post(f"{API}/qr-codes", json={"text": "https://x.test/c/PL*1"})
        other = await client.post(f"{API}/qr-codes", json={"text": "https://x.test/c/PL*2"})
        endless = await client.post(f"{API}/qr-codes", json={"text": "x" * 1_001})

        side, path = drawn.json()["side"], drawn.json()["path"]
        assert (side - 17 - 2 * 4) % 4 == 0  # what the standard knows, with its quiet zone
        assert path.startswith("M4 4h7v1h-7z")  # a finder pattern in the corner
        assert other.json()["path"] != path
        assert (endless.status_code, endless.json()["code"]) == (400, "invalid")
