"""What an order holds for an absent station is told to that station, and to nobody before it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from tests.system.commands import Commands
from tests.system.server import Api, Server, serving
from tests.system.station import connected
from tests.system.station21 import Station21
from tests.system.test_live import Told, stream
from tests.system.versions import a_name

HEARD_WITHIN_S: Final = 30.0
SECRET: Final = "nobody-sees-this"  # in every field below
PIN: Final = 918_273_645
ADDRESS: Final = f"://volta:{SECRET}@files.example/there"
VPN: Final = {"kind": "ikev2", "server": "v", "user": "u", "password": SECRET, "key": SECRET}
ORDERS: Final[dict[str, dict[str, Any]]] = {
    "set_password": {"password": SECRET},
    "set_variables": {"values": {"NetworkConfiguration[1]/VpnPassword": SECRET}},
    "set_network_profile": {
        "slot": 1,
        "url": f"wss{ADDRESS}",
        "security_profile": 2,
        "password": SECRET,
        "apn": {"name": "internet", "password": SECRET, "sim_pin": PIN},
        "vpn": VPN,
    },
    "get_log": {"location": f"ftp{ADDRESS}"},
    "update_firmware": {"location": f"https{ADDRESS}"},
    "publish_firmware": {"location": f"https{ADDRESS}", "checksum": "a" * 32},
}


async def absent_station(server: Server, api: Api) -> str:
    """One that was here, so that it is known what it can be ordered."""
    name = a_name(Station21)
    async with connected(Station21, server.url(name), name):
        pass
    await api.has_left(name)
    return name


async def post(api: Api, path: str, body: dict[str, Any]) -> str:
    """The answer, whether it was taken or refused."""
    return (await api.client.post(path, json=body)).text


async def orders_given(api: Api, name: str) -> list[str]:
    """Every answer to them: given, repeated, with a key that stands for another, and wrong."""
    answers: list[str] = []
    path = f"/stations/{name}/commands"
    for command, fields in ORDERS.items():
        body = {"command": command, **fields, "idempotency_key": f"{name}-{command}"}
        given = await post(api, path, body)
        assert json.loads(given)["state"] == "queued", given
        other = await post(api, path, {**body, "command": "reset", "kind": "soft"})
        reused = await post(
            api, path, {"command": "reset", "idempotency_key": body["idempotency_key"]}
        )
        assert json.loads(reused)["code"] == "key_reused"
        wrong = await post(api, path, {**body, "deadline_s": -1})
        answers += [given, await post(api, path, body), other, reused, wrong]
    return answers


async def until_ordered(api: Api, job: str) -> None:
    await api.until(lambda: api.get(f"/jobs/{job}"), lambda it: it["ordered"] == 1, within_s=30)


async def jobs_given(api: Api, name: str) -> list[str]:
    answers: list[str] = []
    for command, fields in ORDERS.items():
        body = {"order": {"command": command, **fields}, "stations": [name], "dry_run": False}
        key = {"Idempotency-Key": f"{name}-{command}"}
        begun = await api.client.post("/jobs", json=body, headers=key)
        assert begun.status_code == 201, begun.text
        again = await api.client.post("/jobs", json=body, headers=key)
        reused = await api.client.post("/jobs", json={**body, "note": "other"}, headers=key)
        assert reused.json()["code"] == "key_reused"
        job = begun.json()["job"]["id"]
        await until_ordered(api, job)
        answers += [begun.text, again.text, reused.text]
        answers += [json.dumps(await api.get(f"/jobs/{job}{of}")) for of in ("", "/stations")]
    return answers


async def heard(frames: AsyncIterator[Told], until: str) -> list[Told]:
    """All that the stream tells up to the order with this number."""
    told: list[Told] = []
    async with asyncio.timeout(HEARD_WITHIN_S):
        async for kind, data in frames:
            told.append((kind, data))
            if kind == "event" and data.get("command_id") == until:
                return told
    raise AssertionError("the stream ended")


async def all_that_is_listed(api: Api, name: str) -> list[str]:
    commands = await api.all("/commands", station_id=name)
    paths = [
        "/jobs",
        "/event-log",
        "/messages",
        f"/stations/{name}",
        f"/stations/{name}/holdings",
        f"/stations/{name}/configuration",
        "/stations/snapshot",
        "/overview",
        *(f"/commands/{it['id']}" for it in commands),
    ]
    assert {it["command"] for it in commands} >= ORDERS.keys()
    texts = [json.dumps(commands)]
    texts += [(await api.client.get(it)).raise_for_status().text for it in paths]
    for kind in ("messages", "sessions"):
        told = await api.client.get(f"/{kind}/export", params={"station_id": name})
        texts.append(told.raise_for_status().text)
    return texts


async def printed(server: Server, name: str, command: str, job: str, folder: Path) -> list[str]:
    ogniwo = Commands(server, folder)
    said = [
        await ogniwo("command", "list", "--station", name, "--json"),
        await ogniwo("command", "show", command, "--json"),
        await ogniwo("job", "list", "--json"),
        await ogniwo("job", "show", job, "--json"),
        await ogniwo("event", "list", "--json"),
    ]
    assert [it.code for it in said] == [0] * len(said), said
    return [it.out + it.err for it in said]


async def test_no_answer_and_no_list_shows_a_secret_of_an_order_that_waits(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, api):
        name = await absent_station(server, api)
        async with stream(api) as frames:
            told = await orders_given(api, name)
            told += await jobs_given(api, name)
            last = await api.order(name, "reset", kind="on_idle")
            live = await heard(frames, last["id"])
        jobs = await api.all("/jobs")
        listed = await all_that_is_listed(api, name)
        shown = await printed(server, name, last["id"], jobs[0]["id"], tmp_path)
        states = {it["state"] for it in await api.all("/commands", station_id=name)}
        log = server.stderr + server.stdout

    assert states == {"queued"}
    for text in (*told, json.dumps(live), *listed, *shown, log):
        assert SECRET not in text, text
        assert str(PIN) not in text, text
