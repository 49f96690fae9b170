"""Of what is provided only that is asked for, and none of it of the owner."""

from federated.cases import Case, Part


def never(*_, **__):
    raise AssertionError("nobody asked for it here")


THINGS = [{"id": "e1", "name": "Entity 1"}, {"id": "e2", "name": "Entity 2"}]
PARTS = {
    "a": Part(
        """
        type Query { placeholder: Boolean }
        type Entity @key(fields: "id") {
          id: ID! name: String! @shareable description: String! @shareable extra: String!
        }
        """,
        {
            "Entity": {
                "name": never,
                "description": never,
                "extra": lambda e: f"Extra {e['id'][1]}",
            }
        },
        {"Entity": [{"id": "e1"}, {"id": "e2"}]},
    ),
    "b": Part(
        """
        type Query {
          entity: Entity @provides(fields: "name description")
          entities: [Entity!]! @provides(fields: "name description")
        }
        type Entity @key(fields: "id") {
          id: ID! name: String! @external description: String! @external
        }
        """,
        {"Query": {"entity": THINGS[0], "entities": THINGS}, "Entity": {"description": never}},
        {"Entity": []},
    ),
}
ONE, KEY, MORE = THINGS[0], {"id": "e1"}, {**THINGS[0], "extra": "Extra 1"}
CASES = [
    Case("the key", "{ entity { id } }", {"entity": KEY}, fetches=("b",)),
    Case("one of two", "{ entity { id name } }", {"entity": ONE}, fetches=("b",)),
    Case(
        "by another name",
        "{ entity { id displayName: name } }",
        {"entity": {"id": "e1", "displayName": "Entity 1"}},
        fetches=("b",),
    ),
    Case(
        "in a fragment", "{ entity { id ... on Entity { name } } }", {"entity": ONE}, fetches=("b",)
    ),
    Case(
        "in a named fragment",
        "{ entity { id ...Named } } fragment Named on Entity { name }",
        {"entity": ONE},
        fetches=("b",),
    ),
    Case("and more", "{ entity { id name extra } }", {"entity": MORE}, fetches=("b", "a")),
    Case("a list", "{ entities { id name } }", {"entities": THINGS}, fetches=("b",)),
    Case(
        "a list and more",
        "{ entities { id name extra } }",
        {"entities": [MORE, {**THINGS[1], "extra": "Extra 2"}]},
        fetches=("b", "a"),
    ),
    Case(
        "skipped",
        "{ entity { id ... on Entity @skip(if: true) { description } } }",
        {"entity": KEY},
        fetches=("b",),
    ),
    Case(
        "not included",
        "{ entity { id ... on Entity @include(if: false) { description } } }",
        {"entity": KEY},
        fetches=("b",),
    ),
    Case("two fragments", "{ entity { id ... { name } ... { extra } } }", {"entity": MORE}),
]
