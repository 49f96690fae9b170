"""An interface object that requires a field of the interface."""

from federated.cases import Case, Part

USERS = [
    {"__typename": "User", "id": "u1", "name": "name-1", "age": 11},
    {"__typename": "User", "id": "u2", "name": "name-2", "age": 22},
]
KEYS = [{"id": "u1"}, {"id": "u2"}]


def username(user):
    assert user["name"] == f"name-{user['id'][1]}"
    return f"user-{user['id'][1]}"


PARTS = {
    "a": Part(
        """
        type Query { users: [NodeWithName!]! }
        interface NodeWithName @key(fields: "id") { id: ID! name: String }
        type User implements NodeWithName @key(fields: "id") { id: ID! name: String age: Int }
        """,
        {"Query": {"users": USERS}},
        {"User": USERS},
    ),
    "b": Part(
        """
        type Query { anotherUsers: [NodeWithName] }
        type NodeWithName @key(fields: "id") @interfaceObject {
          id: ID! name: String @external username: String @requires(fields: "name")
        }
        """,
        {"Query": {"anotherUsers": KEYS}, "NodeWithName": {"username": username}},
        {"NodeWithName": KEYS},
    ),
}
FULL = [{"id": f"u{n}", "name": f"name-{n}", "username": f"user-{n}"} for n in (1, 2)]
AGES = [{"age": 11}, {"age": 22}]
WHOLE = [{**f, **a} for f, a in zip(FULL, AGES, strict=True)]
CASES = [
    case
    for root in ("anotherUsers", "users")
    for case in (
        Case(f"{root}: all fields", f"{{ {root} {{ id name username }} }}", {root: FULL}),
        Case(f"{root}: a type's field", f"{{ {root} {{ ... on User {{ age }} }} }}", {root: AGES}),
        Case(
            f"{root}: by type and by interface",
            f"{{ {root} {{ ... on User {{ age id name username }} id name }} }}",
            {root: WHOLE},
        ),
    )
]
