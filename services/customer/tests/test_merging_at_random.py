"""Whatever is merged, taken apart and told in whatever order: nothing is lost, and a no stands."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.testing.harness import Harness

PLACED = "octoreach.channel.order.placed.v1"
PEOPLE = 4
FACTS = """id version status name identifiers { value } attributes { name value } tags { tag }
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
        st.tuples(st.just("yes"), someone, st.sampled_from(["", "sms"])),
        st.tuples(st.just("no"), someone, st.sampled_from(["", "sms"])),
        st.tuples(st.just("again"), someone, st.just("")),
        st.tuples(st.just("merge"), someone, someone),
        st.tuples(st.just("merge"), someone, someone),
        st.tuples(st.just("unmerge"), someone, st.just("")),
    ),
    min_size=12,
    max_size=24,
)


@dataclass
class Merge:
    """Two that became one, as each was before; what has been told of them since."""

    id: str
    one: int
    other: int
    mine: dict[str, Any]
    theirs: dict[str, Any]
    touched: bool = False
    refused: bool = False


class World:
    """Some customers by the ids they got first, and which of them are one by now."""

    def __init__(self, harness: Harness, ids: list[str], run: str) -> None:
        self.harness = harness
        self.token = harness.token("front_line", unit="hq")
        self.ids = ids
        self.run = run
        self.into: dict[int, int] = {}
        self.merges: list[Merge] = []
        self.told: list[tuple[Any, dict[str, Any]]] = []

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

    async def _order(self, id: str, product: str) -> None:
        event = {
            "order_id": uuid4(), "customer_id": id, "placed_at": "2026-01-12T00:00:00+00:00",
            "lines": [{"product_code": product, "quantity": 1, "amount_minor": 1}],
            "channel_code": "web", "amount_minor": 1, "currency": "CNY",
        }  # fmt: skip
        self.told.append((uuid4(), event))
        await self._again(id, "")

    async def _again(self, _id: str, _: str) -> None:
        """The last event once more, under whatever id it was told."""
        if self.told:
            event_id, event = self.told[-1]
            await self.harness.hear(PLACED, event, event_id=event_id)
            await self.harness.hear(PLACED, event, event_id=event_id)

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

    async def unmerge(self, who: int, _: str) -> None:
        """The last merge into whoever this is today. A no said meanwhile counts for both."""
        last = next((e for e in reversed(self.merges) if e.one == self.root(who)), None)
        if last is None:
            return
        before = await self.facts(last.one)
        answer = (await self.harness.graph(UNMERGE, as_=self.token, id=last.id))["it"]
        assert answer["__typename"] == "CustomersWereUnmerged", answer
        self.merges.remove(last)
        del self.into[last.other]
        restored, survivor = await self.facts(last.other), await self.facts(last.one)
        assert without_consents(restored) == without_consents(last.theirs)
        for kind in (None, "sms"):
            assert refused(restored, kind) >= refused(last.theirs, kind)
        if not last.refused:
            assert restored["consents"] == last.theirs["consents"]
        assert kept_in(last.mine) <= kept_in(survivor)
        assert kept_in(survivor) | kept_in(restored) >= kept_in(before)
        if not last.touched:
            assert survivor == last.mine
        self.touch(last.other, refused=last.refused)


def without_consents(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "consents"}


def kept_in(facts: dict[str, Any]) -> set[tuple[str, str]]:
    """What a merge may not lose: all that there may be more than one of."""
    keys = {
        "identifiers": "value",
        "tags": "tag",
        "specialLists": "list",
        "holdings": "productCode",
    }
    return {(name, each[key]) for name, key in keys.items() for each in facts[name]}


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
    world = World(harness, ids, run)

    for step in steps:
        await world.do(step)

    for who in range(PEOPLE):
        assert (await world.facts(who))["id"] == ids[world.root(who)]
    while world.merges:
        await world.unmerge(world.merges[-1].one, "")
    owned = [await world.facts(who) for who in range(PEOPLE)]
    for who, facts in enumerate(owned):
        assert {"value": f"{run}-{who}"} in facts["identifiers"]
    every = [each["value"] for facts in owned for each in facts["identifiers"]]
    assert len(every) == len(set(every))
