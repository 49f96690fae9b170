"""Who moved points by hand, when and why."""

import asyncio

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed

REFUSED = "... on Refusal { message }"
SPEND = f"""mutation ($input: SpendPointsInput!) {{ act: spendPoints(input: $input) {{
  ... on PointsWereSpent {{ postingId }} {REFUSED} }} }}"""
RESERVE = f"""mutation ($input: ReservePointsInput!) {{ act: reservePoints(input: $input) {{
  ... on PointsWereReserved {{ reservationId }} {REFUSED} }} }}"""
SETTLE = """mutation ($id: UUID!) { act: %s(id: $id) {
  ... on ReservationWasSettled { postingId } ... on Refusal { message } } }"""
REVERSE = f"""mutation ($input: ReversePostingInput!) {{ act: reversePosting(input: $input) {{
  ... on PostingWasReversed {{ postingId }} {REFUSED} }} }}"""
TRANSFER = f"""mutation ($input: TransferPointsInput!) {{ act: transferPoints(input: $input) {{
  ... on PointsWereTransferred {{ postingId }} {REFUSED} }} }}"""
ADJUST = f"""mutation ($input: AdjustPointsInput!) {{ act: adjustPoints(input: $input) {{
  ... on PointsWereAdjusted {{ postingId }} ... on AdjustmentWasRequested {{ adjustment {{ id }} }}
  {REFUSED} }} }}"""
APPROVE = """mutation ($id: UUID!) { act: approveAdjustment(id: $id) {
  ... on AdjustmentWasDecided { adjustment { postingId } } ... on Refusal { message } } }"""
REDEEM = f"""mutation ($input: RedeemRewardInput!) {{ act: redeemReward(input: $input) {{
  ... on RewardWasRedeemed {{ redemption {{ id }} }} {REFUSED} }} }}"""
KEEP = f"""mutation ($input: ReserveRewardInput!) {{ act: reserveReward(input: $input) {{
  ... on RewardWasReserved {{ redemption {{ id }} }} {REFUSED} }} }}"""
RELEASE = f"""mutation ($id: UUID!) {{ act: releaseRedemption(id: $id) {{
  ... on RedemptionWasSettled {{ redemption {{ id }} }} {REFUSED} }} }}"""
HISTORY = """postings(first: 20) { edges { node { id kind points askedBy reverses
  reversal { id askedBy reason points } } } }"""
BY_HAND = """query ($by: String, $kind: String, $first: Int! = 20, $after: String) {
  pointsMovedByHand(askedBy: $by, kind: $kind, first: $first, after: $after) {
    edges { node { posting { id kind points askedBy reason postedAt } account { id } } }
    pageInfo { hasNextPage endCursor } } }"""


class Counter:
    """What colleagues do for members, and what is kept of it."""

    def __init__(self, members):
        self.members, self.harness = members, members.harness
        self.ann = self.harness.token("front_line", subject="ann")
        self.ben = self.harness.token("approver", subject="ben")

    async def act(self, mutation, as_=None, **asked):
        wanted = {"idempotencyKey": str(uuid7()), "reason": "at the counter", **asked}
        given = {"id": asked["id"]} if "id" in asked else {"input": wanted}
        return (await self.harness.graph(mutation, as_=as_ or self.ann, **given))["act"]

    async def history(self, customer, as_=None):
        edges = (await self.members.points(customer, HISTORY, as_=as_))["postings"]["edges"]
        return [edge["node"] for edge in edges]

    async def moved(self, as_=None, **asked):
        found = await self.harness.graph(BY_HAND, as_=as_ or self.ben, **asked)
        return found["pointsMovedByHand"]


@pytest.fixture
def counter(members):
    return Counter(members)


async def kinds_and_hands(counter, customer):
    return [(each["kind"], each["askedBy"]) for each in reversed(await counter.history(customer))]


async def test_who_reversed_a_posting_when_and_why_is_kept_and_shown(members, counter):
    customer = await members.register()
    await members.order(customer, 100_00)
    (earned,) = await counter.history(customer)

    first = await counter.act(
        REVERSE, postingId=earned["id"], reason="a wrong order", idempotencyKey="k"
    )
    await counter.act(
        REVERSE,
        counter.harness.token("front_line", subject="eve"),
        postingId=earned["id"],
        reason="a wrong order",
        idempotencyKey="k",
    )

    taken_back, gave = await counter.history(customer, counter.ann)
    assert taken_back["id"] == first["postingId"]
    assert (taken_back["askedBy"], taken_back["reverses"]) == ("ann", earned["id"])
    assert (gave["askedBy"], gave["reverses"]) == (None, None)
    assert gave["reversal"] == {
        "id": first["postingId"],
        "askedBy": "ann",
        "reason": "a wrong order",
        "points": -100,
    }
    (edge,) = (await counter.moved(kind="reverse"))["edges"]
    assert edge["node"]["posting"]["askedBy"] == "ann"
    assert edge["node"]["account"]["id"] == await members.account(customer)


