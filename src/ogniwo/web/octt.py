"""Test support for certification tools: off by default, and for programs on this machine only."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from ogniwo.app.keyring import ADMIN_TOKEN_ID
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.web.addresses import OCTT
from ogniwo.web.gate import from_this_machine, principal_in
from ogniwo.web.lists import Author
from ogniwo.web.ports import CertificationCalls

NO_PAYLOAD: Final = b"{}"


def octt_handlers(support: CertificationCalls) -> list[ControllerRouterHandler]:
    @post(
        f"{OCTT}/{{version:str}}/{{identity:str}}/{{command:str}}",
        guards=[_administrator_here],
        status_code=HTTP_200_OK,
        include_in_schema=False,
    )
    async def send_command(
        request: Request[Any, Any, Any],
        author: Author,
        version: FromPath[str],
        identity: FromPath[str],
        command: FromPath[str],
    ) -> Response[bytes]:
        payload = await request.body() or NO_PAYLOAD
        return _json(
            await support.command(version, identity, command, payload, author=author.label)
        )

    @post(
        f"{OCTT}/{{version:str}}/{{identity:str}}/call/{{action:str}}",
        guards=[_administrator_here],
        status_code=HTTP_200_OK,
        include_in_schema=False,
    )
    async def send_call(
        request: Request[Any, Any, Any],
        author: Author,
        version: FromPath[str],
        identity: FromPath[str],
        action: FromPath[str],
    ) -> Response[bytes]:
        payload = await request.body() or NO_PAYLOAD
        return _json(await support.call(version, identity, action, payload, author=author.label))

    return [send_command, send_call]


def _json(payload: bytes) -> Response[bytes]:
    return Response(payload, media_type="application/json")


def _administrator_here(
    connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
) -> None:
    """To others it is not there at all; here it takes the token that opens everything."""
    if not from_this_machine(connection.scope):  # type: ignore[arg-type] # it is HTTP
        raise MissingError("address", connection.scope["path"])
    principal = principal_in(connection.scope)
    if principal is None or principal.token_id != str(ADMIN_TOKEN_ID):
        raise RefusedError(
            "not_admin", "test support takes the token in OGNIWO_ADMIN_TOKEN: send that one"
        )
