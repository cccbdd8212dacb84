"""A station that comes back with the TLS session it had."""

import socket
import ssl

from tests.gateway.port import an_upgrade


def ask_twice(context: ssl.SSLContext, address: tuple[str, int], identity: str) -> list[int]:
    """With one TLS session; in TLS 1.2 it is there as soon as the handshake is done."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    answers, session = [], None
    for resumed in (False, True):
        with (
            socket.create_connection(address, timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=address[0], session=session) as secure,
        ):
            assert secure.session_reused is resumed
            session = secure.session
            secure.sendall(an_upgrade(f"/ocpp/{identity}"))
            answers.append(int(secure.recv(1_000).split(b" ")[1]))
    return answers
