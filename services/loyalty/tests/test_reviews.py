"""Reviews: what limits held waits for a person, who lets it through or takes it back, once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.erasure.commands import confirm_erasures
from loyalty.reviews.commands import escalate_reviews

DECIDED = "octoreach.loyalty.review.decided.v1"
QUALIFIED = "octoreach.loyalty.referral.qualified.v1"
SET = """mutation ($input: FraudRuleInput!) { setFraudRule(input: $input) { __typename } }"""
QUEUE = """query ($state: ReviewState!, $first: Int! = 20, $after: String, $kind: FraudActKind) {
  reviews(state: $state, first: $first, after: $after, actKind: $kind) {
  edges { node { id actKind actKey customerId action points state overdue claimedBy decidedBy note
    findings { code version measured threshold }
    acts { key customerId action } sharedWith { per customerId } account { pending } } }
  pageInfo { hasNextPage endCursor } } }"""
ANSWER = """{ __typename ... on ReviewWasClaimed { review { claimedBy } }
  ... on ReviewWasDecided { review { state } } ... on Refusal { message }
  ... on InvalidInput { field } }"""
CLAIM = "mutation ($id: UUID!) { claimReview(id: $id) %s }" % ANSWER.replace(  # noqa: UP031
    "... on ReviewWasDecided { review { state } }", ""
).replace("... on InvalidInput { field }", "")
DECIDE = "mutation ($id: UUID!, $note: String!) { %sReview(id: $id, note: $note) %s }"
SEEN = "balance pending debt"


class Desk:
    """Reviewers at work."""

    def __init__(self, members: Any) -> None:
        self.members = members
        self.ann = members.harness.token("approver", subject="ann")
        self.ben = members.harness.token("approver", subject="ben")

    async def limit(self, **terms: Any) -> None:
        asked = {
            "code": f"rule-{uuid7().hex[-6:]}", "name": "A limit", "kind": "VELOCITY",
            "actKinds": ["EARNING"], "threshold": 1,
        } | terms  # fmt: skip
        answer = await self.members.harness.graph(SET, as_=self.members.operator, input=asked)
        assert answer["setFraudRule"]["__typename"] == "FraudRuleWasSet"

    async def queue(self, state: str = "WAITING", as_: str | None = None, **of: Any) -> list[Any]:
        found = await self.members.harness.graph(QUEUE, as_=as_ or self.ann, state=state, **of)
        return [each["node"] for each in found["reviews"]["edges"]]

    async def claim(self, review: str, as_: str | None = None) -> Any:
        found = await self.members.harness.graph(CLAIM, as_=as_ or self.ann, id=review)
        return found["claimReview"]

    async def decide(
        self, verdict: str, review: str, as_: str | None = None, note: str = "looked at it"
    ) -> Any:
        query = DECIDE.replace("%sReview", f"{verdict}Review") % ANSWER.replace(
            "... on ReviewWasClaimed { review { claimedBy } }", ""
        )
        found = await self.members.harness.graph(query, as_=as_ or self.ann, id=review, note=note)
        return found[f"{verdict}Review"]

    async def tell(self) -> None:
        """Let the service hear its own decisions, each twice."""
        told = await self.members.harness.events_recorded(DECIDED)
        for each in told:
            content = {name: value for name, value in each.items() if name != "subject"}
            event = UUID(int=UUID(each["review_id"]).int ^ 1)
            for _ in range(2):
                await self.members.harness.hear(DECIDED, content, event_id=event)


@pytest.fixture
def desk(members: Any) -> Desk:
    return Desk(members)


async def two_orders(members: Any, desk: Desk, **limit: Any) -> tuple[UUID, str, UUID]:
    """A member with 100 points to spend and 50 held; the review, and the order."""
    customer = await members.register()
    await desk.limit(**limit)
    await members.order(customer, 100_00)
    order = await members.order(customer, 50_00)
    (review,) = await desk.queue()
    return customer, review["id"], order


async def test_points_above_a_limit_are_pending_until_released_once(members, desk, spend):
    customer, review, _ = await two_orders(members, desk)
    held = await members.points(customer, SEEN)
    too_early = await spend(customer, 120)

    first = await desk.decide("release", review)
    again = await desk.decide("release", review)
    await desk.tell()

    assert held == {"balance": 100, "pending": 50, "debt": 0}
    assert too_early["__typename"] == "NotEnoughPoints"
    assert [each["review"]["state"] for each in (first, again)] == ["RELEASED"] * 2
    assert await members.points(customer, SEEN) == {"balance": 150, "pending": 0, "debt": 0}
    assert len(await members.announced("review.decided")) == 1
    assert await members.is_sound()


async def test_what_is_rejected_is_taken_back_once_and_cancelling_its_order_takes_no_more(
    members, desk
):
    customer, review, order = await two_orders(members, desk)

    await desk.decide("reject", review, note="the same receipt twice")
    await desk.tell()
    await members.cancel(customer, order)

    assert await members.points(customer, SEEN) == {"balance": 100, "pending": 0, "debt": 0}
    assert [each["points"] for each in await members.announced("points.reversed")] == [50]
    assert await members.is_sound()


async def test_what_is_cancelled_while_it_is_held_gives_nothing_whatever_is_decided(members, desk):
    customer, review, order = await two_orders(members, desk)
    await members.cancel(customer, order)

    await desk.decide("release", review)
    await desk.tell()

    assert await members.points(customer, SEEN) == {"balance": 100, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_what_is_flagged_goes_through_and_is_taken_back_also_when_it_was_spent(
    members, desk, spend
):
    customer, review, _ = await two_orders(members, desk, action="FLAG")
    await spend(customer, 140)

    await desk.decide("reject", review)
    await desk.tell()

    assert await members.points(customer, SEEN) == {"balance": 0, "pending": 0, "debt": 40}
    assert await members.is_sound()


async def test_what_is_refused_earns_nothing_and_asks_nobody(members, desk):
    customer = await members.register()
    await desk.limit(action="REFUSE")

    for _ in range(3):
        await members.order(customer, 100_00)

    assert await members.points(customer, SEEN) == {"balance": 100, "pending": 0, "debt": 0}
    assert await desk.queue() == []
    assert await members.is_sound()


async def test_what_is_held_counts_towards_tiers_only_once_it_is_released(members, desk):
    customer = await members.register()
    await desk.limit(threshold=0)
    await members.order(customer, 600_000)
    (review,) = await desk.queue()
    before = (await members.points(customer, "tier { code }"))["tier"]

    await desk.decide("release", review["id"])
    await desk.tell()

    after = (await members.points(customer, "tier { code }"))["tier"]
    assert (before["code"], after["code"] != "none") == ("none", True)


async def test_the_queue_is_the_oldest_first_with_what_speaks_against_each(members, desk):
    one, other = await members.register(), await members.register()
    await desk.limit(code="busy", threshold=2, per="DEVICE")
    touched = {"kind": "visited", "channel_code": "app", "partner_code": None, "unit": "hq.zj",
               "properties": {"device": "kiosk"}, "occurred_at": utcnow()}  # fmt: skip
    for customer in (one, other):
        await members.harness.hear(
            "octoreach.channel.touchpoint.reported.v1",
            {**touched, "touchpoint_id": uuid7(), "customer_id": customer},
        )
    orders = [await members.order(customer, 10_00) for customer in (one, one, other, other)]

    first, second = await desk.queue()

    assert [each["actKey"] for each in (first, second)] == [f"order:{each}" for each in orders[2:]]
    assert first["findings"] == [{"code": "busy", "version": 1, "measured": 3, "threshold": 2}]
    assert {each["key"] for each in first["acts"]} == {f"order:{each}" for each in orders}
    assert first["sharedWith"] == [{"per": "DEVICE", "customerId": str(one)}]
    assert first["account"] == {"pending": 20}
    assert len(await desk.queue(kind="EARNING")) == 2
    assert await desk.queue(kind="TRANSFER") == []


async def test_reviewers_see_and_decide_only_on_their_units_customers(members, desk):
    _, review, _ = await two_orders(members, desk)
    elsewhere = members.harness.token("approver", unit="hq.js", subject="eve")

    refused = await desk.decide("reject", review, as_=elsewhere)

    assert await desk.queue(as_=elsewhere) == []
    assert refused["__typename"] == "NotFound"
    assert [each["state"] for each in await desk.queue()] == ["WAITING"]


async def test_what_somebody_claimed_nobody_else_decides_until_the_time_is_over(members, desk):
    _, review, _ = await two_orders(members, desk)

    claims = await asyncio.gather(*(desk.claim(review, as_) for as_ in (desk.ann, desk.ben)))
    names = [each["__typename"] for each in claims]
    mine, other = (desk.ann, desk.ben) if names[0] == "ReviewWasClaimed" else (desk.ben, desk.ann)
    kept_out = await desk.decide("reject", review, as_=other)
    await members.sql("UPDATE review SET claimed_until = now() - interval '1 second'")
    late = await desk.decide("release", review, as_=other)
    too_late = await desk.decide("reject", review, as_=mine)

    assert sorted(names) == ["Conflict", "ReviewWasClaimed"]
    assert kept_out["__typename"] == "Conflict"
    assert late["review"]["state"] == "RELEASED"
    assert too_late["__typename"] == "Conflict"


async def test_two_who_decide_otherwise_at_once_decide_once(members, desk):
    customer, review, _ = await two_orders(members, desk)

    answers = await asyncio.gather(
        desk.decide("release", review, desk.ann), desk.decide("reject", review, desk.ben)
    )
    await desk.tell()

    assert Counter(each["__typename"] for each in answers) == {
        "ReviewWasDecided": 1, "Conflict": 1
    }  # fmt: skip
    assert (await members.points(customer, SEEN))["pending"] == 0
    assert len(await members.announced("review.decided")) == 1


async def test_a_decision_takes_a_note_and_one_of_the_roles(members, desk):
    _, review, _ = await two_orders(members, desk)

    silent = await desk.decide("reject", review, note=" ")
    with pytest.raises(GraphFailed):
        await desk.decide("reject", review, as_=members.harness.token("analyst"))

    assert (silent["__typename"], silent["field"]) == ("InvalidInput", "note")
    assert await members.announced("review.decided") == []


async def qualified(members: Any, referrer: UUID, referred: UUID, order: UUID) -> None:
    for subject in await members.harness.events_recorded(QUALIFIED):
        content = {name: value for name, value in subject.items() if name != "subject"}
        await members.harness.hear(QUALIFIED, content)


REFER = """mutation ($one: UUID!, $other: UUID!) { recordReferral(referrerId: $one, referredId: $other)
  { __typename } }"""
RULE = """INSERT INTO earning_rule (id, created_at, code, version, state, name, event, kind, points,
  stacking, priority, partner_percent, qualifies, valid_from, drafted_by, touchpoint_kinds, products,
  steps) VALUES (:id, now(), :code, 1, 'active', :code, :code, 'fixed', 30, 'additive', 0, 0, false,
  now() - interval '1 year', 'max', '{}', '{}', '[]')"""


async def referred(members: Any, count: int) -> tuple[UUID, list[UUID]]:
    """Somebody who brings others, all with one telephone; what each has brought qualifies."""
    for code in ("referral", "referred"):
        await members.sql(RULE, id=uuid7(), code=code)
    referrer, brought = await members.register(), []
    teller = members.harness.token("front_line", subject="ann")
    for _ in range(count):
        customer = await members.register()
        await members.harness.hear(
            "octoreach.channel.touchpoint.reported.v1",
            {"touchpoint_id": uuid7(), "customer_id": customer, "kind": "visited",
             "channel_code": "app", "partner_code": None, "unit": "hq.zj",
             "properties": {"device": "farm"}, "occurred_at": utcnow()},
        )  # fmt: skip
        asked = {"one": str(referrer), "other": str(customer)}
        await members.harness.graph(REFER, as_=teller, **asked)
        order = await members.order(customer, 1)
        await qualified(members, referrer, customer, order)
        await members.harness.publish()
        brought.append(customer)
    return referrer, brought


async def test_both_sides_of_a_referral_wait_for_one_review_but_not_by_who_told_of_it(
    members, desk
):
    await desk.limit(actKinds=["REFERRAL"], per="DEVICE", threshold=1)

    referrer, brought = await referred(members, 2)
    (review,) = await desk.queue()
    before = [await members.points(each, SEEN) for each in (referrer, *brought)]
    own = await desk.claim(review["id"], as_=desk.ann)
    own_decision = await desk.decide("release", review["id"], as_=desk.ann)
    await desk.decide("reject", review["id"], as_=desk.ben)
    await desk.tell()

    assert (review["actKind"], review["points"]) == ("REFERRAL", 60)
    assert [(each["balance"], each["pending"]) for each in before] == [(30, 30), (30, 0), (0, 30)]
    assert [own["__typename"], own_decision["__typename"]] == ["OwnAct", "OwnAct"]
    after = [await members.points(each, SEEN) for each in (referrer, *brought)]
    assert [(each["balance"], each["pending"]) for each in after] == [(30, 0), (30, 0), (0, 0)]
    assert await members.is_sound()


async def test_a_late_decision_reaches_the_points_of_who_was_merged_meanwhile(members, desk):
    customer, review, _ = await two_orders(members, desk)
    survivor = await members.register()
    merge_id = uuid4()
    merged = {"merge_id": merge_id, "customer_id": survivor, "absorbed_id": customer}
    await members.harness.hear("octoreach.customer.customer.merged.v1", merged)
    whole = await members.points(survivor, SEEN)

    await desk.decide("release", review)
    await desk.tell()

    assert whole == {"balance": 100, "pending": 50, "debt": 0}
    assert await members.points(survivor, SEEN) == {"balance": 150, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_the_erased_leave_a_review_that_says_nothing_of_them_and_can_be_decided(
    members, desk
):
    customer, review, _ = await two_orders(members, desk)
    asked = {"request_id": uuid7(), "customer_id": customer, "alias_ids": []}
    await members.harness.hear("octoreach.customer.erasure.requested.v1", asked)
    await members.harness.turn(confirm_erasures)

    (left,) = await desk.queue()
    await desk.decide("reject", review)
    await desk.tell()

    assert (left["acts"], left["sharedWith"]) == ([], [])
    assert await members.points(customer, SEEN) == {"balance": 100, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_what_nobody_decides_in_time_is_escalated_once(members, desk):
    await two_orders(members, desk)
    later = utcnow() + timedelta(days=2, minutes=1)

    for now in (utcnow(), later, later):
        async with members.harness.db.transaction() as session:
            await escalate_reviews(session, now)

    assert len(await members.announced("review.escalated")) == 1


async def test_the_same_order_heard_again_asks_for_one_review(members, desk):
    customer = await members.register()
    await desk.limit(threshold=0)
    order = uuid7()

    await asyncio.gather(*(members.order(customer, 10_00, order=order) for _ in range(5)))

    assert len(await desk.queue()) == 1
    assert await members.points(customer, SEEN) == {"balance": 0, "pending": 10, "debt": 0}
    async with members.harness.db.transaction() as session:
        acts = await session.scalar(text("SELECT count(*) FROM screened_act"))
    assert acts == 1
