"""Subgraphs of federation 1: extended types, external keys, provided fields."""

from federated.cases import Case, Part

USERS = [{"id": "u1", "name": "Una", "rid": "r1", "nick": "U"}]
PARTS = {
    "extending": Part(
        """
        type Query { random: User provided: User @provides(fields: "name") }
        extend type User @key(fields: "id") { id: ID! @external name: String! @external rid: ID }
        """,
        {
            "Query": {"random": {"id": "u1", "rid": "r1"}, "provided": USERS[0]},
            "User": {"name": lambda user: user.get("name", "never")},
        },
        {"User": [{"id": "u1", "rid": "r1"}]},
        link="",
    ),
    "owning": Part(
        """
        type Query { user: User }
        type User @key(fields: "id") { id: ID! name: String! nick: String }
        """,
        {"Query": {"user": USERS[0]}},
        {"User": [{"id": "u1", "name": "Una", "nick": "U"}]},
        link="",
    ),
    "second": Part(
        """
        type User @key(fields: "id") @extends {
          id: ID! @external
          nick: String @external
          shout: String @requires(fields: "nick")
        }
        """,
        {"User": {"shout": lambda user: user["nick"] + "!"}},
        {"User": [{"id": "u1"}]},
        link="",
    ),
}
CASES = [
    Case(
        "an external key answers itself",
        "{ random { id rid } }",
        {"random": {"id": "u1", "rid": "r1"}},
        fetches=("extending",),
    ),
    Case(
        "an external field does not",
        "{ random { id name rid } }",
        {"random": {"id": "u1", "name": "Una", "rid": "r1"}},
        fetches=("extending", "owning"),
    ),
    Case(
        "unless it is provided",
        "{ provided { id name } }",
        {"provided": {"id": "u1", "name": "Una"}},
        fetches=("extending",),
    ),
    Case(
        "across all of them",
        "{ user { id name rid shout } random { shout } }",
        {
            "user": {"id": "u1", "name": "Una", "rid": "r1", "shout": "U!"},
            "random": {"shout": "U!"},
        },
    ),
]
