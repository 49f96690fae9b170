"""A field that may be null in one subgraph and not in another, in one response."""

from federated.cases import Case, Part

USER = {"__typename": "User", "id": "u1", "name": "u1-name"}
ADMIN = {"__typename": "Admin", "id": "a1", "name": "a1-name"}
PARTS = {
    "a": Part(
        "type Query { users: [User!]! } type User @shareable { id: ID }",
        {"Query": {"users": [{"id": "u1"}]}},
    ),
    "b": Part(
        """
        type Query { accounts: [Account!]! }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID! name: String similarAccounts: [Account!]! }
        type Admin { id: ID name: String @shareable similarAccounts: [Account!]! }
        """,
        {
            "Query": {"accounts": [USER, ADMIN]},
            "User": {"similarAccounts": [USER, ADMIN]},
            "Admin": {"similarAccounts": [USER, ADMIN]},
        },
        {"User": [USER]},
    ),
}


def fields(own, depth):
    inner = f" similarAccounts {{ {fields(own, depth - 1)} }}" if depth else ""
    return f"... on User {{ {own}{inner} }} ... on Admin {{ {own}{inner} }}"


def answers(names, depth):
    made = [{n: each[n] for n in names} for each in (USER, ADMIN)]
    for each in made if depth else ():
        each["similarAccounts"] = answers(names, depth - 1)
    return made


KNOWN = [{"id": "u1", "name": "u1-name"}]
CASES = [
    *(
        Case(
            f"{depth} levels down",
            f"{{ users {{ id name }} accounts {{ {fields('id name', depth)} }} }}",
            {"users": KNOWN, "accounts": answers(["id", "name"], depth)},
        )
        for depth in (0, 1, 2)
    ),
    Case(
        "without the field",
        f"{{ accounts {{ {fields('name', 2)} }} }}",
        {"accounts": answers(["name"], 2)},
        fetches=("b",),
    ),
]
