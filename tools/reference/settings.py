"""Every setting: its option, its variable, its key, its default and what it means."""

import ast
import inspect
import tokenize
from collections.abc import Mapping
from io import StringIO
from typing import Final, Literal, get_args, get_origin, get_type_hints

import typer

from ogniwo.base import settings
from ogniwo.base.settings import PREFIX, Settings
from ogniwo.cli.main import app
from tools.reference.markdown import Page, code, codes, sentence

# Where the option's help and the comment beside the field are too short for a page.
SAID_HERE: Final[Mapping[str, str]] = {
    "http": (
        "HOST:PORT of the API and the console. It speaks no TLS: for other machines, put a proxy "
        "that encrypts in front"
    ),
    "tls_certificate": (
        "PEM file with the server's certificate first and its chain behind it; for an RSA and an "
        "ECDSA certificate two files, with a comma between them"
    ),
    "tls_key": "PEM file with the key of the certificate; as many files as certificates",
    "tls_client_ca": (
        "PEM file with the certificates of the authorities that issue stations' certificates, for "
        "security profile 3 on `ocpp_tls`. A station may come without one, if its profile allows "
        "it, but not with one of somebody else"
    ),
    "trusted_proxies": (
        "addresses or networks, with commas between them, from which your proxies connect. Only "
        "they may say whose connection it is and whether it came by TLS"
    ),
    "proxy_protocol": (
        "trusted proxies begin each connection to `ocpp` with a PROXY header, version 1 or 2. "
        "Without it they say it in `X-Forwarded-For` and its like"
    ),
    "database": (
        "`sqlite:///FILE`, by default `ogniwo.db` in the data directory, for one process; or "
        "`postgresql://USER:PASSWORD@HOST:PORT/NAME`, PostgreSQL 15 or newer"
    ),
    "bus": "`nats://USER:PASSWORD@HOST:4222`: needed as soon as there is more than one process",
    "role": (
        "what this process does: the stations' sockets (`gateway`), the API and the console "
        "(`web`), periodic work (`worker`), or everything. All but the last need PostgreSQL "
        "and NATS"
    ),
    "gateways": (
        "gateway processes that this one starts, restarts and ends: they share the port of `ocpp`, "
        "and their own `http` is on the ports behind that of this process"
    ),
    "share_ports": "other gateway processes of this machine listen on the same ports",
    "server_key_file": (
        "the key behind the hashes of stations' passwords, by default `server.key` in the data "
        "directory. It is made when it is not there, and must be the same on every node"
    ),
    "unknown_stations": (
        "what happens to a station that nobody registered. `refuse` and `quarantine` both answer "
        "404 and record the attempt, from which it can be accepted; `accept` registers it at once "
        "and lets it in"
    ),
    "map_file": (
        "a PMTiles file (version 3) with a street map that the console lays behind its own, for "
        "which it has outlines only: vector tiles in the schema of Protomaps or OpenMapTiles, or "
        "pictures. Every node with the role `web` needs it"
    ),
    "vendors_kept": (
        "vendor ids, divided by commas, whose data transfers are accepted and kept; others are "
        "told `UnknownVendorId`, unless Ogniwo understands the vendor itself"
    ),
    "ocsp_responders": (
        "hosts, divided by commas, of OCSP responders that are asked when a station wants to know "
        "whether a certificate was revoked; no other host is asked"
    ),
    "contract_pool": (
        "the URL of a pool of contract certificates that speaks the Open Plug&Charge Protocol: "
        "what cars ask of it is handed on"
    ),
    "contract_pool_token_file": "a file with the bearer token for `contract_pool`",
    "allow_plain": (
        "let `http` and `ocpp` listen, unencrypted, on addresses that other machines reach: behind "
        "a proxy that encrypts, or in a network of your own"
    ),
    "keep_files_days": "how long files that stations uploaded are kept; default 30",
    "file_mb_max": "the largest file in MiB that is taken from a station",
    "public_ocpp_url": (
        "the URL that is shown to people for their stations, with its last slash, when it is not "
        "the one of `ocpp`"
    ),
    "public_url": (
        "the URL under which stations reach the HTTP port, to upload their logs, and drivers the "
        "pages of charging points, e.g. `https://csms.example`: codes to print begin with it; who "
        "is on another machine reaches no address of this one alone"
    ),
    "metrics_open": "`/metrics` for everybody; without it for this machine and for API tokens",
    "octt": (
        "calls in OCPP's own words at `/api/octt`, for the tools that certify a server, from this "
        "machine and with the token in `OGNIWO_ADMIN_TOKEN`. Leave it off in operation"
    ),
    "secure_cookies": "the page's cookie only travels over https: set it behind a proxy with TLS",
    "log_level": "how much is written to standard error",
    "log_json": "each line of the log as a JSON object",
}

# Variables that are no settings: they exist in the environment only.
VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "ADMIN_TOKEN": (
        "`serve`, `demo` and the client commands",
        (
            "An API token with all rights, of at least 16 random characters. The server puts it on "
            "file at its start; another one given later ends the one before. Without it the server "
            "prints a one-time link until there is an administrator. The client commands use it "
            "where no other token is given."
        ),
    ),
    "CONFIG": ("`serve`", "The TOML file, like `--config`."),
    "SIMULATE_PASSWORD": ("`simulate`", "The password of its stations, like `--password`."),
    "URL": ("client commands", "Where the server is, like `--url`."),
    "TOKEN": ("client commands", "The API token to use, like `--token`."),
}

LEAD: Final = """\
A setting can be given in three places. The command line wins over the environment, the
environment over the file (`--config FILE`, TOML), the file over the default. The name is the
same everywhere. A key in the file that is no setting is an error; a variable `OGNIWO_...` that
is none is named in the log. A value that makes no sense ends the start with a sentence that
says what to do and exit code 2."""


def settings_page() -> str:
    page = Page("Settings", LEAD)
    options = _options()
    comments = _comments()
    hints = get_type_hints(Settings)
    rows = []
    for name in Settings.__struct_fields__:
        option, told = options.get(name, ("", ""))
        meaning = SAID_HERE.get(name) or told or comments[name]
        rows.append(
            (
                code(name),
                code(option) if option else "",
                code(PREFIX + name.upper()),
                _default(getattr(Settings(), name)),
                " ".join((sentence(meaning), _values(hints[name]))).strip(),
            )
        )
    page.table(("key in the file", "option of `serve`", "variable", "default", "meaning"), rows)
    page.section("In the environment only")
    page.table(
        ("variable", "read by", "meaning"),
        [(code(PREFIX + name), *VARIABLES[name]) for name in sorted(settings._APART)],
    )
    return page.text


def _options() -> dict[str, tuple[str, str]]:
    """Setting to the option of ``ogniwo serve`` and its help."""
    group = typer.main.get_command(app)
    serve = getattr(group, "commands", {})["serve"]
    return {it.name: (it.opts[0], it.help or "") for it in serve.params}


def _comments() -> dict[str, str]:
    """What is written behind a field of ``Settings``."""
    source = inspect.getsource(Settings)
    beside = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (definition,) = ast.parse(source).body
    return {
        field.target.id: beside[field.lineno]
        for field in getattr(definition, "body", ())
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.lineno in beside
    }


def _default(value: object) -> str:
    if value is None:
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)


def _values(hint: object) -> str:
    if get_origin(hint) is Literal:
        return f"Values: {codes(get_args(hint))}."
    return "Values: `true`, `false`." if hint is bool else ""
