"""Groups, their places and their members, in the words of the tests."""

from typing import Any

import pytest

from kit.testing.harness import Harness

CHANGED = "octoreach.customer.customer.changed.v1"
REFUSED = "... on Refusal { message } ... on NotFound { key }"
WRONG = "... on InvalidInput { field }"
DETAILS = f"""
mutation ($id: UUID!, $details: GroupDetailsInput!) {{
  it: setGroupDetails(groupId: $id, details: $details) {{
    __typename {REFUSED} {WRONG} ... on CustomerWasChanged {{ customer {{ class accountManager version }} }}
  }}
}}
"""
PARENT = f"""
mutation ($id: UUID!, $parent: UUID) {{ it: setGroupParent(groupId: $id, parentId: $parent) {{
  __typename {REFUSED} ... on CustomerWasChanged {{ customer {{ parent {{ id }} }} }}
  ... on NotAGroup {{ customerId }} ... on GroupsTooDeep {{ deepest }}
}} }}
"""
MEMBERSHIP = "membership { role since until group { id } member { id } }"
ADD = f"""
mutation ($input: GroupMemberInput!) {{ it: addGroupMember(input: $input) {{
  __typename {REFUSED} {WRONG} ... on GroupMembershipWasChanged {{ {MEMBERSHIP} }}
  ... on TooManyGroups {{ most }}
}} }}
"""
REMOVE = f"""
mutation ($group: UUID!, $member: UUID!) {{
  it: removeGroupMember(groupId: $group, memberId: $member) {{
    __typename {REFUSED} ... on GroupMembershipWasChanged {{ {MEMBERSHIP} }}
  }}
}}
"""
IN_GROUPS = "groups { edges { node { role group { id } } } }"
MEMBERS = "members { edges { node { role member { id } } } }"


@pytest.fixture
def a_group(a_customer):
    async def make(name: str = "G", **told: Any) -> str:
        return str(await a_customer(f"crm:{name}", kind="GROUP", **told))

    return make


@pytest.fixture
def details(harness: Harness, front_line: str):
    async def send(id_: str, *, as_: str = front_line, **said: Any) -> Any:
        return (await harness.graph(DETAILS, as_=as_, id=id_, details=said))["it"]

    return send


@pytest.fixture
def put_below(harness: Harness, front_line: str):
    async def send(id_: str, parent: str | None, *, as_: str = front_line) -> Any:
        return (await harness.graph(PARENT, as_=as_, id=id_, parent=parent))["it"]

    return send


@pytest.fixture
def add_member(harness: Harness, front_line: str):
    async def send(group: str, member: str, *, as_: str = front_line, **told: Any) -> Any:
        told |= {"groupId": group, "memberId": member}
        return (await harness.graph(ADD, as_=as_, input=told))["it"]

    return send


@pytest.fixture
def remove_member(harness: Harness, front_line: str):
    async def send(group: str, member: str, *, as_: str = front_line) -> Any:
        return (await harness.graph(REMOVE, as_=as_, group=group, member=member))["it"]

    return send


@pytest.fixture
def parent_of(customer_of):
    async def read(id_: str) -> str | None:
        parent = (await customer_of(id_, "parent { id }"))["parent"]
        return parent and str(parent["id"])

    return read
