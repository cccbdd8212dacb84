"""Tokens that may charge: list, one, put on file, remove."""

from datetime import datetime
from typing import Annotated

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ogniwo.app.views import Page, TokenView
from ogniwo.base.errors import MissingError
from ogniwo.base.units import to_instant
from ogniwo.domain.access import TokenStatus, TokenType, normalise_uid
from ogniwo.web.doors import Queries, Tokens
from ogniwo.web.lists import Page_
from ogniwo.web.ports import TokenInput


class TokenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All there is to say about a token besides its uid."""

    type: TokenType = TokenType.RFID
    status: TokenStatus = TokenStatus.ACCEPTED
    group: Annotated[str, Meta(max_length=36)] | None = None
    expires_at: datetime | None = None
    concurrent: Annotated[
        bool, Meta(description="May charge at several charging points at once.")
    ] = False


class TokenBody(TokenSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to put on file; one with the same uid is replaced."""

    uid: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            description="As the reader shows it; case and separators of hexadecimal do not matter.",
        ),
    ]


@get("/tokens", summary="List tokens", tags=["tokens"])
async def list_tokens(queries: Queries, cut: Page_) -> Page[TokenView]:
    """By uid."""
    return await queries.tokens(cut)


@post("/tokens", summary="Put a token on file", tags=["tokens"])
async def add_token(token_admin: Tokens, data: JSONBody[TokenBody]) -> TokenView:
    """It counts everywhere within a second."""
    return await token_admin.put_token(_input(data.uid, data))


@get("/tokens/{uid:str}", summary="Show a token", tags=["tokens"])
async def show_token(queries: Queries, uid: FromPath[str]) -> TokenView:
    """What is on file about it."""
    token = await queries.token(normalise_uid(uid))
    if token is None:
        raise MissingError("token", uid)
    return token


@put("/tokens/{uid:str}", summary="Replace a token", tags=["tokens"])
async def replace_token(
    token_admin: Tokens, uid: FromPath[str], data: JSONBody[TokenSettings]
) -> TokenView:
    """Also puts it on file where there was none; block one with `"status": "blocked"`."""
    return await token_admin.put_token(_input(uid, data))


@delete("/tokens/{uid:str}", summary="Remove a token", tags=["tokens"])
async def remove_token(token_admin: Tokens, uid: FromPath[str]) -> None:
    """It can no longer start charging; what it charged stays on file."""
    await token_admin.remove_token(normalise_uid(uid))


def _input(uid: str, settings: TokenSettings) -> TokenInput:
    expires_at = settings.expires_at
    return TokenInput(
        uid=normalise_uid(uid),
        type=settings.type,
        status=settings.status,
        group=settings.group,
        expires_at=None if expires_at is None else to_instant(expires_at),
        concurrent=settings.concurrent,
    )


HANDLERS = [list_tokens, add_token, show_token, replace_token, remove_token]
