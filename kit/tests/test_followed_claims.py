"""A caller is whoever they are part of today, however many call at once."""

import asyncio
from uuid import UUID

from kit.identity import Caller
from kit.merging.claims import FollowedClaims
from kit.merging.mergers import rename
from kit.testing.harness import Harness


def calling_as(customer: object) -> Caller:
    claims = {"sub": "x", "customer": customer}
    return Caller("x", frozenset({"customer"}), frozenset(), None, claims)


async def test_each_of_many_who_call_at_once_is_whom_they_are_part_of_today(
    harness: Harness,
) -> None:
    survivor, people = UUID(int=99), [UUID(int=number) for number in range(1, 41)]
    followed = FollowedClaims(harness.db, ["customer"])
    callers = [calling_as(str(each)) for each in people]

    before = await asyncio.gather(*map(followed.follow, callers))
    async with harness.db.transaction() as session:
        await rename(session, people[::2], survivor)
    after = await asyncio.gather(*map(followed.follow, callers))

    assert before == callers
    assert [each.claims["customer"] for each in after[::2]] == [str(survivor)] * 20
    assert after[1::2] == callers[1::2]


async def test_who_claims_nothing_or_no_id_is_who_they_are(harness: Harness) -> None:
    followed = FollowedClaims(harness.db, ["customer"])
    staff = Caller("x", frozenset(), frozenset(), "hq", {"sub": "x"})

    assert await followed.follow(staff) is staff
    assert (await followed.follow(calling_as("nobody"))).claims["customer"] == "nobody"
    assert (await followed.follow(calling_as(None))).claims["customer"] is None
