"""A rule is asked of everybody in the background, from its definition to its end."""

from typing import Any

import pytest
from services.customer.tests.computed_tags import CHANGED, TOUCHED, compared, counted, touchpoint

from customer.reckoning import pages, waiting
from kit.testing.harness import GraphFailed, Harness

RETIRE = (
    "mutation ($tag: String!) { retireTag(tag: $tag) { ... on TagWasDefined { definition "
    "{ retired reckoning { state } } } ... on NotFound { kind key } } }"
)
PROGRESS = """{ tagDefinitions { edges { node {
  tag reckoning { state population evaluated changed }
} } } }"""


async def test_tags_that_would_read_each_other_are_refused(define_tag) -> None:
    await define_tag("a", compared("tags", "CONTAINS", text="b"))
    await define_tag("b", compared("tags", "CONTAINS", text="c"))

    refusal = await define_tag("c", {"not": compared("tags", "CONTAINS", text="a")})

    assert refusal["__typename"] == "TagsInACircle"
    assert set(refusal["tags"]) == {"a", "b", "c"}


async def test_a_new_rule_is_asked_of_everybody_in_the_background_and_says_how_far_it_is(
    harness: Harness, a_customer, define_tag, tags_of, marketer, reckon_everything, monkeypatch
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(5)]
    await a_customer("crm:elsewhere", unit="hq.zj.nb")
    await harness.hear(TOUCHED, touchpoint(known[3]))
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 2)
    await define_tag("here", counted("touchpoint.visited", 7, 1), unit="hq.zj.hz")

    async def progress() -> Any:
        found = await harness.graph(PROGRESS, as_=marketer)
        return found["tagDefinitions"]["edges"][0]["node"]["reckoning"]

    before = await progress()
    async with harness.db.transaction() as session:
        await pages.reckon_next_page(session)
    midway = await progress()
    rest = await reckon_everything()

    assert before == {"state": "WAITING", "population": 0, "evaluated": 0, "changed": 0}
    assert midway == {"state": "RUNNING", "population": 5, "evaluated": 2, "changed": 0}
    assert rest == 2
    assert await progress() == {"state": "DONE", "population": 5, "evaluated": 5, "changed": 1}
    assert [await tags_of(each) for each in known] == [[], [], [], ["here"], []]


async def test_a_page_that_fails_is_begun_again_where_the_last_one_ended(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything, monkeypatch
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(4)]
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 2)
    await define_tag("everybody", compared("kind", "IS_KNOWN"))

    async def begin_and_fail() -> None:
        async with harness.db.transaction() as session:
            await pages.reckon_next_page(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await begin_and_fail()

    assert [await tags_of(each) for each in known] == [[]] * 4
    assert await reckon_everything() == 3
    assert [await tags_of(each) for each in known] == [["everybody"]] * 4
    assert len(await harness.events_recorded(CHANGED)) == 4


async def test_the_same_rule_again_is_asked_of_nobody_and_another_one_is(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything
) -> None:
    known = await a_customer()
    await define_tag("t", compared("status", "EQUALS", text="prospect"))
    await reckon_everything()

    same = await define_tag("t", compared("status", "EQUALS", text="prospect"), name="Other words")
    assert await reckon_everything() == 0
    other = await define_tag("t", compared("status", "EQUALS", text="active"))
    await reckon_everything()

    assert other["definition"]["version"] == same["definition"]["version"] + 1
    assert await tags_of(known) == []


async def test_a_retired_tag_leaves_those_it_was_computed_for(
    harness: Harness, a_customer, define_tag, tags_of, marketer, reckon_everything
) -> None:
    await define_tag("t", compared("status", "EQUALS", text="prospect"))
    known = await a_customer()
    assert await tags_of(known) == ["t"]

    retired = await harness.graph(RETIRE, as_=marketer, tag="t")
    unknown = await harness.graph(RETIRE, as_=marketer, tag="u")
    await reckon_everything()

    assert retired["retireTag"]["definition"]["retired"] is True
    assert unknown["retireTag"] == {"kind": "tag", "key": "u"}
    assert await tags_of(known) == []


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"tag": "T!"}, "tag"),
        ({"name": ""}, "name"),
        ({"unit": "not a unit"}, "unit"),
        ({"halfLifeDays": 0}, "halfLifeDays"),
        ({"halfLifeDays": 3, "fadesBelow": 1.0}, "fadesBelow"),
        ({"fadesBelow": 0.5}, "fadesBelow"),
        ({"expiresAfterDays": 3}, "expiresAfterDays"),
        ({"rule": compared("attribute.nope", "IS_KNOWN")}, "rule.compare.fact"),
    ],
)
async def test_a_definition_that_makes_no_sense_is_refused(
    harness: Harness, define_tag, marketer: str, told: dict[str, Any], field: str
) -> None:
    rule = compared("status", "IS_KNOWN")

    refusal = await define_tag(**{"tag": "t", "rule": rule} | told)

    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert (await harness.graph(PROGRESS, as_=marketer))["tagDefinitions"]["edges"] == []


async def test_a_tag_is_defined_in_the_units_of_who_defines_it_and_its_kind_stays(
    harness: Harness, define_tag
) -> None:
    below = harness.token("marketer", unit="hq.zj")
    await define_tag("t", None, as_=below, unit="hq.zj")

    computed = await define_tag("t", compared("status", "IS_KNOWN"), as_=below, unit="hq.zj")
    with pytest.raises(GraphFailed) as outside:
        await define_tag("u", None, as_=below, unit="hq.js")
    with pytest.raises(GraphFailed) as front_line:
        await define_tag("u", None, as_=harness.token("front_line", unit="hq"))

    assert computed["__typename"] == "Conflict"
    assert outside.value.codes == front_line.value.codes == ["FORBIDDEN"]


async def test_a_tag_for_very_many_waits_while_much_is_to_be_told_already(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything, monkeypatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 2)
    known = [await a_customer(f"crm:{number}") for number in range(3)]
    await define_tag("t", compared("kind", "IS_KNOWN"))

    pages = await reckon_everything()
    meanwhile = [await tags_of(each) for each in known]
    await harness.publish()

    assert (pages, meanwhile) == (0, [[], [], []])
    assert await reckon_everything() > 0
    assert [await tags_of(each) for each in known] == [["t"]] * 3
