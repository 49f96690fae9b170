"""Types of one position whose fields have shapes that GraphQL cannot merge."""

from federated.cases import Case, Part

USER = {"__typename": "User", "id": "u", "name": "U", "more": {"id": 1}}
ADMIN = {"__typename": "Admin", "id": "a", "name": "A", "more": {"id": "x"}}

PARTS = {
    "a": Part(
        """
        type Query { users: [User!]! }
        type User @key(fields: "id") { id: ID @shareable }
        """,
        {"Query": {"users": [{"id": "u"}]}},
        {"User": [{"id": "u"}]},
    ),
    "b": Part(
        """
        type Query { accounts: [Account!]! }
        union Account = User | Admin
        type User @key(fields: "id") {
          id: ID @shareable name: String alike: [Account!]! more: Number
        }
        type Admin { id: ID! name: String! alike: [Account!]! more: Text }
        type Number { id: Int }
        type Text { id: String }
        """,
        {
            "Query": {"accounts": [USER, ADMIN]},
            "User": {"alike": [USER, ADMIN]},
            "Admin": {"alike": [USER, ADMIN]},
        },
        {"User": [USER]},
    ),
}
BODY = "... on User { id name } ... on Admin { aid: id adminName: name }"
FLAT = [{"id": "u", "name": "U"}, {"aid": "a", "adminName": "A"}]
CASES = [
    Case(
        "nullable and not, side by side",
        f"{{ users {{ id name }} accounts {{ {BODY} }} }}",
        {"users": [{"id": "u", "name": "U"}], "accounts": FLAT},
    ),
    Case(
        "the same below each of them",
        f"{{ accounts {{ ... on User {{ alike {{ {BODY} }} }} ... on Admin {{ alike {{ {BODY} }} }} }} }}",
        {"accounts": [{"alike": FLAT}, {"alike": FLAT}]},
    ),
    Case(
        "a clash in the depths",
        "{ accounts { ... on User { more { id } } ... on Admin { text: more { id } } } }",
        {"accounts": [{"more": {"id": 1}}, {"text": {"id": "x"}}]},
    ),
]
