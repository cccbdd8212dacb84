"""A server where nobody has signed in with a password yet, and no key was made."""

from ogniwo.app.requests import (
    ApiTokenInput,
    NewApiToken,
    PersonChanges,
    PersonInput,
    Principal,
)
from ogniwo.app.views import ApiTokenView, PersonView, PreferenceView
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.web.ports import Choose, Invitation, Link, SignedIn


class Nobody:
    """People, their sign-in, and keys of programs."""

    async def by_password(
        self, login: str, password: str, *, peer: str, browser: str = ""
    ) -> SignedIn | Choose:
        raise RefusedError("wrong_password", "nobody is known here")

    async def link(self, code: str) -> Link:
        raise RefusedError("link_used", "no link was made here")

    async def choose_password(self, code: str, password: str) -> SignedIn:
        raise RefusedError("link_used", "no link was made here")

    async def first_administrator(
        self, code: str, login: str, name: str, password: str
    ) -> SignedIn:
        raise RefusedError("link_used", "no link was made here")

    async def change_password(
        self, principal: Principal, current: str, password: str, *, bearer: str, peer: str
    ) -> None:
        raise RefusedError("no_person", "nobody is known here")

    async def people(self) -> list[PersonView]:
        return []

    async def person(self, person_id: int) -> PersonView:
        raise MissingError("user", str(person_id))

    async def add(self, wanted: PersonInput, *, author: str) -> PersonView:
        raise RefusedError("login_taken", "nobody is let in here")

    async def change(self, person_id: int, changes: PersonChanges, *, author: str) -> PersonView:
        raise MissingError("user", str(person_id))

    async def remove(self, person_id: int, *, author: str) -> None:
        raise MissingError("user", str(person_id))

    async def invite(self, person_id: int, *, author: str) -> Invitation:
        raise MissingError("user", str(person_id))

    async def api_tokens(self) -> list[ApiTokenView]:
        return []

    async def add_api_token(self, wanted: ApiTokenInput, *, author: str) -> NewApiToken:
        raise RefusedError("no_keys", "no key is made here")

    async def remove_api_token(self, token_id: str, *, author: str) -> None:
        raise MissingError("API token", token_id)


class NoPreferences:
    async def all(self, whose: Principal) -> list[PreferenceView]:
        return []

    async def one(self, whose: Principal, key: str) -> PreferenceView:
        raise MissingError("preference", key)

    async def put(self, whose: Principal, key: str, value: object) -> PreferenceView:
        return PreferenceView(key=key, value=value)

    async def remove(self, whose: Principal, key: str) -> None:
        return None
