"""The whole HTTP application: every resource, the pages, health, and the gate around them."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec import Struct
from prometheus_client import CollectorRegistry

from ogniwo.web import api
from ogniwo.web.addresses import API
from ogniwo.web.document import openapi_config
from ogniwo.web.doors import dependencies
from ogniwo.web.driver.handlers import driver_handlers
from ogniwo.web.files.doors import file_dependencies
from ogniwo.web.files.routes import HANDLERS as FILE_HANDLERS
from ogniwo.web.files.shelf import Shelf
from ogniwo.web.gate import Gate
from ogniwo.web.health import health_handlers
from ogniwo.web.live import LiveHub
from ogniwo.web.octt import octt_handlers
from ogniwo.web.pages.built import BUILT
from ogniwo.web.pages.console import page_handlers
from ogniwo.web.pages.door import Forms, door_handlers
from ogniwo.web.peers import Network, Peers
from ogniwo.web.ports import Doors, Health, KeyRing
from ogniwo.web.problems import to_response
from ogniwo.web.rights import permitting
from ogniwo.web.static_files import StaticFiles
from ogniwo.web.street_map import MapFile
from ogniwo.web.templates import Templates

BODY_BYTES_MAX: Final = 1024 * 1024


class WebSettings(Struct, frozen=True, kw_only=True):
    """What the operator may set about this room."""

    ocpp_url: str  # to type into a station, e.g. ws://csms.example:9000/ocpp/
    metrics_open: bool = False  # /metrics for everybody, not only loopback and tokens
    files_dir: Path  # what stations upload
    file_bytes_max: int
    secure_cookies: bool = False  # pages are only ever reached by https
    trusted_proxies: Sequence[Network] = ()  # they say for whom they ask
    console_dir: Path = BUILT
    map_file: Path | None = None  # PMTiles


def build(
    doors: Doors, hub: LiveHub, settings: WebSettings, registry: CollectorRegistry
) -> ASGIApp:
    """``hub`` is run and closed by whoever runs the server."""
    shelf = Shelf(settings.files_dir, bytes_max=settings.file_bytes_max)
    peers, secure = Peers(settings.trusted_proxies), settings.secure_cookies
    map_file = MapFile(settings.map_file) if settings.map_file else None
    files = StaticFiles()
    templates = Templates(files)
    forms = Forms(templates)
    framework = Litestar(
        [
            Router(API, route_handlers=_resources(), guards=[permitting(doors.queries)]),
            *health_handlers(doors.health, registry),
            *([] if doors.octt is None else octt_handlers(doors.octt)),
            *FILE_HANDLERS,
            *door_handlers(doors.keys, doors.sign_in, peers, forms, secure=secure),
            *driver_handlers(doors.driving, files, templates, peers, secure=secure),
            *page_handlers(
                settings.console_dir, files, templates, forms, ocpp_url=settings.ocpp_url
            ),
        ],
        dependencies=dependencies(doors, hub, peers)
        | file_dependencies(doors.uploads, doors.firmware, shelf)
        | {"map_file": Provide(lambda: map_file, sync_to_thread=False)},
        exception_handlers={Exception: to_response},
        openapi_config=openapi_config(),
        request_max_body_size=BODY_BYTES_MAX,
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=2_000,
            exclude=[
                "^/api/v1/events$",
                "^/api/v1/stations/snapshot$",
                "^/assets/",
                "^/static/",
                "/files/",
                "^/api/v1/map/file$",
                "/export$",
            ],
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
