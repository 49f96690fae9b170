"""An enum of which one subgraph knows a value that is hidden."""

from federated.cases import Case, Part

USERS = [{"id": "u1", "type": "REGULAR"}, {"id": "u2", "type": "ANONYMOUS"}]
PARTS = {
    "a": Part(
        """
        type Query { users: [User] }
        type User @key(fields: "id") { id: ID type: UserType @shareable }
        enum UserType { REGULAR }
        """,
        {"Query": {"users": USERS}},
        {"User": USERS},
    ),
    "b": Part(
        """
        type Query { usersByType(type: UserType!): [User!] usersB: [User!] }
        extend type User @key(fields: "id") { id: ID type: UserType @shareable }
        enum UserType { ANONYMOUS @inaccessible REGULAR }
        """,
        {
            "Query": {
                "usersB": USERS,
                "usersByType": lambda _, type: [u for u in USERS if u["type"] == type],
            }
        },
        {"User": USERS},
    ),
}
SHOWN = [{"id": "u1", "type": "REGULAR"}, {"id": "u2", "type": None}]
CASES = [
    Case("no enum", "{ users { id } }", {"users": [{"id": "u1"}, {"id": "u2"}]}),
    Case("unknown to the subgraph", "{ users { id type } }", {"users": SHOWN}, True),
    Case("hidden", "{ usersB { id type } }", {"usersB": SHOWN}),
    Case(
        "a shown value given",
        "{ usersByType(type: REGULAR) { id type } }",
        {"usersByType": SHOWN[:1]},
    ),
    Case("a hidden value given", "{ usersByType(type: ANONYMOUS) { id type } }", None, True),
]
