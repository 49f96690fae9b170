"""An input of which only what all subgraphs know may be given."""

from federated.cases import Case, Part

USERS = [{"id": "u1", "name": "one"}, {"id": "u2", "name": "two"}]
PARTS = {
    "a": Part(
        """
        type Query { usersInA(filter: UsersFilter!): [User!] }
        input UsersFilter { first: Int! }
        type User @key(fields: "id") { id: ID! name: String! @shareable }
        """,
        {"Query": {"usersInA": lambda _, filter: USERS}},
        {"User": USERS},
    ),
    "b": Part(
        """
        type Query { usersInB(filter: UsersFilter!): [User!] }
        input UsersFilter { offset: Int first: Int! }
        type User @key(fields: "id") { id: ID! name: String! @shareable }
        """,
        {"Query": {"usersInB": lambda _, filter: [] if "offset" in filter else USERS}},
        {"User": USERS},
    ),
}
CASES = [
    Case(
        "what both know",
        "{ usersInA(filter: { first: 1 }) { id } }",
        {"usersInA": [{"id": "u1"}, {"id": "u2"}]},
    ),
    Case("what one knows", "{ usersInA(filter: { first: 1, offset: 2 }) { id } }", None, True),
    Case("not even there", "{ usersInB(filter: { first: 1, offset: 2 }) { id } }", None, True),
]
