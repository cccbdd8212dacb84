"""What the operator may set: command line over environment over file over default.

Every option of ``ogniwo serve`` is ``OGNIWO_...`` in the environment and a key of the TOML
file, under the same name. Bad values end in one sentence that says what to do.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from ogniwo.base.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "OGNIWO_"
# In the environment, not settings.
_APART = frozenset({"CONFIG", "ADMIN_TOKEN", "URL", "TOKEN", "SIMULATE_PASSWORD"})
_PORT_MAX = 65_535
GATEWAYS_MAX: Final = 64  # more than any machine has cores to spare for


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data_dir: str = "./ogniwo-data"
    http: str = "127.0.0.1:8080"
    ocpp: str = "127.0.0.1:9000"
    ocpp_tls: str | None = None  # a second listener, for security profile 2
    tls_certificate: str | None = None  # PEM file, our certificate first; several by commas
    tls_key: str | None = None  # as many as certificates
    tls_client_ca: str | None = None  # PEM file; whose certificates stations may show
    trusted_proxies: str | None = None  # networks by commas: they may speak for stations
    proxy_protocol: bool = False  # by PROXY headers; without it in headers of HTTP
    database: str | None = None  # default: a SQLite file in the data directory
    bus: str | None = None  # nats://..., needed as soon as there is more than one process
    role: Literal["all", "gateway", "web", "worker"] = "all"
    gateways: Annotated[int, Meta(ge=0, le=GATEWAYS_MAX)] = 0  # processes that share the OCPP port
    share_ports: bool = False  # other gateway processes listen on the same OCPP ports
    server_key_file: str | None = None  # hashes stations' passwords; the same on every node
    keep_messages_days: Annotated[int, Meta(ge=1, le=3_650)] = 30
    keep_samples_days: Annotated[int, Meta(ge=1, le=3_650)] = 90
    keep_telemetry_days: Annotated[int, Meta(ge=1, le=3_650)] = 30  # and what is held no more
    keep_files_days: Annotated[int, Meta(ge=1, le=3_650)] = 30
    file_mb_max: Annotated[int, Meta(ge=1, le=100_000)] = (
        500  # of one that a station uploads, or firmware
    )
    unknown_stations: Literal["refuse", "quarantine", "accept"] = "quarantine"
    map_file: str | None = None  # PMTiles: a street map behind the console's map
    vendors_kept: str | None = None  # vendor ids by commas: their data transfers are kept
    ocsp_responders: str | None = None  # hosts by commas that stations may have asked
    contract_pool: str | None = None  # URL of a pool of contract certificates (OPCP)
    contract_pool_token_file: str | None = None
    allow_plain: bool = False  # an unencrypted listener that others than this machine reach
    public_ocpp_url: str | None = None  # shown to people; default: from ``ocpp``
    public_url: str | None = None  # where stations and drivers reach our HTTP; default: ``http``
    metrics_open: bool = False
    octt: bool = False  # test support for certification tools at /api/octt
    secure_cookies: bool = False  # the page is reached by https only, behind a proxy
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = False


class Address(Struct, frozen=True):
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def load(
    given: Mapping[str, object], environment: Mapping[str, str], config: Path | None
) -> Settings:
    """``given`` are the command line's options that were used. Errors: UsageError."""
    values: dict[str, object] = {}
    if config is not None:
        values |= _from_file(config)
    values |= _from_environment(environment)
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"a setting is wrong: {error}; see `ogniwo serve --help`") from error
    _check(settings)
    return settings


def strangers(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none.

    No errors: whoever runs us may add names of his own, as Kubernetes does for each service.
    """
    known = [PREFIX + name.upper() for name in Settings.__struct_fields__]
    known += [PREFIX + name for name in _APART]
    told = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            meant = get_close_matches(name, known, n=1)
            hint = f"; did you mean {meant[0]}?" if meant else ""
            told.append(f"{name} in the environment is no setting and changes nothing{hint}")
    return told


def address(text: str, option: str) -> Address:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > _PORT_MAX:
        raise UsageError(f"--{option} {text!r} is not HOST:PORT, e.g. 127.0.0.1:8080")
    return Address(host, int(port))


def listed(text: str | None) -> frozenset[str]:
    """Of ``vendors_kept`` and other names by commas, in small letters."""
    return frozenset(part.strip().lower() for part in (text or "").split(",") if part.strip())


def http_url(where: Address) -> str | None:
    """As somebody may call it; None where that is no address to call."""
    try:
        if ipaddress.ip_address(where.host).is_unspecified:
            return None
    except ValueError:
        pass
    return f"http://{where}"


def networks(text: str | None) -> tuple[Network, ...]:
    """Of ``trusted_proxies``. Errors: UsageError."""
    parts = [part.strip() for part in (text or "").split(",")]
    return tuple(_network(part) for part in parts if part)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise UsageError(
            f"--trusted-proxies: {error}; give addresses or networks, e.g. 10.0.0.5,fd00::/64"
        ) from error


def _from_file(config: Path) -> dict[str, object]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read --config {config}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {config} is not proper TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    known = set(Settings.__struct_fields__)
    found = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _APART
    }
    return {name: value for name, value in found.items() if name in known}


def _check(settings: Settings) -> None:
    if not address(settings.http, "http").is_loopback and not settings.allow_plain:
        raise UsageError(
            f"--http {settings.http} would take unencrypted requests from other machines: "
            "listen on 127.0.0.1 behind a proxy that encrypts, or set allow_plain = true"
        )
    plain = address(settings.ocpp, "ocpp")
    if not plain.is_loopback and not settings.allow_plain:
        raise UsageError(
            f"--ocpp {settings.ocpp} would take unencrypted connections from other machines: "
            "use --ocpp-tls, or set allow_plain = true behind a proxy that encrypts"
        )
    if settings.ocpp_tls is not None:
        address(settings.ocpp_tls, "ocpp-tls")
        if settings.tls_certificate is None or settings.tls_key is None:
            raise UsageError("--ocpp-tls needs --tls-certificate and --tls-key")
    _check_proxies(settings)
    _check_roles(settings)


def _check_proxies(settings: Settings) -> None:
    if not networks(settings.trusted_proxies) and settings.proxy_protocol:
        raise UsageError(
            "--proxy-protocol needs --trusted-proxies: the addresses your proxies connect from"
        )
    if settings.tls_client_ca is not None and settings.ocpp_tls is None:
        raise UsageError(
            "--tls-client-ca needs --ocpp-tls; where a proxy ends the TLS, it verifies the "
            "stations' certificates"
        )


def _check_roles(settings: Settings) -> None:
    many = settings.role != "all" or settings.gateways > 0
    what = f"--role {settings.role}" if settings.role != "all" else "--gateways"
    on_sqlite = settings.database is None or settings.database.startswith("sqlite")
    if (many or settings.bus is not None) and on_sqlite:
        named = what if many else "--bus"
        raise UsageError(
            f"{named} is for several processes on one database, which SQLite cannot serve: "
            "give --database postgresql://USER:PASSWORD@HOST/NAME"
        )
    if many and settings.bus is None:
        raise UsageError(f"{what} needs a bus between the processes: give --bus nats://HOST:4222")
    if settings.gateways and settings.role != "all":
        raise UsageError("--gateways starts the gateways itself: leave out --role")
