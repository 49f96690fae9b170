"""Customers are found by identifier, by name and by a part of their number, in one's own units."""

import base64
from typing import Any

import pytest
from sqlalchemy import text

from customer.search import queries
from kit.testing.harness import GraphFailed, Harness

SEARCH = """
query ($by: CustomerSearchBy!, $text: String!, $first: Int! = 20, $after: String) {
  searchCustomers(by: $by, text: $text, first: $first, after: $after) {
    edges { cursor node { id name identifiers { value } } } pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def search(harness: Harness, front_line: str):
    async def ask(by: str, wanted: str, *, as_: str = front_line, **page: Any) -> Any:
        data = await harness.graph(SEARCH, as_=as_, by=by, text=wanted, **page)
        return data["searchCustomers"]

    return ask


def names(found: Any) -> list[str]:
    return [each["node"]["name"] for each in found["edges"]]


@pytest.fixture
async def people(a_customer) -> dict[str, str]:
    told = {
        "Ada Lovelace": "msisdn:+8613812345678",
        "ada byron": "msisdn:+8613900005678",
        "张三": "msisdn:+8615912341111",
        "张三丰": "email:San@Feng.cn",
        "100%_sure": "crm:7590-VHVEG",
    }
    return {name: await a_customer(each, name=name) for name, each in told.items()}


@pytest.mark.parametrize(
    ("by", "wanted", "found"),
    [
        ("PHONE", "5678", ["Ada Lovelace", "ada byron"]),
        ("PHONE", "1234", ["Ada Lovelace", "张三"]),
        ("PHONE", "138 1234-5678", ["Ada Lovelace"]),
        ("PHONE", "+86139", ["ada byron"]),
        ("PHONE", "0000000", []),
        ("NAME", "ADA", ["ada byron", "Ada Lovelace"]),
        ("NAME", "张三", ["张三", "张三丰"]),
        ("NAME", "100%_", ["100%_sure"]),
        ("NAME", "%", []),
        ("NAME", "lovelace", []),
        ("IDENTIFIER", "0086 138-1234-5678", ["Ada Lovelace"]),
        ("IDENTIFIER", "san@FENG.cn", ["张三丰"]),
        ("IDENTIFIER", " 7590-VHVEG ", ["100%_sure"]),
        ("IDENTIFIER", "7590", []),
    ],
)
async def test_customers_are_found(people, search, by: str, wanted: str, found: list[str]) -> None:
    assert names(await search(by, wanted)) == found


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("PHONE", "567"),
        ("PHONE", "call me"),
        ("PHONE", "1" * 16),
        ("PHONE", "5%78"),
        ("NAME", "  "),
        ("NAME", "x" * 101),
        ("IDENTIFIER", ""),
        ("IDENTIFIER", "x" * 255),
    ],
)
async def test_what_cannot_be_looked_for_is_refused(search, by: str, wanted: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await search(by, wanted)

    assert failed.value.codes == ["REFUSED"]


async def test_pages_follow_one_another_without_gaps_or_repeats(a_customer, search) -> None:
    for number in range(7):
        await a_customer(f"msisdn:+86138000{number}5678", name=f"Ada {number % 2}")

    for by, wanted in (("PHONE", "5678"), ("NAME", "ada")):
        seen: list[str] = []
        after = None
        while True:
            page = await search(by, wanted, first=3, after=after)
            seen += [each["node"]["id"] for each in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert (len(seen), len(set(seen))) == (7, 7)


async def test_nobody_finds_customers_of_other_units(harness: Harness, people, search) -> None:
    elsewhere = harness.token("front_line", unit="hq.gd")

    for by, wanted in (("PHONE", "5678"), ("NAME", "ada"), ("IDENTIFIER", "7590-VHVEG")):
        assert names(await search(by, wanted, as_=elsewhere)) == []


async def test_who_sees_masked_numbers_finds_by_the_digits_that_the_mask_shows(
    people, search, marketer
) -> None:
    found = await search("PHONE", "5678", as_=marketer)

    assert names(found) == ["A***", "a***"]
    values = [each["node"]["identifiers"][0]["value"] for each in found["edges"]]
    assert values == ["138****5678", "139****5678"]
    assert names(await search("PHONE", "1234", as_=marketer)) == []
    with pytest.raises(GraphFailed) as failed:
        await search("PHONE", "12345", as_=marketer)
    assert failed.value.codes == ["REFUSED"]


async def test_who_sees_masked_names_finds_by_the_character_that_the_mask_shows(
    people, search, marketer
) -> None:
    found = await search("NAME", " a ", as_=marketer)

    assert sorted(names(found)) == ["A***", "a***"]
    for longer in ("ad", "ada lovelace", "张三丰", "a%"):
        with pytest.raises(GraphFailed) as failed:
            await search("NAME", longer, as_=marketer)
        assert failed.value.codes == ["REFUSED"]


async def test_the_order_in_which_masked_people_are_found_says_nothing_of_the_rest(
    a_customer, search, marketer, front_line
) -> None:
    known = [
        await a_customer(f"msisdn:+8613{9 - each}00005678", name=f"A{'zyx'[each]}")
        for each in range(3)
    ]

    for by, wanted in (("PHONE", "5678"), ("NAME", "a")):
        found = {}
        for role in (marketer, front_line):
            edges = (await search(by, wanted, as_=role))["edges"]
            found[role] = [each["node"]["id"] for each in edges]
        assert found == {marketer: known, front_line: known[::-1]}


async def test_of_a_number_that_the_mask_shows_less_of_nobody_asks_for_more(
    a_customer, search, marketer, front_line
) -> None:
    await a_customer("msisdn:+2901234", name="Helena")

    assert names(await search("PHONE", "1234", as_=front_line)) == ["Helena"]
    assert names(await search("PHONE", "1234", as_=marketer)) == []


async def test_cursors_say_nothing_that_the_mask_hides(people, search, marketer: str) -> None:
    for by, wanted in (("PHONE", "5678"), ("NAME", "a"), ("IDENTIFIER", "+8613812345678")):
        page = await search(by, wanted, as_=marketer)

        cursors = [base64.urlsafe_b64decode(each["cursor"]).decode() for each in page["edges"]]
        assert cursors == [f'["{each["node"]["id"]}"]' for each in page["edges"]]


async def test_somebody_with_two_fitting_numbers_is_found_once(
    harness: Harness, people, search, front_line: str
) -> None:
    await harness.graph(
        "mutation ($id: UUID!, $identifier: CustomerIdentifierInput!) { "
        "addIdentifier(customerId: $id, identifier: $identifier) { __typename } }",
        as_=front_line,
        id=people["Ada Lovelace"],
        identifier={"scheme": "msisdn", "value": "+8613700005678"},
    )

    page = await search("PHONE", "5678", first=1)
    rest = await search("PHONE", "5678", after=page["pageInfo"]["endCursor"])

    assert (names(page), names(rest)) == (["Ada Lovelace"], ["ada byron"])


async def test_a_page_after_somebody_who_is_found_no_longer_is_refused(people, search) -> None:
    page = await search("NAME", "张", first=1)

    for after in (page["pageInfo"]["endCursor"], "WyIxIl0="):
        with pytest.raises(GraphFailed) as failed:
            await search("NAME", "ada", after=after)
        assert failed.value.errors[0]["extensions"]["field"] == "after"


async def test_whoever_was_merged_is_found_as_the_survivor(
    harness: Harness, people, search, front_line
) -> None:
    survivor, absorbed = people["Ada Lovelace"], people["张三丰"]
    await harness.graph(
        "mutation ($a: UUID!, $b: UUID!) { mergeCustomers(input: "
        '{ survivorId: $a, absorbedId: $b, reason: "same" }) { __typename } }',
        as_=front_line,
        a=survivor,
        b=absorbed,
    )

    assert names(await search("IDENTIFIER", "san@feng.cn")) == ["Ada Lovelace"]
    assert names(await search("NAME", "张三丰")) == []


@pytest.mark.parametrize(
    ("statement", "pattern", "index"),
    [
        (queries.BY_NAME, "ada 77%", "customer_by_name"),
    ],
)
async def test_a_search_goes_by_an_index(
    harness: Harness, a_customer, statement: str, pattern: str, index: str
) -> None:
    await a_customer("crm:A", name="Ada")
    async with harness.db.transaction() as session:
        for filling in FILL:
            await session.execute(text(filling))
        asked = {
            "pattern": pattern,
            "shown": 1_000,
            "unit": "hq.zj",
            "below": "hq.zj.%",
            "most": 21,
        }
        explained = text(f"EXPLAIN {queries.PAGES[statement].text}")
        rows = await session.execute(explained, {**asked, "after_key": "", "after_id": None})
        plan = "\n".join(row[0] for row in rows)

    assert index in plan


FILL = (
    "INSERT INTO customer SELECT (jsonb_populate_record(customer, jsonb_build_object("
    "'id', gen_random_uuid(), 'name', 'Ada ' || n))).* FROM customer, generate_series(1, 5000) AS n",
    "INSERT INTO identifier (scheme, value, customer_id) SELECT 'msisdn', "
    "'+86138' || lpad((row_number() OVER ())::text, 8, '0'), id FROM customer",
    "ANALYZE customer, identifier",
    "SET LOCAL enable_seqscan = off",
)
