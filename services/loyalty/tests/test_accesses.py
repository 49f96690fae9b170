"""Who saw here what a member did is told to whoever keeps the audit."""

from typing import Any

from kit.testing.harness import Harness

NOTED = "octoreach.loyalty.accesses.noted.v1"


async def test_looks_at_what_a_member_did_are_told_and_looks_at_a_balance_are_not(
    harness: Harness, members: Any
) -> None:
    member = await members.register()
    reference = {"__typename": "Customer", "id": str(member)}
    own = harness.token("customer", unit=None, customer=str(member))
    did = """points { postings { edges { cursor } } } earnings { edges { cursor } }
      privileges { code } endorsements { edges { cursor } }"""

    await members.points(member, "balance")
    await harness.entity(reference, did, as_=own)
    before = await harness.events_recorded(NOTED)
    await harness.entity(reference, did, as_=members.operator)

    assert before == []
    [told] = await harness.events_recorded(NOTED)
    assert told["service"] == "loyalty"
    [look] = told["looks"]
    assert look["person_id"] == str(member)
    assert (look["role"], look["whole"]) == ("operator", False)
    assert look["fields"] == ["earnings", "endorsements", "postings", "privileges"]


async def test_what_is_shown_of_a_member_by_other_doors_is_a_look_too(
    harness: Harness, members: Any
) -> None:
    one, other = await members.register(), await members.register()
    account = (await members.points(one, "id"))["id"]
    doors = """query ($account: UUID!, $customer: UUID!) {
      pointsAccount(id: $account) { balance }
      pointsReservations(accountId: $account) { id }
      holdsPrivilege(customerId: $customer, code: "lounge")
    }"""

    await harness.graph(doors, as_=members.operator, account=account, customer=str(other))

    told = await harness.events_recorded(NOTED)
    looks = {look["person_id"]: look["fields"] for each in told for look in each["looks"]}
    assert looks == {str(one): ["points", "reservations"], str(other): ["privileges"]}
