import asyncio
from collections import Counter
from uuid import UUID

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed
from loyalty.points.commands import post
from loyalty.points.models import NewPosting

POSTINGS = """postings(first: 10) { edges { node {
  kind points reason sourceKind balanceAfter entries { account amount balanceAfter }
} } }"""


async def test_ten_spends_of_thirty_at_once_on_a_hundred_leave_ten(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)

    answers = await asyncio.gather(*(spend(customer, 30) for _ in range(10)))

    assert Counter(each["__typename"] for each in answers) == {
        "PointsWereSpent": 3,
        "NotEnoughPoints": 7,
    }
    assert await members.points(customer) == {"balance": 10, "debt": 0}
    assert [each["balance"] for each in await members.announced("points.spent")] == [70, 40, 10]
    assert await members.is_sound()


async def test_spending_more_than_the_balance_is_refused_and_changes_nothing(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    before = await members.ledger()

    answer = await spend(customer, 150)

    assert answer == {
        "__typename": "NotEnoughPoints",
        "message": "150 points are needed, 100 are left.",
        "needed": 150,
        "balance": 100,
    }
    assert await members.ledger() == before
    assert await members.announced("points.spent") == []


async def test_a_spend_shows_as_a_posting_whose_entries_sum_to_zero(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    await spend(customer, 30, reason="a mug")
    desk = members.harness.token("front_line")

    postings = (await members.points(customer, POSTINGS, as_=desk))["postings"]

    assert [edge["node"] for edge in postings["edges"]] == [
        {
            "kind": "spend",
            "points": -30,
            "reason": "a mug",
            "sourceKind": "request",
            "balanceAfter": 70,
            "entries": [
                {"account": "wallet", "amount": -30, "balanceAfter": 70},
                {"account": "liability", "amount": 30, "balanceAfter": None},
            ],
        },
        {
            "kind": "earn",
            "points": 100,
            "reason": "order",
            "sourceKind": "order",
            "balanceAfter": 100,
            "entries": [
                {"account": "wallet", "amount": 100, "balanceAfter": 100},
                {"account": "liability", "amount": -100, "balanceAfter": None},
            ],
        },
    ]


async def test_the_same_key_spends_once_and_answers_with_the_first_posting(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)

    answers = await asyncio.gather(*(spend(customer, 30, key="order 7") for _ in range(10)))

    assert {each["__typename"] for each in answers} == {"PointsWereSpent"}
    assert {each["balance"] for each in answers} == {70}
    assert await members.balance(customer) == 70
    assert len(await members.announced("points.spent")) == 1


async def test_a_repeat_is_answered_even_when_the_balance_is_gone(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    await spend(customer, 100, key="everything")

    again = await spend(customer, 100, key="everything")

    assert again == {"__typename": "PointsWereSpent", "balance": 0, "account": {"balance": 0}}


@pytest.mark.parametrize("other", [{"points": 31}, {"points": 30, "reason": "a hat"}])
async def test_the_same_key_with_other_content_is_refused_and_changes_nothing(
    members, spend, other
):
    customer = await members.register()
    await members.order(customer, 100_00)
    await spend(customer, 30, key="k")

    answer = await spend(customer, other.pop("points"), key="k", **other)

    assert answer["__typename"] == "IdempotencyKeyReused"
    assert await members.balance(customer) == 70


async def test_the_same_key_on_another_account_is_refused_and_changes_nothing(members, spend):
    one, other = await members.register(), await members.register()
    await members.order(one, 100_00)
    await members.order(other, 100_00)
    await spend(one, 30, key="k")

    answer = await spend(other, 30, key="k")

    assert answer["__typename"] == "IdempotencyKeyReused"
    assert await members.balance(other) == 100


async def test_after_a_refusal_the_same_key_may_succeed(members, spend):
    customer = await members.register()
    refused = await spend(customer, 30, key="k")
    await members.order(customer, 100_00)

    spent = await spend(customer, 30, key="k")

    assert (refused["__typename"], spent["balance"]) == ("NotEnoughPoints", 70)


@pytest.mark.parametrize("points", [0, -1, 10**12 + 1, 2**63 - 1, -(2**63 - 1)])
async def test_points_to_spend_have_bounds(members, spend, points):
    customer = await members.register()
    await members.order(customer, 100_00)

    answer = await spend(customer, points)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "points")
    assert await members.balance(customer) == 100


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"key": ""}, "idempotencyKey"),
        ({"key": "k" * 201}, "idempotencyKey"),
        ({"key": "k\x00"}, "idempotencyKey"),
        ({"reason": "a\x00mug"}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": "r" * 201}, "reason"),
    ],
)
async def test_a_key_and_a_reason_have_bounds(members, spend, asked, field):
    customer = await members.register()
    await members.order(customer, 100_00)

    answer = await spend(customer, 1, **asked)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    assert await members.balance(customer) == 100


