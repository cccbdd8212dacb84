"""What a running server says of itself: its API's description and its metrics.

A real one is started in an empty directory, so that a page can miss nothing that is served.
"""

import asyncio
import json
import tempfile
from typing import Any, Final

import httpx
from msgspec import Struct

from ogniwo.base.settings import Settings
from ogniwo.wiring.server import running

TOKEN: Final = "only for this moment"


class Told(Struct, frozen=True):
    api: dict[str, Any]  # the OpenAPI document
    metrics: str  # in Prometheus' text form


def ask_server() -> Told:
    return asyncio.run(_ask())


async def _ask() -> Told:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=folder, http="127.0.0.1:0", ocpp="127.0.0.1:0", log_level="error"
        )
        async with (
            running(settings, admin_token=TOKEN) as server,
            httpx.AsyncClient(trust_env=False) as client,
        ):
            # One connection is refused, so that the metric of refusals shows its label.
            await client.get(f"http://{server.ocpp}/ocpp/NOBODY")
            http = f"http://{server.http}"
            headers = {"authorization": f"Bearer {TOKEN}"}
            api = await client.get(f"{http}/api/v1/openapi.json", headers=headers)
            metrics = await client.get(f"{http}/metrics")
    return Told(json.loads(api.text), metrics.text)
