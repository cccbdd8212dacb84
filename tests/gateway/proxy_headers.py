"""PROXY headers written from the specification, for tests; not from our reader."""

import ipaddress
import struct
from typing import Final

SIGNATURE: Final = bytes.fromhex("0d0a0d0a000d0a515549540a")
LOCAL: Final = SIGNATURE + b"\x20\x00\x00\x00"
SSL: Final = 0x20
SSL_CN: Final = 0x22
USED_TLS: Final = 0x01
SHOWED_CERTIFICATE: Final = 0x02
IN_THIS_SESSION: Final = 0x04


def v1(source: str = "192.0.2.7", port: int = 51_234) -> bytes:
    family = f"TCP{ipaddress.ip_address(source).version}"
    to = "2001:db8::1" if ":" in source else "198.51.100.1"
    return f"PROXY {family} {source} {to} {port} 9000\r\n".encode("ascii")


def v2(source: str = "192.0.2.7", port: int = 51_234, *records: bytes) -> bytes:
    address = ipaddress.ip_address(source)
    to = bytes(len(address.packed))
    body = address.packed + to + struct.pack("!HH", port, 9_000) + b"".join(records)
    return v2_of(body, family=0x11 if address.version == 4 else 0x21)


def v2_of(body: bytes, *, family: int, command: int = 0x21) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def record(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


def tls(cn: bytes | None = None, *, verify: int = 0, client: int | None = None) -> bytes:
    """What HAProxy adds for a client that came by TLS, with a certificate if it has a name."""
    if client is None:
        certificate = SHOWED_CERTIFICATE | IN_THIS_SESSION if cn is not None else 0
        client = USED_TLS | certificate
    records = record(0x21, b"TLSv1.3")
    if cn is not None:
        records += record(SSL_CN, cn)
    return record(SSL, struct.pack("!BI", client, verify) + records)
