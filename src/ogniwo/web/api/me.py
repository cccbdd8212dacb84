"""Whoever is calling: rights, one's own password, and small things one wants to find again."""

from typing import Annotated, Final

from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ogniwo.app.views import Page, PreferenceView
from ogniwo.base.errors import UsageError
from ogniwo.domain.people import Right, Role
from ogniwo.web.doors import Preferences, SignIn, Whence
from ogniwo.web.gate import bearer_in, csrf_token
from ogniwo.web.lists import AnyRequest, Author

OWN: Final = {"right": Right.READ, "everywhere": False}
PREFERENCE_BYTES_MAX: Final = 16_384


class Me(Struct, frozen=True, kw_only=True):
    """``login`` is null for a program; ``csrf`` goes along with changes sent by cookie."""

    login: str | None
    name: str
    role: Role | None
    rights: list[Right]
    sites: list[str] | None  # null: everywhere
    language: str | None
    csrf: str


class PasswordBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: Annotated[str, Meta(max_length=256)]
    new: Annotated[str, Meta(min_length=10, max_length=256)]


class PreferenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that is JSON, of at most 16 kB."""

    value: object


@get("/me", summary="Who am I", tags=["users"], opt=OWN)
async def show_me(request: AnyRequest, author: Author) -> Me:
    """What the caller may do and where."""
    return Me(
        login=None if author.person_id is None else author.label,
        name=author.name or author.label,
        role=author.role,
        rights=sorted(author.rights),
        sites=None if author.sites is None else [str(it) for it in sorted(author.sites)],
        language=author.language,
        csrf=csrf_token(bearer_in(request.scope) or ""),
    )


@put("/me/password", summary="Change one's password", tags=["users"], opt=OWN, status_code=204)
async def change_password(
    request: AnyRequest,
    sign_in: SignIn,
    peers: Whence,
    author: Author,
    data: JSONBody[PasswordBody],
) -> None:
    """Signs out everywhere else."""
    await sign_in.change_password(
        author,
        data.current,
        data.new,
        bearer=bearer_in(request.scope) or "",
        peer=peers.of(request.scope),
    )


@get("/me/preferences", summary="List one's preferences", tags=["users"], opt=OWN)
async def list_preferences(preferences: Preferences, author: Author) -> Page[PreferenceView]:
    """By key."""
    return Page(items=await preferences.all(author))


@get("/me/preferences/{key:str}", summary="Show a preference", tags=["users"], opt=OWN)
async def show_preference(
    preferences: Preferences, author: Author, key: FromPath[str]
) -> PreferenceView:
    """Of the caller alone."""
    return await preferences.one(author, key)


@put("/me/preferences/{key:str}", summary="Keep a preference", tags=["users"], opt=OWN)
async def keep_preference(
    request: AnyRequest,
    preferences: Preferences,
    author: Author,
    key: FromPath[str],
    data: JSONBody[PreferenceBody],
) -> PreferenceView:
    """A saved view, the columns of a table...: the page keeps here what it wants to find again."""
    if len(await request.body()) > PREFERENCE_BYTES_MAX:
        raise UsageError(f"a preference has at most {PREFERENCE_BYTES_MAX} bytes")
    return await preferences.put(author, key, data.value)


@delete("/me/preferences/{key:str}", summary="Forget a preference", tags=["users"], opt=OWN)
async def forget_preference(preferences: Preferences, author: Author, key: FromPath[str]) -> None:
    """One that there is not is forgotten too."""
    await preferences.remove(author, key)


HANDLERS = [
    show_me,
    change_password,
    list_preferences,
    show_preference,
    keep_preference,
    forget_preference,
]
