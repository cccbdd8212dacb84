"""What goes on record when somebody is let in, changed or shut out: who, whom, which fields.

Never a secret, nor what is kept of one. ``ABOUT_PEOPLE`` says who may read it.
"""

from typing import Final

from ogniwo.app.keys import ApiToken
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.domain.events import Event, EventKind, Scalar
from ogniwo.domain.people import Person, Sites

# A field of a person, and what it is called where people read of it.
_FIELDS: Final = {
    "blocked": "blocked",
    "language": "language",
    "name": "name",
    "password_hash": "password",
    "role": "role",
    "sites": "sites",
}


class PeopleLog:
    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def added(self, person: Person, author: str) -> Event:
        where = _sites(person.sites)
        return self._of(EventKind.USER_ADDED, person, author, role=person.role.value, sites=where)

    def changed(self, before: Person, after: Person, author: str) -> list[Event]:
        """Nothing where nothing differs."""
        names = [it for it in _FIELDS if getattr(before, it) != getattr(after, it)]
        if not names:
            return []
        data: dict[str, Scalar] = {"changed": ",".join(_FIELDS[it] for it in names)}
        if "role" in names:
            data |= {"role": after.role.value, "role_before": before.role.value}
        if "sites" in names:
            data |= {"sites": _sites(after.sites), "sites_before": _sites(before.sites)}
        if "blocked" in names:
            data["blocked"] = after.blocked
        return [self._of(EventKind.USER_CHANGED, after, author, **data)]

    def removed(self, person: Person, author: str) -> Event:
        return self._of(EventKind.USER_REMOVED, person, author, role=person.role.value)

    def invited(self, person: Person, author: str) -> Event:
        return self._of(EventKind.USER_INVITED, person, author)

    def chose_password(self, person: Person) -> Event:
        return self._of(EventKind.PASSWORD_CHOSEN, person, person.login)

    def key_made(self, token: ApiToken, author: str) -> Event:
        rights = None if token.scopes is None else ",".join(sorted(token.scopes))
        return self._key(
            EventKind.API_TOKEN_MADE,
            token,
            author,
            role=token.role.value if token.scopes is None else None,
            rights=rights,
            sites=_sites(token.sites),
        )

    def key_withdrawn(self, token: ApiToken, author: str) -> Event:
        return self._key(EventKind.API_TOKEN_WITHDRAWN, token, author)

    def _of(self, kind: EventKind, person: Person, author: str, **data: Scalar) -> Event:
        return self._event(kind, author, user_id=str(person.id), login=person.login, **data)

    def _key(self, kind: EventKind, token: ApiToken, author: str, **data: Scalar) -> Event:
        return self._event(kind, author, token_id=str(token.id), label=token.label, **data)

    def _event(self, kind: EventKind, author: str, **data: Scalar) -> Event:
        now = self._clock.now_us()
        return Event(id=self._ids.next(), kind=kind, at=now, data={"author": author, **data})


def _sites(sites: Sites | None) -> str | None:
    """Their ids with commas between; None: everywhere."""
    return None if sites is None else ",".join(map(str, sorted(sites)))
