"""Two customers who turn out to be one are decided, contacted and counted as one."""

from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.decisions.batches import run_batches
from campaign.figures.commands import fold_figures
from kit.models import uuid7


async def merged(marketing: Any, survivor: UUID, absorbed: UUID) -> UUID:
    merge_id = uuid4()
    await marketing.hear(
        "customer.customer.merged", merge_id=merge_id, customer_id=survivor, absorbed_id=absorbed
    )
    return merge_id


async def taken_back(marketing: Any, merge_id: UUID, survivor: UUID, restored: UUID) -> None:
    await marketing.hear(
        "customer.customer.unmerged", merge_id=merge_id, customer_id=survivor, restored_id=restored
    )


async def has(marketing: Any, customer: UUID) -> dict[str, Any]:
    found = await marketing.harness.entity(
        {"__typename": "Customer", "id": str(customer)},
        "id decisions { edges { node { outcome } } } tasks { edges { node { id } } }",
        as_=marketing.analyst,
    )
    return {
        "id": found["id"],
        "decisions": len(found["decisions"]["edges"]),
        "tasks": {each["node"]["id"] for each in found["tasks"]["edges"]},
    }


async def test_the_survivor_has_the_decisions_and_tasks_of_both_until_it_is_taken_back(
    marketing: Any,
) -> None:
    await marketing.running()
    both = [await marketing.customer() for _ in range(2)]
    for each in both:
        await marketing.meet(each)
    before = [await has(marketing, each) for each in both]

    merge_id = await merged(marketing, *both)
    whole = {"id": str(both[0]), "decisions": 2, "tasks": before[0]["tasks"] | before[1]["tasks"]}
    assert [await has(marketing, each) for each in both] == [whole, whole]

    await taken_back(marketing, merge_id, *both)
    assert [await has(marketing, each) for each in both] == before


async def test_contacts_of_both_count_against_the_caps(marketing: Any) -> None:
    await marketing.running(contactPolicy={"perWeek": 1})
    ada, bob = await marketing.customer(), await marketing.customer()
    await marketing.meet(bob)

    await merged(marketing, ada, bob)
    await marketing.meet(ada)
    await marketing.meet(bob)

    assert len(await marketing.tasks()) == 1
    assert [(await marketing.why(ada))[0]] == ["contact_policy"]


async def test_a_complaint_of_the_absorbed_cools_the_survivor_down(marketing: Any) -> None:
    await marketing.running()
    ada, bob = await marketing.customer(), await marketing.customer()
    await marketing.meet(bob, kind="complained")

    merge_id = await merged(marketing, ada, bob)
    await marketing.meet(ada)
    assert await marketing.tasks() == []

    await taken_back(marketing, merge_id, ada, bob)
    await marketing.meet(ada)
    assert len(await marketing.tasks()) == 1


async def test_what_waited_for_a_second_id_is_decided_for_the_survivor(marketing: Any) -> None:
    await marketing.running()
    ada = await marketing.customer()
    second = uuid7()
    await marketing.meet(second)
    assert await marketing.tasks() == []

    await merged(marketing, ada, second)

    [task] = await marketing.tasks()
    assert task["customer_id"] == str(ada)
    await marketing.meet(second)
    assert (await has(marketing, second))["decisions"] == 2


async def test_an_order_of_the_absorbed_counts_for_the_task_of_the_survivor(
    marketing: Any,
) -> None:
    campaign = await marketing.running()
    ada, bob = await marketing.customer(), await marketing.customer()
    await marketing.meet(ada)
    [task] = await marketing.tasks()
    await marketing.report(task, "presented")
    await marketing.buy(bob)

    merge_id = await merged(marketing, ada, bob)
    assert (await marketing.funnel(campaign))["totals"]["converted"] == 1
    await taken_back(marketing, merge_id, ada, bob)
    assert (await marketing.funnel(campaign))["totals"]["converted"] == 0


async def test_two_who_are_one_are_enrolled_and_convert_once(marketing: Any) -> None:
    campaign = await marketing.running()
    both = [await marketing.customer() for _ in range(2)]
    for each in both:
        await marketing.meet(each)
        await marketing.buy(each)

    merge_id = await merged(marketing, *both)
    assert (await marketing.funnel(campaign))["treatment"] == {
        "customers": 1,
        "converted": 1,
        "rate": 1.0,
    }
    await taken_back(marketing, merge_id, *both)
    assert (await marketing.funnel(campaign))["treatment"]["customers"] == 2
    assert (await marketing.funnel(campaign))["treatment"]["converted"] == 2


async def test_nobody_is_approached_under_an_id_that_was_absorbed(marketing: Any) -> None:
    ada, bob = await marketing.customer(), await marketing.customer()
    await merged(marketing, ada, bob)
    await marketing.channel("mail-1", "email")
    await marketing.running(kind="BATCH", trigger=None, channels=["mail-1"])

    await marketing.run(run_batches)

    assert [each["customer_id"] for each in await marketing.tasks()] == [str(ada)]


happenings = st.lists(
    st.tuples(
        st.sampled_from(["meet", "buy", "present", "merge", "merge", "undo"]), st.integers(0, 2)
    ),
    max_size=12,
)


class Story:
    """Three people, what each of them did, and who is taken for whom."""

    def __init__(self, marketing: Any, campaign: str, people: list[UUID]) -> None:
        self.marketing, self.campaign, self.people = marketing, campaign, people
        self.met: set[UUID] = set()
        self.bought: set[UUID] = set()
        self.standing: list[tuple[UUID, UUID, UUID]] = []

    async def meet(self, number: int) -> None:
        await self._once(self.people[number], self.met, self.marketing.meet)

    async def buy(self, number: int) -> None:
        await self._once(self.people[number], self.bought, self.marketing.buy)

    async def _once(self, person: UUID, done: set[UUID], act: Any) -> None:
        """What is done under an old id would stay with the survivor."""
        if person not in done | self._absorbed():
            done.add(person)
            await act(person)

    async def present(self, number: int) -> None:
        for task in await self.tasks():
            if task["customer_id"] == str(self.people[number]):
                await self.marketing.report(task, "presented")

    async def merge(self, number: int) -> None:
        pair = (self.people[number], self.people[(number + 1) % 3])
        if not self._absorbed() & set(pair):
            self.standing.append((await merged(self.marketing, *pair), *pair))

    async def undo(self, _: int = 0) -> None:
        if self.standing:
            await taken_back(self.marketing, *self.standing.pop())

    async def tasks(self) -> list[dict[str, Any]]:
        told = await self.marketing.tasks()
        return [each for each in told if each["campaign_id"] == self.campaign]

    def _absorbed(self) -> set[UUID]:
        return {restored for _, _, restored in self.standing}


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happened=happenings)
async def test_when_all_merges_are_taken_back_everything_counts_as_if_there_had_been_none(
    marketing: Any, happened: list[tuple[str, int]]
) -> None:
    campaign = await marketing.running(f"films-{uuid7()}")
    people = [await marketing.customer() for _ in range(3)]
    story = Story(marketing, campaign, people)

    for what, number in happened:
        await getattr(story, what)(number)
    while story.standing:
        await story.undo()

    await marketing.run(fold_figures)
    decided = [(await has(marketing, each))["decisions"] for each in people]
    assert decided == [int(each in story.met) for each in people]
    contacted = {UUID(each["customer_id"]) for each in await story.tasks()}
    treatment = (await marketing.funnel(campaign))["treatment"]
    assert treatment["customers"] == len(contacted)
    assert treatment["converted"] == len(contacted & story.bought)
    await marketing.step("completeCampaign", campaign)
