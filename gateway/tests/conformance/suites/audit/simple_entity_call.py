"""One hop by a second key."""

from federated.cases import Case, Part

PARTS = {
    "email": Part(
        'type Query { user: User } type User @key(fields: "id") { id: ID! email: String! }',
        {"Query": {"user": {"id": "u1", "email": "u1@x"}}},
        {"User": [{"id": "u1", "email": "u1@x"}]},
    ),
    "nickname": Part(
        """
        type User @key(fields: "email") { email: String! @external nickname: String! }
        """,
        {},
        {"User": [{"email": "u1@x", "nickname": "one"}]},
    ),
}
CASES = [
    Case(
        "a field behind another key",
        "{ user { id nickname } }",
        {"user": {"id": "u1", "nickname": "one"}},
        fetches=("email", "nickname"),
    )
]
