"""Where a server lives: its directory, the key it hashes with, certificates, addresses."""

import hashlib
import os
import secrets
import socket
from pathlib import Path
from typing import Final

from ogniwo.base.errors import UsageError
from ogniwo.base.settings import Address, Settings
from ogniwo.gateway.tls import ServerCertificate
from ogniwo.storage.opening import Storage
from ogniwo.web.street_map import MapFile, StreetMap

DATABASE_FILE: Final = "ogniwo.db"
KEY_FILE: Final = "server.key"
KEY_BYTES: Final = 32
KEY_MARK: Final = "server_key"  # under which the database keeps the key's fingerprint
HTTP_BACKLOG: Final = 1_024


def data_dir_of(settings: Settings) -> Path:
    path = Path(settings.data_dir)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot make the data directory {path}: {error.strerror}; "
            "give a writable one with --data-dir"
        ) from error
    return path


def files_dir_of(settings: Settings) -> Path:
    return Path(settings.data_dir) / "files"


def map_file_of(settings: Settings) -> Path | None:
    return Path(settings.map_file) if settings.map_file else None


def check_map_file(settings: Settings) -> StreetMap | None:
    """None: none is named, or nobody looks at maps here. Errors: UsageError."""
    path = map_file_of(settings)
    if path is None or settings.role not in {"all", "web"}:
        return None
    return MapFile(path).look()


def database_of(settings: Settings, data_dir: Path) -> str:
    return settings.database or f"sqlite:///{data_dir / DATABASE_FILE}"


def key_file_of(settings: Settings, data_dir: Path) -> Path:
    return Path(settings.server_key_file) if settings.server_key_file else data_dir / KEY_FILE


async def server_key_of(settings: Settings, data_dir: Path, storage: Storage) -> bytes:
    """What stations' secrets are hashed with: the same on every node. Errors: UsageError."""
    path = key_file_of(settings, data_dir)
    key = _read_or_made(path)
    if not await storage.records.is_ours(KEY_MARK, hashlib.sha256(key).hexdigest()):
        raise UsageError(
            f"{path} is not the key that this database's passwords were hashed with: copy the "
            "server.key of another node, or of the server before, and name it with "
            "--server-key-file"
        )
    return key


def bus_prefix(server_key: bytes) -> str:
    """Two systems on one bus have nodes of the same numbers; their keys tell them apart."""
    return f"ogniwo.{hashlib.blake2s(server_key, digest_size=4).hexdigest()}"


def _read_or_made(path: Path) -> bytes:
    """Made once, readable by us alone."""
    try:
        if not path.exists():
            _write_at_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read or make {path}: {error.strerror}") from error
    if len(key) < KEY_BYTES:
        raise UsageError(
            f"{path} is damaged: restore it from a backup, or remove it and set the stations' "
            "passwords anew"
        )
    return key


def _write_at_once(path: Path, content: bytes) -> None:
    """Whole or not at all, whenever the power goes."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def certificates_of(settings: Settings) -> list[ServerCertificate]:
    chains = (settings.tls_certificate or "").split(",")
    keys = (settings.tls_key or "").split(",")
    if len(chains) != len(keys):
        raise UsageError("--tls-certificate and --tls-key must name the same number of files")
    return [ServerCertificate(Path(a), Path(b)) for a, b in zip(chains, keys, strict=True)]


def bind(where: Address, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(HTTP_BACKLOG)  # or a second server could bind here as well until we do
    except OSError as error:
        listener.close()
        raise busy(option, str(where), error) from error
    return listener


def busy(option: str, where: str, error: OSError) -> UsageError:
    number = error.errno or 0  # negative: a name that was not found
    reason = os.strerror(number) if number > 0 else error.strerror
    return UsageError(
        f"cannot listen on {where}: {reason}; end the program that uses it, "
        f"or choose another address with --{option}"
    )
