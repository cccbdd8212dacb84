"""Who may come in over HTTP: keys, people, and how they sign in, joined around one storage."""

import secrets
from dataclasses import dataclass

from ogniwo.app.bus import Bus, ReferenceChanged
from ogniwo.app.keyring import KeyRing
from ogniwo.app.passwords import Passwords
from ogniwo.app.people import People
from ogniwo.app.sign_in import SignIn
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.storage.opening import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    keys: KeyRing
    people: People
    sign_in: SignIn


def entrance_of(
    storage: Storage, *, bus: Bus, clock: Clock, ids: Ids, server_key: bytes
) -> Entrance:
    writer, passwords = storage.writer, Passwords()
    keys = KeyRing(
        records=storage.records,
        people=storage.people,
        writer=writer,
        clock=clock,
        ids=ids,
        draw_secret=lambda: secrets.token_urlsafe(24),
        changed=lambda: bus.tell(ReferenceChanged()),
    )
    people = People(
        records=storage.people,
        writer=writer,
        keys=keys,
        passwords=passwords,
        clock=clock,
        ids=ids,
    )
    sign_in = SignIn(
        records=storage.people,
        people=people,
        keys=keys,
        passwords=passwords,
        writer=writer,
        clock=clock,
        ids=ids,
        server_key=server_key,
    )
    return Entrance(keys=keys, people=people, sign_in=sign_in)