async def test_whatever_colleagues_move_names_them_and_what_members_move_nobody(members, counter):
    customer, other = await members.register(), await members.register()
    await members.order(customer, 1000_00)
    account = await members.account(customer)
    themselves = members.harness.token(
        "customer", unit=None, subject="they", customer=str(customer)
    )

    await counter.act(SPEND, accountId=account, points=1)
    await counter.act(SPEND, themselves, accountId=account, points=2)
    one = await counter.act(RESERVE, accountId=account, points=3)
    await counter.act(SETTLE % "confirmReservation", id=one["reservationId"])
    two = await counter.act(RESERVE, themselves, accountId=account, points=4)
    await counter.act(SETTLE % "releaseReservation", id=two["reservationId"])
    await counter.act(
        TRANSFER, fromAccountId=account, toAccountId=await members.account(other), points=5
    )
    await counter.act(ADJUST, accountId=account, points=6)
    large = await counter.act(ADJUST, accountId=account, points=50_000)
    await counter.act(APPROVE, counter.ben, id=large["adjustment"]["id"])

    assert await kinds_and_hands(counter, customer) == [
        ("earn", None),
        ("spend", "ann"),
        ("spend", None),
        ("lock", "ann"),
        ("confirm", "ann"),
        ("lock", None),
        ("release", "ann"),
        ("transfer", "ann"),
        ("adjust", "ann"),
        ("adjust", "ann"),
    ]
    assert await kinds_and_hands(counter, other) == [("transfer", "ann")]
    assert await members.is_sound()


async def test_rewards_taken_at_the_counter_name_who_took_and_who_released_them(
    members, counter, shop
):
    await shop.sell(price=10)
    customer = await shop.member_with(100)
    asked = {"customerId": str(customer), "rewardCode": "mug"}
    key = {"idempotencyKey": "a"}

    await counter.harness.graph(REDEEM, as_=counter.ann, input=asked | key)
    kept = await counter.harness.graph(KEEP, as_=counter.ann, input=asked | {"idempotencyKey": "b"})
    eve = counter.harness.token("operator", subject="eve")
    await counter.act(RELEASE, eve, id=kept["act"]["redemption"]["id"])

    assert await kinds_and_hands(counter, customer) == [
        ("earn", None),
        ("spend", "ann"),
        ("lock", "ann"),
        ("release", "eve"),
    ]


async def test_what_was_moved_by_hand_is_listed_for_the_unit_by_person_and_kind_in_pages(
    members, counter
):
    here, there = await members.register(unit="hq.zj"), await members.register(unit="hq.js")
    for each in (here, there):
        await members.order(each, 100_00)
        await counter.act(SPEND, accountId=await members.account(each), points=7)
    eve = members.harness.token("front_line", subject="eve")
    await counter.act(ADJUST, eve, accountId=await members.account(here), points=8)
    of_zj = members.harness.token("approver", unit="hq.zj")

    def told(page):
        return [
            (each["node"]["posting"]["points"], each["node"]["posting"]["askedBy"])
            for each in page["edges"]
        ]

    first = await counter.moved(first=2)
    rest = await counter.moved(first=2, after=first["pageInfo"]["endCursor"])
    assert told(first) == [(8, "eve"), (-7, "ann")]
    assert (told(rest), rest["pageInfo"]["hasNextPage"]) == ([(-7, "ann")], False)
    assert told(await counter.moved(of_zj)) == [(8, "eve"), (-7, "ann")]
    assert told(await counter.moved(of_zj, by="ann")) == [(-7, "ann")]
    assert told(await counter.moved(by="ann", kind="adjust")) == []


@pytest.mark.parametrize("role", ["customer", "front_line", "marketer"])
async def test_members_and_the_counter_do_not_see_what_colleagues_moved(counter, role):
    with pytest.raises(GraphFailed) as failed:
        await counter.moved(counter.harness.token(role, customer=str(uuid7())))

    assert failed.value.codes == ["FORBIDDEN"]


async def test_members_are_not_told_which_colleague_it_was(members, counter):
    customer = await members.register()
    await members.order(customer, 100_00)
    themselves = members.harness.token("customer", unit=None, customer=str(customer))

    with pytest.raises(GraphFailed) as failed:
        await counter.history(customer, themselves)

    assert failed.value.codes == ["FORBIDDEN"]


async def test_of_two_who_reverse_at_once_only_the_one_who_did_is_named(members, counter):
    customer = await members.register()
    await members.order(customer, 100_00)
    (earned,) = await counter.history(customer)
    people = ["ann", "eve", "joe"]

    answers = await asyncio.gather(
        *(
            counter.act(
                REVERSE,
                members.harness.token("front_line", subject=each),
                postingId=earned["id"],
            )
            for each in people
        )
    )

    (winner,) = [who for who, each in zip(people, answers, strict=True) if "postingId" in each]
    (gave,) = [each for each in await counter.history(customer) if each["id"] == earned["id"]]
    assert gave["reversal"]["askedBy"] == winner
    assert len((await counter.moved())["edges"]) == 1
