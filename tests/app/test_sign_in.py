"""Who comes in and for how long: passwords, links, keys, and guessing that gets slow."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from ogniwo.app.guessing import FREE_OF_LOGIN, FREE_OF_PEER, PAUSE_S_MAX, TooManyTriesError
from ogniwo.app.keyring import BROWSER_SESSION_S, USE_NOTED_S
from ogniwo.app.passwords import WeakPasswordError
from ogniwo.app.requests import ApiTokenInput, PersonChanges, PersonInput, Principal
from ogniwo.app.sign_in import Choose, SignedIn
from ogniwo.base.errors import RefusedError
from ogniwo.domain.people import RIGHTS, Right, Role
from tests.app.way_in import PASSWORD, PEER, House, a_house

OTHER: Final = "staple in the meadow"
DAY_S: Final = 86_400


async def test_somebody_who_is_invited_chooses_a_password_and_comes_in_with_it(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        added = await house.people.add(
            PersonInput(login="bea", role=Role.TECHNICIAN, name="Bea"), author="root"
        )
        invitation = await house.people.invite(int(added.id), author="root")
        looked = [await house.door.link(invitation.code) for _ in range(2)]
        with pytest.raises(WeakPasswordError):
            await house.door.choose_password(invitation.code, "bea")
        first = await house.door.choose_password(invitation.code, PASSWORD)
        with pytest.raises(RefusedError, match="used before"):
            await house.door.choose_password(invitation.code, OTHER)
        second = await house.comes(login="Bea")
        principals = [await house.keys.check(it.bearer) for it in (first, second)]

    assert added.invited
    assert [(it.login, it.name) for it in looked] == [("bea", "Bea")] * 2
    assert [(it.label, it.rights) for it in principals if it] == [
        ("bea", RIGHTS[Role.TECHNICIAN])
    ] * 2


async def test_an_unknown_login_costs_as_much_as_a_wrong_password_and_hears_the_same(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.lives()
        compared = []
        told = []
        for login in ("nobody", "ada", "nobody"):
            before = house.hasher.compared
            told.append(await house.refusal("wrong", login=login))
            compared.append(house.hasher.compared - before)

    assert told == ["wrong_password"] * 3
    assert compared == [1, 1, 1]


async def test_guessing_gets_slow_for_a_login_but_not_for_the_browser_that_knows_it(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.lives()
        home = await house.comes()
        told = [
            await house.refusal("wrong", peer=f"198.51.100.{it}") for it in range(FREE_OF_LOGIN + 2)
        ]
        right_but_slowed = await house.refusal(PASSWORD, peer="203.0.113.1")
        compared = house.hasher.compared
        at_home = await house.comes(browser=home.browser)
        house.clock.advance(PAUSE_S_MAX)
        after = await house.comes(peer="203.0.113.1")

    assert told == [*["wrong_password"] * FREE_OF_LOGIN, *["too_many_tries"] * 2]
    assert right_but_slowed == "too_many_tries"
    assert compared == FREE_OF_LOGIN + 1  # what is slowed is not even compared
    assert at_home.bearer != after.bearer


async def test_guessing_gets_slow_for_an_address_whatever_logins_it_tries(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.lives()
        for number in range(FREE_OF_PEER * 2):  # an office that signs in is no guesser
            await house.comes(peer="203.0.113.9")
            assert number >= 0
        told = [await house.refusal("x", login=f"login{it}") for it in range(FREE_OF_PEER + 1)]
        elsewhere = await house.comes(peer="203.0.113.1")

    assert told == [*["wrong_password"] * FREE_OF_PEER, "too_many_tries"]
    assert elsewhere.bearer


async def test_a_stranger_who_never_stops_makes_nobody_wait_for_longer_than_a_minute(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.lives()
        waits = []
        for number in range(200):
            try:
                await house.door.by_password("ada", "wrong", peer=f"198.51.100.{number}")
            except TooManyTriesError as error:
                waits.append(error.wait_s)
            except RefusedError:
                house.clock.advance(0)
            house.clock.advance(1)

    assert max(waits) <= PAUSE_S_MAX


async def test_a_sign_in_lasts_as_long_as_it_is_used_and_ends_when_it_is_not(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.lives()
        came = await house.comes()
        lasted = []
        for _ in range(4):
            house.clock.advance(BROWSER_SESSION_S - DAY_S)
            lasted.append(await house.used(came.bearer))
        house.clock.advance(BROWSER_SESSION_S + 1)
        forgotten = await house.keys.check(came.bearer)

    assert [it.label for it in lasted if it] == ["ada"] * 4
    assert forgotten is None


async def test_that_a_key_is_in_use_is_stored_now_and_then(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        made = await house.keys.add_api_token(
            ApiTokenInput(label="bills", role=Role.FINANCE), author="root"
        )
        seen = []
        for wait_s in (0, USE_NOTED_S // 2, USE_NOTED_S):
            house.clock.advance(wait_s)
            await house.used(made.token)
            (key,) = await house.keys.api_tokens()
            seen.append(key.last_used_at)

    assert made.key.last_used_at is None
    assert seen[0] is not None
    assert seen[0] == seen[1]
    assert seen[2] is not None
    assert seen[2] > seen[0]


async def test_a_password_that_is_changed_signs_out_everywhere_but_here(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        person_id = await house.lives()
        here, there = await house.comes(), await house.comes()
        link = await house.people.invite(person_id, author="root")
        principal = await house.keys.check(here.bearer)
        assert principal is not None
        with pytest.raises(RefusedError, match="wrong"):
            await changed(house, principal, "wrong", here.bearer)
        kept = await house.keys.check(there.bearer)
        await changed(house, principal, PASSWORD, here.bearer)
        after = [await house.keys.check(it.bearer) for it in (here, there)]
        with pytest.raises(RefusedError, match="used before"):
            await house.door.link(link.code)
        told = await house.refusal(PASSWORD)
        came = await house.comes(OTHER)

    assert kept is not None
    assert [it is not None for it in after] == [True, False]
    assert told == "wrong_password"
    assert came.bearer


async def changed(house: House, principal: Principal, current: str, bearer: str) -> None:
    await house.door.change_password(principal, current, OTHER, bearer=bearer, peer=PEER)


async def test_who_is_blocked_is_out_at_once_and_told_so_only_with_the_right_password(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        await house.lives("boss")
        person_id = await house.lives("bea", Role.VIEWER)
        came = await house.comes(login="bea")
        await house.people.change(person_id, PersonChanges(blocked=True), author="root")
        after = await house.keys.check(came.bearer)
        told = [await house.refusal(it, login="bea") for it in ("wrong", PASSWORD)]
        await house.people.change(person_id, PersonChanges(blocked=False), author="root")
        again = await house.comes(login="bea")

    assert after is None
    assert told == ["wrong_password", "blocked"]
    assert again.bearer != came.bearer


async def test_a_role_that_is_changed_counts_for_who_is_signed_in(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        person_id = await house.lives("bea", Role.VIEWER)
        came = await house.comes(login="bea")
        before = await house.keys.check(came.bearer)
        limited = PersonChanges(role=Role.TECHNICIAN, sites=frozenset({4}))
        await house.people.change(person_id, limited, author="root")
        after = await house.keys.check(came.bearer)

    assert before is not None
    assert after is not None
    assert (before.role, before.sites) == (Role.VIEWER, None)
    assert (after.role, after.sites) == (Role.TECHNICIAN, frozenset({4}))


async def test_a_password_that_an_administrator_set_opens_nothing_but_the_choice_of_another(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        wanted = PersonInput(login="ada", role=Role.VIEWER, password=OTHER)
        await house.people.add(wanted, author="root")
        came = await house.door.by_password("ada", OTHER, peer=PEER)
        assert isinstance(came, Choose)
        await house.door.choose_password(came.code, PASSWORD)
        signed_in = await house.comes()

    assert signed_in.bearer


async def test_the_link_of_the_first_start_makes_one_administrator(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        code = await house.keys.issue_code()
        empty = await house.people.has_admin()
        told = await house.door.link(code)
        outcomes = await asyncio.gather(
            *(house.door.first_administrator(code, it, "", PASSWORD) for it in ("ada", "bea")),
            return_exceptions=True,
        )
        people = await house.people.people()

    assert (empty, told.login) == (False, None)
    assert len([it for it in outcomes if isinstance(it, SignedIn)]) == 1
    assert [it.role for it in people] == [Role.ADMIN]


async def test_what_an_api_token_opened_ends_with_it(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        made = await house.keys.add_api_token(
            ApiTokenInput(label="wall", rights=frozenset({Right.READ}), sites=frozenset({3})),
            author="root",
        )
        opener = await house.keys.check(made.token)
        assert opener is not None
        browser = await house.keys.open_session(opener)
        before = await house.keys.check(browser)
        await house.keys.remove_api_token(made.key.id, author="root")
        after = [await house.keys.check(it) for it in (made.token, browser)]

    assert before is not None
    assert (before.rights, before.sites) == (frozenset({Right.READ}), frozenset({3}))
    assert after == [None, None]


async def test_a_new_admin_token_ends_what_the_one_before_had_opened(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.keys.put_admin_token("first-admin-token", "OGNIWO_ADMIN_TOKEN")
        opener = await house.keys.check("first-admin-token")
        assert opener is not None
        browser = await house.keys.open_session(opener)
        house.clock.advance(60)
        await house.keys.put_admin_token("second-admin-token", "OGNIWO_ADMIN_TOKEN")
        house.clock.advance(60)
        after = [
            await house.keys.check(it)
            for it in ("first-admin-token", browser, "second-admin-token")
        ]

    assert [it is not None for it in after] == [False, False, True]
