"""The bus as ``ogniwo doctor`` looks at it: what a node with this setting would meet."""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Iterator
from statistics import median
from typing import Final

from nats import errors

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.bus.client import CannotConnectError, Client, open_client
from ogniwo.bus.servers import Server, servers_from
from ogniwo.bus.subjects import PREFIX, Subjects

SUBJECT: Final = "bus"
VERSION_MIN: Final = (2, 2)  # since then it tells at once that nobody answers
PAYLOAD_BYTES_MIN: Final = 64 * 1_024  # an order with a payload written by hand
ROUND_TRIP_S_MAX: Final = 0.05  # an order takes two of them before anybody has done anything
PINGS: Final = 5
ANSWER_S_MAX: Final = 5

_ADVICE: Final = {
    "authorization": "put the right ones into --bus: nats://USER:PASSWORD@HOST:PORT",
    "offers no tls": "switch TLS on at the server, or write nats:// where nobody listens in",
    "certificate": "let SSL_CERT_FILE name the authority that signed the server's certificate, "
    "and write the host in --bus as the certificate does",
}
_ADVICE_ELSE: Final = "start nats-server there, or correct --bus"


def bus_checked(
    urls: str, *, prefix: str = PREFIX, tls: ssl.SSLContext | None = None
) -> Iterator[Check]:
    """Errors: UsageError."""
    servers, subjects = servers_from(urls), Subjects(prefix)
    yield from asyncio.run(_looked_at(servers, subjects, tls))


async def _looked_at(
    servers: tuple[Server, ...], subjects: Subjects, tls: ssl.SSLContext | None
) -> list[Check]:
    found: list[Check] = []
    unreachable: list[tuple[str, str]] = []
    for server in servers:
        objections: list[Exception] = []

        async def hear(error: Exception, objections: list[Exception] = objections) -> None:
            objections.append(error)

        try:
            client = await open_client(server, name="ogniwo doctor", tls=tls, on_error=hear)
        except CannotConnectError as error:
            unreachable.append((f"{server.url}: {error}", _advice(str(error))))
            continue
        try:
            found += await _examined(client, server, subjects, objections)
        except (errors.Error, OSError, TimeoutError) as error:
            unreachable.append((f"{server.url}: {error}", _ADVICE_ELSE))
        finally:
            await client.close()
    # While one of several answers, nodes work; how many are to be there only the operator knows.
    grade = notice if found else problem
    return found + [grade(SUBJECT, what, advice) for what, advice in unreachable]


def _advice(reason: str) -> str:
    told = reason.lower()
    return next((advice for word, advice in _ADVICE.items() if word in told), _ADVICE_ELSE)


async def _examined(
    client: Client, server: Server, subjects: Subjects, objections: list[Exception]
) -> list[Check]:
    trips_s = [await client.rtt(ANSWER_S_MAX) for _ in range(PINGS)]
    return [
        fine(SUBJECT, f"{server.url} lets us in"),
        _version(client),
        _round_trip(median(trips_s)),
        _payload(client.max_payload),
        await _rights(client, subjects, objections),
        *_privacy(client, server),
    ]


def _version(client: Client) -> Check:
    numbers = tuple(map(int, re.findall(r"\d+", client.version)[:2]))
    if numbers < VERSION_MIN or not client.tells_no_responders:
        wanted = ".".join(map(str, VERSION_MIN))
        what = f"{client.version} does not tell when nobody answers"
        return problem(f"{SUBJECT} version", what, f"run nats-server {wanted} or newer")
    return fine(f"{SUBJECT} version", f"NATS {client.version}")


def _round_trip(trip_s: float) -> Check:
    what = f"{trip_s * 1_000:.1f} ms"
    if trip_s > ROUND_TRIP_S_MAX:
        advice = "run nats-server nearer to the nodes: every order goes there and back twice"
        return notice(f"{SUBJECT} round trip", what, advice)
    return fine(f"{SUBJECT} round trip", what)


def _payload(bytes_max: int) -> Check:
    what = f"messages of up to {bytes_max // 1_024} KiB"
    if bytes_max < PAYLOAD_BYTES_MIN:
        wanted = f"set max_payload of nats-server to {PAYLOAD_BYTES_MIN // 1_024} KiB or more"
        return problem(f"{SUBJECT} messages", what, wanted)
    return fine(f"{SUBJECT} messages", what)


async def _rights(client: Client, subjects: Subjects, objections: list[Exception]) -> Check:
    """The server objects before it answers the ping that follows."""
    for subject in subjects.of_a_node():
        await client.subscribe(subject)
    await client.publish(subjects.probe, b"")
    await client.flush(ANSWER_S_MAX)
    if objections:
        what = str(objections[0]).removeprefix("nats: ")
        advice = f"let the user of --bus publish and subscribe to {subjects.everything}"
        return problem(f"{SUBJECT} rights", what, advice)
    return fine(f"{SUBJECT} rights", f"may say and hear {subjects.everything}")


def _privacy(client: Client, server: Server) -> Iterator[Check]:
    if is_loopback(server.host):
        return
    if not server.tls:
        what = "orders and passwords for stations go to another machine unencrypted"
        yield notice(f"{SUBJECT} privacy", what, "write tls:// and switch TLS on at the server")
    if not client.wants_credentials:
        what = "whoever reaches nats-server may give orders to stations"
        yield notice(f"{SUBJECT} privacy", what, "let it ask for a user and a password")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
