"""Signing in at one web node is signing in at all of them, and a one-time link works once."""

import asyncio
import hashlib

import httpx

from tests.cluster.cluster import Cluster, Node
from tests.system.server import TOKEN

RACES = 5


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


async def test_a_one_time_link_followed_at_two_nodes_at_one_moment_lets_one_in(
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
            await asyncio.gather(
                *(one.get("/login", params={"code": code}) for one in (here, there))
            )
            answers = [await one.get("/api/v1/stations") for one in (here, there)]
            let_in.append(sorted(it.status_code for it in answers))

    assert let_in == [[200, 401]] * RACES