async def test_an_unknown_account_and_one_of_another_unit_are_not_found(members, spend):
    customer = await members.register(unit="hq.zj")
    await members.order(customer, 100_00)
    account = await members.account(customer)

    unknown = await spend(customer, 10, account=str(uuid7()))
    foreign = await spend(
        customer, 10, account=account, as_=members.harness.token("front_line", unit="hq.js")
    )

    assert [unknown["__typename"], foreign["__typename"]] == ["NotFound", "NotFound"]
    assert await members.balance(customer) == 100


async def test_a_currency_that_there_is_none_of_is_what_is_not_found(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)

    answer = await spend(customer, 1, currency="shells")

    assert answer["message"] == "There is no currency shells."
    assert await members.balance(customer) == 100


async def test_a_customer_spends_their_own_points_and_nobody_elses(members, spend):
    mine, other = await members.register(), await members.register()
    await members.order(mine, 100_00)
    await members.order(other, 100_00)
    me = members.harness.token("customer", unit=None, customer=str(mine))

    spent = await spend(mine, 10, as_=me, account=await members.account(mine))
    refused = await spend(other, 10, as_=me, account=await members.account(other))

    assert [spent["__typename"], refused["__typename"]] == ["PointsWereSpent", "NotFound"]
    assert await members.balance(other) == 100


async def test_only_the_front_line_and_operators_adjust(members, adjust):
    customer = await members.register()
    account = await members.account(customer)

    with pytest.raises(GraphFailed) as failed:
        await adjust(customer, 50, account=account, as_=members.harness.token("marketer"))

    assert failed.value.codes == ["FORBIDDEN"]
    assert await members.balance(customer) == 0


async def test_an_adjustment_goes_up_and_down_but_never_below_zero(members, adjust):
    customer = await members.register()

    up = await adjust(customer, 50, reason="a complaint")
    down = await adjust(customer, -20, reason="a mistake")
    below = await adjust(customer, -31)

    assert (up["balance"], down["balance"]) == (50, 30)
    assert (below["__typename"], below["needed"], below["balance"]) == ("NotEnoughPoints", 31, 30)
    assert [
        (each["points"], each["reason"]) for each in await members.announced("points.adjusted")
    ] == [(50, "a complaint"), (-20, "a mistake")]


async def test_postings_come_page_by_page_newest_first(members, adjust):
    customer = await members.register()
    for points in (1, 2, 3, 4, 5):
        await adjust(customer, points)
    account = await members.account(customer)
    query = """query ($id: UUID!, $after: String) { pointsAccount(id: $id) {
      postings(first: 2, after: $after) {
        edges { node { points } } pageInfo { hasNextPage endCursor } } } }"""

    seen, after, more = [], None, True
    while more:
        data = await members.harness.graph(query, as_=members.operator, id=account, after=after)
        page = data["pointsAccount"]["postings"]
        seen += [edge["node"]["points"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == [5, 4, 3, 2, 1]


async def test_many_earnings_are_posted_as_one_by_one_whoever_owes_or_repeats(members, spend):
    customers = [await members.register() for _ in range(3)]
    accounts = [UUID(await members.account(each)) for each in customers]
    await members.order(customers[2], 50_00)

    def earning(number: int, account: UUID, points: int) -> NewPosting:
        return NewPosting(
            account_id=account,
            key=f"earning {number}",
            kind="earn",
            points=points,
            reason="taking part",
            source_kind="test",
            source_id=str(number),
        )

    async def post_all(*wanted: NewPosting) -> list[tuple[str, int]]:
        async with members.harness.db.transaction() as session:
            return [(each.outcome, each.balance) for each in await post(session, wanted)]

    first = [earning(n, accounts[n % 2], 10 + n) for n in range(6)]
    at_once = await post_all(*first)
    again = await post_all(*first)
    (order,) = [
        each for each in await members.announced("points.earned") if each["reason"] == "order"
    ]
    await spend(customers[2], 30)
    await post_all(
        NewPosting(
            account_id=accounts[2],
            key="taken back",
            kind="reverse",
            points=-50,
            reason="order",
            source_kind="test",
            source_id="1",
            reverses=UUID(order["posting_id"]),
        )
    )
    owing = await post_all(*(earning(n, accounts[2], 20) for n in range(10, 14)))
    twice = await post_all(*(earning(n, accounts[0], 1) for n in (20, 20, 21, 22)))

    assert at_once == [
        ("posted", 10), ("posted", 11), ("posted", 22),
        ("posted", 24), ("posted", 36), ("posted", 39),
    ]  # fmt: skip
    assert {outcome for outcome, _ in again} == {"repeated"}
    assert owing == [("posted", 0), ("posted", 10), ("posted", 30), ("posted", 50)]
    assert sorted(outcome for outcome, _ in twice) == ["posted", "posted", "posted", "repeated"]
    assert [await members.balance(each) for each in customers] == [39, 39, 50]
    assert await members.is_sound()
