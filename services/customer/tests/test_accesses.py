"""Who saw whose personal data is noted before they see it, and can't be made undone."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from customer.accesses.keeping import ACCESSES, forget_old_accesses
from customer.accesses.sealing import seal_accesses
from kit.models import utcnow, uuid7
from kit.months import Month
from kit.testing.harness import GraphFailed, Harness

PURPOSE = "octoreach-purpose"
READ = "query ($id: UUID!) { customer(id: $id) { %s } }"
AUDIT = """query ($id: UUID) { accessAudit(customerId: $id, first: 100) { edges { node {
  customerId by role unit purpose fields whole } } } }"""
OLD_LOOK = """INSERT INTO access
  (at, id, customer_id, by, role, unit, purpose, fields, whole, service)
  VALUES (:at, :id, :customer, 'ada', 'front_line', 'hq', '', '{name}', true, 'customer')"""
MERGE = """mutation ($one: UUID!, $other: UUID!) { mergeCustomers(input: {
  survivorId: $one, absorbedId: $other, reason: "Says Wang" }) { __typename } }"""
MERGES = """query ($id: UUID!) { customerMerges(customerId: $id) { edges { node {
  reason lost { fact kept lost } } } } }"""
SEALS = "{ accessSeals { edges { node { number accesses intact } } } }"


class Audit:
    """Looks at customers, and at who looked."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.officer = harness.token("operator", subject="olga", scope="privacy:handle")

    async def look(self, id: str, fields: str, as_: str, purpose: str | None = None) -> Any:
        self.harness.http.headers.pop(PURPOSE, None)
        if purpose is not None:
            self.harness.http.headers[PURPOSE] = purpose
        found = await self.harness.graph(READ % fields, as_=as_, id=id)
        self.harness.http.headers.pop(PURPOSE, None)
        return found["customer"]

    async def of(self, id: str | None = None, *, as_: str | None = None) -> list[dict[str, Any]]:
        data = await self.harness.graph(AUDIT, as_=as_ or self.officer, id=id)
        return [edge["node"] for edge in data["accessAudit"]["edges"]]

    async def seals(self) -> list[tuple[int, int, bool]]:
        """Each seal: its number, how many accesses, whether it is intact; the oldest first."""
        nodes = (await self.harness.graph(SEALS, as_=self.officer))["accessSeals"]["edges"]
        found = [(e["node"]["number"], e["node"]["accesses"], e["node"]["intact"]) for e in nodes]
        return found[::-1]

    async def sql(self, statement: str) -> None:
        async with self.harness.db.transaction() as session:
            await session.execute(text(statement))

    async def let_hours_pass(self, hours: int) -> None:
        """As whoever owns the tables could: no trigger stops them, the seals tell."""
        await self.sql("ALTER TABLE access DISABLE TRIGGER USER")
        await self.sql(f"UPDATE access SET at = at - interval '{hours} hours'")
        await self.sql("ALTER TABLE access ENABLE TRIGGER USER")


CREATE_LIST = """mutation { createSegment(input: { code: "l", name: "L", unit: "hq" }) {
  ... on SegmentWasChanged { segment { id } } } }"""
SNAPSHOT = """mutation ($id: UUID!) { takeSegmentSnapshot(id: $id) {
  ... on SegmentSnapshotWasTaken { snapshot { id } } } }"""
MEMBERS = "query ($id: UUID!) { segment(id: $id) { members { edges { node { since } } } } }"
SEGMENTS_OF = "query ($id: UUID!) { segmentsOfCustomer(customerId: $id) { code } }"


@pytest.fixture
def audit(harness: Harness) -> Audit:
    return Audit(harness)


