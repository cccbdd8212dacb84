"""For whoever watches the process: is it alive, can it work, and its numbers."""

from litestar import get
from litestar.response import Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from ogniwo.web.ports import Health, Trouble


class Alive(Struct, frozen=True):
    status: str = "ok"


class Readiness(Struct, frozen=True, kw_only=True):
    status: str
    problems: list[Trouble] = []


def health_handlers(health: Health, registry: CollectorRegistry) -> list[ControllerRouterHandler]:
    @get("/healthz", include_in_schema=False, sync_to_thread=False)
    def alive() -> Alive:
        return Alive()

    @get("/readyz", include_in_schema=False, sync_to_thread=False)
    def ready() -> Response[Readiness]:
        problems = health.ready()
        return Response(
            Readiness(status="not_ready" if problems else "ok", problems=problems),
            status_code=503 if problems else 200,
            headers={"cache-control": "no-store"},
        )

    @get("/metrics", include_in_schema=False, sync_to_thread=False)
    def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return [alive, ready, metrics]
