"""@provides for one member of a union."""

from federated.cases import Case, Part

MEDIA = [
    {"__typename": "Book", "id": "m1", "title": "Book 1"},
    {"__typename": "Movie", "id": "m2", "title": "Movie 1"},
]


def never(*_, **__):
    raise AssertionError("asked of the wrong subgraph")


UNION = "union Media = Book | Movie"
PARTS = {
    "a": Part(
        f"""
        type Query {{ media: [Media] @shareable }}
        {UNION}
        type Book @key(fields: "id") {{ id: ID! }}
        type Movie @key(fields: "id") {{ id: ID! }}
        """,
        {"Query": {"media": never}},
    ),
    "b": Part(
        f"""
        type Query {{ media: [Media] @shareable @provides(fields: "... on Book {{ title }}") }}
        {UNION}
        type Book @key(fields: "id") {{ id: ID! title: String @external }}
        type Movie @key(fields: "id") {{ id: ID! }}
        """,
        {"Query": {"media": MEDIA}},
    ),
    "c": Part(
        """
        type Book @key(fields: "id") { id: ID! title: String @shareable }
        type Movie @key(fields: "id") { id: ID! title: String @shareable }
        """,
        {},
        {"Movie": MEDIA[1:], "Book": []},
    ),
}
CASES = [
    Case(
        "provided",
        "{ media { ... on Book { id title } ... on Movie { id } } }",
        {"media": [{"id": "m1", "title": "Book 1"}, {"id": "m2"}]},
        fetches=("b",),
    ),
    Case(
        "the other member is not",
        "{ media { ... on Book { id title } ... on Movie { id title } } }",
        {"media": [{"id": "m1", "title": "Book 1"}, {"id": "m2", "title": "Movie 1"}]},
        fetches=("b", "c"),
    ),
]
