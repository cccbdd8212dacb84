"""People and their keys, to decide on."""

from typing import Final

from sqlalchemy import bindparam, select

from ogniwo.app.keys import ApiToken
from ogniwo.domain.people import Person
from ogniwo.storage import values
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import api_token, person

PERSON_CALLED: Final = select(person).where(person.c.login == bindparam("login"))
PERSON: Final = select(person).where(person.c.id == bindparam("id"))
PEOPLE: Final = select(person).order_by(person.c.login)
API_TOKEN: Final = select(api_token).where(api_token.c.id == bindparam("id"))
API_TOKENS: Final = select(api_token).where(api_token.c.kind == "api").order_by(api_token.c.id)


class SqlPeople:
    """``PeopleRecords`` of the application."""

    def __init__(self, readers: Readers) -> None:
        self._run = readers.run

    async def person_called(self, login: str) -> Person | None:
        row = await self._run(lambda it: it.execute(PERSON_CALLED, {"login": login}).one_or_none())
        return None if row is None else values.to_person(row)

    async def person(self, person_id: int) -> Person | None:
        row = await self._run(lambda it: it.execute(PERSON, {"id": person_id}).one_or_none())
        return None if row is None else values.to_person(row)

    async def people(self) -> list[Person]:
        return await self._run(lambda it: [values.to_person(row) for row in it.execute(PEOPLE)])

    async def api_token(self, token_id: int) -> ApiToken | None:
        row = await self._run(lambda it: it.execute(API_TOKEN, {"id": token_id}).one_or_none())
        return None if row is None else values.to_api_token(row)

    async def api_tokens(self) -> list[ApiToken]:
        return await self._run(
            lambda it: [values.to_api_token(row) for row in it.execute(API_TOKENS)]
        )
