"""Tokens that may charge: list, one, put on file, remove."""

from datetime import datetime
from typing import Annotated

from litestar import delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from ogniwo.app.filters import TokenFilter
from ogniwo.app.views import Page, TokenView
from ogniwo.base.errors import MissingError
from ogniwo.base.units import to_instant
from ogniwo.domain.access import TokenStatus, TokenType, normalise_uid
from ogniwo.domain.people import Right
from ogniwo.web.doors import Queries, Tokens
from ogniwo.web.lists import Page_, identifier
from ogniwo.web.ports import TokenInput

Text = Annotated[
    str | None,
    QueryParameter(name="q", max_length=255, description="Anywhere in the uid or the group."),
]
OfType = Annotated[TokenType | None, QueryParameter(name="type")]


class TokenSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All there is to say about a token besides its uid; what is not named stays as it is.

    A token that is new begins as an accepted `rfid` of nobody.
    """

    type: TokenType | UnsetType = UNSET
    status: TokenStatus | UnsetType = UNSET
    group: Annotated[str, Meta(max_length=36)] | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    concurrent: (
        Annotated[bool, Meta(description="May charge at several charging points at once.")]
        | UnsetType
    ) = UNSET
    driver_id: Annotated[str, Meta(description="Whose it is.")] | UnsetType | None = UNSET


class TokenBody(TokenSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to put on file, or to change where it is there."""

    uid: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            description="As the reader shows it; case and separators of hexadecimal do not matter.",
        ),
    ]


@get("/tokens", summary="List tokens", tags=["tokens"])
async def list_tokens(
    queries: Queries,
    cut: Page_,
    text: Text = None,
    of_type: OfType = None,
    status: FromQuery[TokenStatus | None] = None,
) -> Page[TokenView]:
    """By uid."""
    where = TokenFilter(text=text or None, type=of_type, status=status)
    return await queries.tokens(where, cut)


@post("/tokens", summary="Put a token on file", tags=["tokens"], opt={"right": Right.OPERATE})
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


@put("/tokens/{uid:str}", summary="Change a token", tags=["tokens"], opt={"right": Right.OPERATE})
async def change_token(
    token_admin: Tokens, uid: FromPath[str], data: JSONBody[TokenSettings]
) -> TokenView:
    """Also puts it on file where there was none.

    What is not named stays as it is; `{"status": "blocked"}` blocks it and does nothing else.
    """
    return await token_admin.put_token(_input(uid, data))


@delete(
    "/tokens/{uid:str}", summary="Remove a token", tags=["tokens"], opt={"right": Right.OPERATE}
)
async def remove_token(token_admin: Tokens, uid: FromPath[str]) -> None:
    """It can no longer start charging; what it charged stays on file."""
    await token_admin.remove_token(normalise_uid(uid))


def _input(uid: str, settings: TokenSettings) -> TokenInput:
    expires_at, driver_id = settings.expires_at, settings.driver_id
    return TokenInput(
        uid=normalise_uid(uid),
        type=settings.type,
        status=settings.status,
        group=settings.group,
        expires_at=to_instant(expires_at) if isinstance(expires_at, datetime) else expires_at,
        concurrent=settings.concurrent,
        driver_id=identifier(driver_id, "a driver") if isinstance(driver_id, str) else driver_id,
    )


HANDLERS = [list_tokens, add_token, show_token, change_token, remove_token]
