"""__typename of unions, interfaces and interface objects, by several names."""

from federated.cases import Case, Part

ADMINS = [{"id": "u1", "isMain": False}, {"id": "u2", "isMain": True}]
PARTS = {
    "a": Part(
        """
        type Query { union: Product interface: Node }
        union Product = Oven | Toaster
        interface Node { id: ID! }
        type Oven implements Node { id: ID! }
        type Toaster implements Node { id: ID! }
        interface User @key(fields: "id") { id: ID! }
        type Admin implements User @key(fields: "id") { id: ID! isMain: Boolean! }
        """,
        {
            "Query": {
                "union": {"__typename": "Oven", "id": "1"},
                "interface": {"__typename": "Toaster", "id": "2"},
            }
        },
        {"Admin": ADMINS},
    ),
    "b": Part(
        """
        type Query { users: [User!]! }
        type User @key(fields: "id") @interfaceObject { id: ID! name: String! }
        """,
        {"Query": {"users": [{"id": "u1", "name": "one"}, {"id": "u2", "name": "two"}]}},
        {"User": [{"id": "u1", "name": "one"}, {"id": "u2", "name": "two"}]},
    ),
}
BY_TYPE = "... on Oven { typename: __typename } ... on Toaster { typename: __typename }"
CASES = [
    Case(
        "a union",
        "{ union { __typename typename: __typename } }",
        {"union": {"__typename": "Oven", "typename": "Oven"}},
    ),
    Case(
        "an interface",
        "{ interface { id __typename typename: __typename t: __typename } }",
        {"interface": {"id": "2", "__typename": "Toaster", "typename": "Toaster", "t": "Toaster"}},
    ),
    Case(
        "a union's members",
        f"{{ union {{ __typename {BY_TYPE} }} }}",
        {"union": {"__typename": "Oven", "typename": "Oven"}},
    ),
    Case(
        "an interface's types",
        f"{{ interface {{ __typename {BY_TYPE} }} }}",
        {"interface": {"__typename": "Toaster", "typename": "Toaster"}},
    ),
    Case("none", "{ users { id } }", {"users": [{"id": "u1"}, {"id": "u2"}]}, fetches=("b",)),
    Case(
        "an interface object",
        "{ users { __typename } }",
        {"users": [{"__typename": "Admin"}, {"__typename": "Admin"}]},
        fetches=("b", "a"),
    ),
]
