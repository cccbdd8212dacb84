import asyncio

import pytest
from msgspec.structs import replace

from ogniwo.app import tokens
from ogniwo.app.ports import RowRefusedError
from ogniwo.app.token_use import LocalTokenUse
from ogniwo.app.tokens import TokenFile
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.domain.access import IdToken, Token, TokenStatus, TokenType, Verdict
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.session import Session, SessionState
from ogniwo.domain.station import Station
from tests.app.ports_in_memory import MemoryRecords, MemoryWriter, Tasks


def token(uid: str, status: TokenStatus = TokenStatus.ACCEPTED) -> Token:
    return Token(uid=uid, type=TokenType.RFID, status=status)


def session(
    number: int,
    uid: str | None = "ABCD",
    *,
    state: SessionState = SessionState.CHARGING,
    verdict: Verdict = Verdict.ACCEPTED,
) -> Session:
    return Session(
        id=number,
        station_id=1,
        transaction_id=str(number),
        evse=1,
        connector=1,
        stay_id=number,
        started_at=0,
        state=state,
        token=None if uid is None else IdToken(uid),
        verdict=verdict,
    )


async def test_what_is_on_file_and_what_is_not_is_asked_once() -> None:
    records = MemoryRecords()
    records.tokens["A"] = token("A")
    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), MemoryWriter(records), spawn)
        for _ in range(2):
            found = await asyncio.gather(*(file.find(uid) for uid in ("A", "B", "A")))
            assert [it and it.uid for it in found] == ["A", None, "A"]
    assert records.reads == [["A", "B"]]


async def test_a_token_put_or_removed_is_so_from_the_next_question_on() -> None:
    records = MemoryRecords()
    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), MemoryWriter(records), spawn)
        assert await file.find("A") is None
        await file.put(token("A"))
        assert await file.find("A") == token("A")
        await file.put(token("A", TokenStatus.BLOCKED))
        found = await file.find("A")
        assert found is not None
        assert found.status is TokenStatus.BLOCKED
        await file.remove("a")
        assert await file.find("A") is None
        with pytest.raises(MissingError):
            await file.remove("A")
    assert records.tokens == {}


async def test_a_token_that_could_not_be_stored_is_not_believed() -> None:
    records = MemoryRecords()
    writer = MemoryWriter(records)
    writer.failure = OSError("disk full")
    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), writer, spawn)
        with pytest.raises(OSError, match="disk full"):
            await file.put(token("A"))
        assert await file.find("A") is None


async def test_whoever_is_always_too_late_to_change_a_token_is_told_so() -> None:
    records = MemoryRecords()
    records.tokens["A"] = token("A")
    writer = MemoryWriter(records)
    writer.failure = RowRefusedError("changed")

    def change(found: Token | None) -> Token:
        records.tokens["A"] = token("A") if found != token("A") else replace(found, group="g")
        return token("A", TokenStatus.BLOCKED)

    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), writer, spawn)
        with pytest.raises(RefusedError) as told:
            await file.amend("A", change)
        assert told.value.code == "changed_meanwhile"
        assert await file.find("A") != token("A", TokenStatus.BLOCKED)


async def test_a_token_that_cannot_be_stored_is_no_change_by_another() -> None:
    records = MemoryRecords()
    writer = MemoryWriter(records)
    writer.failure = RowRefusedError("too long for its index")
    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), writer, spawn)
        with pytest.raises(RowRefusedError):
            await file.amend("A", lambda _: token("A"))


async def test_the_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHED_MAX", 2)
    records = MemoryRecords()
    async with Tasks() as spawn:
        file = TokenFile(records.as_records(), MemoryWriter(records), spawn)
        for uid in ("A", "B", "C", "C", "A"):
            await file.find(uid)
    assert records.reads == [["A"], ["B"], ["C"], ["A"]]


async def users(use: LocalTokenUse, uid: str) -> set[int]:
    return set(await use.sessions(uid, 1, starting=True))


async def test_a_token_is_in_use_from_its_claim_to_the_end_of_its_session() -> None:
    use = LocalTokenUse()
    state = StationState(Station(id=1, identity="S"))
    use.claim([session(1), session(2, "ab-cd"), session(3, "EFFE"), session(4, None)])
    assert await users(use, "ABCD") == {1, 2}
    use.claim([session(1), session(2, state=SessionState.WAITING_FOR_DATA)])
    assert await users(use, "ABCD") == {1, 2}, "an end that is not stored yet frees nothing"
    use.session_written(state, session(2, state=SessionState.WAITING_FOR_DATA))
    assert await users(use, "ABCD") == {1}
    use.session_written(state, session(1, state=SessionState.CLOSED))
    assert await users(use, "ABCD") == set()
    assert await users(use, "EFFE") == {3}


@pytest.mark.parametrize("verdict", [it for it in Verdict if it is not Verdict.ACCEPTED])
async def test_a_refused_token_is_not_in_use(verdict: Verdict) -> None:
    use = LocalTokenUse()
    use.claim([session(1, verdict=verdict)])
    assert await users(use, "ABCD") == set()


async def test_a_claim_that_was_not_stored_is_given_back() -> None:
    use = LocalTokenUse()
    use.claim([session(1)])
    use.disclaim(use.claim([session(1), session(2)]))
    assert await users(use, "ABCD") == {1}, "what it had before is not given back"


async def test_what_ran_before_a_restart_is_in_use_after_it() -> None:
    use = LocalTokenUse()
    use.restore([("ab-cd", 1), ("ABCD", 2)])
    assert await users(use, "ABCD") == {1, 2}
