"""Whatever is merged, taken apart and told in whatever order: nothing is lost, and a no stands."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.testing.harness import Harness

PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
PEOPLE = 4
FACTS = """id version status name groups(first: 10) { edges { node { role group { id } } } } identifiers { value } attributes { name value } tags { tag }
  specialLists { list reason } holdings { productCode since until }
  consents { purpose channelKind granted since }"""
CHANGE = "mutation {{ it: {} {{ __typename ... on Refusal {{ message }} }} }}"
MERGE = """mutation ($input: MergeCustomersInput!) { it: mergeCustomers(input: $input) {
  __typename ... on CustomersWereMerged { merge { id } } } }"""
UNMERGE = """mutation ($id: UUID!) { it: unmergeCustomers(mergeId: $id, reason: "Twins") {
  __typename ... on Refusal { message } } }"""

someone = st.integers(0, PEOPLE - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tag"), someone, st.sampled_from("abc")),
        st.tuples(st.just("identify"), someone, st.just("")),
        st.tuples(st.just("list"), someone, st.sampled_from(["SENSITIVE", "TEST"])),
        st.tuples(st.just("order"), someone, st.sampled_from(["tv", "phone"])),
        st.tuples(st.just("order"), someone, st.sampled_from(["tv", "phone"])),
        st.tuples(st.just("cancel"), someone, st.integers(0, 9)),
        st.tuples(st.just("late"), someone, st.sampled_from(["tv", "phone"])),
        st.tuples(st.just("describe"), someone, st.sampled_from(["city", "plan"])),
        st.tuples(st.just("join"), someone, st.sampled_from([0, 1])),
        st.tuples(st.just("yes"), someone, st.sampled_from(["", "sms"])),
        st.tuples(st.just("no"), someone, st.sampled_from(["", "sms"])),
        st.tuples(st.just("again"), someone, st.just("")),
        st.tuples(st.just("merge"), someone, someone),
        st.tuples(st.just("merge"), someone, someone),
        st.tuples(st.just("unmerge"), someone, st.integers(0, 2)),
    ),
    min_size=14,
    max_size=28,
)


@dataclass
class Order:
    """What was told of an order: of whom it is since it was heard of, and whether it stands."""

    told: dict[str, Any]
    event_id: UUID
    of: int | None = None
    stands: bool = True


@dataclass
class Merge:
    """Two that became one, as each was before; what left them and what was told of them since."""

    id: str
    one: int
    other: int
    mine: dict[str, Any]
    theirs: dict[str, Any]
    left: set[tuple[str, str]] = field(default_factory=set)
    touched: bool = False
    refused: bool = False


class World:
    """Some customers by the ids they got first, and which of them are one by now."""

    def __init__(self, harness: Harness, ids: list[str], groups: list[str], run: str) -> None:
        self.harness = harness
        self.token = harness.token("front_line", unit="hq")
        self.ids = ids
        self.groups = groups
        self.run = run
        self.into: dict[int, int] = {}
        self.merges: list[Merge] = []
        self.orders: list[Order] = []

    def root(self, who: int) -> int:
        while who in self.into:
            who = self.into[who]
        return who

    async def facts(self, who: int) -> dict[str, Any]:
        query = f"query ($id: UUID!) {{ customer(id: $id) {{ {FACTS} }} }}"
        found = (await self.harness.graph(query, as_=self.token, id=self.ids[who]))["customer"]
        found.pop("version")
        return {
            name: sorted(value, key=str) if isinstance(value, list) else value
            for name, value in found.items()
        }

    async def change(self, mutation: str) -> None:
        answer = (await self.harness.graph(CHANGE.format(mutation), as_=self.token))["it"]
        assert answer["__typename"] == "CustomerWasChanged", answer

    async def do(self, step: tuple[Any, ...]) -> None:
        what, who, more = step
        if what in ("merge", "unmerge"):
            await getattr(self, what)(who, more)
            return
        self.touch(self.root(who), refused=what == "no")
        await getattr(self, f"_{what}")(self.ids[who], more)

    def touch(self, root: int, *, refused: bool) -> None:
        for each in self.merges:
            if each.one == root:
                each.touched, each.refused = True, each.refused or refused

    async def _tag(self, id: str, mark: str) -> None:
        await self.change(f'tagCustomer(customerId: "{id}", tag: "{mark}")')

    async def _identify(self, id: str, _: str) -> None:
        told = f'{{ scheme: "card", value: "{uuid4()}" }}'
        answer = await self.harness.graph(
            f'mutation {{ it: addIdentifier(customerId: "{id}", identifier: {told}) '
            "{ __typename } }",
            as_=self.token,
        )
        assert "Refusal" not in answer["it"]["__typename"]

    async def _list(self, id: str, name: str) -> None:
        await self.change(f'putOnSpecialList(customerId: "{id}", list: {name}, reason: "{id}")')

    async def _yes(self, id: str, kind: str) -> None:
        await self._say(id, kind, granted="true")

    async def _no(self, id: str, kind: str) -> None:
        await self._say(id, kind, granted="false")

    async def _say(self, id: str, kind: str, granted: str) -> None:
        on = f', channelKind: "{kind}"' if kind else ""
        said = f'{{ purpose: "marketing", granted: {granted}, evidence: "call"{on} }}'
        await self.change(f'recordConsent(customerId: "{id}", consent: {said})')

    async def _describe(self, id: str, name: str) -> None:
        value = f'[{{ name: "{name}", value: "{uuid4()}" }}]'
        await self.change(f'setAttributes(customerId: "{id}", attributes: {value})')

    async def _join(self, id: str, group: int) -> None:
        told = f'{{ groupId: "{self.groups[group]}", memberId: "{id}", role: MEMBER }}'
        answer = await self.harness.graph(
            f"mutation {{ it: addGroupMember(input: {told}) {{ __typename }} }}", as_=self.token
        )
        assert answer["it"]["__typename"] == "GroupMembershipWasChanged"

    async def _order(self, id: str, product: str) -> None:
        await self._hear(self._new(id, product))

    async def _late(self, id: str, product: str) -> None:
        """An order that is heard of only after it was cancelled."""
        order = self._new(id, product)
        await self._take_back(order)
        await self._hear(order)

    async def _again(self, _id: str, _: str) -> None:
        """The last event once more, under whatever id it was told."""
        if self.orders:
            await self._hear(self.orders[-1])

    async def _cancel(self, _id: str, place: int) -> None:
        """Some order, told of whoever had it when it was placed; twice."""
        if self.orders:
            order = self.orders[place % len(self.orders)]
            for _ in range(2):
                await self._take_back(order)

    def _new(self, id: str, product: str) -> Order:
        placed_at = f"2026-01-{len(self.orders) * 7 % 28 + 1:02}T00:00:00+00:00"
        told = {
            "order_id": str(uuid4()), "customer_id": id, "placed_at": placed_at,
            "lines": [{"product_code": product, "quantity": 1, "amount_minor": 1}],
            "channel_code": "web", "amount_minor": 1, "currency": "CNY",
        }  # fmt: skip
        self.orders.append(Order(told, uuid4()))
        return self.orders[-1]

    async def _hear(self, order: Order) -> None:
        if order.of is None:
            order.of = self.root(self.ids.index(order.told["customer_id"]))
        await self.harness.hear(PLACED, order.told, event_id=order.event_id)

    async def _take_back(self, order: Order) -> None:
        for each in self.merges:
            each.touched = True
        order.stands = False
        told = {**order.told, "cancelled_at": "2026-03-01T00:00:00+00:00"}
        await self.harness.hear(CANCELLED, told)

    def held_by(self, who: int) -> set[tuple[str, str]]:
        """Each product with the earliest order of it that stands."""
        since: dict[str, str] = {}
        for each in self.orders:
            if each.of == who and each.stands:
                product, at = each.told["lines"][0]["product_code"], each.told["placed_at"]
                since[product] = min(at, since.get(product, at))
        return set(since.items())

    async def merge(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        if one == other:
            return
        mine, theirs = await self.facts(one), await self.facts(other)
        told = {"survivorId": self.ids[one], "absorbedId": self.ids[other], "reason": "One"}
        answer = (await self.harness.graph(MERGE, as_=self.token, input=told))["it"]
        assert answer["__typename"] == "CustomersWereMerged", answer
        self.into[other] = one
        self.merges.append(Merge(answer["merge"]["id"], one, other, mine, theirs))
        both = await self.facts(one)
        for each in (mine, theirs):
            assert kept_in(each) <= kept_in(both)
            for kind in (None, "sms"):
                assert refused(both, kind) >= refused(each, kind)
        assert [refused(both, k) for k in (None, "sms")] == [
            refused(mine, k) or refused(theirs, k) for k in (None, "sms")
        ]

    async def unmerge(self, who: int, place: int) -> None:
        """Some merge into whoever this is today. A no said meanwhile counts for both."""
        into = [each for each in reversed(self.merges) if each.one == self.root(who)]
        if not into:
            return
        merge = into[place % len(into)]
        before = await self.facts(merge.one)
        answer = (await self.harness.graph(UNMERGE, as_=self.token, id=merge.id))["it"]
        assert answer["__typename"] == "CustomersWereUnmerged", answer
        self.merges.remove(merge)
        del self.into[merge.other]
        restored, survivor = await self.facts(merge.other), await self.facts(merge.one)
        assert judged(restored) == judged(merge.theirs)
        for kind in (None, "sms"):
            assert refused(restored, kind) >= refused(merge.theirs, kind)
        if not merge.refused:
            assert restored["consents"] == merge.theirs["consents"]
        assert kept_in(merge.mine) - merge.left <= kept_in(survivor)
        assert kept_in(survivor) | kept_in(restored) >= kept_in(before)
        if not merge.touched and merge is into[0]:
            assert survivor == merge.mine
        self.touch(merge.other, refused=merge.refused)
        for later in into[: into.index(merge)]:
            later.touched = True
            later.left |= kept_in(restored)


def judged(facts: dict[str, Any]) -> dict[str, Any]:
    """What is given back as it was: consents and holdings may have gone on meanwhile."""
    return {name: value for name, value in facts.items() if name not in ("consents", "holdings")}


def kept_in(facts: dict[str, Any]) -> set[tuple[str, str]]:
    """What a merge may not lose: all that there may be more than one of."""
    keys = {
        "identifiers": "value",
        "attributes": "name",
        "tags": "tag",
        "specialLists": "list",
        "holdings": "productCode",
    }
    groups = {("groups", e["node"]["group"]["id"]) for e in facts["groups"]["edges"]}
    return groups | {(name, each[key]) for name, key in keys.items() for each in facts[name]}


def held(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((e["productCode"], e["since"]) for e in facts["holdings"] if not e["until"])


def refused(facts: dict[str, Any], kind: str | None) -> bool:
    said = {each["channelKind"]: each["granted"] for each in facts["consents"]}
    return not said.get(kind, said.get(None, True))


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
async def test_nothing_is_lost_a_no_stands_and_each_merge_is_undone_exactly(
    harness: Harness, a_customer: Any, steps: list[tuple[Any, ...]]
) -> None:
    run = str(uuid4())
    ids = [await a_customer(f"crm:{run}-{n}", name=f"N{n}") for n in range(PEOPLE)]
    groups = [await a_customer(f"crm:{run}-G{n}", kind="GROUP") for n in range(2)]
    for name in ("city", "plan"):
        told = f'mutation {{ declareAttribute(name: "{name}", type: TEXT) {{ __typename }} }}'
        await harness.graph(told, as_=harness.token("operator", unit="hq"))
    world = World(harness, ids, groups, run)

    for step in steps:
        await world.do(step)

    for who in range(PEOPLE):
        assert (await world.facts(who))["id"] == ids[world.root(who)]
    while world.merges:
        await world.unmerge(world.merges[-1].one, 0)
    owned = [await world.facts(who) for who in range(PEOPLE)]
    for who, facts in enumerate(owned):
        assert {"value": f"{run}-{who}"} in facts["identifiers"]
        assert held(facts) == sorted(world.held_by(who))
    every = [each["value"] for facts in owned for each in facts["identifiers"]]
    assert len(every) == len(set(every))
