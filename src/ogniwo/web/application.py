"""The whole HTTP application: every resource, the page, health, and the gate around them."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec import Struct
from prometheus_client import CollectorRegistry

from ogniwo.web import api
from ogniwo.web.addresses import API
from ogniwo.web.document import openapi_config
from ogniwo.web.doors import dependencies
from ogniwo.web.files.doors import file_dependencies
from ogniwo.web.files.routes import HANDLERS as FILE_HANDLERS
from ogniwo.web.files.shelf import Shelf
from ogniwo.web.gate import Gate
from ogniwo.web.health import health_handlers
from ogniwo.web.live import LiveHub
from ogniwo.web.octt import octt_handlers
from ogniwo.web.pages.console import page_handlers
from ogniwo.web.ports import Doors, Health, KeyRing
from ogniwo.web.problems import to_response

BODY_BYTES_MAX: Final = 1024 * 1024


class WebSettings(Struct, frozen=True, kw_only=True):
    """What the operator may set about this room."""

    ocpp_url: str  # to type into a station, e.g. ws://csms.example:9000/ocpp/
    metrics_open: bool = False  # /metrics for everybody, not only loopback and tokens
    files_dir: Path  # what stations upload
    file_bytes_max: int
    secure_cookies: bool = False  # the page is only ever reached by https


def build(
    doors: Doors, hub: LiveHub, settings: WebSettings, registry: CollectorRegistry
) -> ASGIApp:
    """``hub`` is run and closed by whoever runs the server."""
    shelf = Shelf(settings.files_dir, bytes_max=settings.file_bytes_max)
    framework = Litestar(
        [
            Router(API, route_handlers=_resources()),
            *health_handlers(doors.health, registry),
            *([] if doors.octt is None else octt_handlers(doors.octt)),
            *FILE_HANDLERS,
            *page_handlers(doors.keys, settings.ocpp_url, secure=settings.secure_cookies),
        ],
        dependencies=dependencies(doors, hub)
        | file_dependencies(doors.uploads, doors.firmware, shelf),
        exception_handlers={Exception: to_response},
        openapi_config=openapi_config(),
        request_max_body_size=BODY_BYTES_MAX,
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=2_000, exclude=["^/api/v1/events$", "/files/"]
        ),
        logging_config=None,
        debug=False,
    )
    return Gate(framework, doors.keys, metrics_open=settings.metrics_open)


def build_probes(
    health: Health, keys: KeyRing, settings: WebSettings, registry: CollectorRegistry
) -> ASGIApp:
    """Health and metrics alone: for a node that has no business with people."""
    framework = Litestar(
        health_handlers(health, registry),
        exception_handlers={Exception: to_response},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return Gate(framework, keys, metrics_open=settings.metrics_open)


def _resources() -> list[ControllerRouterHandler]:
    """A file in ``api/`` is a resource: its ``HANDLERS`` are found, not listed."""
    names = sorted(module.name for module in iter_modules(api.__path__))
    modules = [import_module(f"{api.__name__}.{name}") for name in names]
    return [handler for module in modules for handler in module.HANDLERS]
