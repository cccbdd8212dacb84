"""Keys of programs to this interface: list, make, withdraw."""

from datetime import datetime
from typing import Annotated, Final

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import asdict

from ogniwo.app.requests import ApiTokenInput
from ogniwo.app.views import ApiTokenView, Page
from ogniwo.base.errors import UsageError
from ogniwo.base.units import to_instant
from ogniwo.domain.people import Right, Role
from ogniwo.web.doors import ApiTokens
from ogniwo.web.lists import Author, SiteIds, identifier, to_sites

RULES: Final = {"right": Right.ADMINISTER, "everywhere": True}


class ApiTokenBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With the rights of a role, or with those that are listed."""

    label: Annotated[
        str, Meta(min_length=1, max_length=200, description="The author of what it does.")
    ]
    role: Role | None = None
    rights: Annotated[list[Right], Meta(min_length=1)] | None = None
    sites: SiteIds = None
    expires_at: datetime | None = None


class NewApiTokenView(ApiTokenView, frozen=True, kw_only=True):
    """``token`` is the secret: it is told now and never again."""

    token: str


@get("/api-tokens", summary="List API tokens", tags=["users"], opt=RULES)
async def list_api_tokens(api_tokens: ApiTokens) -> Page[ApiTokenView]:
    """Oldest first, without their secrets; `last_used_at` is right within ten minutes."""
    return Page(items=await api_tokens.api_tokens())


@post("/api-tokens", summary="Make an API token", tags=["users"], opt=RULES)
async def add_api_token(
    api_tokens: ApiTokens, author: Author, data: JSONBody[ApiTokenBody]
) -> NewApiTokenView:
    """For a program, e.g. with the rights `read` and `settle` for one that writes bills."""
    if (data.role is None) == (data.rights is None):
        raise UsageError("say either a role or a list of rights")
    expires_at = data.expires_at
    if expires_at is not None and expires_at.tzinfo is None:
        raise UsageError("write expires_at like 2026-05-17T08:30:00Z, with date, time and zone")
    made = await api_tokens.add_api_token(
        ApiTokenInput(
            label=data.label,
            role=data.role or Role.VIEWER,
            rights=None if data.rights is None else frozenset(data.rights),
            sites=to_sites(data.sites),
            expires_at=None if expires_at is None else to_instant(expires_at),
        ),
        author=author.label,
    )
    return NewApiTokenView(**asdict(made.key), token=made.token)


@delete("/api-tokens/{token_id:str}", summary="Withdraw an API token", tags=["users"], opt=RULES)
async def remove_api_token(api_tokens: ApiTokens, author: Author, token_id: FromPath[str]) -> None:
    """Nothing opens with it any more, on any node, within a second."""
    identifier(token_id, "an API token")
    await api_tokens.remove_api_token(token_id, author=author.label)


HANDLERS = [list_api_tokens, add_api_token, remove_api_token]
