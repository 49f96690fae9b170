"""A field that has moved and that its former subgraph requires."""

from federated.cases import Case, Part

USERS = [{"id": u, "name": f"{u}-name"} for u in ("u1", "u2", "u3")]
KEYS = [{"id": u["id"]} for u in USERS]


def called(letter):
    return lambda user: f"{letter}__{user['name']}"


PARTS = {
    "a": Part(
        """
        type Query { userInA: User }
        type User @key(fields: "id") {
          id: ID! name: String! @external aName: String! @requires(fields: "name")
        }
        """,
        {"Query": {"userInA": KEYS[0]}, "User": {"aName": called("a")}},
        {"User": KEYS},
    ),
    "b": Part(
        """
        type Query { userInB: User }
        type User @key(fields: "id") { id: ID! name: String! @override(from: "former") }
        """,
        {"Query": {"userInB": USERS[1]}},
        {"User": USERS},
    ),
    "c": Part(
        """
        type Query { userInC: User }
        type User @key(fields: "id") {
          id: ID! name: String! @external cName: String! @requires(fields: "name")
        }
        """,
        {"Query": {"userInC": KEYS[2]}, "User": {"cName": called("c")}},
        {"User": KEYS},
    ),
    "former": Part(
        'type User @key(fields: "id") { id: ID! name: String! }',
        {"User": {"name": "never"}},
        {"User": KEYS},
    ),
}
ALL = "{ id name aName cName }"


def all_of(user):
    return {
        "id": user,
        "name": f"{user}-name",
        "aName": f"a__{user}-name",
        "cName": f"c__{user}-name",
    }


CASES = [
    Case(
        "from everywhere",
        f"{{ userInA {ALL} userInB {ALL} userInC {ALL} }}",
        {"userInA": all_of("u1"), "userInB": all_of("u2"), "userInC": all_of("u3")},
    ),
    Case("back where it began", "{ userInC { cName } }", {"userInC": {"cName": "c__u3-name"}}),
    Case("and elsewhere", "{ userInA { cName } }", {"userInA": {"cName": "c__u1-name"}}),
    Case(
        "in a",
        "{ userInA { aName } }",
        {"userInA": {"aName": "a__u1-name"}},
        fetches=("a", "b", "a"),
    ),
]