async def test_the_front_line_sees_a_customer_whole_and_it_is_noted(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer("msisdn:+8613812345678", name="Wang")
    read = await audit.of(customer)

    seen = await audit.look(customer, "id name identifiers { value }", front_line)

    assert (seen["name"], seen["identifiers"][0]["value"]) == ("Wang", "+8613812345678")
    assert (await audit.of(customer))[: -len(read) or None] == [
        {
            "customerId": customer,
            "by": "ada",
            "role": "front_line",
            "unit": "hq.zj",
            "purpose": "",
            "fields": ["identifiers", "name"],
            "whole": True,
        }
    ]


async def test_what_is_masked_or_not_personal_is_not_noted(
    audit: Audit, harness: Harness, a_customer: Any, marketer: str
) -> None:
    customer = await a_customer("msisdn:+8613812345678", name="Wang")
    before = await audit.of(customer)

    seen = await audit.look(customer, "id unit name identifiers { value }", marketer)

    assert (seen["name"], seen["identifiers"][0]["value"]) == ("W***", "138****5678")
    assert await audit.of(customer) == before


async def test_an_officer_sees_whole_once_they_say_why(audit: Audit, a_customer: Any) -> None:
    customer = await a_customer(name="Wang")

    masked = await audit.look(customer, "name", audit.officer)
    whole = await audit.look(customer, "name", audit.officer, "complaint 4711")

    assert (masked["name"], whole["name"]) == ("W***", "Wang")
    noted = (await audit.of(customer))[0]
    assert (noted["by"], noted["purpose"], noted["whole"]) == ("olga", "complaint 4711", True)


async def test_an_operator_without_the_scope_sees_masks_whatever_they_say(
    audit: Audit, harness: Harness, a_customer: Any
) -> None:
    customer = await a_customer(name="Wang")
    operator = harness.token("operator", scope="tasks:work")

    seen = await audit.look(customer, "name", operator, "curiosity")

    assert seen["name"] == "W***"
    with pytest.raises(GraphFailed) as refused:
        await audit.of(customer, as_=operator)
    assert refused.value.codes == ["FORBIDDEN"]


async def test_attributes_timeline_and_consents_are_noted_too(
    audit: Audit, harness: Harness, a_customer: Any, marketer: str, front_line: str
) -> None:
    customer = await a_customer()
    history = "query ($id: UUID!) { consentHistory(customerId: $id) { edges { node { id } } } }"

    await audit.look(customer, "attributes { name } timeline { edges { cursor } }", marketer)
    await harness.graph(history, as_=front_line, id=customer)

    noted = await audit.of(customer)
    assert [(each["role"], each["fields"], each["whole"]) for each in noted[:2]] == [
        ("front_line", ["consent_history"], True),
        ("marketer", ["attributes", "timeline"], False),
    ]


async def test_what_somebody_has_wears_agreed_to_and_is_listed_for_is_a_look(
    audit: Audit, a_customer: Any, marketer: str
) -> None:
    customer = await a_customer()
    has = "holdings { productCode } tags { tag } consents { purpose } specialLists { list }"

    await audit.look(customer, f"id unit {has}", marketer)

    noted = (await audit.of(customer))[0]
    assert (noted["by"], noted["whole"]) == ("max", False)
    assert noted["fields"] == ["consents", "holdings", "special_lists", "tags"]


async def test_what_gave_way_in_a_merge_is_masked_or_noted(
    audit: Audit, harness: Harness, a_customer: Any, marketer: str, front_line: str
) -> None:
    one, other = await a_customer("crm:A", name="Wang"), await a_customer("crm:B", name="Li")
    await harness.graph(MERGE, as_=front_line, one=one, other=other)
    before = len(await audit.of(one))

    masked, whole = [
        (await harness.graph(MERGES, as_=token, id=one))["customerMerges"]["edges"][0]["node"]
        for token in (marketer, front_line)
    ]

    assert masked == {"reason": "***", "lost": [{"fact": "name", "kept": "W***", "lost": "L*"}]}
    assert whole == {
        "reason": "Says Wang",
        "lost": [{"fact": "name", "kept": "Wang", "lost": "Li"}],
    }
    noted = await audit.of(one)
    assert [(e["by"], e["fields"]) for e in noted[: len(noted) - before] if e["by"] != "olga"] == [
        ("ada", ["merges"]),
        ("max", ["merges"]),
    ]


async def test_whose_names_stand_on_lists_is_noted_of_each_whatever_is_masked(
    audit: Audit, harness: Harness, a_customer: Any, marketer: str
) -> None:
    customer = await a_customer()
    segment = (await harness.graph(CREATE_LIST, as_=marketer))["createSegment"]["segment"]["id"]
    await harness.http.post(
        f"/v1/segments/{segment}/members",
        content=f"customer_id\n{customer}\n",
        headers={"authorization": f"Bearer {marketer}", "content-type": "text/csv"},
    )
    taken = await harness.graph(SNAPSHOT, as_=marketer, id=segment)
    snapshot = taken["takeSegmentSnapshot"]["snapshot"]["id"]

    await harness.graph(MEMBERS, as_=marketer, id=segment)
    await harness.graph(SEGMENTS_OF, as_=marketer, id=customer)
    await harness.get(f"/v1/segment-snapshots/{snapshot}/members", as_=marketer)

    noted = [e for e in await audit.of(customer) if e["by"] == "max"]
    assert [(e["fields"], e["whole"]) for e in noted] == [(["segments"], False)] * 3


async def test_customers_see_who_looked_at_them_and_nobody_else(
    audit: Audit, harness: Harness, a_customer: Any, front_line: str
) -> None:
    customer, other = await a_customer("crm:A"), await a_customer("crm:B")
    oneself = harness.token("customer", unit=None, customer=customer)
    await audit.look(customer, "name identifiers { value }", oneself)

    seen = await audit.of(customer, as_=oneself)

    assert [(each["by"], each["role"], each["unit"]) for each in seen] == [
        (None, "front_line", "hq.zj") for _ in seen
    ]
    for foreign in (other, None):
        with pytest.raises(GraphFailed) as refused:
            await audit.of(foreign, as_=oneself)
        assert refused.value.codes == ["FORBIDDEN"]


async def test_many_looks_at_once_are_all_noted(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer(name="Wang")
    before = len(await audit.of(customer))

    await asyncio.gather(*(audit.look(customer, "name", front_line) for _ in range(40)))

    assert len(await audit.of(customer)) == before + 40


async def test_without_a_note_there_is_no_answer(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer(name="Wang")
    await audit.sql(
        "ALTER TABLE access ADD CONSTRAINT full_disk CHECK (at < '2001-01-01') NOT VALID"
    )

    answer = await audit.harness.http.post(
        "/graphql",
        json={"query": READ % "name", "variables": {"id": customer}},
        headers={"authorization": f"Bearer {front_line}"},
    )

    assert answer.status_code == 500
    assert "Wang" not in answer.text


async def test_what_is_noted_is_neither_changed_nor_deleted(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer()
    await audit.look(customer, "identifiers { value }", front_line)
    before = await audit.of(customer)

    for statement in ("UPDATE access SET by = 'nobody'", "DELETE FROM access"):
        with pytest.raises(DBAPIError, match="stands"):
            await audit.sql(statement)

    await audit.harness.turn(forget_old_accesses)
    assert await audit.of(customer) == before


async def test_a_seal_tells_of_an_access_that_was_changed_or_taken_out(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer(name="Wang")
    for _ in range(3):
        await audit.look(customer, "name", front_line)
        await audit.let_hours_pass(3)
    for _ in range(4):
        await audit.harness.turn(seal_accesses)

    whole = await audit.seals()
    await audit.sql("ALTER TABLE access DISABLE TRIGGER USER")
    await audit.sql(
        "UPDATE access SET by = 'eve' WHERE id = (SELECT id FROM access ORDER BY at DESC LIMIT 1)"
    )

    assert sum(accesses for _, accesses, _ in whole) >= 3
    assert all(intact for _, _, intact in whole)
    broken = [intact for _, _, intact in await audit.seals()]
    assert broken == [True] * (len(whole) - 1) + [False]
    announced = await audit.harness.events_recorded("octoreach.customer.accesses.sealed.v1")
    assert [each["number"] for each in announced] == [number for number, _, _ in whole]


async def test_whose_data_leaves_in_a_file_is_noted(
    audit: Audit, a_customer: Any, marketer: str
) -> None:
    customer = await a_customer(unit="hq.zj")
    asked = {"unit": "hq.zj", "form": "csv"}
    export = (await audit.harness.post("/v1/exports", asked, as_=marketer)).json()

    await audit.harness.get(f"/v1/exports/{export['id']}/file", as_=marketer)

    noted = (await audit.of(customer))[0]
    assert (noted["by"], noted["fields"], noted["whole"]) == ("max", ["file"], False)


async def test_who_looked_at_somebody_before_a_merge_is_told_to_whoever_they_are_now(
    audit: Audit, harness: Harness, a_customer: Any, front_line: str
) -> None:
    ada, bob = await a_customer("crm:A"), await a_customer("crm:B")
    await audit.look(bob, "identifiers { value }", front_line)
    before = len(await audit.of(bob))
    await harness.graph(
        "mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) { __typename } }",
        as_=front_line,
        input={"survivorId": ada, "absorbedId": bob, "reason": "The same person"},
    )

    shown = [await audit.of(each) for each in (ada, bob)]
    own = await audit.of(ada, as_=harness.token("customer", unit=None, customer=bob))

    assert before > 0
    assert shown[0] == shown[1]
    assert sum(each["customerId"] == bob for each in shown[0]) >= before
    assert len(own) == len(shown[0])


async def test_months_go_when_all_in_them_is_as_old_as_is_kept_and_not_before(
    audit: Audit, a_customer: Any, front_line: str
) -> None:
    customer = await a_customer(name="Wang")
    await audit.look(customer, "name", front_line)
    async with audit.harness.db.transaction() as session:
        for years in (2, 5):
            at = utcnow() - timedelta(days=366 * years)
            await ACCESSES.make(session, [Month.of(at)])
            told = {"at": at, "id": uuid7(), "customer": UUID(customer)}
            await session.execute(text(OLD_LOOK), told)
    before = len(await audit.of(customer))

    await audit.harness.turn(forget_old_accesses)

    assert len(await audit.of(customer)) == before - 1


EVES = "SELECT customer_id, whole FROM access WHERE \"by\" = 'eve'"


async def test_who_has_a_role_beside_customer_sees_masks_as_with_that_role_and_is_noted(
    harness: Harness, a_customer
) -> None:
    known = await a_customer("msisdn:+8613812345678", name="Ada Lovelace")
    seller = harness.token("marketer", "customer", subject="eve", customer=known)
    clerk = harness.token("front_line", "customer", subject="eve", customer=known)
    search = """{ searchCustomers(by: PHONE, text: "5678") {
      edges { node { name identifiers { value } } } } }"""

    found = [
        (await harness.graph(search, as_=each))["searchCustomers"]["edges"][0]["node"]
        for each in (seller, clerk)
    ]

    masked = {"name": "A***", "identifiers": [{"value": "138****5678"}]}
    whole = {"name": "Ada Lovelace", "identifiers": [{"value": "+8613812345678"}]}
    assert found == [masked, whole]
    async with harness.db.reading() as session:
        kept = (await session.execute(text(EVES))).all()
    assert [(str(row.customer_id), row.whole) for row in kept] == [(known, True)]
