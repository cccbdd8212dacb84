"""Compare what the stations know with what the server holds; every difference in one sentence.

The API tells sessions, readings and messages; the trails are followed in the database itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.system.crash.books import Books, Stay
from tests.system.crash.tables import Tables
from tests.system.server import Api, Json


async def differences(api: Api, tables: Tables, fleet: Sequence[Books]) -> list[str]:
    found: list[str] = []
    for books in fleet:
        found += books.refused
        found += await _of_sessions(api, books)
        found += await _of_messages(tables, books)
        found += await _of_trails(tables, books.identity)
    found += _of_transaction_ids(fleet)
    damage = await tables.damage()
    return found if damage is None else [*found, f"the database is damaged: {damage}"]


# -- over the API -----------------------------------------------------------------------------


async def _of_sessions(api: Api, books: Books) -> list[str]:
    booked: dict[str, list[Json]] = defaultdict(list)
    for session in await api.sessions(books.identity):
        booked[session["transaction_id"]].append(session)
    found = [
        f"{books.identity}: session of transaction {number}, which never was"
        for number in booked.keys() - {stay.transaction_id for stay in books.stays}
    ]
    for stay in books.stays:
        sessions = booked[str(stay.transaction_id)]
        if len(sessions) == 1:
            found += _of_session(stay, sessions[0])
            found += await _of_readings(api, stay, sessions[0]["id"])
        else:
            found.append(f"{stay}: booked {len(sessions)} times")
    return found


def _of_session(stay: Stay, session: Json) -> Iterator[str]:
    assert stay.end_wh is not None
    expected = {
        "state": "closed",
        "flags": [],
        "evse_id": stay.evse,
        "meter_start_wh": stay.begin_wh,
        "meter_stop_wh": stay.end_wh,
        "energy_wh": stay.end_wh - stay.begin_wh,
    }
    for name, value in expected.items():
        if session[name] != value:
            yield f"{stay}: {name} is {session[name]}, should be {value}"
    token = session["token"] and session["token"]["uid"]
    if token != stay.token or stay.verdict != "Accepted":
        yield f"{stay}: booked on token {token}, the station was told {stay.verdict}"
    for name, at in (("started_at", stay.begin_at), ("ended_at", stay.end_at)):
        if session[name] is None or datetime.fromisoformat(session[name]) != at:
            yield f"{stay}: {name} is {session[name]}, should be {at}"


async def _of_readings(api: Api, stay: Stay, session_id: str) -> list[str]:
    samples = await api.all(f"/sessions/{session_id}/samples")
    stored = Counter((datetime.fromisoformat(it["at"]), it["energy_wh"]) for it in samples)
    lost, extra = stay.readings - stored, stored - stay.readings
    return [f"{stay}: reading {it} is missing" for it in lost.elements()] + [
        f"{stay}: reading {it} is stored once too often" for it in extra.elements()
    ]


def _of_transaction_ids(fleet: Sequence[Books]) -> list[str]:
    """Those of 1.6 are the server's and may never come twice, whatever the station."""
    given = Counter(stay.transaction_id for books in fleet for stay in books.stays)
    return [
        f"transaction id {it} was given {count} times" for it, count in given.items() if count > 1
    ]


# -- in the database --------------------------------------------------------------------------


async def _of_messages(tables: Tables, books: Books) -> list[str]:
    rows = await tables.rows(
        "SELECT m.call, m.answer FROM message m JOIN station s ON s.id = m.station_id"
        " WHERE s.identity = $1 AND m.direction = 'up'",
        books.identity,
    )
    stored = Counter((call.decode(), (answer or b"").decode()) for call, answer in rows)
    calls = Counter[str]()
    for (call, _), count in stored.items():
        calls[call] += count
    return [
        f"{books.identity}: acknowledged and not kept: {call} answered {answer}"
        for call, answer in (books.acknowledged - stored).elements()
    ] + [
        f"{books.identity}: kept more often than it was sent: {call}"
        for call in (calls - books.sent).elements()
    ]


async def _of_trails(tables: Tables, identity: str) -> list[str]:
    ((station_id, head),) = await tables.rows(
        "SELECT s.id, h.message_head FROM station s"
        " LEFT JOIN station_head h ON h.station_id = s.id WHERE s.identity = $1",
        identity,
    )
    rows = await tables.rows("SELECT id, prev FROM message WHERE station_id = $1", station_id)
    found = [*_of_trail(f"{identity}: messages", head, dict(rows))]
    samples: dict[int | None, dict[int, int | None]] = defaultdict(dict)
    for number, prev, session_id in await tables.rows(
        "SELECT id, prev, session_id FROM sample WHERE station_id = $1", station_id
    ):
        samples[session_id][number] = prev
    for session_id, sample_head, count in await tables.rows(
        "SELECT id, sample_head, samples FROM session WHERE station_id = $1", station_id
    ):
        what = f"{identity}: readings of session {session_id}"
        found += _of_trail(what, sample_head, samples[session_id])
        if count != len(samples[session_id]):
            found.append(f"{what}: counted {count}, stored {len(samples[session_id])}")
    return found


def _of_trail(what: str, head: int | None, links: dict[int, int | None]) -> Iterator[str]:
    """From the head, every row must be met exactly once."""
    left = dict(links)
    at = head
    while at is not None:
        if at not in left:
            yield f"{what}: the trail leads to {at}, which is no row or was met before"
            return
        at = left.pop(at)
    if left:
        yield f"{what}: {len(left)} of {len(links)} rows are not on the trail, e.g. {min(left)}"
