"""@provides on an interface; the rest only through the parent."""

from federated.cases import Case, Part

ANIMALS = [
    {"__typename": "Dog", "id": "a1", "name": "Fido", "age": 3},
    {"__typename": "Cat", "id": "a2", "name": "Whiskers", "age": 6},
]
MEDIA = {"__typename": "Book", "id": "m1", "animals": ANIMALS}


def never(*_, **__):
    raise AssertionError("asked of the wrong subgraph")


PARTS = {
    "a": Part(
        """
        type Query { media: Media @shareable }
        interface Media { id: ID! }
        interface Animal { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
        type Dog implements Animal @key(fields: "id") { id: ID! @external }
        type Cat implements Animal @key(fields: "id") { id: ID! @external }
        """,
        {"Query": {"media": never}, "Book": {"animals": never}},
        {"Book": [{"id": "m1"}]},
    ),
    "b": Part(
        """
        type Query { media: Media @shareable @provides(fields: "animals { id name }") }
        interface Media { id: ID! animals: [Animal] }
        interface Animal { id: ID! name: String }
        type Book implements Media { id: ID! @shareable animals: [Animal] @external }
        type Dog implements Animal { id: ID! @external name: String @external }
        type Cat implements Animal { id: ID! @external name: String @external }
        """,
        {"Query": {"media": MEDIA}},
    ),
    "c": Part(
        """
        interface Media { id: ID! animals: [Animal] }
        interface Animal { id: ID! name: String }
        type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
        type Dog implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
        type Cat implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
        """,
        {},
        {"Book": [MEDIA], "Dog": [], "Cat": ANIMALS[1:]},
    ),
}
NAMED = [{"id": a["id"], "name": a["name"]} for a in ANIMALS]
CASES = [
    Case(
        "provided",
        "{ media { id animals { id name } } }",
        {"media": {"id": "m1", "animals": NAMED}},
        fetches=("b",),
    ),
    Case(
        "and more",
        "{ media { id animals { id name ... on Cat { age } } } }",
        {"media": {"id": "m1", "animals": [NAMED[0], {**NAMED[1], "age": 6}]}},
        fetches=("b", "c"),
    ),
]
