"""The PROXY protocol, versions 1 and 2: what a proxy says ahead of a connection it hands on.

Pure: bytes in, an origin out. Who may send such a header is decided in ``preface``.
https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ogniwo.base.errors import OgniwoError
from ogniwo.gateway.origin import Origin, not_verified, read_address, shown

HEADER_BYTES_MAX: Final = 4_096  # as much as one line of the HTTP head behind it

_V1_START: Final = b"PROXY "
_V1_BYTES_MAX: Final = 107  # section 2.1
_V2_START: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_FIXED: Final = struct.Struct("!12xBBH")  # version and command, family, length of the rest
_V2_LOCAL: Final = 0x20
_V2_PROXY: Final = 0x21
_TCP4: Final = struct.Struct("!4s4xH2x")
_TCP6: Final = struct.Struct("!16s16xH2x")
_ADDRESS_BYTES: Final = {0x00: 0, 0x11: _TCP4.size, 0x21: _TCP6.size, 0x31: 216}  # by family
_PORT_MAX: Final = 65_535

_TLV_HEAD: Final = struct.Struct("!BH")
_TLV_SSL: Final = 0x20
_TLV_SSL_CN: Final = 0x22
_SSL_HEAD: Final = struct.Struct("!BI")  # what the client used, result of the verification
_CLIENT_SSL: Final = 0x01
_CLIENT_CERT: Final = 0x02 | 0x04  # shown on this connection, or in the session it resumes


class ProxyHeaderError(OgniwoError):
    """A connection that had to begin with a PROXY header does not."""


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    origin: Origin
    length: int  # in bytes; what comes behind belongs to the connection itself


def read_proxy_header(data: bytes, proxy: Origin) -> ProxyHeader | None:
    """None while more bytes are needed; ``proxy`` itself is the origin of its health checks.

    Errors: ProxyHeaderError.
    """
    if data.startswith(_V2_START):
        return _read_v2(data, proxy)
    if data.startswith(_V1_START):
        return _read_v1(data, proxy)
    if _V2_START.startswith(data) or _V1_START.startswith(data):
        return None
    raise ProxyHeaderError(f"the connection begins with {data[:16]!r}")


def _read_v1(data: bytes, proxy: Origin) -> ProxyHeader | None:
    end = data.find(b"\r\n", 0, _V1_BYTES_MAX)
    if end < 0:
        if len(data) >= _V1_BYTES_MAX:
            raise ProxyHeaderError(f"a PROXY line of more than {_V1_BYTES_MAX} bytes")
        return None
    match data[:end].decode("latin-1").split(" "):
        case ["PROXY", "UNKNOWN", *_]:
            origin = proxy
        case ["PROXY", "TCP4" | "TCP6" as family, source, destination, port, to_port]:
            version = 4 if family == "TCP4" else 6
            _check_v1(destination, to_port, version)
            # Version 1 cannot tell whether the client used TLS.
            origin = Origin(peer=_check_v1(source, port, version), tls=False)
        case _:
            raise ProxyHeaderError(f"no PROXY line: {data[:end]!r}")
    return ProxyHeader(origin, end + 2)


def _check_v1(text: str, port: str, version: int) -> str:
    address = read_address(text)
    plain = ipaddress.ip_address(text).version if address is not None else 0
    if address is None or plain != version:
        raise ProxyHeaderError(f"{text!r} in the PROXY line is no IPv{version} address")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= _PORT_MAX):
        raise ProxyHeaderError(f"{port!r} in the PROXY line is no port")
    return shown(address, int(port))


def _read_v2(data: bytes, proxy: Origin) -> ProxyHeader | None:
    if len(data) < _V2_FIXED.size:
        return None
    command, family, length = _V2_FIXED.unpack_from(data)
    if command not in {_V2_LOCAL, _V2_PROXY}:
        raise ProxyHeaderError(f"version and command {command:#04x} of the PROXY header")
    end = _V2_FIXED.size + length
    if end > HEADER_BYTES_MAX:
        raise ProxyHeaderError(f"a PROXY header of {end} bytes; {HEADER_BYTES_MAX} are allowed")
    if len(data) < end:
        return None
    if command == _V2_LOCAL:
        return ProxyHeader(proxy, end)
    return ProxyHeader(_read_v2_body(family, data[_V2_FIXED.size : end], proxy), end)


def _read_v2_body(family: int, body: bytes, proxy: Origin) -> Origin:
    size = _ADDRESS_BYTES.get(family)
    if size is None or len(body) < size:
        raise ProxyHeaderError(f"address family {family:#04x} in {len(body)} bytes")
    peer = proxy.peer  # of a connection without an address, through a socket file
    if family in {0x11, 0x21}:
        packed, port = (_TCP4 if family == 0x11 else _TCP6).unpack_from(body)
        address = read_address(str(ipaddress.ip_address(packed)))
        assert address is not None  # noqa: S101 - it was made from packed bytes
        peer = shown(address, port)
    ssl = [value for kind, value in _records(body[size:]) if kind == _TLV_SSL]
    if len(ssl) > 1:
        raise ProxyHeaderError("two TLS records in one PROXY header")
    return _read_ssl(ssl[0], peer) if ssl else Origin(peer=peer, tls=False)


def _read_ssl(record: bytes, peer: str) -> Origin:
    if len(record) < _SSL_HEAD.size:
        raise ProxyHeaderError("a TLS record that is cut short")
    client, verify = _SSL_HEAD.unpack_from(record)
    names = [value for kind, value in _records(record[_SSL_HEAD.size :]) if kind == _TLV_SSL_CN]
    if not client & _CLIENT_SSL:
        return Origin(peer=peer, tls=False)
    if not client & _CLIENT_CERT:
        return Origin(peer=peer, tls=True)
    cn, fault = _common_name(names) if verify == 0 else (None, not_verified(str(verify)))
    return Origin(peer=peer, tls=True, client_cn=cn, certificate_fault=fault)


def _common_name(names: list[bytes]) -> tuple[str | None, str]:
    if len(names) != 1 or not names[0]:
        return None, "the proxy did not pass on the client certificate's common name"
    try:
        return names[0].decode("utf-8"), ""
    except UnicodeDecodeError:
        return None, "the client certificate's common name is not UTF-8"


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type, length, value, one after the other to the end of ``data``."""
    at = 0
    while at < len(data):
        if len(data) < at + _TLV_HEAD.size:
            raise ProxyHeaderError("a record of the PROXY header is cut short")
        kind, length = _TLV_HEAD.unpack_from(data, at)
        at += _TLV_HEAD.size
        if len(data) < at + length:
            raise ProxyHeaderError("a record of the PROXY header is cut short")
        yield kind, data[at : at + length]
        at += length
