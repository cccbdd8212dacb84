"""One order for many stations, through the real door: looked at, paced, stopped, gone on with."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.system.server import Api, Server, api_of, launch, serving
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name


async def came_to(api: Api, job: str, *states: str) -> Any:
    return await api.until(
        lambda: api.get(f"/jobs/{job}"), lambda it: it["state"] in states, within_s=20
    )


async def per_station(api: Api, job: str) -> dict[str, str]:
    page = await api.get(f"/jobs/{job}/stations")
    return {it["station_id"]: it["state"] for it in page["items"]}


def an_order(stations: list[str] | None, **fields: object) -> dict[str, object]:
    order = {"command": "clear_cache"}
    return {"order": order, "stations": stations, "pace_per_minute": 1_200, **fields}


async def test_nothing_is_done_until_it_is_said_and_then_one_after_the_other(
    server: Server,
) -> None:
    names = [a_name(Station16) for _ in range(3)]
    absent = a_name()
    async with api_of(server) as api, AsyncExitStack() as stack:
        await api.post("/stations", {"id": absent})
        stations = [
            await stack.enter_async_context(connected(Station16, server.url(it), it))
            for it in names
        ]
        looked = await api.post("/jobs", an_order([*names, absent]))
        assert all(it.orders.empty() for it in stations)
        started = await api.post("/jobs", an_order([*names, absent], dry_run=False, note="test"))
        job = started["job"]["id"]
        done = await came_to(api, job, "done")
        found = await per_station(api, job)
        commands = await api.all("/commands", job_id=job)
        log = await api.all("/event-log")
        again = await api.refused("POST", f"/jobs/{job}/resume")

    assert (looked["job"], looked["possible"], looked["impossible"]) == (None, 3, 1)
    assert {it["station_id"]: bool(it["why_not"]) for it in looked["stations"]}[absent]
    assert (done["done"], done["skipped"], done["failed"]) == (3, 1, 0)
    assert found == {**dict.fromkeys(names, "done"), absent: "skipped"}
    assert sorted(it["station_id"] for it in commands) == sorted(names)
    assert {it["job_id"] for it in commands} == {job}
    told = [it["data"] for it in log if it["kind"] == "job_changed" and it["data"]["job_id"] == job]
    assert (told[0]["state"], told[0]["done"]) == ("done", 3)
    assert again == (409, "job_not_stopped")


async def test_it_stops_where_too_many_fail_and_the_failed_are_tried_again(
    server: Server,
) -> None:
    names = [a_name(Station16) for _ in range(4)]
    async with api_of(server) as api, AsyncExitStack() as stack:
        stations: list[Station16] = []
        for name in names:
            station = await stack.enter_async_context(connected(Station16, server.url(name), name))
            station.answers["ClearCache"] = {"status": "Rejected"}
            stations.append(station)
        body = an_order(names, dry_run=False, stop_after_failures=1, pace_per_minute=60)
        job = (await api.post("/jobs", body))["job"]["id"]
        stopped = await came_to(api, job, "stopped")
        for station in stations:
            station.answers["ClearCache"] = {"status": "Accepted"}
        await api.post(f"/jobs/{job}/retry-failed")
        done = await came_to(api, job, "done")

    assert stopped["failed"] >= 1
    assert stopped["waiting"] >= 1
    assert "failed" in stopped["reason"]
    assert (done["done"], done["failed"]) == (4, 0)


async def test_a_job_asked_for_again_under_its_key_is_the_same_job(server: Server) -> None:
    names = [a_name(Station16) for _ in range(2)]
    absent, key = a_name(), f"key of {names[0]}"
    async with api_of(server) as api, AsyncExitStack() as stack:
        await api.post("/stations", {"id": absent})
        for name in names:
            await stack.enter_async_context(connected(Station16, server.url(name), name))
        body = an_order([*names, absent], dry_run=False)

        async def started(**more: object) -> Any:
            header = {"Idempotency-Key": key}
            answer = await api.client.post("/jobs", json={**body, **more}, headers=header)
            return answer.status_code, answer.json()

        at_once = await asyncio.gather(*(started() for _ in range(6)))
        (job,) = {it["job"]["id"] for _, it in at_once}
        await came_to(api, job, "done")
        await api.client.delete(f"/stations/{absent}")
        status, again = await started()
        by_body = await api.post("/jobs", {**body, "idempotency_key": key})
        other = await api.refused("POST", "/jobs", {**body, "idempotency_key": key, "note": "2"})
        fewer = {**body, "idempotency_key": key, "stations": names}
        elsewhere = await api.refused("POST", "/jobs", fewer)
        looked = await api.post("/jobs", {**fewer, "dry_run": True})
        misplaced = {**body, "order": {"command": "clear_cache", "idempotency_key": key}}
        in_order = await api.refused("POST", "/jobs", misplaced)
        commands = await api.all("/commands", job_id=job)

    assert {status for status, _ in at_once} == {201}
    told = [it["stations"] for _, it in at_once]
    assert told == [told[0]] * 6
    codes = {one["station_id"]: one["why_not_code"] for one in told[0]}
    assert codes == {**dict.fromkeys(names), absent: "version_unknown"}
    assert (status, again["job"]["state"], again["possible"]) == (201, "done", 2)
    assert again["impossible"] == 1
    assert by_body["job"]["id"] == job
    assert other == elsewhere == (409, "key_reused")
    assert (looked["job"], looked["possible"]) == (None, 2)
    assert in_order == (400, "usage")
    assert sorted(it["station_id"] for it in commands) == sorted(names)


async def test_a_job_goes_on_after_the_server_was_killed_and_asks_nobody_twice(
    tmp_path: Path,
) -> None:
    names = [a_name(Station16) for _ in range(3)]
    server = Server(tmp_path / "data").on_fixed_ports()
    await asyncio.to_thread(server.start)
    try:
        async with api_of(server) as api:
            async with connected(Station16, server.url(names[0]), names[0]) as first:
                for name in names[1:]:  # known, so that the order is possible
                    async with connected(Station16, server.url(name), name):
                        pass
                body = an_order(names, dry_run=False, pace_per_minute=20)
                job = (await api.post("/jobs", body))["job"]["id"]
                await first.ordered("ClearCache")
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            async with AsyncExitStack() as stack:
                others = [
                    await stack.enter_async_context(connected(Station16, server.url(it), it))
                    for it in names
                ]
                done = await came_to(api, job, "done")
                asked = [it.orders.qsize() for it in others]
        assert (done["done"], done["stations"]) == (3, 3)
        assert asked == [0, 1, 1]
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()


async def test_a_cancelled_job_orders_nobody_else_until_it_is_resumed(tmp_path: Path) -> None:
    names = [a_name(Station16) for _ in range(2)]
    async with serving(tmp_path / "data") as (server, api), AsyncExitStack() as stack:
        stations = [
            await stack.enter_async_context(connected(Station16, server.url(it), it))
            for it in names
        ]
        body = an_order(None, where={"vendor": "Volta"}, dry_run=False)
        job = (await api.post("/jobs", {**body, "pace_per_minute": 2}))["job"]["id"]
        await stations[0].ordered("ClearCache")
        cancelled = await api.post(f"/jobs/{job}/cancel")
        listed = await api.get("/jobs")
        resumed = await api.post(f"/jobs/{job}/resume")

    assert (cancelled["state"], cancelled["waiting"]) == ("cancelled", 1)
    assert [it["id"] for it in listed["items"]] == [job]
    assert (resumed["state"], stations[1].orders.empty()) == ("running", True)


async def test_notes_are_read_by_all_and_removed_by_who_wrote_them(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        note = await api.post(f"/stations/{name}/notes", {"text": "klucz u portiera"})
        await api.post(f"/stations/{name}/notes", {"text": "drugi zamek się zacina"})
        both = await api.get(f"/stations/{name}/notes")
        nobody = await api.refused("GET", f"/stations/{name}-x/notes")
        await api.client.delete(f"/stations/{name}/notes/{note['id']}")
        left = await api.get(f"/stations/{name}/notes")

    assert [it["text"] for it in both["items"]] == ["drugi zamek się zacina", "klucz u portiera"]
    assert nobody == (404, "no_such_station")
    assert [it["text"] for it in left["items"]] == ["drugi zamek się zacina"]


async def test_the_command_line_looks_first_and_orders_when_told(
    server: Server, tmp_path: Path
) -> None:
    name = a_name(Station16)

    async def said(*arguments: str) -> str:
        out, err = tmp_path / "out.txt", tmp_path / "err.txt"
        process = launch((*arguments, "--url", f"http://{server.http}"), out=out, err=err)
        assert await asyncio.to_thread(process.wait, 30) == 0, err.read_text()
        return out.read_text()

    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        keyed = ("--json", "--key", f"key of {name}")
        looked = await said("job", "start", "clear-cache", "--station", name)
        assert station.orders.empty()
        started = await said("job", "start", "clear-cache", "--station", name, "--yes", *keyed)
        again = await said("job", "start", "clear-cache", "--station", name, "--yes", *keyed)
        job = json.loads(started)["job"]["id"]
        await came_to(api, job, "done")
        shown = await said("job", "show", job)
        listed = await said("job", "list")

    assert "Nothing was done. Add --yes to order it from 1 stations." in looked
    assert json.loads(again)["job"]["id"] == job
    assert name in shown
    assert "1 of 1" in shown
    assert job in listed
