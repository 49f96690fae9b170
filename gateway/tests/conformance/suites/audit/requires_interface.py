"""@requires of a field whose interface has more types in the other subgraph."""

from federated.cases import Case, Part

PLACES = {
    "a1": {"__typename": "HomeAddress", "id": "a1", "city": "a1-city", "country": "a1-country"},
    "a2": {"__typename": "WorkAddress", "id": "a2", "city": "a2-city", "country": "a2-country"},
}
USERS = [
    {"id": "u1", "name": "one", "address": PLACES["a1"]},
    {"id": "u2", "name": "two", "address": PLACES["a2"]},
]
KEYS = [{"id": u["id"], "name": u["name"]} for u in USERS]


def place(field):
    return lambda user: PLACES.get((user["address"] or {}).get("id"), {}).get(field)


PARTS = {
    "a": Part(
        """
        type Query { a: User }
        interface Address { id: ID! }
        type HomeAddress implements Address @key(fields: "id") { id: ID! city: String @shareable }
        type WorkAddress implements Address @key(fields: "id") { id: ID! city: String @shareable }
        type User @key(fields: "id") {
          id: ID! name: String! @shareable address: Address @external
          city: String @requires(fields: "address { id }")
          country: String @requires(fields: "address { ... on WorkAddress { id } }")
        }
        """,
        {"Query": {"a": KEYS[0]}, "User": {"city": place("city"), "country": place("country")}},
        {
            "User": KEYS,
            "HomeAddress": [PLACES["a1"]],
            "WorkAddress": [PLACES["a2"]],
        },
    ),
    "b": Part(
        """
        type Query { b: User }
        interface Address { id: ID! }
        type HomeAddress implements Address @key(fields: "id") { id: ID! city: String @shareable }
        type WorkAddress implements Address @key(fields: "id") { id: ID! city: String @shareable }
        type SecondAddress implements Address @key(fields: "id") { id: ID! city: String }
        type User @key(fields: "id") { id: ID! name: String! @shareable address: Address }
        """,
        {"Query": {"b": USERS[1]}},
        {"User": USERS, "HomeAddress": [], "WorkAddress": [], "SecondAddress": []},
    ),
}
CASES = [
    Case("there and back", "{ a { city } }", {"a": {"city": "a1-city"}}, fetches=("a", "b", "a")),
    Case("from the owner", "{ b { city } }", {"b": {"city": "a2-city"}}, fetches=("b", "a")),
    Case("a fragment that does not apply", "{ a { country } }", {"a": {"country": None}}),
    Case(
        "the field itself",
        "{ a { address { __typename id } } }",
        {"a": {"address": {"__typename": "HomeAddress", "id": "a1"}}},
        fetches=("a", "b"),
    ),
    Case(
        "the field at home",
        "{ b { address { __typename id } } }",
        {"b": {"address": {"__typename": "WorkAddress", "id": "a2"}}},
        fetches=("b",),
    ),
]
