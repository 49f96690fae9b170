"""Federation 1: an @extends type with external fields, one of them provided."""

from federated.cases import Case, Part

USERS = [
    {"id": u, "name": f"{u}-name", "rid": f"{u}-rid", "nickname": f"{u}-nick"} for u in ("u1", "u2")
]
KEYS = [{"id": u["id"], "rid": u["rid"]} for u in USERS]
PARTS = {
    "a": Part(
        """
        type Query { randomUser: User providedRandomUser: User @provides(fields: "name") }
        type User @key(fields: "id") @extends {
          id: ID! @external name: String! @external rid: ID
        }
        """,
        {
            "Query": {"randomUser": KEYS[0], "providedRandomUser": USERS[0]},
            "User": {"name": lambda user: user.get("name", "never")},
        },
        {"User": KEYS},
        link="",
    ),
    "b": Part(
        """
        type Query { userById(id: ID): User }
        type User @key(fields: "id") { id: ID! name: String! nickname: String }
        """,
        {"Query": {"userById": lambda _, id: next(u for u in USERS if u["id"] == id)}},
        {"User": USERS},
        link="",
    ),
}
CASES = [
    Case(
        "an external field comes from its owner",
        '{ randomUser { id name } userById(id: "u2") { id name nickname } }',
        {
            "randomUser": {"id": "u1", "name": "u1-name"},
            "userById": {"id": "u2", "name": "u2-name", "nickname": "u2-nick"},
        },
    ),
    Case(
        "an external key does not",
        "{ randomUser { id rid } }",
        {"randomUser": {"id": "u1", "rid": "u1-rid"}},
        fetches=("a",),
    ),
    Case(
        "both",
        "{ randomUser { id rid name } }",
        {"randomUser": {"id": "u1", "rid": "u1-rid", "name": "u1-name"}},
        fetches=("a", "b"),
    ),
    Case(
        "provided",
        "{ providedRandomUser { id rid name } }",
        {"providedRandomUser": {"id": "u1", "rid": "u1-rid", "name": "u1-name"}},
        fetches=("a",),
    ),
]
