"""Test support: calls in the protocol's own words, as a certification tool asks for them.

A command (``/reset``) must be a right message of the station's version before it goes out; a
``call`` goes out as it is. Either is answered with what the station answered.
"""

import re
from typing import Final

from ogniwo.app.orders import Orders
from ogniwo.app.queries import Queries
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.ocpp.catalogue import VERSIONS, Version
from ogniwo.ocpp.codec import PayloadError, codec_of

ANSWER_WITHIN_S: Final = 35.0  # longer than a station may take for one call
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class CertificationCalls:
    def __init__(self, orders: Orders, queries: Queries) -> None:
        self._orders = orders
        self._queries = queries

    async def command(
        self, version: str, identity: str, command: str, payload: bytes, *, author: str
    ) -> bytes:
        """``command`` is an action in small letters with hyphens: ``get-der-control``.

        Errors: MissingError, UsageError, RefusedError.
        """
        known = _known(version)
        actions = {to_command(it.action): it for it in known.messages.values()}
        message = actions.get(command)
        if message is None or message.direction == "up":
            raise MissingError("command", f"{command} of OCPP {version}")
        try:
            codec_of(message.request).decode(payload)
        except PayloadError as error:
            raise UsageError(f"this is no {message.action} of OCPP {version}: {error}") from error
        return await self.call(version, identity, message.action, payload, author=author)

    async def call(
        self, version: str, identity: str, action: str, payload: bytes, *, author: str
    ) -> bytes:
        """Errors: MissingError, RefusedError."""
        station = await self._queries.station(identity)
        if station is None:
            raise MissingError("station", identity)
        spoken = _known(version).name
        if station.protocol != spoken:
            raise RefusedError(
                "wrong_version",
                f"the station {identity} speaks {station.protocol}, not {spoken}: "
                "name its version in the address",
            )
        answer = await self._orders.raw(
            identity, action, payload, author=author, timeout_s=ANSWER_WITHIN_S
        )
        if answer.payload is None:
            raise RefusedError(
                "no_answer", f"the station gave no answer ({answer.state}): {answer.error}"
            )
        return answer.payload


def to_command(action: str) -> str:
    return _WORD.sub("-", action).lower()


def _known(version: str) -> Version:
    found = VERSIONS.get(f"ocpp{version}")
    if found is None:
        raise MissingError("version", version)
    return found
