"""Signing in at one web node is signing in at all of them, and a one-time link works once."""

import asyncio
import hashlib

import httpx

from tests.cluster.cluster import Cluster, Node
from tests.system.people import PASSWORD
from tests.system.server import TOKEN

RACES = 5
STOPS_WITHIN_S = 5.0  # well below the time after which a node looks of itself


def browser(node: Node) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{node.http}", trust_env=False, timeout=30.0)


async def test_a_browser_signed_in_at_one_web_node_is_known_at_the_other(cluster: Cluster) -> None:
    async with browser(cluster.web) as here, browser(cluster.other_web) as there:
        stranger = await there.get("/api/v1/stations")
        home = {"origin": f"http://{cluster.web.http}"}
        signed = await here.post("/login", data={"token": TOKEN}, headers=home)
        cookies = dict(here.cookies)
        there.cookies.update(cookies)
        known = await there.get("/api/v1/stations")

    assert stranger.status_code == 401
    assert signed.status_code == 303, signed.text
    assert known.status_code == 200


async def test_a_one_time_link_used_at_two_nodes_at_one_moment_lets_one_in(
    cluster: Cluster,
) -> None:
    nodes = [cluster.web, cluster.other_web]
    codes = [f"one-time-code-{number}" for number in range(RACES)]
    async with cluster.tables() as tables:
        for number, code in enumerate(codes):  # as the first start of a node without a token does
            await tables.change(
                "INSERT INTO api_token (id, org_id, secret_hash, label, created_at, kind)"
                " VALUES ($1, 1, $2, 'one-time link', 0, 'code')",
                100 + number,
                hashlib.sha256(code.encode()).digest(),
            )
    let_in = []
    for code in codes:
        async with browser(nodes[0]) as here, browser(nodes[1]) as there:
            form = {"code": code, "password": PASSWORD, "again": PASSWORD}
            await asyncio.gather(
                *(
                    one.post("/login/link", data={**form, "login": f"{code}-{node}"})
                    for node, one in enumerate((here, there))
                )
            )
            answers = [await one.get("/api/v1/stations") for one in (here, there)]
            let_in.append(sorted(it.status_code for it in answers))

    assert let_in == [[200, 401]] * RACES


async def test_what_is_withdrawn_at_one_node_stops_at_the_other_within_seconds(
    cluster: Cluster,
) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    async with browser(cluster.web) as here, browser(cluster.other_web) as there:
        body = {"label": "a wall", "role": "viewer"}
        made = (await here.post("/api/v1/api-tokens", json=body, headers=bearer)).json()
        user = {"login": "far-away", "role": "viewer"}
        person = (await here.post("/api/v1/users", json=user, headers=bearer)).json()
        path = f"/api/v1/users/{person['id']}"
        invited = (await here.post(f"{path}/invitation", headers=bearer)).json()
        code = invited["path"].partition("code=")[2]
        form = {"code": code, "password": PASSWORD, "again": PASSWORD}
        await there.post("/login/link", data=form)
        key = {"authorization": f"Bearer {made['token']}"}
        known = [(await there.get("/api/v1/me", headers=it)).status_code for it in ({}, key)]

        await here.delete(f"/api/v1/api-tokens/{made['id']}", headers=bearer)
        await here.patch(path, json={"blocked": True}, headers=bearer)
        async with asyncio.timeout(STOPS_WITHIN_S):
            for headers in ({}, key):
                while (await there.get("/api/v1/me", headers=headers)).is_success:  # noqa: ASYNC110 - another process tells nothing here
                    await asyncio.sleep(0.05)

    assert known == [200, 200]
